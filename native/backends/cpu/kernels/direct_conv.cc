#include "backends/cpu/kernels/direct_conv.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/cpu/kernels/conv_loops.h"
#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/parallel.h"

namespace nn {

namespace cpu {
static const ConvLoops& conv_loops() { return NN_SELECT(float32_conv); }
}  // namespace cpu

namespace {

constexpr int64_t kBlockFloats = 8192;  // of the larger image, so that a block stays in the first cache
constexpr int64_t kChunks = 32;         // partial sums of the backward pass: as many whatever the threads, so that results are the same

size_t aligned(size_t bytes) { return (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT; }

// The image in blocks of output rows, which a padded image gets copied for.
class Blocks {
 public:
  explicit Blocks(const Conv2dGeometry& g) : g_(g), padded_(g.pad_top + g.pad_left + g.pad_bottom + g.pad_right > 0) {
    rows_ = std::clamp<int64_t>(kBlockFloats / (g.out_w * g.filters), 1, g.out_h);
    per_image_ = (g.out_h + rows_ - 1) / rows_;
    image_row_ = (padded_ ? g.pad_left + g.width + g.pad_right : g.width) * g.channels;
    block_.out_w = g.out_w;
    block_.filters = g.filters;
    block_.kernel_h = g.kernel_h;
    block_.taps = g.kernel_w * g.channels;
    block_.image_row = image_row_;
    block_.row_step = image_row_ * g.stride_h;
    block_.pixel_step = g.stride_w * g.channels;
    for (int64_t h = 0; h < g.kernel_h; h++) {
      for (int64_t t = 0; t < block_.taps; t++) offsets_.push_back(static_cast<int32_t>(h * image_row_ + t));
    }
    block_.padded = (g.filters + cpu::kConvFilters - 1) / cpu::kConvFilters * cpu::kConvFilters;
  }
  int64_t count() const { return g_.batch * per_image_; }
  // Of the copy that at() makes.
  size_t copy_bytes() const { return padded_ ? aligned(sizeof(float) * ((rows_ - 1) * g_.stride_h + g_.kernel_h) * image_row_) : 0; }
  int64_t packed_floats() const { return (1 + g_.kernel_h * block_.taps) * block_.padded; }

  struct Place {
    const float* x;
    int64_t y;  // offset of the block's output
  };
  // Completes `block`; `copy` holds copy_bytes().
  Place at(int64_t index, const float* x, float* copy, cpu::ConvBlock* block) const {
    const int64_t n = index / per_image_, row = index % per_image_ * rows_;
    *block = block_;
    block->offsets = offsets_.data();
    block->rows = std::min(rows_, g_.out_h - row);
    const int64_t y = (n * g_.out_h + row) * g_.out_w * g_.filters;
    const int64_t top = row * g_.stride_h - g_.pad_top, height = (block->rows - 1) * g_.stride_h + g_.kernel_h;
    const int64_t length = g_.width * g_.channels, left = g_.pad_left * g_.channels;
    x += n * g_.height * length;
    if (!padded_) return {x + top * length, y};
    for (int64_t i = 0; i < height; i++) {
      float* to = copy + i * image_row_;
      const bool inside = top + i >= 0 && top + i < g_.height;
      std::fill(to, inside ? to + left : to + image_row_, 0.0f);
      if (!inside) continue;
      std::memcpy(to + left, x + (top + i) * length, sizeof(float) * length);
      std::fill(to + left + length, to + image_row_, 0.0f);
    }
    return {copy, y};
  }

 private:
  Conv2dGeometry g_;
  bool padded_;
  int64_t rows_, per_image_, image_row_;
  cpu::ConvBlock block_{};
  std::vector<int32_t> offsets_;
};

class DirectConv : public CpuPlan {
 public:
  DirectConv(const Conv2dGeometry& g, bool relu, int threads) : g_(g), relu_(relu), threads_(threads), blocks_(g) {
    packed_bytes_ = aligned(sizeof(float) * blocks_.packed_floats());
    workspace = packed_bytes_ + threads * blocks_.copy_bytes();
  }
  void run(const nn_args& args, char* memory) override {
    ThreadScope scope(threads_);
    float* packed = reinterpret_cast<float*>(memory);
    pack(float_in(args, 1), float_in(args, 2), packed);
    const float* x = float_in(args, 0);
    float* y = float_out(args, 0);
    const auto forward = cpu::conv_loops().forward;
    const int64_t count = blocks_.count();
    parallel_for(threads_, 1, [&](int64_t begin, int64_t end) {
      float* copy = reinterpret_cast<float*>(memory + packed_bytes_ + begin * blocks_.copy_bytes());
      cpu::ConvBlock block;
      for (int64_t i = count * begin / threads_; i < count * end / threads_; i++) {
        const Blocks::Place place = blocks_.at(i, x, copy, &block);
        block.relu = relu_;
        forward(block, place.x, packed, y + place.y);
      }
    });
  }

 private:
  void pack(const float* filter, const float* bias, float* packed) const {
    const int64_t taps = g_.taps(), padded = blocks_.packed_floats() / (1 + taps);
    std::fill(packed, packed + blocks_.packed_floats(), 0.0f);
    if (bias) std::copy(bias, bias + g_.filters, packed);
    for (int64_t o = 0; o < g_.filters; o++) {
      for (int64_t t = 0; t < taps; t++) packed[(1 + t) * padded + o] = filter[o * taps + t];
    }
  }

  Conv2dGeometry g_;
  bool relu_;
  int threads_;
  Blocks blocks_;
  size_t packed_bytes_;
};

class DirectConvBackwardFilter : public CpuPlan {
 public:
  DirectConvBackwardFilter(const Conv2dGeometry& g, int threads) : g_(g), threads_(threads), blocks_(g) {
    chunks_ = std::min(kChunks, blocks_.count());
    sums_bytes_ = aligned(sizeof(float) * blocks_.packed_floats());
    workspace = chunks_ * sums_bytes_ + threads * blocks_.copy_bytes();
  }
  void run(const nn_args& args, char* memory) override {
    ThreadScope scope(threads_);
    const float* x = float_in(args, 0);
    const float* dy = float_in(args, 1);
    const float* dy_end = dy + args.in[1].size;
    const auto backward = cpu::conv_loops().backward_filter;
    const int64_t count = blocks_.count();
    parallel_for(threads_, 1, [&](int64_t begin, int64_t end) {
      float* copy = reinterpret_cast<float*>(memory + chunks_ * sums_bytes_ + begin * blocks_.copy_bytes());
      cpu::ConvBlock block;
      for (int64_t chunk = chunks_ * begin / threads_; chunk < chunks_ * end / threads_; chunk++) {
        float* sums = reinterpret_cast<float*>(memory + chunk * sums_bytes_);
        std::memset(sums, 0, sums_bytes_);
        for (int64_t i = count * chunk / chunks_; i < count * (chunk + 1) / chunks_; i++) {
          const Blocks::Place place = blocks_.at(i, x, copy, &block);
          backward(block, place.x, dy + place.y, dy_end, sums);
        }
      }
    });
    float* sums = reinterpret_cast<float*>(memory);
    for (int64_t chunk = 1; chunk < chunks_; chunk++) {
      const float* more = reinterpret_cast<float*>(memory + chunk * sums_bytes_);
      for (int64_t i = 0; i < blocks_.packed_floats(); i++) sums[i] += more[i];
    }
    const int64_t taps = g_.taps(), padded = blocks_.packed_floats() / (1 + taps);
    float* dfilter = float_out(args, 0);
    for (int64_t o = 0; o < g_.filters; o++) {
      for (int64_t t = 0; t < taps; t++) dfilter[o * taps + t] = sums[(1 + t) * padded + o];
    }
    if (float* dbias = float_out(args, 1)) std::copy(sums, sums + g_.filters, dbias);
  }

 private:
  Conv2dGeometry g_;
  int threads_;
  Blocks blocks_;
  int64_t chunks_;
  size_t sums_bytes_;
};

bool possible(const Conv2dGeometry& g) { return g.groups == 1 && g.dilation_h == 1 && g.dilation_w == 1 && g.taps() <= 1024; }

}  // namespace

// oneDNN 2.6 and 3.7 spread the channels of NHWC images over the lanes of their vectors, which stay empty here. Measured on 2 cores with
// AVX-512, in us, oneDNN first: 28x28x1 -> 32 of 3x3, batch 128: forward 262, 165, filter gradient 503, 120; 28x28x1 -> 30 of 5x5, batch
// 100: 414, 250 and 552, 220; 32x32x3 -> 32 of 3x3, batch 32: 172, 152 and 275, 140. From 5 channels on only the gradient gains
// (16x16x8 -> 32: 244, 179), and images whose rows leave the first cache lose (224x224x3 -> 64: forward 873, 1010). With AVX2 the forward
// pass is equal and the gradient up to 3 times as fast.
bool direct_conv_is_faster(const Conv2dGeometry& g) {
  return possible(g) && g.channels <= 4 && g.filters <= 64 && g.out_w * g.filters <= kBlockFloats;
}
bool direct_conv_backward_is_faster(const Conv2dGeometry& g) { return possible(g) && g.channels <= 8; }

std::unique_ptr<CpuPlan> make_direct_conv(const Conv2dGeometry& g, bool relu, int threads) {
  return std::make_unique<DirectConv>(g, relu, threads);
}
std::unique_ptr<CpuPlan> make_direct_conv_backward_filter(const Conv2dGeometry& g, int threads) {
  return std::make_unique<DirectConvBackwardFilter>(g, threads);
}

}  // namespace nn
