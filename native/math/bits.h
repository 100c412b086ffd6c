// Bit patterns of floats, and constants that need no library.
#pragma once

#include <stdint.h>
#include <string.h>

#include "math/config.h"

namespace nn {
namespace math {

NN_HD uint32_t float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
NN_HD float bits_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
NN_HD float with_sign_of(float magnitude, float sign) {
  return bits_float((float_bits(magnitude) & 0x7fffffffu) | (float_bits(sign) & 0x80000000u));
}

template <class T>
struct Number;
template <>
struct Number<float> {
  static constexpr bool floating = true;
  using Unsigned = float;  // in which arithmetic wraps; floats stay what they are
  static NN_HD float infinity() { return bits_float(0x7f800000u); }
  static NN_HD float nan() { return bits_float(0x7fc00000u); }
  static NN_HD float lowest() { return -infinity(); }  // below or equal to every number
  static NN_HD float highest() { return infinity(); }
};
template <>
struct Number<double> {
  static constexpr bool floating = true;
  using Unsigned = double;
  static NN_HD double infinity() { return static_cast<double>(Number<float>::infinity()); }
  static NN_HD double nan() { return static_cast<double>(Number<float>::nan()); }
  static NN_HD double lowest() { return -infinity(); }
  static NN_HD double highest() { return infinity(); }
};
template <>
struct Number<int32_t> {
  static constexpr bool floating = false;
  using Unsigned = uint32_t;
  static NN_HD int32_t lowest() { return INT32_MIN; }
  static NN_HD int32_t highest() { return INT32_MAX; }
};
template <>
struct Number<uint8_t> {
  static constexpr bool floating = false;
  using Unsigned = uint32_t;
  static NN_HD uint8_t lowest() { return 0; }
  static NN_HD uint8_t highest() { return 255; }
};

}  // namespace math
}  // namespace nn
