// Images to another size. With antialiasing the filter grows as the image shrinks (as in Pillow); without, it does not (as in TensorFlow).
#pragma once

#include <cstdint>

namespace nn {
namespace images {

enum class Filter : int32_t { kNearest = 0, kBox = 1, kBilinear = 2, kHamming = 3, kBicubic = 4, kLanczos = 5 };

// A part of the source, in pixels.
struct Region {
  double left, top, width, height;
};

// `source` and `target` are bytes with the channels last; the region lies within the source.
void resample(const uint8_t* source, int64_t rows, int64_t columns, int64_t channels, const Region& region, uint8_t* target,
              int64_t target_rows, int64_t target_columns, Filter filter, bool antialias);
// The same with results as they come, neither rounded nor cut to bytes.
void resample(const uint8_t* source, int64_t rows, int64_t columns, int64_t channels, const Region& region, float* target,
              int64_t target_rows, int64_t target_columns, Filter filter, bool antialias);

}  // namespace images
}  // namespace nn
