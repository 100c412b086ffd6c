// Activation functions, and the gradients that are worth an op of their own.
#pragma once

#include "math/unary.h"

namespace nn {
namespace math {

template <class T>
NN_HD T relu(T x) {  // a NaN stays
  return x < T(0) ? T(0) : x;
}
template <class T>
NN_HD T relu6(T x) {
  return x < T(0) ? T(0) : x > T(6) ? T(6) : x;
}

// tanh(softplus(x)) = n / (n + 2) with n = e (e + 2), e = exp(x); from x = 20 on it is 1 in either precision.
template <class T>
NN_HD T mish_n(T x) {
  const T e = exp(x > T(20) ? T(20) : x);
  return e * (e + T(2));
}
template <class T>
NN_HD T mish_slope(T x) {
  const T n = mish_n(x), t = n / (n + T(2));
  return t + x * (T(4) * (n + T(1)) / ((n + T(2)) * (n + T(2)))) * sigmoid(x);
}

// x (1 + tanh(u)) / 2 = x sigmoid(2u), which does not cancel for negative u.
template <class T>
NN_HD T gelu_tanh_2u(T x) {
  return T(1.59576912160573071176) * (x + T(0.044715) * x * x * x);
}

// sigmoid(x) and 1 - sigmoid(x), either to its own last digits.
template <class T>
struct SigmoidPair {
  T value, rest;
};
template <class T>
NN_HD SigmoidPair<T> sigmoid_pair(T x) {
  const T e = exp(-abs(x)), high = T(1) / (T(1) + e), low = e * high;
  return {x < T(0) ? low : high, x < T(0) ? high : low};
}

template <class T>
NN_HD T gelu_tanh_slope(T x) {
  const SigmoidPair<T> s = sigmoid_pair(gelu_tanh_2u(x));
  return s.value + x * s.value * s.rest * T(1.59576912160573071176) * (T(1) + T(0.134145) * x * x);
}

template <class T>
NN_HD T silu_slope(T x) {
  const SigmoidPair<T> s = sigmoid_pair(x);
  return s.value * (T(1) + x * s.rest);
}

#define NN_SELU_SCALE T(1.0507009873554804934193349852946)
#define NN_SELU_SCALE_ALPHA T(1.7580993408473768599402175208123)

// clang-format off
#define NN_ACTIVATION_OPS(X)                                                                                                   \
  X(relu, kUnary, kNumeric, kCheap, (), relu(x))                                                                               \
  X(relu6, kUnary, kFloating, kCheap, (), relu6(x))                                                                            \
  X(leakyRelu, kUnary, kFloating, kCheap, ("slope:f"), x < T(0) ? p * x : x)                                                   \
  X(sigmoid, kUnary, kFloating, kPolynomial, (), sigmoid(x))                                                                   \
  X(logSigmoid, kUnary, kFloating, kPolynomial * 2, (), -softplus(-x))                                                         \
  X(softplus, kUnary, kFloating, kPolynomial * 2, (), softplus(x))                                                             \
  X(softsign, kUnary, kFloating, kModest, (), x / (T(1) + abs(x)))                                                             \
  X(silu, kUnary, kFloating, kPolynomial, (), x * sigmoid(x))                                                                  \
  X(mish, kUnary, kFloating, kPolynomial, (), x * (mish_n(x) / (mish_n(x) + T(2))))                                            \
  X(gelu, kUnary, kFloating, kPolynomial * 2, (), x * normal_cdf(x))                                                           \
  X(geluTanh, kUnary, kFloating, kPolynomial, (), x * sigmoid(gelu_tanh_2u(x)))                                                \
  X(elu, kUnary, kFloating, kPolynomial, ("alpha:f"), x > T(0) ? x : p * expm1(x))                                             \
  X(celu, kUnary, kFloating, kPolynomial, ("alpha:f"), x > T(0) ? x : p * expm1(x / p))                                        \
  X(selu, kUnary, kFloating, kPolynomial, (), x > T(0) ? NN_SELU_SCALE * x : NN_SELU_SCALE_ALPHA * expm1(x))                   \
  X(hardSigmoid, kUnary, kFloating, kCheap, (), relu6(x + T(3)) / T(6))                                                        \
  X(hardSilu, kUnary, kFloating, kCheap, (), x * (relu6(x + T(3)) / T(6)))                                                     \
  X(sparsePlus, kUnary, kFloating, kCheap, (), x <= T(-1) ? T(0) : x >= T(1) ? x : T(0.25) * (x + T(1)) * (x + T(1)))          \
  X(hardShrink, kUnary, kFloating, kCheap, ("threshold:f"), abs(x) <= p ? T(0) : x)                                            \
  X(softShrink, kUnary, kFloating, kCheap, ("threshold:f"), x > p ? x - p : x < -p ? x + p : x != x ? x : T(0))                \
  X(threshold, kUnary, kFloating, kCheap, ("threshold:f", "value:f"), x <= p ? q : x)

// x is the saved tensor (the output for relu, sigmoid and tanh, else the input), y the gradient that comes in.
#define NN_GRADIENT_OPS(X)                                                                                                     \
  X(reluGrad, kBinary, kFloating, kCheap, (), x > T(0) ? y : T(0))                                                             \
  X(relu6Grad, kBinary, kFloating, kCheap, (), (x > T(0)) & (x < T(6)) ? y : T(0))                                             \
  X(leakyReluGrad, kBinary, kFloating, kCheap, ("slope:f"), x > T(0) ? y : p * y)                                              \
  X(clipGrad, kBinary, kFloating, kCheap, ("low:f", "high:f"), (x >= p) & (x <= q) ? y : T(0))                                 \
  X(sigmoidGrad, kBinary, kFloating, kCheap, (), y * x * (T(1) - x))                                                           \
  X(tanhGrad, kBinary, kFloating, kCheap, (), y * (T(1) - x * x))                                                              \
  X(softplusGrad, kBinary, kFloating, kPolynomial, (), y * sigmoid(x))                                                         \
  X(siluGrad, kBinary, kFloating, kPolynomial, (), y * silu_slope(x))                                                          \
  X(mishGrad, kBinary, kFloating, kPolynomial * 2, (), y * mish_slope(x))                                                      \
  X(geluGrad, kBinary, kFloating, kPolynomial * 3, (), y * (normal_cdf(x) + x * normal_density(x)))                            \
  X(geluTanhGrad, kBinary, kFloating, kPolynomial, (), y * gelu_tanh_slope(x))                                                 \
  X(eluGrad, kBinary, kFloating, kPolynomial, ("alpha:f"), x > T(0) ? y : p * exp(x) * y)                                      \
  X(celuGrad, kBinary, kFloating, kPolynomial, ("alpha:f"), x > T(0) ? y : exp(x / p) * y)                                     \
  X(seluGrad, kBinary, kFloating, kPolynomial, (), x > T(0) ? NN_SELU_SCALE * y : NN_SELU_SCALE_ALPHA * exp(x) * y)            \
  X(hardSigmoidGrad, kBinary, kFloating, kCheap, (), (x > T(-3)) & (x < T(3)) ? y / T(6) : T(0))                               \
  X(hardSiluGrad, kBinary, kFloating, kCheap, (), x < T(-3) ? T(0) : x > T(3) ? y : y * ((x + x + T(3)) / T(6)))
// clang-format on

NN_ACTIVATION_OPS(NN_DEFINE_FUNCTOR)
NN_GRADIENT_OPS(NN_DEFINE_FUNCTOR)

}  // namespace math
}  // namespace nn
