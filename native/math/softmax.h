// The arithmetic of one element of softmax and its relatives; what is summed over a row comes as an argument.
#pragma once

#include "math/exponential.h"

namespace nn {
namespace math {

template <class T>
NN_HD T softmax_slope(T y, T dy, T sum_of_products) {
  return (dy - sum_of_products) * y;
}
template <class T>
NN_HD T log_softmax(T x, T greatest, T log_sum) {
  return (x - greatest) - log_sum;
}
template <class T>
NN_HD T log_softmax_slope(T y, T dy, T sum_of_gradients) {
  return dy - exp(y) * sum_of_gradients;
}

// A row's cross-entropy is the sum of label * (log of the sum of exponentials - logit), both less the greatest logit. A label of 0 adds
// nothing, even where the logit is -Infinity.
template <class T>
NN_HD T cross_entropy_term(T logit, T label, T greatest, T log_sum) {
  return label == T(0) ? T(0) : label * (log_sum - (logit - greatest));
}
template <class T>
NN_HD T cross_entropy_slope(T probability, T label, T label_sum) {
  return probability * label_sum - label;
}

}  // namespace math
}  // namespace nn
