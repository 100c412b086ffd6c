// Outer products in registers: a group of pixels (forward) or of taps (backward) times one or two vectors of filters.
#include "backends/cpu/kernels/conv_loops.h"
#include "backends/cpu/kernels/vector.h"

#ifdef __SSE__
#include <immintrin.h>
#endif

namespace nn {
namespace cpu {
namespace NN_ARCH {

namespace {

using V = Vec<float>::Type;
constexpr int kLanes = Vec<float>::kLanes;
// What is left for sums, in vectors of two for each pixel or tap, beside the operands.
constexpr int kPixels = kVectorRegisters == 32 ? 12 : 6, kTaps = kVectorRegisters == 32 ? 12 : 5;

static_assert(kConvFilters % (2 * kLanes) == 0, "blocks of two vectors must fit the packed rows");

// max() as the processors have it: of a NaN and a number the second operand, so that NaN stays.
inline __attribute__((always_inline)) V relu(V x) {
#if defined(__AVX512F__)
  return _mm512_maskz_max_ps(0xffff, V{}, x);  // the plain one warns in GCC 12
#elif defined(__AVX2__)
  return _mm256_max_ps(V{}, x);
#elif defined(__SSE__)
  return _mm_max_ps(V{}, x);
#else
  return x < V{} ? V{} : x;
#endif
}

__attribute__((noinline)) void store_tail(float* y, V sum, int64_t n) {
  if (n > 0) store_some(y, sum, n);
}

// `groups` groups of `pixels` pixels from `j` on, for `vectors` vectors of filters from `first` on. A store may spill over into what later
// stores of the row make right again, never beyond the row.
template <int pixels, int vectors>
void forward_groups(const ConvBlock& b, const float* x, const float* packed, float* y, int64_t j, int64_t groups, int64_t first) {
  const int64_t step = b.pixel_step, all_taps = b.kernel_h * b.taps, filters = b.filters, padded = b.padded;
  int64_t left = (b.out_w - j) * filters - first;
  x += j * step;
  y += j * filters + first;
  for (; groups > 0; groups--, x += pixels * step, y += pixels * filters, left -= pixels * filters) {
    V sums[pixels][vectors], filter[vectors];
    const float* w = packed + first;
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) filter[v] = load(w + v * kLanes);
#pragma GCC unroll 12
    for (int p = 0; p < pixels; p++) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sums[p][v] = filter[v];
    }
    for (int64_t t = 0; t < all_taps; t++) {
      w += padded;
      const float* tap = x + b.offsets[t];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) filter[v] = load(w + v * kLanes);
#pragma GCC unroll 12
      for (int p = 0; p < pixels; p++) {
        const V value = splat(tap[p * step]);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) sums[p][v] += value * filter[v];
      }
    }
    if (b.relu) {
#pragma GCC unroll 12
      for (int p = 0; p < pixels; p++) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) sums[p][v] = relu(sums[p][v]);
      }
    }
    const bool inside = left >= (pixels - 1) * filters + vectors * kLanes;
#pragma GCC unroll 12
    for (int p = 0; p < pixels; p++) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) {
        const int64_t at = p * filters + v * kLanes;
        if (inside)
          store(y + at, sums[p][v]);
        else
          store_tail(y + at, sums[p][v], left - at);
      }
    }
  }
}

using ForwardFn = void (*)(const ConvBlock&, const float*, const float*, float*, int64_t, int64_t, int64_t);

template <int pixels>
ForwardFn forward_function(int64_t n, int64_t vectors) {
  if constexpr (pixels > 1) {
    if (n < pixels) return forward_function<pixels - 1>(n, vectors);
  }
  return vectors == 1 ? forward_groups<pixels, 1> : forward_groups<pixels, 2>;
}

void forward(const ConvBlock& b, const float* x, const float* packed, float* y) {
  // Groups of two sizes that differ by one: `large` of `size` + 1 pixels, the rest of `size`.
  const int64_t groups = (b.out_w + kPixels - 1) / kPixels, size = b.out_w / groups, large = b.out_w % groups;
  const int64_t last = (b.filters - 1) / (2 * kLanes) * (2 * kLanes);
  // The last filters first: what their stores spill into the next pixel is written afterwards.
  for (int64_t first = last; first >= 0; first -= 2 * kLanes) {
    const int64_t vectors = b.filters - first > kLanes ? 2 : 1;
    const ForwardFn larger = forward_function<kPixels>(size + 1, vectors), smaller = forward_function<kPixels>(size, vectors);
    for (int64_t i = 0; i < b.rows; i++) {
      const float* row = x + i * b.row_step;
      float* to = y + i * b.out_w * b.filters;
      if (large > 0) larger(b, row, packed, to, 0, large, first);
      smaller(b, row, packed, to, large * (size + 1), groups - large, first);
    }
  }
}

