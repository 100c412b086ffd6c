// argmax and argmin: reductions along one axis whose values carry their place.
#include "backends/cuda/kernels/reduce_arg.h"
#include "backends/cuda/kernels/reduce_kernels.h"
#include "core/op.h"

namespace nn {
namespace cuda {
namespace {

ReduceShape shape_of(const nn_args& a) { return ReduceShape(a.in[0], 1u << a.attrs[0]); }

template <class F>
int32_t prepare(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  *workspace = a->out[0].size > 0 ? reduce_workspace<F>(shape_of(*a)) : 0;
  return NN_OK;
}
template <class F>
int32_t run(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  if (a->out[0].size == 0) return NN_OK;
  return reduce_pass<F>(device, "arg", shape_of(*a), a->in[0].data, nullptr, a->out[0].data, workspace, 1, error);
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtypes) {
  kernels.push_back({"argmax", dtypes, prepare<PlaceOf<T, true>>, run<PlaceOf<T, true>>, nullptr});
  kernels.push_back({"argmin", dtypes, prepare<PlaceOf<T, false>>, run<PlaceOf<T, false>>, nullptr});
}

}  // namespace

void append_arg_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
  append<int32_t>(kernels, kI32);
  append<uint8_t>(kernels, kU8 | kBool);
}

}  // namespace cuda
}  // namespace nn
