// Division by a number that many elements are divided by: a multiplication and a shift. GPUs have no instruction for
// division.
#pragma once

#include <stdint.h>

#include "math/config.h"

namespace nn {
namespace math {

// The upper half of a product.
NN_HD uint32_t upper_half(uint32_t a, uint32_t b) { return static_cast<uint32_t>(static_cast<uint64_t>(a) * b >> 32); }
NN_HD uint64_t upper_half(uint64_t a, uint64_t b) {
#ifdef __CUDA_ARCH__
  return __umul64hi(a, b);
#else
  const uint64_t low = 0xffffffffu, a0 = a & low, a1 = a >> 32, b0 = b & low, b1 = b >> 32;
  const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & low);
  return a1 * b1 + (middle >> 32) + (other >> 32);
#endif
}

class Divider {
 public:
  Divider() = default;
  // For numbers from 0 up to, and without, `limit`; divisor >= 1.
  Divider(int64_t divisor, int64_t limit) : divisor_(divisor) {
    constexpr int64_t kSmall = int64_t{1} << 31;
    wide_ = divisor >= kSmall || limit > kSmall;
    while (shift_ < 63 && (int64_t{1} << shift_) < divisor) shift_++;
    // 2^bits * (2^shift / divisor - 1), rounded up, for 32 or 64 bits; by long division, as there is no wider type.
    uint64_t rest = (uint64_t{1} << shift_) - static_cast<uint64_t>(divisor), quotient = 0;
    for (int bit = 0; bit < (wide_ ? 64 : 32); bit++) {
      rest *= 2;
      quotient *= 2;
      if (rest >= static_cast<uint64_t>(divisor)) {
        rest -= static_cast<uint64_t>(divisor);
        quotient++;
      }
    }
    magic_ = quotient + 1;
  }
  NN_HD int64_t divisor() const { return divisor_; }
  NN_HD int64_t quotient(int64_t n) const {
    if (wide_) {
      const uint64_t number = static_cast<uint64_t>(n);
      return static_cast<int64_t>((upper_half(number, magic_) + number) >> shift_);
    }
    const uint32_t number = static_cast<uint32_t>(n);
    return static_cast<int64_t>((upper_half(number, static_cast<uint32_t>(magic_)) + number) >> shift_);
  }
  // n becomes the quotient, and the remainder is returned: takes indices apart, the last axis first.
  NN_HD int64_t split(int64_t* n) const {
    const int64_t whole = quotient(*n), rest = *n - whole * divisor_;
    *n = whole;
    return rest;
  }

 private:
  int64_t divisor_ = 1;
  uint64_t magic_ = 1;
  int32_t shift_ = 0;
  bool wide_ = false;  // the numbers are too large for 32 bits
};

}  // namespace math
}  // namespace nn
