// Losses that have ops of their own because the obvious formulas overflow or cancel.
#pragma once

#include "math/unary.h"

namespace nn {
namespace math {

// x is the logit, y the label, z the gradient that comes in. The loss is max(x, 0) - x y + log(1 + exp(-|x|)).
// clang-format off
#define NN_LOSS_OPS(X)                                                                                                          \
  X(sigmoidCrossEntropy, kBinary, kFloating, kPolynomial, (), (x < T(0) ? T(0) : x) - x * y + log1p_of_unit(exp(-abs(x))))          \
  X(sigmoidCrossEntropyGrad, kTernary, kFloating, kPolynomial, (), (sigmoid(x) - y) * z)
// clang-format on

NN_LOSS_OPS(NN_DEFINE_FUNCTOR)

// A row's cross-entropy is the sum of label * (log of the sum of exponentials - logit). A label of 0 adds nothing, even where the
// logit is -Infinity.
template <class T>
NN_HD T cross_entropy_term(T logit, T label, T log_sum) {
  return label == T(0) ? T(0) : label * (log_sum - logit);
}
template <class T>
NN_HD T cross_entropy_slope(T probability, T label, T label_sum) {
  return probability * label_sum - label;
}

}  // namespace math
}  // namespace nn
