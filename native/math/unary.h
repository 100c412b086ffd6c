// Element-wise functions of one tensor.
#pragma once

#include "math/error_function.h"
#include "math/rows.h"

namespace nn {
namespace math {

#define NN_FROM_LIBRARY(name, function)                  \
  NN_HD float name(float x) { return ::function##f(x); } \
  NN_HD double name(double x) { return ::function(x); }
NN_FROM_LIBRARY(root, sqrt)
NN_FROM_LIBRARY(cube_root, cbrt)
NN_FROM_LIBRARY(log2, log2)
NN_FROM_LIBRARY(log10, log10)
NN_FROM_LIBRARY(sin, sin)
NN_FROM_LIBRARY(cos, cos)
NN_FROM_LIBRARY(tan, tan)
NN_FROM_LIBRARY(arcsin, asin)
NN_FROM_LIBRARY(arccos, acos)
NN_FROM_LIBRARY(arctan, atan)
NN_FROM_LIBRARY(sinh, sinh)
NN_FROM_LIBRARY(cosh, cosh)
NN_FROM_LIBRARY(arcsinh, asinh)
NN_FROM_LIBRARY(arccosh, acosh)
NN_FROM_LIBRARY(arctanh, atanh)
NN_FROM_LIBRARY(floor, floor)
NN_FROM_LIBRARY(ceil, ceil)
NN_FROM_LIBRARY(round_half_even, rint)
NN_FROM_LIBRARY(trunc, trunc)
#undef NN_FROM_LIBRARY

// Integers wrap as NumPy's do, by unsigned arithmetic.
template <class T>
NN_HD T negate(T x) {
  if constexpr (Number<T>::floating)
    return -x;
  else
    return static_cast<T>(0u - static_cast<typename Number<T>::Unsigned>(x));
}
template <class T>
NN_HD T add(T x, T y) {
  using U = typename Number<T>::Unsigned;
  return static_cast<T>(static_cast<U>(x) + static_cast<U>(y));
}
template <class T>
NN_HD T subtract(T x, T y) {
  using U = typename Number<T>::Unsigned;
  return static_cast<T>(static_cast<U>(x) - static_cast<U>(y));
}
template <class T>
NN_HD T multiply(T x, T y) {
  using U = typename Number<T>::Unsigned;
  return static_cast<T>(static_cast<U>(x) * static_cast<U>(y));
}
template <class T>
NN_HD T absolute(T x) {
  if constexpr (Number<T>::floating)
    return abs(x);
  else
    return x < T(0) ? negate(x) : x;
}
template <class T>
NN_HD bool is_finite(T x) {
  return abs(x) < Number<T>::infinity();
}

// clang-format off
#define NN_UNARY_OPS(X)                                                                       \
  X(sqrt, kUnary, kFloating, kModest, (), root(x))                                            \
  X(rsqrt, kUnary, kFloating, kModest, (), T(1) / root(x))                                    \
  X(reciprocal, kUnary, kFloating, kModest, (), T(1) / x)                                     \
  X(exp, kUnary, kFloating, kPolynomial, (), exp(x))                                          \
  X(exp2, kUnary, kFloating, kPolynomial, (), exp2(x))                                        \
  X(expm1, kUnary, kFloating, kPolynomial, (), expm1(x))                                      \
  X(log, kUnary, kFloating, kPolynomial, (), log(x))                                          \
  X(log2, kUnary, kFloating, kLibrary, (), log2(x))                                           \
  X(log10, kUnary, kFloating, kLibrary, (), log10(x))                                         \
  X(log1p, kUnary, kFloating, kPolynomial, (), log1p(x))                                      \
  X(sin, kUnary, kFloating, kLibrary, (), sin(x))                                             \
  X(cos, kUnary, kFloating, kLibrary, (), cos(x))                                             \
  X(tan, kUnary, kFloating, kLibrary, (), tan(x))                                             \
  X(arcsin, kUnary, kFloating, kLibrary, (), arcsin(x))                                       \
  X(arccos, kUnary, kFloating, kLibrary, (), arccos(x))                                       \
  X(arctan, kUnary, kFloating, kLibrary, (), arctan(x))                                       \
  X(sinh, kUnary, kFloating, kLibrary, (), sinh(x))                                           \
  X(cosh, kUnary, kFloating, kLibrary, (), cosh(x))                                           \
  X(tanh, kUnary, kFloating, kPolynomial, (), tanh(x))                                        \
  X(arcsinh, kUnary, kFloating, kLibrary, (), arcsinh(x))                                     \
  X(arccosh, kUnary, kFloating, kLibrary, (), arccosh(x))                                     \
  X(arctanh, kUnary, kFloating, kLibrary, (), arctanh(x))                                     \
  X(erf, kUnary, kFloating, kPolynomial, (), erf(x))                                          \
  X(erfc, kUnary, kFloating, kPolynomial, (), erfc(x))                                        \
  X(erfinv, kUnary, kFloating, kSlow, (), erfinv(x))                                          \
  X(cbrt, kUnary, kFloating, kLibrary, (), cube_root(x))                                      \
  X(floor, kUnary, kFloating, kCheap, (), floor(x))                                           \
  X(ceil, kUnary, kFloating, kCheap, (), ceil(x))                                             \
  X(round, kUnary, kFloating, kCheap, (), round_half_even(x))                                 \
  X(trunc, kUnary, kFloating, kCheap, (), trunc(x))                                           \
  X(negative, kUnary, kNumeric, kCheap, (), negate(x))                                        \
  X(abs, kUnary, kNumeric, kCheap, (), absolute(x))                                           \
  /* 0 and NaN stay what they are */                                                          \
  X(sign, kUnary, kNumeric, kCheap, (), x > T(0) ? T(1) : x < T(0) ? negate(T(1)) : x)        \
  X(square, kUnary, kNumeric, kCheap, (), multiply(x, x))                                     \
  X(clip, kUnary, kNumeric, kCheap, ("low:f", "high:f"), x < p ? p : x > q ? q : x)           \
  X(isnan, kTest, kFloating, kCheap, (), x != x)                                              \
  X(isinf, kTest, kFloating, kCheap, (), abs(x) == Number<T>::infinity())                     \
  X(isfinite, kTest, kFloating, kCheap, (), is_finite(x))                                     \
  X(logicalNot, kTest, kLogical, kCheap, (), x == T(0))
// clang-format on

NN_UNARY_OPS(NN_DEFINE_FUNCTOR)

}  // namespace math
}  // namespace nn
