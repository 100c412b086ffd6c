// From an rng state tensor to the stream of an op, and dropout for either float type.
#pragma once

#include "backends/cpu/kernels/functions.h"
#include "core/abi.h"

namespace nn {
namespace cpu {

// The state is {seed low, seed high, offset low, offset high}.
inline math::RandomStream random_stream(const nn_tensor& rng, int32_t offset) {
  const int32_t* s = static_cast<const int32_t*>(rng.data);
  const uint64_t at = static_cast<uint64_t>(static_cast<uint32_t>(s[3])) << 32 | static_cast<uint32_t>(s[2]);
  return {static_cast<uint32_t>(s[0]), static_cast<uint32_t>(s[1]), at + static_cast<uint64_t>(offset)};
}

// Elements [first, first + n) of the op, which x and y point at; first is a multiple of 4.
inline void run_dropout(int dtype, const void* x, void* y, int64_t first, int64_t n, const math::RandomStream& stream, double rate) {
  if (dtype == NN_FLOAT32)
    random_functions<float>().dropout(static_cast<const float*>(x), static_cast<float*>(y), first, n, stream, rate);
  else
    random_functions<double>().dropout(static_cast<const double*>(x), static_cast<double*>(y), first, n, stream, rate);
}

}  // namespace cpu
}  // namespace nn
