// Element-wise functions of two tensors, with NumPy's results: integers wrap, a divisor of 0 gives 0, mod has the divisor's sign.
#pragma once

#include "math/unary.h"

namespace nn {
namespace math {

NN_HD float remainder_of(float x, float y) { return ::fmodf(x, y); }
NN_HD double remainder_of(double x, double y) { return ::fmod(x, y); }
NN_HD float power(float x, float y) { return ::powf(x, y); }
NN_HD double power(double x, double y) { return ::pow(x, y); }
NN_HD float arctan2(float x, float y) { return ::atan2f(x, y); }
NN_HD double arctan2(double x, double y) { return ::atan2(x, y); }
NN_HD float hypot(float x, float y) { return ::hypotf(x, y); }
NN_HD double hypot(double x, double y) { return ::hypot(x, y); }

template <class T>
NN_HD T maximum(T x, T y) {  // a NaN on either side wins
  return (x > y) | (x != x) ? x : y;
}
template <class T>
NN_HD T minimum(T x, T y) {
  return (x < y) | (x != x) ? x : y;
}

template <class T>
NN_HD T square_difference(T x, T y) {
  const T d = subtract(x, y);
  return multiply(d, d);
}

template <class T>
NN_HD T mod(T x, T y) {
  if constexpr (Number<T>::floating) {
    const T r = remainder_of(x, y);
    if (r == T(0)) return y < T(0) ? T(-0.0) : T(0);
    return (y < T(0)) != (r < T(0)) ? r + y : r;  // a NaN stays: adding keeps it
  } else {
    if (y == T(0)) return T(0);
    if (y == static_cast<T>(-1)) return sizeof(T) == 1 ? static_cast<T>(x % y) : T(0);  // INT_MIN % -1 is undefined in C++
    const T r = static_cast<T>(x % y);
    return r != T(0) && (y < T(0)) != (r < T(0)) ? static_cast<T>(r + y) : r;
  }
}

template <class T>
NN_HD T floor_divide(T x, T y) {
  if constexpr (Number<T>::floating) {
    if (y == T(0)) return x / y;
    // (x - x mod y) / y is nearly an integer: round it. floor(x / y) would be wrong where the quotient rounds up to one.
    const T r = remainder_of(x, y);
    T quotient = (x - r) / y;
    if (r != T(0) && (y < T(0)) != (r < T(0))) quotient -= T(1);
    if (quotient == T(0)) return x / y < T(0) ? T(-0.0) : T(0);
    const T whole = floor(quotient);
    return quotient - whole > T(0.5) ? whole + T(1) : whole;
  } else {
    if (y == T(0)) return T(0);
    if (sizeof(T) > 1 && y == static_cast<T>(-1)) return negate(x);  // INT_MIN / -1 wraps
    const T quotient = static_cast<T>(x / y);
    return (x % y != 0) && ((x < T(0)) != (y < T(0))) ? static_cast<T>(quotient - 1) : quotient;
  }
}

// By squaring. A negative exponent gives 0, as 1 / x^n would, but for x = 1 and -1.
NN_HD int32_t power(int32_t x, int32_t y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0;
  uint32_t base = static_cast<uint32_t>(x), result = 1;
  for (uint32_t n = static_cast<uint32_t>(y); n != 0; n >>= 1) {
    if (n & 1) result *= base;
    base *= base;
  }
  return static_cast<int32_t>(result);
}
NN_HD uint8_t power(uint8_t x, uint8_t y) { return static_cast<uint8_t>(power(static_cast<int32_t>(x), static_cast<int32_t>(y))); }

template <class T>
NN_HD T log_add_exp(T x, T y) {
  const T d = x - y;
  const T r = (d > T(0) ? x : y) + log1p_of_unit(exp(-abs(d)));
  return x == y ? x + T(0.69314718055994530942) : r;  // two equal infinities
}

// clang-format off
#define NN_BINARY_OPS(X)                                                                        \
  X(add, kBinary, kNumeric, kCheap, (), add(x, y))                                              \
  X(subtract, kBinary, kNumeric, kCheap, (), subtract(x, y))                                    \
  X(multiply, kBinary, kNumeric, kCheap, (), multiply(x, y))                                    \
  X(divide, kBinary, kFloating, kModest, (), x / y)                                             \
  X(maximum, kBinary, kNumeric, kCheap, (), maximum(x, y))                                      \
  X(minimum, kBinary, kNumeric, kCheap, (), minimum(x, y))                                      \
  X(squaredDifference, kBinary, kNumeric, kCheap, (), square_difference(x, y))                  \
  X(floorDivide, kBinary, kNumeric, kLibrary, (), floor_divide(x, y))                           \
  X(mod, kBinary, kNumeric, kLibrary, (), mod(x, y))                                            \
  X(power, kBinary, kNumeric, kLibrary, (), power(x, y))                                        \
  X(arctan2, kBinary, kFloating, kLibrary, (), arctan2(x, y))                                   \
  X(hypot, kBinary, kFloating, kLibrary, (), hypot(x, y))                                       \
  X(logaddexp, kBinary, kFloating, kPolynomial, (), log_add_exp(x, y))                      \
  X(equal, kCompare, kAny, kCheap, (), x == y)                                                  \
  X(notEqual, kCompare, kAny, kCheap, (), x != y)                                               \
  X(less, kCompare, kAny, kCheap, (), x < y)                                                    \
  X(lessEqual, kCompare, kAny, kCheap, (), x <= y)                                              \
  X(greater, kCompare, kAny, kCheap, (), x > y)                                                 \
  X(greaterEqual, kCompare, kAny, kCheap, (), x >= y)                                           \
  X(logicalAnd, kCompare, kLogical, kCheap, (), (x != T(0)) & (y != T(0)))                      \
  X(logicalOr, kCompare, kLogical, kCheap, (), (x != T(0)) | (y != T(0)))                       \
  X(logicalXor, kCompare, kLogical, kCheap, (), (x != T(0)) != (y != T(0)))
// clang-format on

NN_BINARY_OPS(NN_DEFINE_FUNCTOR)

}  // namespace math
}  // namespace nn
