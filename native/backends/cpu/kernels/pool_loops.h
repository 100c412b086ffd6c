// Pooling of NHWC images, vectors along the channels. The last vector of a pixel may hold lanes of the next one: they are read where the
// tensor goes on, and written where a later store of the same row makes them right again.
#pragma once

#include "backends/cpu/kernels/pool_shape.h"
#include "backends/cpu/kernels/vector.h"

#ifdef __SSE4_1__
#include <immintrin.h>
#endif

namespace nn {
namespace cpu {
namespace NN_ARCH {
namespace pool {

#define NN_INLINE inline __attribute__((always_inline))

template <int bytes>
struct IntOf;
template <>
struct IntOf<4> {
  using Type = int32_t;
};
template <>
struct IntOf<8> {
  using Type = int64_t;
};
template <class T>
using Lane = typename IntOf<sizeof(T)>::Type;  // of a comparison of T
template <class T>
using Mask = typename Vec<Lane<T>>::Type;

struct Range {
  int64_t begin, end;
};
NN_INLINE int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }
NN_INLINE int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

// The part of the window at `start` that lies in the image.
NN_INLINE Range inside(int64_t start, int64_t pool, int64_t image) { return {start < 0 ? -start : 0, at_most(pool, image - start)}; }
// The windows that cover `place`, an image's row or column counted from the padding's first.
NN_INLINE Range covering(int64_t place, int64_t pool, int64_t stride, int64_t windows) {
  return {place < pool ? 0 : (place - pool) / stride + 1, at_most(place / stride + 1, windows)};
}

// `whole`: the channels fill vectors, so nothing reaches beyond a pixel.
template <bool whole, class T>
NN_INLINE typename Vec<T>::Type load_until(const T* p, const T* end) {
  return whole || p + Vec<T>::kLanes <= end ? load(p) : load_some(p, end - p);
}
template <bool whole, class T>
NN_INLINE void store_until(T* p, typename Vec<T>::Type v, const T* end) {
  if (whole || p + Vec<T>::kLanes <= end)
    store(p, v);
  else
    store_some(p, v, end - p);
}

// As many indices as T has lanes.
template <class T, class I>
struct Indices {
  static constexpr int kLanes = Vec<T>::kLanes;
  typedef I Narrow __attribute__((vector_size(kLanes * sizeof(I))));
  typedef I Loose __attribute__((vector_size(kLanes * sizeof(I)), aligned(sizeof(I)), may_alias));

  static NN_INLINE Mask<T> widen(const I* p) {
    return __builtin_convertvector(static_cast<Narrow>(*reinterpret_cast<const Loose*>(p)), Mask<T>);
  }
  static NN_INLINE void narrow(I* p, Mask<T> v) { *reinterpret_cast<Loose*>(p) = __builtin_convertvector(v, Narrow); }

