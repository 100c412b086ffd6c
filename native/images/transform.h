// Random transformations and standardisation of image batches, as Keras' ImageDataGenerator does them, one image after the other.
#pragma once

#include <cstdint>
#include <vector>

namespace nn {
namespace images {

// What is done to one image: numbers that JavaScript draws. Layout in the array of parameters, kTransformWords an image.
enum TransformWord : int64_t {
  kWarp = 0,          // 0: the place of every pixel stays
  kMatrix = 1,        // row = m0 * row + m1 * column + m2, column = m3 * row + m4 * column + m5
  kFlipRows = 7,      // vertical flip
  kFlipColumns = 8,   // horizontal flip
  kChannelShift = 9,  // NaN: none
  kBrightness = 10,   // NaN: none
  kTransformWords = 11,
};

enum class Element : int32_t { kFloat32 = 0, kFloat64 = 1, kUint8 = 3 };  // as nn_dtype

struct TransformJob {
  int64_t count = 0, rows = 0, columns = 0, channels = 0;
  Element source_type = Element::kUint8, target_type = Element::kFloat32;
  const void* source = nullptr;
  void* target = nullptr;
  bool channels_first = false;
  // Null: images are only standardised.
  const double* transforms = nullptr;
  int32_t fill_mode = 1, order = 1;
  double fill_value = 0;
  // Brightness multiplies as it is, instead of going through 8 bits as Keras does.
  bool exact_brightness = false;
  // Standardisation: v * rescale, then less the mean and by the deviation of the image, then of the channel, then whitening.
  bool standardize = false;
  double rescale = 1;
  bool sample_center = false, sample_deviation = false;
  std::vector<double> mean, deviation;  // one a channel, or empty
  const void* whitening = nullptr;      // [size, size] of the target type, or null
};

// Images [begin, end) of the job. Touches nothing but its own images, so that calls may run at the same time.
void transform_images(const TransformJob& job, int64_t begin, int64_t end);

}  // namespace images
}  // namespace nn
