// B-splines of order 2 to 5: pixels become coefficients by recursive filters (Unser, 1999), then a warped pixel is a sum over neighbours.
#include <algorithm>
#include <cmath>

#include "images/warp.h"

namespace nn {
namespace images {

namespace {

// Where the nearest pixel goes on beyond the edge, the filter needs some of it: after so many pixels no pole is felt.
constexpr int64_t kPadding = 12;

int poles_of(int32_t order, double* poles) {
  switch (order) {
    case 2:
      poles[0] = std::sqrt(8.0) - 3;
      return 1;
    case 3:
      poles[0] = std::sqrt(3.0) - 2;
      return 1;
    case 4:
      poles[0] = std::sqrt(664 - std::sqrt(438976.0)) + std::sqrt(304.0) - 19;
      poles[1] = std::sqrt(664 + std::sqrt(438976.0)) - std::sqrt(304.0) - 19;
      return 2;
    default:
      poles[0] = std::sqrt(67.5 - std::sqrt(4436.25)) + std::sqrt(26.25) - 6.5;
      poles[1] = std::sqrt(67.5 + std::sqrt(4436.25)) - std::sqrt(26.25) - 6.5;
      return 2;
  }
}

// How a line goes on beyond its ends while it is filtered.
enum class Ends { kMirror, kReflect, kPeriodic };

Ends ends_of(int32_t mode) {
  if (mode == math::kFillNearest || mode == math::kFillReflect) return Ends::kReflect;
  return mode == math::kFillGridWrap ? Ends::kPeriodic : Ends::kMirror;
}

// The value of the causal filter at the first pixel: the sum over everything before it.
double first_causal(const double* line, int64_t n, double z, Ends ends) {
  double sum = 0, power = 1;
  if (ends == Ends::kPeriodic) {
    sum = line[0];
    for (int64_t i = n - 1; i > 0; i--) sum += (power *= z) * line[i];
    return sum / (1 - power * z);
  }
  if (ends == Ends::kReflect) {
    const double whole = std::pow(z, 2.0 * static_cast<double>(n));
    for (int64_t i = 0; i < n; i++, power *= z) sum += (power + whole / (power * z)) * line[i];
    return line[0] + z * sum / (1 - whole);
  }
  const double whole = std::pow(z, 2.0 * static_cast<double>(n) - 2);
  sum = line[0] + std::pow(z, static_cast<double>(n - 1)) * line[n - 1];
  for (int64_t i = 1; i < n - 1; i++) {
    power *= z;
    sum += (power + whole / power) * line[i];
  }
  return sum / (1 - whole);
}

double last_anticausal(const double* line, int64_t n, double z, Ends ends) {
  if (ends == Ends::kReflect) return line[n - 1] * z / (z - 1);
  if (ends == Ends::kMirror) return (z * line[n - 2] + line[n - 1]) * z / (z * z - 1);
  double sum = line[n - 1], power = 1;
  for (int64_t i = 0; i < n - 1; i++) sum += (power *= z) * line[i];
  return sum * z / (power * z - 1);
}

void filter_line(double* line, int64_t n, int32_t order, Ends ends) {
  if (n == 1) return;
  double poles[2];
  const int count = poles_of(order, poles);
  double gain = 1;
  for (int p = 0; p < count; p++) gain *= (1 - poles[p]) * (1 - 1 / poles[p]);
  for (int64_t i = 0; i < n; i++) line[i] *= gain;
  for (int p = 0; p < count; p++) {
    const double z = poles[p];
    line[0] = first_causal(line, n, z, ends);
    for (int64_t i = 1; i < n; i++) line[i] += z * line[i - 1];
    line[n - 1] = last_anticausal(line, n, z, ends);
    for (int64_t i = n - 2; i >= 0; i--) line[i] = z * (line[i + 1] - line[i]);
  }
}

}  // namespace

void warp_spline(const WarpPlan& plan, std::vector<double>* values, std::vector<double>* result) {
  const int64_t padding = plan.mode == math::kFillNearest ? kPadding : 0;
  const int64_t rows = plan.rows + 2 * padding, columns = plan.columns + 2 * padding;
  if (padding > 0) {
    std::vector<double> padded(static_cast<size_t>(rows * columns));
    for (int64_t y = 0; y < rows; y++) {
      const int64_t from = math::fold_index(y - padding, plan.rows, plan.mode) * plan.columns;
      for (int64_t x = 0; x < columns; x++) {
        padded[y * columns + x] = (*values)[from + math::fold_index(x - padding, plan.columns, plan.mode)];
      }
    }
    values->swap(padded);
  }
  const Ends ends = ends_of(plan.mode);
  for (int64_t y = 0; y < rows; y++) filter_line(values->data() + y * columns, columns, plan.order, ends);
  std::vector<double> line(static_cast<size_t>(rows));
  for (int64_t x = 0; x < columns; x++) {
    for (int64_t y = 0; y < rows; y++) line[y] = (*values)[y * columns + x];
    filter_line(line.data(), rows, plan.order, ends);
    for (int64_t y = 0; y < rows; y++) (*values)[y * columns + x] = line[y];
  }
  result->resize(static_cast<size_t>(plan.rows * plan.columns));
  const double* m = plan.matrix;
  for (int64_t y = 0; y < plan.rows; y++) {
    for (int64_t x = 0; x < plan.columns; x++) {
      double down = m[0] * y + m[1] * x + m[2] + padding, side = m[3] * y + m[4] * x + m[5] + padding;
      double* out =
          result->data() + (plan.flip_rows ? plan.rows - 1 - y : y) * plan.columns + (plan.flip_columns ? plan.columns - 1 - x : x);
      if (!(math::fold_coordinate(&down, rows, plan.mode) && math::fold_coordinate(&side, columns, plan.mode))) {
        *out = plan.fill;
        continue;
      }
      double part_down, part_side, weights_down[6], weights_side[6];
      const int64_t top = math::spline_start(plan.order, down, &part_down), left = math::spline_start(plan.order, side, &part_side);
      math::spline_weights(plan.order, part_down, weights_down);
      math::spline_weights(plan.order, part_side, weights_side);
      int64_t across[6];
      for (int32_t j = 0; j <= plan.order; j++) across[j] = math::fold_index(left + j, columns, plan.mode);
      double sum = 0;
      for (int32_t i = 0; i <= plan.order; i++) {
        const double* from = values->data() + math::fold_index(top + i, rows, plan.mode) * columns;
        double inner = 0;
        for (int32_t j = 0; j <= plan.order; j++) inner += weights_side[j] * from[across[j]];
        sum += weights_down[i] * inner;
      }
      *out = sum;
    }
  }
}

}  // namespace images
}  // namespace nn