  template <bool whole>
  static NN_INLINE Mask<T> load(const I* p, const I* end) {
    if (whole || p + kLanes <= end) return widen(p);
    I lanes[kLanes] = {};
    for (int64_t i = 0; i < end - p; i++) lanes[i] = p[i];
    return widen(lanes);
  }
  template <bool whole>
  static NN_INLINE void store(I* p, Mask<T> v, const I* end) {
    if (whole || p + kLanes <= end) return narrow(p, v);
    I lanes[kLanes];
    narrow(lanes, v);
    for (int64_t i = 0; i < end - p; i++) p[i] = lanes[i];
  }
};

#if defined(__SSE4_1__)  // GCC converts between bytes and words one lane at a time
template <>
NN_INLINE Mask<float> Indices<float, uint8_t>::widen(const uint8_t* p) {
#if defined(__AVX512F__)
  return (Mask<float>)_mm512_maskz_cvtepu8_epi32(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#elif defined(__AVX2__)
  return (Mask<float>)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
#else
  return (Mask<float>)_mm_cvtepu8_epi32(_mm_loadu_si32(p));
#endif
}
template <>
NN_INLINE void Indices<float, uint8_t>::narrow(uint8_t* p, Mask<float> v) {
#if defined(__AVX512F__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)v));
#elif defined(__AVX2__)
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128((__m256i)v), _mm256_extracti128_si256((__m256i)v, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
#else
  const __m128i words = _mm_packus_epi32((__m128i)v, (__m128i)v);
  _mm_storeu_si32(p, _mm_packus_epi16(words, words));
#endif
}
#endif

// One output pixel, at element `at` of y and index. `full` > 0: windows of full x full that lie inside the image, unrolled.
template <int full, bool whole, class T, class I>
NN_INLINE void max_pixel(const PoolShape& s, const T* x, const T* x_end, T* y, I* index, int64_t at, int64_t end, Range kh, Range kw) {
  const int64_t row = s.width * s.channels;
  const int64_t rows = full > 0 ? full : kh.end - kh.begin, columns = full > 0 ? full : kw.end - kw.begin;
  const Lane<T> first = full > 0 ? 0 : static_cast<Lane<T>>(kh.begin * s.pool_w + kw.begin);
  for (int64_t c = 0; c < s.channels; c += Vec<T>::kLanes) {
    typename Vec<T>::Type best = load_until<whole>(x + c, x_end);
    Mask<T> place = first - Mask<T>{};
#pragma GCC unroll 3
    for (int64_t h = 0; h < rows; h++) {
#pragma GCC unroll 3
      for (int64_t w = 0; w < columns; w++) {
        if (h == 0 && w == 0) continue;
        const auto value = load_until<whole>(x + h * row + w * s.channels + c, x_end);
        const Mask<T> better = ~(value <= best) & (best == best);  // larger, or the first NaN
        best = better ? value : best;
        place = better ? first + static_cast<Lane<T>>(h * s.pool_w + w) - Mask<T>{} : place;
      }
    }
    store_until<whole>(y + at + c, best, y + end);
    if (index != nullptr) Indices<T, I>::template store<whole>(index + at + c, place, index + end);
  }
}

// Output pixels [begin, end) of a row, whose windows' first rows start at `rows`.
template <int full, bool whole, class T, class I>
NN_INLINE void max_pixels(const PoolShape& s, const T* rows, const T* x_end, T* y, I* index, int64_t row_at, Range kh, int64_t begin,
                          int64_t end) {
  const int64_t row_end = row_at + s.out_w * s.channels;
  for (int64_t j = begin; j < end; j++) {
    const int64_t left = j * s.stride_w - s.pad_left;
    const Range kw = full > 0 ? Range{0, full} : inside(left, s.pool_w, s.width);
    max_pixel<full, whole>(s, rows + (left + kw.begin) * s.channels, x_end, y, index, row_at + j * s.channels, row_end, kh, kw);
  }
}

template <bool whole, class T, class I>
void max_rows(const PoolShape& s, const T* x, T* y, I* index, int64_t begin, int64_t end) {
  const T* x_end = x + s.batch * s.height * s.width * s.channels;
  // The windows that lie between the left and the right padding.
  const int64_t first = at_most((s.pad_left + s.stride_w - 1) / s.stride_w, s.out_w);
  const int64_t room = s.width + s.pad_left - s.pool_w;
  const int64_t last = room < 0 ? first : at_least(first, at_most(room / s.stride_w + 1, s.out_w));
  for (int64_t r = begin; r < end; r++) {
    const int64_t top = r % s.out_h * s.stride_h - s.pad_top, at = r * s.out_w * s.channels;
    const Range kh = inside(top, s.pool_h, s.height);
    const T* rows = x + (r / s.out_h * s.height + top + kh.begin) * s.width * s.channels;
    const int64_t size = kh.end - kh.begin == s.pool_h && s.pool_h == s.pool_w ? s.pool_h : 0;
    max_pixels<0, whole>(s, rows, x_end, y, index, at, kh, 0, first);
    if (size == 2)
      max_pixels<2, whole>(s, rows, x_end, y, index, at, kh, first, last);
    else if (size == 3)
      max_pixels<3, whole>(s, rows, x_end, y, index, at, kh, first, last);
    else
      max_pixels<0, whole>(s, rows, x_end, y, index, at, kh, first, last);
    max_pixels<0, whole>(s, rows, x_end, y, index, at, kh, last, s.out_w);
  }
}

// What an element of the window at this place weighs.
template <class T>
NN_INLINE T share_of(const PoolShape& s, int64_t top, int64_t left) {
  if (s.include_padding) return T(1) / static_cast<T>(s.pool_h * s.pool_w);
  const Range kh = inside(top, s.pool_h, s.height), kw = inside(left, s.pool_w, s.width);
  return T(1) / static_cast<T>((kh.end - kh.begin) * (kw.end - kw.begin));
}

template <bool whole, class T>
void average_rows(const PoolShape& s, const T* x, T* y, int64_t begin, int64_t end) {
  const T* x_end = x + s.batch * s.height * s.width * s.channels;
  const int64_t length = s.out_w * s.channels, row = s.width * s.channels;
  for (int64_t r = begin; r < end; r++) {
    const int64_t top = r % s.out_h * s.stride_h - s.pad_top;
    const Range kh = inside(top, s.pool_h, s.height);
    const T* rows = x + (r / s.out_h * s.height + top + kh.begin) * row;
    T* to = y + r * length;
    for (int64_t j = 0; j < s.out_w; j++) {
      const int64_t left = j * s.stride_w - s.pad_left;
      const Range kw = inside(left, s.pool_w, s.width);
      const T share = share_of<T>(s, top, left);
      for (int64_t c = 0; c < s.channels; c += Vec<T>::kLanes) {
        const T* from = rows + (left + kw.begin) * s.channels + c;
        typename Vec<T>::Type sum{};
        for (int64_t h = kh.begin; h < kh.end; h++, from += row) {
          for (int64_t w = 0; w < kw.end - kw.begin; w++) sum += load_until<whole>(from + w * s.channels, x_end);
        }
        store_until<whole>(to + j * s.channels + c, sum * share, to + length);
      }
    }
  }
}

// What a window gives to one pixel under it: dy where the index names the pixel's place, or a share of dy.
template <class T, class I>
struct MaxGiver {
  const PoolShape& s;
  const T *dy, *dy_end;
  const I *index, *index_end;

  struct Window {
    const MaxGiver& g;
    int64_t at;
    Mask<T> place;
    template <bool whole>
    NN_INLINE typename Vec<T>::Type give(int64_t c) const {
      const Mask<T> chosen = Indices<T, I>::template load<whole>(g.index + at + c, g.index_end) == place;
      return chosen ? load_until<whole>(g.dy + at + c, g.dy_end) : typename Vec<T>::Type{};
    }
  };
  // The window in row `oh` of the image whose windows start in row `image`, and the pixel's place in it.
  NN_INLINE Window window(int64_t image, int64_t oh, int64_t ow, int64_t kh, int64_t kw) const {
    return {*this, ((image + oh) * s.out_w + ow) * s.channels, static_cast<Lane<T>>(kh * s.pool_w + kw) - Mask<T>{}};
  }
};
template <class T>
struct AverageGiver {
  const PoolShape& s;
  const T *dy, *dy_end;

  struct Window {
    const T *dy, *dy_end;
    T share;
    template <bool whole>
    NN_INLINE typename Vec<T>::Type give(int64_t c) const {
      return load_until<whole>(dy + c, dy_end) * share;
    }
  };
  NN_INLINE Window window(int64_t image, int64_t oh, int64_t ow, int64_t, int64_t) const {
    return {dy + ((image + oh) * s.out_w + ow) * s.channels, dy_end,
            share_of<T>(s, oh * s.stride_h - s.pad_top, ow * s.stride_w - s.pad_left)};
  }
};

// Two image rows under a row of windows of 2x2 without gaps or paddings, which are read once for all four pixels.
template <class T, class Giver>
NN_INLINE void backward_quads(const PoolShape& s, const Giver& giver, int64_t image, int64_t oh, T* to) {
  const int64_t channels = s.channels, length = s.width * channels;
  for (int64_t ow = 0; ow < s.out_w; ow++, to += 2 * channels) {
    const auto w00 = giver.window(image, oh, ow, 0, 0), w01 = giver.window(image, oh, ow, 0, 1);
    const auto w10 = giver.window(image, oh, ow, 1, 0), w11 = giver.window(image, oh, ow, 1, 1);
    for (int64_t c = 0; c < channels; c += Vec<T>::kLanes) {
      store(to + c, w00.template give<true>(c));
      store(to + channels + c, w01.template give<true>(c));
      store(to + length + c, w10.template give<true>(c));
      store(to + length + channels + c, w11.template give<true>(c));
    }
  }
  if (s.width % 2 == 0) return;
  for (int64_t c = 0; c < channels; c += Vec<T>::kLanes) {
    store(to + c, typename Vec<T>::Type{});
    store(to + length + c, typename Vec<T>::Type{});
  }
}

// dx of each pixel: the sum of what the windows give that cover it. Every pixel is written once, and nothing but pixels: indices that
// point nowhere do no harm.
template <bool whole, class T, class Giver>
void backward_rows(const PoolShape& s, const Giver& giver, T* dx, int64_t begin, int64_t end) {
  const int64_t channels = s.channels, length = s.width * channels;
  const bool apart = s.pool_h <= s.stride_h && s.pool_w <= s.stride_w;  // no pixel in two windows
  const bool quads = whole && s.pool_h == 2 && s.pool_w == 2 && s.stride_h == 2 && s.stride_w == 2 && s.pad_top == 0 && s.pad_left == 0 &&
                     s.width / 2 == s.out_w;
  for (int64_t r = begin; r < end; r++) {
    const int64_t down = r % s.height + s.pad_top, image = r / s.height * s.out_h;
    const Range rows = covering(down, s.pool_h, s.stride_h, s.out_h);
    if (quads && down % 2 == 0 && r + 1 < end && down + 1 < s.height) {
      backward_quads(s, giver, image, down / 2, dx + r * s.width * channels);
      r++;
      continue;
    }
    T* to = dx + r * length;
    const T* to_end = to + length;
    if (apart) {
      const bool covered = rows.begin < rows.end;
      int64_t ow = s.pad_left / s.stride_w, kw = s.pad_left % s.stride_w;
      for (; to < to_end; to += channels) {
        if (covered && kw < s.pool_w && ow < s.out_w) {
          const auto window = giver.window(image, rows.begin, ow, down - rows.begin * s.stride_h, kw);
          for (int64_t c = 0; c < channels; c += Vec<T>::kLanes) store_until<whole>(to + c, window.template give<whole>(c), to_end);
        } else {
          for (int64_t c = 0; c < channels; c += Vec<T>::kLanes) store_until<whole>(to + c, typename Vec<T>::Type{}, to_end);
        }
        if (++kw == s.stride_w) kw = 0, ow++;
      }
      continue;
    }
    for (int64_t across = s.pad_left; to < to_end; to += channels, across++) {
      const Range columns = covering(across, s.pool_w, s.stride_w, s.out_w);
      for (int64_t c = 0; c < channels; c += Vec<T>::kLanes) {
        typename Vec<T>::Type sum{};
        for (int64_t oh = rows.begin; oh < rows.end; oh++) {
          for (int64_t ow = columns.begin; ow < columns.end; ow++) {
            sum += giver.window(image, oh, ow, down - oh * s.stride_h, across - ow * s.stride_w).template give<whole>(c);
          }
        }
        store_until<whole>(to + c, sum, to_end);
      }
    }
  }
}

template <class T>
NN_INLINE bool fills_vectors(const PoolShape& s) {
  return s.channels % Vec<T>::kLanes == 0;
}

template <class T, class I>
void max_of(const PoolShape& s, const T* x, T* y, I* index, int64_t begin, int64_t end) {
  if (fills_vectors<T>(s))
    max_rows<true>(s, x, y, index, begin, end);
  else
    max_rows<false>(s, x, y, index, begin, end);
}
template <class T>
void max(const PoolShape& s, const T* x, T* y, void* index, PoolIndex kind, int64_t begin, int64_t end) {
  if (kind == PoolIndex::kInt32)
    max_of(s, x, y, static_cast<int32_t*>(index), begin, end);
  else
    max_of(s, x, y, static_cast<uint8_t*>(kind == PoolIndex::kUint8 ? index : nullptr), begin, end);
}

template <class T>
void average(const PoolShape& s, const T* x, T* y, int64_t begin, int64_t end) {
  if (fills_vectors<T>(s))
    average_rows<true>(s, x, y, begin, end);
  else
    average_rows<false>(s, x, y, begin, end);
}

template <class T, class Giver>
void backward_of(const PoolShape& s, const Giver& giver, T* dx, int64_t begin, int64_t end) {
  if (fills_vectors<T>(s))
    backward_rows<true>(s, giver, dx, begin, end);
  else
    backward_rows<false>(s, giver, dx, begin, end);
}
template <class T>
void max_backward(const PoolShape& s, const T* dy, const void* index, PoolIndex kind, T* dx, int64_t begin, int64_t end) {
  const int64_t size = s.batch * s.out_h * s.out_w * s.channels;
  if (kind == PoolIndex::kUint8) {
    const auto* places = static_cast<const uint8_t*>(index);
    backward_of(s, MaxGiver<T, uint8_t>{s, dy, dy + size, places, places + size}, dx, begin, end);
  } else {
    const auto* places = static_cast<const int32_t*>(index);
    backward_of(s, MaxGiver<T, int32_t>{s, dy, dy + size, places, places + size}, dx, begin, end);
  }
}
template <class T>
void average_backward(const PoolShape& s, const T* dy, T* dx, int64_t begin, int64_t end) {
  backward_of(s, AverageGiver<T>{s, dy, dy + s.batch * s.out_h * s.out_w * s.channels}, dx, begin, end);
}

}  // namespace pool

template <class T>
constexpr PoolLoops<T> pool_loops = {pool::max<T>, pool::max_backward<T>, pool::average<T>, pool::average_backward<T>};

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
