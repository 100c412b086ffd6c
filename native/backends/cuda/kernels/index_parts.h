// The files that make up the kernels of ops/index.h, and what they share.
#pragma once

#include <vector>

#include "backends/cuda/kernels/parts.h"
#include "math/index.h"

namespace nn {
namespace cuda {

void append_scatter_kernels(std::vector<nn_kernel>& kernels);

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)
// Where an index points, or -1 after a complaint. A negative one counts from the end.
__device__ __forceinline__ int64_t checked_index(int32_t index, int64_t size, nn_device_complaint* complaint) {
  if (math::index_inside(index, size)) return math::wrap_index(index, size);
  complain(complaint, Complaint::kIndexOutside, index, size);
  return -1;
}
#endif

}  // namespace cuda
}  // namespace nn
