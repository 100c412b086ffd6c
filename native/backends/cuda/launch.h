// How a kernel is started. nvcc puts it on the device's stream; where g++ compiles the same source (NN_EMULATED_CUDA, for tests) it runs
// on the CPU, thread after thread.
//
//   template <class T> __global__ void scale(const T* x, T* y, int64_t n, T factor) {
//     for (int64_t i = first_index(); i < n; i += index_stride()) y[i] = x[i] * factor;
//   }
//   return launch(device, "scale", scale<float>, grid_for(device, n, 4), error, x, y, n, 2.0f);
//
// Rules that keep the emulation true: shared memory is static (__shared__ T name[N], no extern), a kernel that synchronises its threads
// (__syncthreads, the warp functions of warp.h) is launched with `cooperative` grids, every thread of a block reaches every barrier,
// and nothing but threadIdx, blockIdx, blockDim, gridDim (x, y, z), atomicAdd of integers and the functions of warp.h is used.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backends/cuda/device.h"

#ifdef NN_EMULATED_CUDA
#include "backends/cuda/emulate.h"
#else
#include <cuda_runtime.h>
#endif

namespace nn {
namespace cuda {

constexpr int kBlock = 256;

struct Grid {
  dim3 blocks{1, 1, 1};
  dim3 threads{kBlock, 1, 1};
  bool cooperative = false;  // threads of a block wait for one another
};

// Enough blocks for n elements at `per_thread` each, but no more than keep the device full: kernels stride over the rest.
inline Grid grid_for(const nn_device* device, int64_t n, int per_thread = 1) {
  int64_t blocks = (n + int64_t{kBlock} * per_thread - 1) / (int64_t{kBlock} * per_thread);
  Grid grid;
  grid.blocks.x = static_cast<unsigned>(std::clamp<int64_t>(blocks, 1, int64_t{device->multiprocessors} * 32));
  return grid;
}

// One cooperative block for each of n rows (or groups), striding where there are more than a grid can have.
inline Grid grid_of_blocks(int64_t n, int threads = kBlock) {
  Grid grid;
  grid.blocks.x = static_cast<unsigned>(std::clamp<int64_t>(n, 1, 2147483647));
  grid.threads.x = static_cast<unsigned>(threads);
  grid.cooperative = true;
  return grid;
}

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)
__device__ inline int64_t first_index() { return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ inline int64_t index_stride() { return static_cast<int64_t>(gridDim.x) * blockDim.x; }

// Parameters are passed by value: structs up to 4 KB are welcome (arrays of pointers, fused programs).
template <class... Parameters, class... Arguments>
int32_t launch(nn_device* device, const char* name, void (*kernel)(Parameters...), const Grid& grid, nn_error* error,
               Arguments... arguments) {
#ifdef NN_EMULATED_CUDA
  return emulate_launch(device, name, kernel, grid.blocks, grid.threads, grid.cooperative, error, static_cast<Parameters>(arguments)...);
#else
  cudaLaunchConfig_t config{};  // and not the three angle brackets, which clang-format takes apart
  config.gridDim = grid.blocks;
  config.blockDim = grid.threads;
  config.stream = device->stream;
  cudaError_t status = cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
  return status == cudaSuccess ? int32_t{NN_OK} : cuda_failure(status, name, error);
#endif
}
#endif

}  // namespace cuda
}  // namespace nn
