// Division of numbers below 2^31 by one divisor for many elements: a multiplication and a shift, as GPUs have no instruction for it.
#pragma once

#include <stdint.h>

#include "math/config.h"

namespace nn {
namespace math {

struct Divider32 {
  uint32_t divisor = 1, magic = 1, shift = 0;

  Divider32() = default;
  // From 1 to 2^31 - 1.
  explicit Divider32(int64_t by) : divisor(static_cast<uint32_t>(by)) {
    while ((uint64_t{1} << shift) < divisor) shift++;
    magic = static_cast<uint32_t>((((uint64_t{1} << shift) - divisor) << 32) / divisor + 1);
  }
  NN_HD uint32_t quotient(uint32_t n) const {
    const uint32_t high = static_cast<uint32_t>(static_cast<uint64_t>(n) * magic >> 32);
    return (high + n) >> shift;
  }
  // n becomes the quotient; what is left is returned.
  NN_HD uint32_t split(uint32_t* n) const {
    const uint32_t whole = quotient(*n), rest = *n - whole * divisor;
    *n = whole;
    return rest;
  }
};

// The same for any numbers, by plain division: where a tensor has 2^31 units or more.
struct Divider64 {
  uint64_t divisor = 1;

  Divider64() = default;
  explicit Divider64(int64_t by) : divisor(static_cast<uint64_t>(by)) {}
  NN_HD uint64_t quotient(uint64_t n) const { return n / divisor; }
  NN_HD uint64_t split(uint64_t* n) const {
    const uint64_t whole = *n / divisor, rest = *n - whole * divisor;
    *n = whole;
    return rest;
  }
};

// By the type of the numbers.
template <class Index>
struct DividerOf;
template <>
struct DividerOf<uint32_t> {
  using Type = Divider32;
};
template <>
struct DividerOf<uint64_t> {
  using Type = Divider64;
};
template <class Index>
using Divider_ = typename DividerOf<Index>::Type;

}  // namespace math
}  // namespace nn
