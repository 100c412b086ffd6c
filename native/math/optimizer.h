// One step of an optimizer for one element, as Keras 3 computes it. Rates and coefficients are prepared in float64 and rounded once.
#pragma once

#include "math/unary.h"

namespace nn {
namespace math {

// Decoupled weight decay comes first: the weight loses `decay` = learning rate * weight decay of itself.
template <class T>
struct SgdStep {
  T rate, momentum, decay;
  bool nesterov;

  NN_HD void plain(T& weight, T g) const { weight = weight - weight * decay - rate * g; }
  NN_HD void with_momentum(T& weight, T& velocity, T g) const {
    const T step = rate * g;
    velocity = momentum * velocity - step;
    weight = weight - weight * decay + (nesterov ? momentum * velocity - step : velocity);
  }
};

// rate is learning rate * sqrt(1 - beta2^t) / (1 - beta1^t).
template <class T>
struct AdamStep {
  T rate, rest1, rest2, epsilon, decay;  // rest: 1 - beta

  NN_HD T moments(T& m, T& v, T g) const {
    m = m + (g - m) * rest1;
    v = v + (g * g - v) * rest2;
    return v;
  }
  NN_HD void apply(T& weight, T m, T v) const { weight = weight - weight * decay - m * rate / (root(v) + epsilon); }
};

template <class T>
struct RmspropStep {
  T rate, rho, rest, momentum, epsilon, decay;  // rest: 1 - rho

  // `mean` is the running mean of gradients, 0 where it is not centered.
  NN_HD T increment(T& square, T g, T mean) const {
    square = rho * square + rest * (g * g);
    return rate * g / root(square - mean * mean + epsilon);
  }
  NN_HD T running_mean(T mean, T g) const { return rho * mean + rest * g; }
  NN_HD void apply(T& weight, T step) const { weight = weight - weight * decay - step; }
};

}  // namespace math
}  // namespace nn
