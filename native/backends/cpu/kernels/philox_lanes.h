// Philox for as many counters as a vector has 64-bit lanes. A word sits in the low half of its lane: the one multiplication that
// processors have for this, 32 x 32 -> 64 bits, ignores the high half, so nothing ever needs masking between rounds. Compilers do not
// find it by themselves, hence the one intrinsic. The words are those of math/philox.h, which other processors use as it stands.
#pragma once

#include <string.h>

#include "backends/cpu/kernels/arch.h"
#include "math/philox.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace nn {
namespace cpu {
namespace NN_ARCH {

#if defined(__AVX512F__)
constexpr int kLanes = 8;
typedef uint64_t Lanes __attribute__((vector_size(64)));
// The form without a mask makes GCC 12 warn of an uninitialized value of its own.
NN_HD Lanes multiply_low_halves(Lanes x, Lanes y) { return (Lanes)_mm512_maskz_mul_epu32(0xff, (__m512i)x, (__m512i)y); }
NN_HD Lanes interleave(Lanes x, Lanes y, bool upper) {
  const Lanes low = {0, 8, 1, 9, 2, 10, 3, 11}, high = {4, 12, 5, 13, 6, 14, 7, 15};
  return upper ? __builtin_shuffle(x, y, high) : __builtin_shuffle(x, y, low);
}
NN_HD Lanes lane_numbers() { return Lanes{0, 1, 2, 3, 4, 5, 6, 7}; }
#elif defined(__AVX2__)
constexpr int kLanes = 4;
typedef uint64_t Lanes __attribute__((vector_size(32)));
NN_HD Lanes multiply_low_halves(Lanes x, Lanes y) { return (Lanes)_mm256_mul_epu32((__m256i)x, (__m256i)y); }
NN_HD Lanes interleave(Lanes x, Lanes y, bool upper) {
  const Lanes low = {0, 4, 1, 5}, high = {2, 6, 3, 7};
  return upper ? __builtin_shuffle(x, y, high) : __builtin_shuffle(x, y, low);
}
NN_HD Lanes lane_numbers() { return Lanes{0, 1, 2, 3}; }
#else
constexpr int kLanes = 2;
typedef uint64_t Lanes __attribute__((vector_size(16)));
NN_HD Lanes multiply_low_halves(Lanes x, Lanes y) { return (Lanes)_mm_mul_epu32((__m128i)x, (__m128i)y); }
NN_HD Lanes interleave(Lanes x, Lanes y, bool upper) {
  const Lanes low = {0, 2}, high = {1, 3};
  return upper ? __builtin_shuffle(x, y, high) : __builtin_shuffle(x, y, low);
}
NN_HD Lanes lane_numbers() { return Lanes{0, 1}; }
#endif

// The words of counters n, n + 1, ..., n + kLanes - 1, in order.
NN_HD void fill_lanes(uint32_t* words, uint64_t n, uint32_t key0, uint32_t key1) {
  const Lanes counter = n + lane_numbers();
  Lanes a = counter, b = counter >> 32, c = counter & 0, d = c;
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++) {
    const Lanes p = multiply_low_halves(a, c * 0 + 0xD2511F53u), q = multiply_low_halves(c, c * 0 + 0xCD9E8D57u);
    a = (q >> 32) ^ b ^ (uint64_t{key0} + 0x9E3779B9u * static_cast<uint64_t>(round));
    c = (p >> 32) ^ d ^ (uint64_t{key1} + 0xBB67AE85u * static_cast<uint64_t>(round));
    b = q;
    d = p;
  }
  const Lanes ab = (a & 0xffffffffu) | (b << 32), cd = (c & 0xffffffffu) | (d << 32);
  const Lanes first = interleave(ab, cd, false), second = interleave(ab, cd, true);
  memcpy(words, &first, sizeof first);
  memcpy(words + 2 * kLanes, &second, sizeof second);
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn

#else

namespace nn {
namespace cpu {
namespace NN_ARCH {

constexpr int kLanes = 1;

NN_HD void fill_lanes(uint32_t* words, uint64_t n, uint32_t key0, uint32_t key1) {
  const math::Philox4 x = math::philox({static_cast<uint32_t>(n), static_cast<uint32_t>(n >> 32), 0, 0}, key0, key1);
  memcpy(words, &x, sizeof x);
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn

#endif
