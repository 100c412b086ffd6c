// Distributions made of random words.
#pragma once

#include "math/error_function.h"
#include "math/philox.h"

namespace nn {
namespace math {

// Uniform in [0, 1): float32 has 24 bits; float64 takes one word as well, so that every dtype uses up the same counters.
NN_HD float uniform(uint32_t word, float) { return static_cast<float>(word >> 8) * 5.9604644775390625e-8f; }
NN_HD double uniform(uint32_t word, double) { return (static_cast<double>(word) + 0.5) * 2.3283064365386962890625e-10; }

// low + u * width, rounded twice whatever the compiler would make of it: random numbers are the same bits on every device.
NN_HD float scaled(float u, float width, float low) {
#ifdef __CUDA_ARCH__
  return __fadd_rn(low, __fmul_rn(u, width));
#else
  return low + u * width;
#endif
}
NN_HD double scaled(double u, double width, double low) {
#ifdef __CUDA_ARCH__
  return __dadd_rn(low, __dmul_rn(u, width));
#else
  return low + u * width;
#endif
}

// In [low, high), of which `last` is the greatest number: low + u * width may round up to high.
template <class T>
NN_HD T uniform_between(uint32_t word, T low, T width, T high, T last) {
  const T y = scaled(uniform(word, T(0)), width, low);
  return y < high ? y : last;
}

// An element is kept where its uniform number is at least the rate: in whole numbers, so that no rounding can part the dtypes.
NN_HD uint32_t dropout_threshold(double rate) { return static_cast<uint32_t>(::ceil(rate * 16777216.0)); }
template <class T>
NN_HD T dropout(T x, uint32_t word, uint32_t threshold, T scale) {
  // Both sides are below 2^25: as signed numbers they compare in one instruction on every processor.
  return static_cast<int32_t>(word >> 8) >= static_cast<int32_t>(threshold) ? x * scale : T(0);
}

// Two standard normal numbers from two words (Box and Muller), in float64 on every device.
struct NormalPair {
  double first, second;
};
NN_HD NormalPair normal_pair(uint32_t word0, uint32_t word1) {
  const double r = ::sqrt(-2.0 * ::log(uniform(word0, 0.0))), angle = 6.28318530717958647693 * uniform(word1, 0.0);
  return {r * ::cos(angle), r * ::sin(angle)};
}

// Normal within two standard deviations, by the inverse of the distribution: erf(sqrt 2) is the probability of that range.
NN_HD double truncated_normal(uint32_t word) {
  return 1.41421356237309504880 * erfinv(0.95449973610364158560 * (2.0 * uniform(word, 0.0) - 1.0));
}

// In [low, low + count), count from 1 to 2^32 - 1.
NN_HD int32_t integer_from(uint32_t word, int32_t low, uint32_t count) {
  const uint32_t step = static_cast<uint32_t>((static_cast<uint64_t>(word) * count) >> 32);
  return static_cast<int32_t>(static_cast<uint32_t>(low) + step);
}

}  // namespace math
}  // namespace nn