__attribute__((noinline)) V load_tail(const float* dy, int64_t n) { return load_some(dy, n); }

// The sums of `taps` taps in each of `rows` kernel rows.
template <int rows, int taps, int vectors>
void backward_group(const ConvBlock& b, const float* x, const float* dy, const float* dy_end, float* biases, float* sums,
                    int64_t row_sums) {
  V bias[vectors], sum[rows][taps][vectors];
#pragma GCC unroll 2
  for (int v = 0; v < vectors; v++) bias[v] = load(biases + v * kLanes);
#pragma GCC unroll 3
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 12
    for (int t = 0; t < taps; t++) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sum[r][t][v] = load(sums + r * row_sums + t * b.padded + v * kLanes);
    }
  }
  for (int64_t i = 0; i < b.rows; i++, x += b.row_step) {
    const float* pixel = x;
    for (int64_t j = 0; j < b.out_w; j++, pixel += b.pixel_step, dy += b.filters) {
      V d[vectors];
      const bool inside = dy_end - dy >= vectors * kLanes;
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) {
        d[v] = inside ? load(dy + v * kLanes) : load_tail(dy + v * kLanes, dy_end - dy - v * kLanes);
        bias[v] += d[v];
      }
#pragma GCC unroll 3
      for (int r = 0; r < rows; r++) {
        const float* row = pixel + r * b.image_row;
#pragma GCC unroll 12
        for (int t = 0; t < taps; t++) {
          const V value = splat(row[t]);
#pragma GCC unroll 2
          for (int v = 0; v < vectors; v++) sum[r][t][v] += value * d[v];
        }
      }
    }
  }
#pragma GCC unroll 2
  for (int v = 0; v < vectors; v++) store(biases + v * kLanes, bias[v]);
#pragma GCC unroll 3
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 12
    for (int t = 0; t < taps; t++) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) store(sums + r * row_sums + t * b.padded + v * kLanes, sum[r][t][v]);
    }
  }
}

using BackwardFn = void (*)(const ConvBlock&, const float*, const float*, const float*, float*, float*, int64_t);

template <int rows, int taps>
BackwardFn backward_function(int64_t n, int64_t vectors) {
  if constexpr (taps > 1) {
    if (n < taps) return backward_function<rows, taps - 1>(n, vectors);
  }
  return vectors == 1 ? backward_group<rows, taps, 1> : backward_group<rows, taps, 2>;
}
BackwardFn backward_function(int64_t rows, int64_t taps, int64_t vectors) {
  if constexpr (kTaps >= 3) {
    if (rows >= 3) return backward_function<3, kTaps / 3>(taps, vectors);
  }
  return rows == 2 ? backward_function<2, kTaps / 2>(taps, vectors) : backward_function<1, kTaps>(taps, vectors);
}

void backward_filter(const ConvBlock& b, const float* x, const float* dy, const float* dy_end, float* sums) {
  float unused[2 * kLanes];  // the biases of all passes but the first
  for (int64_t first = 0; first < b.filters; first += 2 * kLanes) {
    const int64_t vectors = b.filters - first > kLanes ? 2 : 1;
    bool biases_done = false;
    int64_t rows = 0;
    for (int64_t kh = 0; kh < b.kernel_h; kh += rows) {
      rows = kTaps / b.taps;
      rows = rows < 1 ? 1 : rows > 3 ? 3 : rows;
      if (rows > b.kernel_h - kh) rows = b.kernel_h - kh;
      int64_t taps = 0;
      for (int64_t t = 0; t < b.taps; t += taps) {
        const int64_t parts = (b.taps - t + kTaps - 1) / kTaps;
        taps = rows > 1 ? b.taps : (b.taps - t) / parts;
        float* place = sums + (1 + kh * b.taps + t) * b.padded + first;
        if (biases_done) {
          for (float& u : unused) u = 0;
        }
        backward_function(rows, taps, vectors)(b, x + kh * b.image_row + t, dy + first, dy_end, biases_done ? unused : sums + first, place,
                                               b.taps * b.padded);
        biases_done = true;
      }
    }
  }
}

}  // namespace

extern const ConvLoops float32_conv = {forward, backward_filter};

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
