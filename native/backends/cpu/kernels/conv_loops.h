// The loops of convolutions over few input channels, one version for each instruction set (arch.h).
#pragma once

#include <stdint.h>

namespace nn {
namespace cpu {

// A block of output rows of one image. The taps of a kernel row lie one after the other in the image: its rows hold no padding that is
// not there in memory.
struct ConvBlock {
  int64_t rows, out_w, filters;
  int64_t kernel_h, taps;       // rows of taps, and taps in one (kernelWidth * channels)
  int64_t image_row, row_step;  // floats from one image row to the next, and from the first row of one output row to that of the next
  int64_t pixel_step;           // floats from the taps of one pixel to those of the next
  const int32_t* offsets;       // of each tap from the pixel's first
  int64_t padded;               // filters, rounded up to kConvFilters
  bool relu;
};

constexpr int64_t kConvFilters = 32;

struct ConvLoops {
  // packed: [1 + kernel_h * taps][padded], the first row holds the biases. Writes exactly rows * out_w * filters floats.
  void (*forward)(const ConvBlock& b, const float* x, const float* packed, float* y);
  // Adds to sums: [1 + kernel_h * taps][padded], the first row for the biases. Reads dy up to dy_end only.
  void (*backward_filter)(const ConvBlock& b, const float* x, const float* dy, const float* dy_end, float* sums);
};

namespace base {
extern const ConvLoops float32_conv;
}
#ifdef NN_X86_LEVELS
namespace x86_64_v3 {
extern const ConvLoops float32_conv;
}
namespace x86_64_v4 {
extern const ConvLoops float32_conv;
}
#endif

}  // namespace cpu
}  // namespace nn
