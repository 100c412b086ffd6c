// Reductions as one or two passes: variance needs the mean first, logsumexp the maximum.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/reduce_arg.h"
#include "backends/cuda/kernels/reduce_kernels.h"
#include "core/op.h"

namespace nn {
namespace cuda {
namespace {

ReduceShape shape_of(const nn_args& a) { return ReduceShape(a.in[0], static_cast<uint32_t>(a.attrs[0])); }

template <class F>
int32_t prepare_one(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  *workspace = a->out[0].size > 0 ? reduce_workspace<F>(shape_of(*a)) : 0;
  return NN_OK;
}
template <class F, bool Mean>
int32_t run_one(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  if (a->out[0].size == 0) return NN_OK;
  const ReduceShape s = shape_of(*a);
  const double divisor = Mean ? static_cast<double>(s.count) : 1;
  return reduce_pass<F>(device, "reduce", s, a->in[0].data, nullptr, a->out[0].data, workspace, divisor, error);
}

// The first pass' results come first in the workspace, then either pass' chunks.
template <class First>
size_t first_bytes(const nn_args& a) {
  const size_t bytes = static_cast<size_t>(a.out[0].size) * sizeof(typename First::Out);
  return (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT;
}
template <class First, class Second>
int32_t prepare_two(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  *workspace = 0;
  if (a->out[0].size == 0) return NN_OK;
  const ReduceShape s = shape_of(*a);
  *workspace = first_bytes<First>(*a) + std::max(reduce_workspace<First>(s), reduce_workspace<Second>(s));
  return NN_OK;
}
template <class First, class Second>
int32_t run_two(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  if (a->out[0].size == 0) return NN_OK;
  const ReduceShape s = shape_of(*a);
  const double count = static_cast<double>(s.count);
  void* partials = static_cast<char*>(workspace) + first_bytes<First>(*a);
  const int32_t code = reduce_pass<First>(device, "reduce", s, a->in[0].data, nullptr, workspace, partials, count, error);
  if (code != NN_OK) return code;
  return reduce_pass<Second>(device, "reduce", s, a->in[0].data, workspace, a->out[0].data, partials, count, error);
}

template <class F, bool Mean = false>
nn_kernel one(const char* name, uint32_t dtypes) {
  return {name, dtypes, prepare_one<F>, run_one<F, Mean>, nullptr};
}
template <class First, class Second>
nn_kernel two(const char* name, uint32_t dtypes) {
  return {name, dtypes, prepare_two<First, Second>, run_two<First, Second>, nullptr};
}

template <class T>
void append_numbers(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back(one<SumOf<T>>("sum", dtype));
  kernels.push_back(one<ProductOf<T>>("prod", dtype));
  kernels.push_back(one<MaxOf<T>>("max", dtype));
  kernels.push_back(one<MinOf<T>>("min", dtype));
}
template <class T>
void append_floats(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  append_numbers<T>(kernels, dtype);
  kernels.push_back(one<SumOf<T>, true>("mean", dtype));
  kernels.push_back(one<SumSquaresOf<T>>("sumSquares", dtype));
  kernels.push_back(two<SumOf<T>, VarianceOf<T>>("variance", dtype));
  kernels.push_back(two<MaxOf<T>, LogSumExpOf<T>>("logsumexp", dtype));
}

}  // namespace

void append_reduce_kernels(std::vector<nn_kernel>& kernels) {
  append_floats<float>(kernels, kF32);
  append_floats<double>(kernels, kF64);
  append_numbers<int32_t>(kernels, kI32);
  append_numbers<uint8_t>(kernels, kU8);
  kernels.push_back(one<TruthOf<false>>("any", kBool));
  kernels.push_back(one<TruthOf<true>>("all", kBool));
  append_arg_kernels(kernels);
}

}  // namespace cuda
}  // namespace nn
