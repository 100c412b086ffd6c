// What threads of a warp, and of a block, tell one another: the same names for nvcc and for the emulation. All 32 lanes of a warp take
// part in each call, so a kernel that uses them is launched with a multiple of 32 threads and as a cooperative grid.
#pragma once

#include <cstdint>
#include <cstring>

#include "backends/cuda/launch.h"

namespace nn {
namespace cuda {

constexpr int warp_size = 32;

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)

__device__ inline int thread_in_block() { return static_cast<int>(threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)); }
__device__ inline int threads_in_block() { return static_cast<int>(blockDim.x * blockDim.y * blockDim.z); }
__device__ inline int lane_in_warp() { return thread_in_block() % warp_size; }

namespace detail {

// The value of another lane; a lane outside the warp gives one's own.
template <class T>
__device__ __forceinline__ T from_lane(const T& value, int lane) {
  static_assert(sizeof(T) <= 16, "a value that lanes exchange has at most 16 bytes");
  T result;
#ifdef NN_EMULATED_CUDA
  const char* all = emulated::exchange(emulated::Meeting::kShuffle, &value, sizeof(T));
  std::memcpy(static_cast<void*>(&result), lane < 0 || lane >= warp_size ? reinterpret_cast<const char*>(&value) : all + lane * 16,
              sizeof(T));
#else
  constexpr int kWords = (sizeof(T) + 3) / 4;
  int words[kWords] = {};
  memcpy(words, &value, sizeof(T));
  int source = lane < 0 || lane >= warp_size ? lane_in_warp() : lane;
#pragma unroll
  for (int i = 0; i < kWords; i++) words[i] = __shfl_sync(0xffffffffu, words[i], source);
  memcpy(static_cast<void*>(&result), words, sizeof(T));
#endif
  return result;
}

}  // namespace detail

template <class T>
__device__ __forceinline__ T shuffle(const T& value, int lane) {
  return detail::from_lane(value, lane & (warp_size - 1));
}
template <class T>
__device__ __forceinline__ T shuffle_down(const T& value, int delta) {
  return detail::from_lane(value, lane_in_warp() + delta);
}
template <class T>
__device__ __forceinline__ T shuffle_up(const T& value, int delta) {
  return detail::from_lane(value, lane_in_warp() - delta);
}
template <class T>
__device__ __forceinline__ T shuffle_xor(const T& value, int mask) {
  return detail::from_lane(value, lane_in_warp() ^ mask);
}

// Bit i: what lane i said.
__device__ __forceinline__ uint32_t ballot(bool said) {
#ifdef NN_EMULATED_CUDA
  const char* all = emulated::exchange(emulated::Meeting::kBallot, &said, sizeof said);
  uint32_t bits = 0;
  for (int lane = 0; lane < warp_size; lane++) bits |= static_cast<uint32_t>(all[lane * 16] != 0) << lane;
  return bits;
#else
  return __ballot_sync(0xffffffffu, said);
#endif
}

// Orders what lanes wrote to memory before it and read after it.
__device__ __forceinline__ void sync_warp() {
#ifdef NN_EMULATED_CUDA
  emulated::exchange(emulated::Meeting::kWarp, nullptr, 0);
#else
  __syncwarp();
#endif
}

// op(a, b) of all lanes in every lane, with the same bits in each: the lower lane's value is always the first operand, so that op need
// not be commutative, and what is added to what does not depend on the lane.
template <class T, class Op>
__device__ __forceinline__ T warp_reduce(T value, const Op& op) {
  const int lane = lane_in_warp();
  for (int mask = 1; mask < warp_size; mask *= 2) {
    T other = shuffle_xor(value, mask);
    value = (lane & mask) != 0 ? op(other, value) : op(value, other);
  }
  return value;
}

// The same over all threads of a block. Threads may go on writing shared memory of their own at once, and call it again.
template <class T, class Op>
__device__ __forceinline__ T block_reduce(T value, const Op& op) {
  static_assert(sizeof(T) <= 16, "a value that threads exchange has at most 16 bytes");
  value = warp_reduce(value, op);
  const int warps = threads_in_block() / warp_size;
  if (warps == 1) return value;
  __shared__ uint4 partial[warp_size];  // of plain words, so that T may have a constructor
  if (lane_in_warp() == 0) memcpy(&partial[thread_in_block() / warp_size], &value, sizeof(T));
  __syncthreads();
  T result;
  memcpy(static_cast<void*>(&result), &partial[0], sizeof(T));
  for (int warp = 1; warp < warps; warp++) {
    T next;
    memcpy(static_cast<void*>(&next), &partial[warp], sizeof(T));
    result = op(result, next);
  }
  __syncthreads();
  return result;
}

#endif

}  // namespace cuda
}  // namespace nn
