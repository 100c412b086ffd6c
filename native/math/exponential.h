// exp, log and what is made of them. The float32 versions are branch-free polynomials, so that a compiler can run them on vectors:
// within 2 ulp of the true value (tanh and sigmoid 4), with NumPy's results for NaN, Infinity and numbers too small to be normal.
// Coefficients: Remez, weighted by the relative error. float64 is the C library's.
#pragma once

#include <math.h>

#include "math/bits.h"

namespace nn {
namespace math {

NN_HD float abs(float x) { return ::fabsf(x); }
NN_HD double abs(double x) { return ::fabs(x); }
NN_HD double exp(double x) { return ::exp(x); }
NN_HD double exp2(double x) { return ::exp2(x); }
NN_HD double expm1(double x) { return ::expm1(x); }
NN_HD double log(double x) { return ::log(x); }
NN_HD double log1p(double x) { return ::log1p(x); }
NN_HD double tanh(double x) { return ::tanh(x); }

// c0 + c1 x + c2 x^2 ... by pairs (Estrin): Horner's scheme is one long chain of dependent operations, which leaves the processor waiting.
NN_HD float polynomial(float x, float c0, float c1, float c2, float c3, float c4) {
  const float x2 = x * x;
  return (c0 + c1 * x) + x2 * ((c2 + c3 * x) + x2 * c4);
}
NN_HD float polynomial(float x, float c0, float c1, float c2, float c3, float c4, float c5) {
  const float x2 = x * x;
  return (c0 + c1 * x) + x2 * ((c2 + c3 * x) + x2 * (c4 + c5 * x));
}
NN_HD float polynomial(float x, float c0, float c1, float c2, float c3, float c4, float c5, float c6) {
  const float x2 = x * x;
  return (c0 + c1 * x) + x2 * ((c2 + c3 * x) + x2 * ((c4 + c5 * x) + x2 * c6));
}
NN_HD float polynomial(float x, float c0, float c1, float c2, float c3, float c4, float c5, float c6, float c7, float c8) {
  const float x2 = x * x, x4 = x2 * x2;
  return ((c0 + c1 * x) + x2 * (c2 + c3 * x)) + x4 * (((c4 + c5 * x) + x2 * (c6 + c7 * x)) + x4 * c8);
}
NN_HD float polynomial(float x, float c0, float c1, float c2, float c3, float c4, float c5, float c6, float c7, float c8, float c9) {
  const float x2 = x * x, x4 = x2 * x2;
  return ((c0 + c1 * x) + x2 * (c2 + c3 * x)) + x4 * (((c4 + c5 * x) + x2 * (c6 + c7 * x)) + x4 * (c8 + c9 * x));
}

// 2^k for k from -126 to 127.
NN_HD float power_of_two(int32_t k) { return bits_float(static_cast<uint32_t>(k + 127) << 23); }

// The integer k in the low bits of t = x + 1.5 * 2^23. A NaN leaves garbage, kept within 24 bits so that arithmetic on it is defined.
NN_HD int32_t rounded_part(float t) { return static_cast<int32_t>((float_bits(t) - 0x4b400000u) << 8) >> 8; }

// x = n ln2 + r with an integer n and |r| <= ln2 / 2. Adding 1.5 * 2^23 rounds and leaves n in the low bits: no conversion that
// a NaN would make undefined. ln2 is split so that n * high is exact.
struct ExpParts {
  float r;
  int32_t half, rest;  // n = half + rest: 2^n in two steps, as 2^128 and 2^-149 are no normal floats
};
NN_HD ExpParts split_for_exp(float x) {
  constexpr float magic = 12582912.0f;
  const float t = x * 1.44269504f + magic;
  const float n = t - magic;
  const int32_t k = rounded_part(t);
  ExpParts parts;
  parts.r = x - n * 0.693359375f + n * 2.12194440e-4f;
  parts.half = k >> 1;
  parts.rest = k - parts.half;
  return parts;
}

NN_HD float exp(float x) {
  x = x > 89.0f ? 89.0f : x < -104.0f ? -104.0f : x;
  const ExpParts s = split_for_exp(x);
  const float r = s.r;
  const float q = polynomial(r, 0.499999934122f, 0.166665201074f, 0.041668394285f, 0.00836878046756f, 0.00138144632852f);
  const float e = 1.0f + (r + r * r * q);
  return e * power_of_two(s.half) * power_of_two(s.rest);
}

NN_HD float expm1(float x) {
  x = x > 89.0f ? 89.0f : x < -30.0f ? -30.0f : x;
  const ExpParts s = split_for_exp(x);
  const float r = s.r;
  const float q =
      polynomial(r, 0.500000004666f, 0.166666668182f, 0.0416663535465f, 0.00833327279577f, 0.0013941102282f, 0.000199143087208f);
  const float m = r + r * r * q;  // exp(r) - 1; the result is 2^n m + (2^n - 1), scaled so that neither overflows early
  const float a = power_of_two(s.half), b = power_of_two(s.rest);
  return (m * a + (a - power_of_two(-s.rest))) * b;
}

NN_HD float exp2(float x) {
  x = x > 129.0f ? 129.0f : x < -151.0f ? -151.0f : x;
  constexpr float magic = 12582912.0f;
  const float t = x + magic;
  const float r = x - (t - magic);
  const int32_t k = rounded_part(t);
  const float q = polynomial(r, 0.693147180542f, 0.240226510758f, 0.0555041096227f, 0.00961803691481f, 0.00133334310675f,
                             0.000154671093356f, 1.53148791097e-5f);
  return (1.0f + r * q) * power_of_two(k >> 1) * power_of_two(k - (k >> 1));
}

NN_HD float log(float x) {
  const bool tiny = x < 1.17549435e-38f;
  uint32_t u = float_bits(tiny ? x * 8388608.0f : x);
  u -= 0x3f3504f3u;  // sqrt(1/2): the mantissa lies in [sqrt(1/2), sqrt(2))
  const float e = static_cast<float>((static_cast<int32_t>(u) >> 23) - (tiny ? 23 : 0));
  const float f = bits_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  const float q = polynomial(f, 0.333333126051f, -0.250000095945f, 0.200021185849f, -0.166679960269f, 0.142195538855f, -0.124055870944f,
                             0.118881503958f, -0.116756588386f, 0.067466743128f);
  const float f2 = f * f;
  const float y = f + (f * f2 * q + e * -2.12194440e-4f - 0.5f * f2) + e * 0.693359375f;
  const float special = x == 0.0f ? -Number<float>::infinity() : Number<float>::nan();
  return x > 0.0f ? (x > 3.40282347e38f ? x : y) : special;
}

// log(1 + x) = log(u) + (what rounding 1 + x to u lost) / u
NN_HD float log1p(float x) {
  const float u = 1.0f + x;
  const float y = log(u) + (x - (u - 1.0f)) / u;
  return x > -1.0f ? (x > 3.40282347e38f ? x : y) : x == -1.0f ? -Number<float>::infinity() : Number<float>::nan();
}

NN_HD float tanh(float x) {
  const float t = expm1(-2.0f * abs(x));
  return with_sign_of(-t / (t + 2.0f), x);
}

// log(1 + e) for e from 0 to 1: 2 atanh(e / (2 + e)), whose series is short there.
NN_HD float log1p_of_unit(float e) {
  const float t = e / (2.0f + e), t2 = t * t;
  const float q = polynomial(t2, 0.33333337811f, 0.19999438854f, 0.143084431064f, 0.107138196061f, 0.121505070212f);
  return 2.0f * t + 2.0f * t * (t2 * q);
}
NN_HD double log1p_of_unit(double e) { return ::log1p(e); }

template <class T>
NN_HD T sigmoid(T x) {
  const T e = exp(-abs(x));
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}
template <class T>
NN_HD T softplus(T x) {
  return (x < T(0) ? T(0) : x) + log1p_of_unit(exp(-abs(x)));
}

}  // namespace math
}  // namespace nn
