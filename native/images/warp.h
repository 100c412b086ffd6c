// The warp: every pixel of the result is looked up in the source once, whatever was composed into the matrix.
#pragma once

#include <cmath>
#include <vector>

#include "images/transform.h"
#include "math/augment.h"

namespace nn {
namespace images {

// Distances, in elements, between neighbours in an image.
struct Strides {
  int64_t row, column, channel;
};

struct WarpPlan {
  int64_t rows, columns, channels;
  Strides strides;
  const double* matrix;  // six numbers, as TransformWord says
  bool flip_rows, flip_columns;
  int32_t mode, order;
  double fill;
};

// Orders 0 and 1. Channels is the number of channels where the compiler knows it (and they are neighbours), or 0.
template <int Channels, typename S, typename T>
void warp_linear(const WarpPlan& plan, const S* source, T* target) {
  using math::LinearTap;
  const double* m = plan.matrix;
  const Strides& strides = plan.strides;
  const bool nearest = plan.order == 0, separable = m[1] == 0 && m[3] == 0;
  const T fill = static_cast<T>(plan.fill);
  std::vector<LinearTap<T>> across;
  if (separable) {
    // Shifts and zooms: columns are the same in every row.
    across.resize(static_cast<size_t>(plan.columns));
    for (int64_t x = 0; x < plan.columns; x++) across[x] = math::linear_tap<T>(m[4] * x + m[5], plan.columns, plan.mode, nearest);
  }
  for (int64_t y = 0; y < plan.rows; y++) {
    T* row = target + strides.row * (plan.flip_rows ? plan.rows - 1 - y : y);
    LinearTap<T> down{};
    if (separable) down = math::linear_tap<T>(m[0] * y + m[2], plan.rows, plan.mode, nearest);
    for (int64_t x = 0; x < plan.columns; x++) {
      LinearTap<T> side;
      if (separable) {
        side = across[x];
      } else {
        down = math::linear_tap<T>(m[0] * y + m[1] * x + m[2], plan.rows, plan.mode, nearest);
        side = math::linear_tap<T>(m[3] * y + m[4] * x + m[5], plan.columns, plan.mode, nearest);
      }
      T* out = row + strides.column * (plan.flip_columns ? plan.columns - 1 - x : x);
      const int64_t channels = Channels > 0 ? Channels : plan.channels, step = Channels > 0 ? 1 : strides.channel;
      if (!(down.inside && side.inside)) {
        for (int64_t c = 0; c < channels; c++) out[c * step] = fill;
        continue;
      }
      const S *top = source + strides.row * down.low, *bottom = source + strides.row * down.high;
      const int64_t left = strides.column * side.low, right = strides.column * side.high;
      const T lower = down.part, upper = 1 - lower, later = side.part, earlier = 1 - later;
      for (int64_t c = 0; c < channels; c++) {
        const int64_t at = c * step;
        const T above = static_cast<T>(top[left + at]) * earlier + static_cast<T>(top[right + at]) * later;
        const T below = static_cast<T>(bottom[left + at]) * earlier + static_cast<T>(bottom[right + at]) * later;
        out[at] = above * upper + below * lower;
      }
    }
  }
}

// Orders 2 to 5, one channel at a time. `values` is the channel as doubles, row by row, and is used up.
void warp_spline(const WarpPlan& plan, std::vector<double>* values, std::vector<double>* result);

}  // namespace images
}  // namespace nn
