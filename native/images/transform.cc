#include "images/transform.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "images/warp.h"

namespace nn {
namespace images {

namespace {

struct Scratch {
  std::vector<double> channel, warped, whitened;
};

template <typename T>
struct Range {
  T low, high;
};

template <typename T>
Range<T> range_of(const T* image, int64_t size) {
  Range<T> range{image[0], image[0]};
  for (int64_t i = 1; i < size; i++) {
    range.low = image[i] < range.low ? image[i] : range.low;
    range.high = image[i] > range.high ? image[i] : range.high;
  }
  return range;
}

template <typename S, typename T>
void place(const TransformJob& job, const double* words, const S* source, T* target, Scratch* scratch) {
  static const double identity[6] = {1, 0, 0, 0, 1, 0};
  const bool warps = words != nullptr && words[kWarp] != 0;
  const bool flips = words != nullptr && (words[kFlipRows] != 0 || words[kFlipColumns] != 0);
  const int64_t area = job.rows * job.columns, size = area * job.channels;
  if (!warps && !flips) {
    for (int64_t i = 0; i < size; i++) target[i] = static_cast<T>(source[i]);
    return;
  }
  WarpPlan plan{job.rows,
                job.columns,
                job.channels,
                job.channels_first ? Strides{job.columns, 1, area} : Strides{job.columns * job.channels, job.channels, 1},
                warps ? words + kMatrix : identity,
                words[kFlipRows] != 0,
                words[kFlipColumns] != 0,
                job.fill_mode,
                warps ? job.order : 0,
                job.fill_value};
  if (plan.order > 1) {
    for (int64_t c = 0; c < job.channels; c++) {
      const int64_t begin = c * plan.strides.channel, step = job.channels_first ? 1 : job.channels;
      scratch->channel.resize(static_cast<size_t>(area));
      for (int64_t i = 0; i < area; i++) scratch->channel[i] = static_cast<double>(source[begin + i * step]);
      warp_spline(plan, &scratch->channel, &scratch->warped);
      for (int64_t i = 0; i < area; i++) target[begin + i * step] = static_cast<T>(scratch->warped[i]);
    }
  } else if (!job.channels_first && job.channels == 3) {
    warp_linear<3>(plan, source, target);
  } else if (job.channels == 1) {
    warp_linear<1>(plan, source, target);
  } else {
    warp_linear<0>(plan, source, target);
  }
}

template <typename T>
void shift_channels(T* image, int64_t size, double by) {
  const Range<T> range = range_of(image, size);
  const T amount = static_cast<T>(by);
  for (int64_t i = 0; i < size; i++) image[i] = std::min(std::max(image[i] + amount, range.low), range.high);
}

// To 8 bits, as an image file would hold them: beyond them a value wraps round no more than Keras' own cut does.
double cut(double value) { return value < 0 ? 0 : value > 255 ? 255 : std::trunc(value); }

// Keras: through an 8-bit image, stretched to 0..255 and back where the values leave that range; an alpha channel stays.
template <typename T>
void brighten(const TransformJob& job, T* image, int64_t size, double factor) {
  const int64_t area = job.rows * job.columns;
  const auto is_alpha = [&](int64_t i) { return job.channels == 4 && (job.channels_first ? i / area == 3 : i % 4 == 3); };
  const Range<T> range = range_of(image, size);
  const bool stretched = range.low < 0 || range.high > 255;
  const double low = static_cast<double>(range.low), extent = static_cast<double>(range.high) - low;
  if (job.exact_brightness) {
    for (int64_t i = 0; i < size; i++) {
      if (is_alpha(i)) continue;
      const double lit = static_cast<double>(image[i]) * factor;
      image[i] = static_cast<T>(stretched ? lit : std::min(std::max(lit, 0.0), 255.0));
    }
    return;
  }
  const float light = static_cast<float>(factor);
  for (int64_t i = 0; i < size; i++) {
    double value = static_cast<double>(image[i]);
    // Keras stretches in float32, and the cut to whole numbers shows the difference.
    if (stretched) value = extent != 0 ? static_cast<float>(static_cast<float>(value - low) / static_cast<float>(extent)) * 255.0f : 0;
    value = cut(value);
    if (!is_alpha(i)) value = cut(static_cast<double>(light * static_cast<float>(value)));
    image[i] = static_cast<T>(stretched ? value / 255 * extent + low : value);
  }
}

template <typename T>
void standardize(const TransformJob& job, T* image, int64_t size, Scratch* scratch) {
  if (job.rescale != 1) {
    const T factor = static_cast<T>(job.rescale);
    for (int64_t i = 0; i < size; i++) image[i] *= factor;
  }
  if (job.sample_center || job.sample_deviation) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < size; i++) sum += static_cast<double>(image[i]);
    const double mean = sum / static_cast<double>(size);
    for (int64_t i = 0; i < size; i++) squares += (static_cast<double>(image[i]) - mean) * (static_cast<double>(image[i]) - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(size)) + 1e-6;
    const T center = static_cast<T>(job.sample_center ? mean : 0), scale = static_cast<T>(job.sample_deviation ? 1 / deviation : 1);
    for (int64_t i = 0; i < size; i++) image[i] = (image[i] - center) * scale;
  }
  if (!job.mean.empty() || !job.deviation.empty()) {
    const int64_t area = job.rows * job.columns;
    T centers[64], scales[64];
    for (int64_t from = 0; from < job.channels; from += 64) {
      const int64_t some = std::min<int64_t>(64, job.channels - from);
      for (int64_t c = 0; c < some; c++) {
        centers[c] = static_cast<T>(job.mean.empty() ? 0 : job.mean[from + c]);
        scales[c] = static_cast<T>(job.deviation.empty() ? 1 : 1 / (job.deviation[from + c] + 1e-6));
      }
      for (int64_t c = 0; c < some && job.channels_first; c++) {
        T* plane = image + (from + c) * area;
        for (int64_t i = 0; i < area; i++) plane[i] = (plane[i] - centers[c]) * scales[c];
      }
      for (int64_t i = 0; i < area && !job.channels_first; i++) {
        T* pixel = image + i * job.channels + from;
        for (int64_t c = 0; c < some; c++) pixel[c] = (pixel[c] - centers[c]) * scales[c];
      }
    }
  }
  if (job.whitening != nullptr) {
    const T* matrix = static_cast<const T*>(job.whitening);
    scratch->whitened.assign(static_cast<size_t>(size), 0);
    double* sums = scratch->whitened.data();
    for (int64_t k = 0; k < size; k++) {
      const double value = static_cast<double>(image[k]);
      const T* row = matrix + k * size;
      for (int64_t i = 0; i < size; i++) sums[i] += value * static_cast<double>(row[i]);
    }
    for (int64_t i = 0; i < size; i++) image[i] = static_cast<T>(sums[i]);
  }
}

template <typename S, typename T>
void transform_one(const TransformJob& job, int64_t index, Scratch* scratch) {
  const int64_t size = job.rows * job.columns * job.channels;
  const double* words = job.transforms == nullptr ? nullptr : job.transforms + index * kTransformWords;
  T* image = static_cast<T*>(job.target) + index * size;
  place(job, words, static_cast<const S*>(job.source) + index * size, image, scratch);
  if (words != nullptr && !std::isnan(words[kChannelShift])) shift_channels(image, size, words[kChannelShift]);
  if (words != nullptr && !std::isnan(words[kBrightness])) brighten(job, image, size, words[kBrightness]);
  if (job.standardize) standardize(job, image, size, scratch);
}

template <typename S, typename T>
void transform_range(const TransformJob& job, int64_t begin, int64_t end) {
  Scratch scratch;
  for (int64_t i = begin; i < end; i++) transform_one<S, T>(job, i, &scratch);
}

template <typename T>
void from_source(const TransformJob& job, int64_t begin, int64_t end) {
  if (job.source_type == Element::kUint8) return transform_range<uint8_t, T>(job, begin, end);
  if (job.source_type == Element::kFloat64) return transform_range<double, T>(job, begin, end);
  transform_range<float, T>(job, begin, end);
}

}  // namespace

void transform_images(const TransformJob& job, int64_t begin, int64_t end) {
  if (job.rows * job.columns * job.channels == 0) return;
  if (job.target_type == Element::kFloat64) return from_source<double>(job, begin, end);
  from_source<float>(job, begin, end);
}

}  // namespace images
}  // namespace nn
