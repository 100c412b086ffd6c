#include "backends/cuda/launch.h"
#include "backends/cuda/rows.h"

namespace nn {
namespace cuda {
namespace {

// One block: the place may only change when all threads have read it.
__global__ void take_row(char* rows, char* to, int64_t bytes) {
  int64_t* next = reinterpret_cast<int64_t*>(rows);
  const int64_t taken = next[0], count = next[1];
  const char* row = rows + NN_ROWS_HEADER + taken * bytes;
  const int64_t words = bytes / 16;
  for (int64_t i = threadIdx.x; i < words; i += blockDim.x) reinterpret_cast<uint4*>(to)[i] = reinterpret_cast<const uint4*>(row)[i];
  __syncthreads();
  if (threadIdx.x == 0 && taken + 1 < count) next[0] = taken + 1;
}

}  // namespace

int32_t next_row(nn_device* device, void* destination, void* rows, size_t bytes, nn_error* error) {
  return launch(device, "nextRow", take_row, grid_of_blocks(1, 128), error, static_cast<char*>(rows), static_cast<char*>(destination),
                static_cast<int64_t>(bytes));
}

}  // namespace cuda
}  // namespace nn
