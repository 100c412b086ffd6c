// Random words for four neighbouring elements of a random op.
#pragma once

#include "backends/cuda/kernels/parts.h"
#include "math/random.h"

namespace nn {
namespace cuda {

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)

// The state is {seed low, seed high, offset low, offset high}, and lies on the device.
__device__ __forceinline__ math::RandomStream random_stream(const int32_t* state, int32_t offset) {
  const uint64_t at = static_cast<uint64_t>(static_cast<uint32_t>(state[3])) << 32 | static_cast<uint32_t>(state[2]);
  return {static_cast<uint32_t>(state[0]), static_cast<uint32_t>(state[1]), at + static_cast<uint64_t>(offset)};
}

// Of elements 4 block to 4 block + 3.
__device__ __forceinline__ Pack<uint32_t, 4> words_of_block(const math::RandomStream& stream, uint64_t block) {
  const math::Philox4 w = math::random_words(stream, block);
  return {{w.a, w.b, w.c, w.d}};
}

// Of elements `first` to first + 3.
__device__ __forceinline__ Pack<uint32_t, 4> words_from(const math::RandomStream& stream, uint64_t first) {
  Pack<uint32_t, 4> words = words_of_block(stream, first / 4);
  const uint32_t lane = static_cast<uint32_t>(first % 4);
  if (lane == 0) return words;
  const Pack<uint32_t, 4> next = words_of_block(stream, first / 4 + 1);
  const uint32_t all[8] = {words.v[0], words.v[1], words.v[2], words.v[3], next.v[0], next.v[1], next.v[2], next.v[3]};
#pragma unroll
  for (int k = 0; k < 4; k++) words.v[k] = lane == 1 ? all[k + 1] : lane == 2 ? all[k + 2] : all[k + 3];
  return words;
}

#endif

}  // namespace cuda
}  // namespace nn
