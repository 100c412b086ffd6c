// Where an augmented pixel comes from: coordinates beyond the edge, and the neighbours and weights of a place between pixels. The rules
// are those of scipy.ndimage, which Keras' ImageDataGenerator uses.
#pragma once

#include <math.h>
#include <stdint.h>

#include "math/config.h"

namespace nn {
namespace math {

enum FillMode : int32_t {
  kFillConstant = 0,  // cval beyond the edge
  kFillNearest = 1,   // aaaa|abcd|dddd
  kFillReflect = 2,   // dcba|abcd|dcba
  kFillWrap = 3,      // scipy's wrap: first and last pixel are one place, so the period is n - 1
  kFillGridWrap = 4,  // abcd|abcd|abcd
};

// The place in an axis of n pixels that stands for `at`; false where the constant does.
NN_HD bool fold_coordinate(double* at, int64_t n, int32_t mode) {
  const double last = static_cast<double>(n - 1);
  double x = *at;
  if (mode == kFillConstant) return x >= 0 && x <= last;
  if (!(x > -1e15 && x < 1e15)) x = 0;  // no place at all
  if (mode == kFillNearest) {
    x = x < 0 ? 0 : x > last ? last : x;
  } else if (mode == kFillReflect) {
    const double period = 2.0 * static_cast<double>(n);
    x -= period * floor(x / period);
    if (x >= static_cast<double>(n)) x = period - x - 1;
    x = x < -1 ? -1 : x;
  } else if (mode == kFillWrap) {
    if (n == 1) {
      x = 0;
    } else if (x < 0) {
      x += last * (floor(-x / last) + 1);
    } else if (x > last) {
      x -= last * floor(x / last);
    }
    x = x < 0 ? 0 : x > last ? last : x;
  } else {
    const double period = static_cast<double>(n);
    x -= period * floor(x / period);
    x = x < 0 ? 0 : x > period ? 0 : x;
  }
  *at = x;
  return true;
}

// The pixel that stands for index i, for neighbours beyond the edge. Constant and scipy's wrap mirror about the last pixel there.
NN_HD int64_t fold_index(int64_t i, int64_t n, int32_t mode) {
  if (i >= 0 && i < n) return i;
  if (mode == kFillNearest) return i < 0 ? 0 : n - 1;
  if (n == 1) return 0;
  const int64_t period = mode == kFillReflect ? 2 * n : mode == kFillGridWrap ? n : 2 * n - 2;
  i %= period;
  if (i < 0) i += period;
  if (i < n) return i;
  return mode == kFillReflect ? period - 1 - i : period - i;
}

// The two neighbours along one axis, and how much of the second. Order 0 takes the nearest pixel alone.
template <typename T>
struct LinearTap {
  int64_t low, high;
  T part;
  bool inside;
};

template <typename T>
NN_HD LinearTap<T> linear_tap(double at, int64_t n, int32_t mode, bool nearest) {
  LinearTap<T> tap{0, 0, T(0), fold_coordinate(&at, n, mode)};
  if (!tap.inside) return tap;
  const double base = floor(nearest ? at + 0.5 : at);
  const int64_t first = static_cast<int64_t>(base);
  tap.low = fold_index(first, n, mode);
  tap.high = nearest ? tap.low : fold_index(first + 1, n, mode);
  tap.part = nearest ? T(0) : static_cast<T>(at - base);
  return tap;
}

// Weights of the order + 1 neighbours of a B-spline; `part` is how far the place lies behind the knot before it.
NN_HD void spline_weights(int32_t order, double part, double* weights) {
  weights[0] = 1;
  for (int32_t d = 1; d <= order; d++) {
    weights[d] = part * weights[d - 1] / d;
    for (int32_t j = d - 1; j > 0; j--) weights[j] = ((part + d - j) * weights[j - 1] + (1 - part + j) * weights[j]) / d;
    weights[0] = (1 - part) * weights[0] / d;
  }
}

// The first of the order + 1 neighbours of `at`, and the part for their weights.
NN_HD int64_t spline_start(int32_t order, double at, double* part) {
  const double base = floor(order % 2 == 0 ? at + 0.5 : at);
  *part = order % 2 == 0 ? at + 0.5 - base : at - base;
  return static_cast<int64_t>(base) - order / 2;
}

}  // namespace math
}  // namespace nn
