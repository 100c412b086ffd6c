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

}  // namespace math
}  // namespace nn
