// Copies between arrays whose axes lie apart by any number of bytes (math/strided.h), on the device.
#pragma once

#include "backends/cuda/kernels/parts.h"
#include "math/strided.h"

namespace nn {
namespace cuda {

// Bytes between neighbours along each axis.
struct Steps {
  int64_t of[NN_MAX_RANK];
  explicit Steps(const nn_tensor& t) {
    int64_t step = dtype_bytes(t.dtype);
    for (int i = t.rank - 1; i >= 0; i--) {
      of[i] = step;
      step *= t.dims[i];
    }
  }
};

// x spread out to the shape of y, which may have another dtype of as many bytes.
inline math::StridedCopy broadcast_plan(const nn_tensor& x, const nn_tensor& y) {
  math::StridedCopy plan;
  plan.element = dtype_bytes(x.dtype);
  nn_tensor whole = y;
  whole.dtype = x.dtype;
  const Steps from(x), to(whole);
  const int added = y.rank - x.rank;
  for (int i = 0; i < y.rank; i++) plan.add(y.dims[i], i < added || x.dims[i - added] == 1 ? 0 : from.of[i - added], to.of[i]);
  return plan;
}

// Nothing is read or written where a dimension is 0.
int32_t run_strided_copy(nn_device* device, const math::StridedCopy& plan, const void* from, void* to, nn_error* error);

// From the start of one buffer to the start of another.
int32_t copy_bytes(nn_device* device, const void* from, void* to, int64_t bytes, nn_error* error);

}  // namespace cuda
}  // namespace nn
