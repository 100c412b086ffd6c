// Batch normalisation: blocks of columns that stay in registers, all rows.
#pragma once

#include "backends/cpu/kernels/norm_shape.h"
#include "backends/cpu/kernels/vector.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {
namespace norm {

// All rows of a block of columns before the next block. Wide rows in groups of eight, as processors fetch ahead in a few streams only.
template <class T, template <class, int, bool> class Block, class... Args>
void for_blocks(int64_t rows, int64_t width, Args... args) {
  constexpr int64_t lanes = Vec<T>::kLanes;
  const int64_t group = width > 512 ? 8 : rows;
  for (int64_t row = 0; row < rows; row += group) {
    const int64_t n = rows - row < group ? rows - row : group, at = row * width;
    int64_t c = 0;
    for (; c + 4 * lanes <= width; c += 4 * lanes) Block<T, 4, true>::run(at, n, width, c, lanes, args...);
    for (; c + 2 * lanes <= width; c += 2 * lanes) Block<T, 2, true>::run(at, n, width, c, lanes, args...);
    for (; c + lanes <= width; c += lanes) Block<T, 1, true>::run(at, n, width, c, lanes, args...);
    if (c < width) Block<T, 1, false>::run(at, n, width, c, width - c, args...);
  }
}

template <bool whole, class T>
inline __attribute__((always_inline)) typename Vec<T>::Type get(const T* p, int64_t n) {
  if constexpr (whole)
    return load(p);
  else
    return load_some(p, n);
}
template <bool whole, class T>
inline __attribute__((always_inline)) void put(T* p, typename Vec<T>::Type v, int64_t n) {
  if constexpr (whole)
    store(p, v);
  else
    store_some(p, v, n);
}

template <class T, int vectors, bool whole>
struct Moments {
  static void run(int64_t at, int64_t rows, int64_t width, int64_t c, int64_t n, const T* x, const T* near, T* sum, T* squares) {
    constexpr int lanes = Vec<T>::kLanes;
    typename Vec<T>::Type from[vectors], s[vectors], q[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      from[v] = get<whole>(near + c + v * lanes, n);
      s[v] = get<whole>(sum + c + v * lanes, n);
      q[v] = get<whole>(squares + c + v * lanes, n);
    }
    for (int64_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        const auto d = get<whole>(x + at + r * width + c + v * lanes, n) - from[v];
        s[v] += d;
        q[v] += d * d;
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      put<whole>(sum + c + v * lanes, s[v], n);
      put<whole>(squares + c + v * lanes, q[v], n);
    }
  }
};

template <class T, int vectors, bool whole>
struct Normalize {
  static void run(int64_t at, int64_t rows, int64_t width, int64_t c, int64_t n, const T* x, T* y, const T* mean, const T* scale,
                  const T* beta) {
    constexpr int lanes = Vec<T>::kLanes;
    typename Vec<T>::Type m[vectors], s[vectors], b[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      m[v] = get<whole>(mean + c + v * lanes, n);
      s[v] = get<whole>(scale + c + v * lanes, n);
      b[v] = get<whole>(beta + c + v * lanes, n);
    }
    for (int64_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        const int64_t i = at + r * width + c + v * lanes;
        put<whole>(y + i, (get<whole>(x + i, n) - m[v]) * s[v] + b[v], n);
      }
    }
  }
};

template <class T, int vectors, bool whole>
struct GradientSums {
  static void run(int64_t at, int64_t rows, int64_t width, int64_t c, int64_t n, const T* x, const T* dy, const T* mean, T* sum,
                  T* products) {
    constexpr int lanes = Vec<T>::kLanes;
    typename Vec<T>::Type m[vectors], s[vectors], p[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      m[v] = get<whole>(mean + c + v * lanes, n);
      s[v] = get<whole>(sum + c + v * lanes, n);
      p[v] = get<whole>(products + c + v * lanes, n);
    }
    for (int64_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        const int64_t i = at + r * width + c + v * lanes;
        const auto d = get<whole>(dy + i, n);
        s[v] += d;
        p[v] += d * (get<whole>(x + i, n) - m[v]);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      put<whole>(sum + c + v * lanes, s[v], n);
      put<whole>(products + c + v * lanes, p[v], n);
    }
  }
};

template <class T, int vectors, bool whole>
struct Gradient {
  static void run(int64_t at, int64_t rows, int64_t width, int64_t c, int64_t n, const T* x, const T* dy, T* dx, const T* mean,
                  const T* scale, const T* dy_mean, const T* slope) {
    constexpr int lanes = Vec<T>::kLanes;
    typename Vec<T>::Type m[vectors], s[vectors], d[vectors], k[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      m[v] = get<whole>(mean + c + v * lanes, n);
      s[v] = get<whole>(scale + c + v * lanes, n);
      d[v] = get<whole>(dy_mean + c + v * lanes, n);
      k[v] = get<whole>(slope + c + v * lanes, n);
    }
    for (int64_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        const int64_t i = at + r * width + c + v * lanes;
        put<whole>(dx + i, s[v] * (get<whole>(dy + i, n) - d[v] - (get<whole>(x + i, n) - m[v]) * k[v]), n);
      }
    }
  }
};

template <class T>
void moments(const T* x, int64_t rows, int64_t width, const T* near, T* sum, T* squares) {
  for_blocks<T, Moments>(rows, width, x, near, sum, squares);
}
template <class T>
void normalize(const T* x, T* y, int64_t rows, int64_t width, const T* mean, const T* scale, const T* beta) {
  for_blocks<T, Normalize>(rows, width, x, y, mean, scale, beta);
}
template <class T>
void gradient_sums(const T* x, const T* dy, int64_t rows, int64_t width, const T* mean, T* sum, T* products) {
  for_blocks<T, GradientSums>(rows, width, x, dy, mean, sum, products);
}
template <class T>
void gradient(const T* x, const T* dy, T* dx, int64_t rows, int64_t width, const T* mean, const T* scale, const T* dy_mean,
              const T* slope) {
  for_blocks<T, Gradient>(rows, width, x, dy, dx, mean, scale, dy_mean, slope);
}

}  // namespace norm

template <class T>
constexpr NormLoops<T> norm_loops = {norm::moments<T>, norm::normalize<T>, norm::gradient_sums<T>, norm::gradient<T>};

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
