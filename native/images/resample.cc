#include "images/resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nn {
namespace images {

namespace {

constexpr double kPi = 3.14159265358979323846;

double sinc(double x) { return x == 0 ? 1 : std::sin(kPi * x) / (kPi * x); }

double reach_of(Filter filter) {
  switch (filter) {
    case Filter::kBox:
      return 0.5;
    case Filter::kBicubic:
      return 2;
    case Filter::kLanczos:
      return 3;
    default:
      return 1;
  }
}

double weight_of(Filter filter, double x, double cubic) {
  const double far = std::fabs(x);
  switch (filter) {
    case Filter::kBox:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case Filter::kBilinear:
      return far < 1 ? 1 - far : 0;
    case Filter::kHamming:
      return far < 1 ? sinc(far) * (0.54 + 0.46 * std::cos(kPi * far)) : 0;
    case Filter::kBicubic:
      if (far < 1) return ((cubic + 2) * far - (cubic + 3)) * far * far + 1;
      return far < 2 ? (((far - 5) * far + 8) * far - 4) * cubic : 0;
    default:
      return far < 3 ? sinc(far) * sinc(far / 3) : 0;
  }
}

// For every pixel of an axis: the first source pixel and the weights of some.
struct Taps {
  std::vector<int64_t> first, count;
  std::vector<double> weights;
  int64_t most = 0;
};

Taps taps_of(int64_t source, double begin, double extent, int64_t target, Filter filter, bool antialias) {
  const double scale = extent / static_cast<double>(target), wider = antialias ? std::max(scale, 1.0) : 1.0;
  Taps taps;
  taps.first.resize(static_cast<size_t>(target));
  taps.count.resize(static_cast<size_t>(target));
  if (filter == Filter::kNearest) {
    taps.most = 1;
    taps.weights.assign(static_cast<size_t>(target), 1);
    for (int64_t i = 0; i < target; i++) {
      const double at = begin + (static_cast<double>(i) + 0.5) * scale;
      taps.first[i] = std::min(std::max<int64_t>(static_cast<int64_t>(std::floor(at)), 0), source - 1);
      taps.count[i] = 1;
    }
    return taps;
  }
  const double reach = reach_of(filter) * wider, cubic = -0.5;
  taps.most = static_cast<int64_t>(std::ceil(reach)) * 2 + 1;
  taps.weights.assign(static_cast<size_t>(target * taps.most), 0);
  for (int64_t i = 0; i < target; i++) {
    const double center = begin + (static_cast<double>(i) + 0.5) * scale;
    // Pixels whose centers lie within reach; half a pixel is added so that the cut rounds.
    int64_t low = std::max<int64_t>(static_cast<int64_t>(center - reach + 0.5), 0);
    int64_t high = std::min<int64_t>(static_cast<int64_t>(center + reach + 0.5), source);
    low = std::min(low, source - 1);
    high = std::min(std::max(high, low + 1), low + taps.most);
    double* weights = taps.weights.data() + i * taps.most;
    double sum = 0;
    for (int64_t j = low; j < high; j++)
      sum += weights[j - low] = weight_of(filter, (static_cast<double>(j) + 0.5 - center) / wider, cubic);
    if (sum == 0) {
      weights[0] = sum = 1;
    }
    for (int64_t j = low; j < high; j++) weights[j - low] /= sum;
    taps.first[i] = low;
    taps.count[i] = high - low;
  }
  return taps;
}

void store(double value, float* out) { *out = static_cast<float>(value); }
void store(double value, uint8_t* out) { *out = static_cast<uint8_t>(std::min(std::max(std::floor(value + 0.5), 0.0), 255.0)); }

template <typename T>
void resample_to(const uint8_t* source, int64_t rows, int64_t columns, int64_t channels, const Region& region, T* target,
                 int64_t target_rows, int64_t target_columns, Filter filter, bool antialias) {
  const Taps across = taps_of(columns, region.left, region.width, target_columns, filter, antialias);
  const Taps down = taps_of(rows, region.top, region.height, target_rows, filter, antialias);
  const int64_t width = target_columns * channels;
  // Rows of the source are brought to the new width when they are first needed; Pillow rounds between the passes, and so is done for bytes.
  std::vector<double> lines(static_cast<size_t>(rows * width));
  std::vector<bool> made(static_cast<size_t>(rows), false);
  std::vector<double> sums(static_cast<size_t>(width));
  for (int64_t y = 0; y < target_rows; y++) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (int64_t k = 0; k < down.count[y]; k++) {
      const int64_t row = down.first[y] + k;
      double* line = lines.data() + row * width;
      if (!made[row]) {
        made[row] = true;
        const uint8_t* from = source + row * columns * channels;
        for (int64_t x = 0; x < target_columns; x++) {
          const double* weights = across.weights.data() + x * across.most;
          for (int64_t c = 0; c < channels; c++) {
            double sum = 0;
            for (int64_t j = 0; j < across.count[x]; j++) sum += weights[j] * from[(across.first[x] + j) * channels + c];
            T rounded;
            store(sum, &rounded);
            line[x * channels + c] = static_cast<double>(rounded);
          }
        }
      }
      const double weight = down.weights[y * down.most + k];
      for (int64_t i = 0; i < width; i++) sums[i] += weight * line[i];
    }
    for (int64_t i = 0; i < width; i++) store(sums[i], target + y * width + i);
  }
}

}  // namespace

void resample(const uint8_t* source, int64_t rows, int64_t columns, int64_t channels, const Region& region, uint8_t* target,
              int64_t target_rows, int64_t target_columns, Filter filter, bool antialias) {
  resample_to(source, rows, columns, channels, region, target, target_rows, target_columns, filter, antialias);
}

void resample(const uint8_t* source, int64_t rows, int64_t columns, int64_t channels, const Region& region, float* target,
              int64_t target_rows, int64_t target_columns, Filter filter, bool antialias) {
  resample_to(source, rows, columns, channels, region, target, target_rows, target_columns, filter, antialias);
}

}  // namespace images
}  // namespace nn
