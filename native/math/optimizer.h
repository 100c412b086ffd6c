// One step of an optimizer for one element, as Keras 3 computes it. Rates and coefficients are prepared in float64 and rounded once.
#pragma once

#include "math/binary.h"
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

// The other rules share one interface: two slots at most, the numbers of a step prepared once, and the step of one element after the weight
// has lost its decay. What the numbers a to e are for each rule, `Rule` says.
struct RuleNumbers {
  double rate, step, product, a, b, c, d, e;  // step counts from 1; product is Nadam's
};

// In the order of their codes: name, slots, what a to e are.
#define NN_RULES(X)                                                                    \
  X(Adamax, 2)       /* beta1, beta2, epsilon; mean, norm */                           \
  X(Nadam, 2)        /* beta1, beta2, epsilon; mean, mean square */                    \
  X(Adagrad, 1)      /* epsilon; sum of squares */                                     \
  X(Adadelta, 2)     /* rho, epsilon; mean square, mean square of steps */             \
  X(Ftrl, 2)         /* power, l1, l2, shrinkage, beta; sum of squares, linear term */ \
  X(Lion, 1)         /* beta1, beta2; mean */                                          \
  X(ScheduleFree, 2) /* beta1, beta2, epsilon, warm-up steps; z, mean square */

template <class T>
struct AdamaxRule {
  T rate, rest1, beta2, epsilon;

  NN_HD explicit AdamaxRule(const RuleNumbers& n)
      : rate(static_cast<T>(n.rate / (1 - ::pow(n.a, n.step)))),
        rest1(static_cast<T>(1 - n.a)),
        beta2(static_cast<T>(n.b)),
        epsilon(static_cast<T>(n.c)) {}
  NN_HD void step(T& weight, T& mean, T& norm, T g) const {
    mean = mean + (g - mean) * rest1;
    const T faded = beta2 * norm, size = g < 0 ? -g : g;
    norm = faded > size ? faded : size;
    weight = weight - rate * mean / (norm + epsilon);
  }
};

template <class T>
struct NadamRule {
  T rest1, rest2, ahead, now, bias2, rate, epsilon;

  // The momentum grows with the steps: beta1 * (1 - 0.96^t / 2); `product` is that of all of them up to this step.
  NN_HD explicit NadamRule(const RuleNumbers& n) {
    const double u = n.a * (1 - 0.5 * ::pow(0.96, n.step)), next = n.a * (1 - 0.5 * ::pow(0.96, n.step + 1));
    rest1 = static_cast<T>(1 - n.a);
    rest2 = static_cast<T>(1 - n.b);
    ahead = static_cast<T>(next / (1 - n.product * next));
    now = static_cast<T>((1 - u) / (1 - n.product));
    bias2 = static_cast<T>(1 - ::pow(n.b, n.step));
    rate = static_cast<T>(n.rate);
    epsilon = static_cast<T>(n.c);
  }
  NN_HD void step(T& weight, T& mean, T& square, T g) const {
    mean = mean + (g - mean) * rest1;
    square = square + (g * g - square) * rest2;
    weight = weight - rate * (ahead * mean + now * g) / (root(square / bias2) + epsilon);
  }
};

template <class T>
struct AdagradRule {
  T rate, epsilon;

  NN_HD explicit AdagradRule(const RuleNumbers& n) : rate(static_cast<T>(n.rate)), epsilon(static_cast<T>(n.a)) {}
  NN_HD void step(T& weight, T& squares, T&, T g) const {
    squares = squares + g * g;
    weight = weight - rate * g / root(squares + epsilon);
  }
};

template <class T>
struct AdadeltaRule {
  T rate, rho, rest, epsilon;

  NN_HD explicit AdadeltaRule(const RuleNumbers& n)
      : rate(static_cast<T>(n.rate)), rho(static_cast<T>(n.a)), rest(static_cast<T>(1 - n.a)), epsilon(static_cast<T>(n.b)) {}
  NN_HD void step(T& weight, T& square, T& steps, T g) const {
    square = rho * square + rest * (g * g);
    const T change = -root(steps + epsilon) * g / root(square + epsilon);
    steps = rho * steps + rest * (change * change);
    weight = weight + rate * change;
  }
};

template <class T>
struct FtrlRule {
  T rate, power_, l1, l2, shrinkage;

  NN_HD explicit FtrlRule(const RuleNumbers& n)
      : rate(static_cast<T>(n.rate)),
        power_(static_cast<T>(-n.a)),
        l1(static_cast<T>(n.b)),
        l2(static_cast<T>(2 * (n.c + n.e / (2 * n.rate)))),
        shrinkage(static_cast<T>(2 * n.d)) {}
  NN_HD void step(T& weight, T& squares, T& linear, T g) const {
    const T now = squares + g * g, grown = power(now, power_);
    linear = linear + g + shrinkage * weight - (grown - power(squares, power_)) / rate * weight;
    const T within = linear < -l1 ? -l1 : linear > l1 ? l1 : linear;
    weight = (within - linear) / (grown / rate + l2);
    squares = now;
  }
};

template <class T>
struct LionRule {
  T rate, beta1, rest1, beta2, rest2;

  NN_HD explicit LionRule(const RuleNumbers& n)
      : rate(static_cast<T>(n.rate)),
        beta1(static_cast<T>(n.a)),
        rest1(static_cast<T>(1 - n.a)),
        beta2(static_cast<T>(n.b)),
        rest2(static_cast<T>(1 - n.b)) {}
  NN_HD void step(T& weight, T& mean, T&, T g) const {
    const T way = mean * beta1 + g * rest1;
    weight = weight - (way > 0 ? rate : way < 0 ? -rate : way);  // 0 and NaN stay what they are
    mean = mean * beta2 + g * rest2;
  }
};

// The weight is where gradients are taken: between z, which descends, and the mean of all z so far.
template <class T>
struct ScheduleFreeRule {
  T rate, beta1, rest2, bias2, epsilon, share;

  NN_HD explicit ScheduleFreeRule(const RuleNumbers& n)
      : rate(static_cast<T>(n.d > n.step ? n.rate * n.step / n.d : n.rate)),
        beta1(static_cast<T>(n.a)),
        rest2(static_cast<T>(1 - n.b)),
        bias2(static_cast<T>(1 - ::pow(n.b, n.step))),
        epsilon(static_cast<T>(n.c)),
        share(static_cast<T>(1 / n.step)) {}
  NN_HD void step(T& weight, T& z, T& square, T g) const {
    square = square + (g * g - square) * rest2;
    const T mean = (weight - (1 - beta1) * z) / beta1;
    z = z - rate * g / (root(square / bias2) + epsilon);
    weight = (1 - beta1) * z + beta1 * (mean + (z - mean) * share);
  }
};

enum class Rule {
#define NN_RULE_CODE(name, slots) k##name,
  NN_RULES(NN_RULE_CODE)
#undef NN_RULE_CODE
      kCount
};

inline int rule_slots(Rule rule) {
#define NN_RULE_SLOTS(name, slots) slots,
  constexpr int kSlots[] = {NN_RULES(NN_RULE_SLOTS)};
#undef NN_RULE_SLOTS
  return kSlots[static_cast<int>(rule)];
}

}  // namespace math
}  // namespace nn
