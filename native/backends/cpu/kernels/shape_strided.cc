// Ops of which every output element is one input element at a regular distance.
#include <algorithm>

#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"

namespace nn {
namespace {

// Reads in[0] as `add` arranges it; nothing is done for an output without elements, whose steps may not fit their input.
template <class Add>
int32_t rearrange(const nn_args* a, const Add& add) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0 || x.size == 0) return NN_OK;
  math::StridedCopy plan;
  plan.element = dtype_bytes(y.dtype);
  add(x, y, Steps(x), Steps(y), plan);
  plan.widen();
  run_strided_copy(plan, x.data, y.data);
  return NN_OK;
}

int32_t run_broadcast(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return rearrange(a, [](const nn_tensor& x, const nn_tensor& y, const Steps& from, const Steps& to, math::StridedCopy& plan) {
    const int added = y.rank - x.rank;
    for (int i = 0; i < y.rank; i++) plan.add(y.dims[i], i < added || x.dims[i - added] == 1 ? 0 : from.of[i - added], to.of[i]);
  });
}

int32_t run_transpose(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return rearrange(a, [a](const nn_tensor&, const nn_tensor& y, const Steps& from, const Steps& to, math::StridedCopy& plan) {
    for (int i = 0; i < y.rank; i++) plan.add(y.dims[i], from.of[a->attrs[i]], to.of[i]);
  });
}

int32_t run_slice(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return rearrange(a, [a](const nn_tensor& x, const nn_tensor& y, const Steps& from, const Steps& to, math::StridedCopy& plan) {
    for (int i = 0; i < x.rank; i++) {
      plan.from_start += a->attrs[i] * from.of[i];
      plan.add(y.dims[i], a->attrs[x.rank + i] * from.of[i], to.of[i]);
    }
  });
}

int32_t run_slice_grad(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor& y = a->out[0];
  const int32_t* strides = a->attrs + y.rank;
  if (std::all_of(strides, a->attrs + a->n_attrs, [](int32_t s) { return s == 1; }) && a->in[0].size > 0) {
    pad_with_zeros(a->in[0], y, a->attrs);  // one pass over the output
    return NN_OK;
  }
  char* data = static_cast<char*>(y.data);
  const int64_t bytes = bytes_of(y);
  if (a->in[0].size < y.size) {
    parallel_for(bytes, 65536, [data](int64_t begin, int64_t end) { std::memset(data + begin, 0, static_cast<size_t>(end - begin)); });
  }
  return rearrange(a, [a](const nn_tensor& dy, const nn_tensor& dx, const Steps& from, const Steps& to, math::StridedCopy& plan) {
    for (int i = 0; i < dx.rank; i++) {
      plan.to_start += a->attrs[i] * to.of[i];
      plan.add(dy.dims[i], from.of[i], a->attrs[dx.rank + i] * to.of[i]);
    }
  });
}

int32_t run_tile(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return rearrange(a, [a](const nn_tensor& x, const nn_tensor&, const Steps& from, const Steps& to, math::StridedCopy& plan) {
    for (int i = 0; i < x.rank; i++) {
      plan.add(a->attrs[i], 0, to.of[i] * x.dims[i]);
      plan.add(x.dims[i], from.of[i], to.of[i]);
    }
  });
}

int32_t run_reverse(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return rearrange(a, [a](const nn_tensor& x, const nn_tensor&, const Steps& from, const Steps& to, math::StridedCopy& plan) {
    for (int i = 0; i < x.rank; i++) {
      const bool turned = a->attrs[0] >> i & 1;
      if (turned) plan.from_start += (x.dims[i] - 1) * from.of[i];
      plan.add(x.dims[i], turned ? -from.of[i] : from.of[i], to.of[i]);
    }
  });
}

}  // namespace

void append_strided_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"broadcastTo", kAll, nullptr, run_broadcast, nullptr});
  kernels.push_back({"transpose", kAll, nullptr, run_transpose, nullptr});
  kernels.push_back({"slice", kAll, nullptr, run_slice, nullptr});
  kernels.push_back({"sliceGrad", kAll, nullptr, run_slice_grad, nullptr});
  kernels.push_back({"tile", kAll, nullptr, run_tile, nullptr});
  kernels.push_back({"reverse", kAll, nullptr, run_reverse, nullptr});
}

}  // namespace nn
