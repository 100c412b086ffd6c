// Optimizer steps on plain vectors. Slots that an option does without are NULL.
#pragma once

#include "backends/cpu/kernels/arch.h"
#include "backends/cpu/kernels/functions.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

template <class T>
void sgd_loop(const math::SgdStep<T>& step, T* const* slot, const T* g, int64_t n) {
  const math::SgdStep<T> s = step;
  T *weight = slot[0], *velocity = slot[1];
  if (velocity) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) s.with_momentum(weight[i], velocity[i], g[i]);
  } else {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) s.plain(weight[i], g[i]);
  }
}

template <class T>
void adam_loop(const math::AdamStep<T>& step, T* const* slot, const T* g, int64_t n) {
  const math::AdamStep<T> s = step;
  T *weight = slot[0], *m = slot[1], *v = slot[2], *greatest = slot[3];
  if (greatest) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      const T now = s.moments(m[i], v[i], g[i]);
      greatest[i] = now > greatest[i] ? now : greatest[i];
      s.apply(weight[i], m[i], greatest[i]);
    }
  } else {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      const T now = s.moments(m[i], v[i], g[i]);
      s.apply(weight[i], m[i], now);
    }
  }
}

template <bool Momentum, bool Centered, class T>
NN_HD void rmsprop_with(const math::RmspropStep<T>& s, T* weight, T* square, T* momentum, T* mean, const T* g, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    T average = 0;
    if (Centered) {
      average = s.running_mean(mean[i], g[i]);
      mean[i] = average;
    }
    T increment = s.increment(square[i], g[i], average);
    if (Momentum) {
      increment = s.momentum * momentum[i] + increment;
      momentum[i] = increment;
    }
    s.apply(weight[i], increment);
  }
}

template <class T>
void rmsprop_loop(const math::RmspropStep<T>& step, T* const* slot, const T* g, int64_t n) {
  const math::RmspropStep<T> s = step;
  if (slot[2] && slot[3])
    rmsprop_with<true, true>(s, slot[0], slot[1], slot[2], slot[3], g, n);
  else if (slot[2])
    rmsprop_with<true, false>(s, slot[0], slot[1], slot[2], slot[3], g, n);
  else if (slot[3])
    rmsprop_with<false, true>(s, slot[0], slot[1], slot[2], slot[3], g, n);
  else
    rmsprop_with<false, false>(s, slot[0], slot[1], slot[2], slot[3], g, n);
}

template <class Step, class T>
void rule_loop(const math::RuleNumbers& numbers, double decay, T* const* slot, const T* g, int64_t n) {
  const Step s(numbers);
  const T lost = static_cast<T>(decay);
  // A rule with one slot is given the same twice, and leaves the second alone.
  T *weight = slot[0], *first = slot[1], *second = slot[2] ? slot[2] : slot[1];
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    weight[i] = weight[i] - weight[i] * lost;
    s.step(weight[i], first[i], second[i], g[i]);
  }
}

template <class T>
constexpr OptimizerFunctions<T> optimizer_table() {
#define NN_RULE_LOOP(name, slots) rule_loop<math::name##Rule<T>, T>,
  return {sgd_loop<T>, adam_loop<T>, rmsprop_loop<T>, {NN_RULES(NN_RULE_LOOP)}};
#undef NN_RULE_LOOP
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
