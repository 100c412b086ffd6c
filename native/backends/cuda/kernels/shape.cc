// Ops that move elements: which copy each of them is.
#include <algorithm>
#include <cstring>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/shape_parts.h"
#include "math/convert.h"

namespace nn {
namespace cuda {

Bytes16 pattern_of(double value, int32_t dtype) {
  Bytes16 pattern{};
  char* bytes = reinterpret_cast<char*>(&pattern);
  with_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T filling = dtype == NN_BOOL ? static_cast<T>(value != 0) : math::convert<T>(value);
    for (size_t i = 0; i < sizeof pattern; i += sizeof(T)) std::memcpy(bytes + i, &filling, sizeof(T));
    return int32_t{NN_OK};
  });
  return pattern;
}

namespace {

int32_t run_copy(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return copy_bytes(device, a->in[0].data, a->out[0].data, bytes_of(a->out[0]), error);
}

int32_t run_fill(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return fill_bytes(device, a->out[0].data, bytes_of(a->out[0]), pattern_of(attr_float(a->attrs), a->out[0].dtype), error);
}

// Reads in[0] as `add` arranges it; nothing is done for an output without elements, whose steps may not fit their input.
template <class Add>
int32_t rearrange(nn_device* device, const nn_args* a, nn_error* error, const Add& add) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0 || x.size == 0) return NN_OK;
  math::StridedCopy plan;
  plan.element = dtype_bytes(y.dtype);
  add(x, y, Steps(x), Steps(y), plan);
  return run_strided_copy(device, plan, x.data, y.data, error);
}

int32_t run_broadcast(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  if (a->out[0].size == 0) return NN_OK;
  return run_strided_copy(device, broadcast_plan(a->in[0], a->out[0]), a->in[0].data, a->out[0].data, error);
}

int32_t run_transpose(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return rearrange(device, a, error,
                   [a](const nn_tensor&, const nn_tensor& y, const Steps& from, const Steps& to, math::StridedCopy& plan) {
                     for (int i = 0; i < y.rank; i++) plan.add(y.dims[i], from.of[a->attrs[i]], to.of[i]);
                   });
}

int32_t run_slice(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return rearrange(device, a, error,
                   [a](const nn_tensor& x, const nn_tensor& y, const Steps& from, const Steps& to, math::StridedCopy& plan) {
                     for (int i = 0; i < x.rank; i++) {
                       plan.from_start += a->attrs[i] * from.of[i];
                       plan.add(y.dims[i], a->attrs[x.rank + i] * from.of[i], to.of[i]);
                     }
                   });
}

int32_t run_tile(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return rearrange(device, a, error,
                   [a](const nn_tensor& x, const nn_tensor&, const Steps& from, const Steps& to, math::StridedCopy& plan) {
                     for (int i = 0; i < x.rank; i++) {
                       plan.add(a->attrs[i], 0, to.of[i] * x.dims[i]);
                       plan.add(x.dims[i], from.of[i], to.of[i]);
                     }
                   });
}

int32_t run_reverse(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return rearrange(device, a, error,
                   [a](const nn_tensor& x, const nn_tensor&, const Steps& from, const Steps& to, math::StridedCopy& plan) {
                     for (int i = 0; i < x.rank; i++) {
                       const bool turned = a->attrs[0] >> i & 1;
                       if (turned) plan.from_start += (x.dims[i] - 1) * from.of[i];
                       plan.add(x.dims[i], turned ? -from.of[i] : from.of[i], to.of[i]);
                     }
                   });
}

}  // namespace

void append_shape_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"copy", kAll, nullptr, run_copy, nullptr});
  kernels.push_back({"assign", kAll, nullptr, run_copy, nullptr});
  kernels.push_back({"broadcastTo", kAll, nullptr, run_broadcast, nullptr});
  kernels.push_back({"transpose", kAll, nullptr, run_transpose, nullptr});
  kernels.push_back({"slice", kAll, nullptr, run_slice, nullptr});
  kernels.push_back({"sliceGrad", kAll, nullptr, run_slice_grad, nullptr});
  kernels.push_back({"pad", kAll, nullptr, run_pad, nullptr});
  kernels.push_back({"padGrad", kNumbers, nullptr, run_pad_grad, nullptr});
  kernels.push_back({"concat", kAll, nullptr, run_concat, nullptr});
  kernels.push_back({"tile", kAll, nullptr, run_tile, nullptr});
  kernels.push_back({"reverse", kAll, nullptr, run_reverse, nullptr});
  kernels.push_back({"fill", kAll, nullptr, run_fill, nullptr});
  kernels.push_back({"range", kNumbers, nullptr, run_range, nullptr});
}

}  // namespace cuda
}  // namespace nn
