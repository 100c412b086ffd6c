// The functions of softmax_loops.h for rows that are too short to fill vectors: as many rows as a vector has lanes stand side by side.
#pragma once

#include "backends/cpu/kernels/softmax_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

constexpr int kTileRows = 16;

// Element c of row r is at[c][r].
template <class T>
struct Tile {
  alignas(64) T at[kShortSoftmaxRow][kTileRows];

  // Missing rows are zeros: computed with and thrown away.
  NN_HD void load(const T* x, int64_t rows, int64_t columns) {
    for (int64_t c = 0; c < columns; c++) {
      for (int64_t r = 0; r < rows; r++) at[c][r] = x[r * columns + c];
      for (int64_t r = rows; r < kTileRows; r++) at[c][r] = T(0);
    }
  }
  NN_HD void store(T* x, int64_t rows, int64_t columns) const {
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t c = 0; c < columns; c++) x[r * columns + c] = at[c][r];
    }
  }
};

template <class T>
struct TileRow {
  alignas(64) T at[kTileRows];

  NN_HD void load(const T* x, int64_t rows) {
    for (int64_t r = 0; r < kTileRows; r++) at[r] = r < rows ? x[r] : T(0);
  }
  NN_HD void store(T* x, int64_t rows) const {
    for (int64_t r = 0; r < rows; r++) x[r] = at[r];
  }
};

// f(column, lane) for all elements, each column one vector.
template <class F>
NN_HD void each(int64_t columns, F f) {
  for (int64_t c = 0; c < columns; c++) {
#pragma omp simd
    for (int r = 0; r < kTileRows; r++) f(c, r);
  }
}
template <class F>
NN_HD void each_lane(F f) {
#pragma omp simd
  for (int r = 0; r < kTileRows; r++) f(r);
}
template <class T, class F>
NN_HD void sum_columns(TileRow<T>& sum, int64_t columns, F f) {
  each_lane([&](int r) { sum.at[r] = T(0); });
  each(columns, [&](int64_t c, int r) { sum.at[r] += f(c, r); });
}

// The greatest of each row, and the exponentials of what lies below it with their sum.
template <class T>
NN_HD void tile_exponentials(const Tile<T>& x, int64_t columns, TileRow<T>& greatest, Tile<T>& e, TileRow<T>& sum) {
  each_lane([&](int r) { greatest.at[r] = math::Number<T>::lowest(); });
  each(columns, [&](int64_t c, int r) { greatest.at[r] = x.at[c][r] > greatest.at[r] ? x.at[c][r] : greatest.at[r]; });
  each(columns, [&](int64_t c, int r) { e.at[c][r] = math::exp(x.at[c][r] - greatest.at[r]); });
  sum_columns(sum, columns, [&](int64_t c, int r) { return e.at[c][r]; });
}

// f(first row, rows) for groups of rows.
template <class F>
NN_HD void for_tiles(int64_t rows, F f) {
  for (int64_t r = 0; r < rows; r += kTileRows) f(r, rows - r < kTileRows ? rows - r : int64_t{kTileRows});
}

template <class T, bool Log>
void softmax_tiles(const T* x, T* y, int64_t rows, int64_t columns) {
  for_tiles(rows, [&](int64_t first, int64_t n) {
    Tile<T> t, e;
    TileRow<T> m, sum;
    t.load(x + first * columns, n, columns);
    tile_exponentials(t, columns, m, e, sum);
    if (Log) {
      each_lane([&](int r) { sum.at[r] = math::log(sum.at[r]); });
      each(columns, [&](int64_t c, int r) { e.at[c][r] = math::log_softmax(t.at[c][r], m.at[r], sum.at[r]); });
    } else {
      each_lane([&](int r) { sum.at[r] = T(1) / sum.at[r]; });
      each(columns, [&](int64_t c, int r) { e.at[c][r] *= sum.at[r]; });
    }
    e.store(y + first * columns, n, columns);
  });
}

template <class T, bool Log>
void softmax_backward_tiles(const T* y, const T* dy, T* dx, int64_t rows, int64_t columns) {
  for_tiles(rows, [&](int64_t first, int64_t n) {
    Tile<T> t, d;
    TileRow<T> sum;
    t.load(y + first * columns, n, columns);
    d.load(dy + first * columns, n, columns);
    if (Log) {
      sum_columns(sum, columns, [&](int64_t c, int r) { return d.at[c][r]; });
      each(columns, [&](int64_t c, int r) { t.at[c][r] = math::log_softmax_slope(t.at[c][r], d.at[c][r], sum.at[r]); });
    } else {
      sum_columns(sum, columns, [&](int64_t c, int r) { return t.at[c][r] * d.at[c][r]; });
      each(columns, [&](int64_t c, int r) { t.at[c][r] = math::softmax_slope(t.at[c][r], d.at[c][r], sum.at[r]); });
    }
    t.store(dx + first * columns, n, columns);
  });
}

template <class T>
void cross_entropy_tiles(const T* x, const T* labels, T* loss, int64_t rows, int64_t columns) {
  for_tiles(rows, [&](int64_t first, int64_t n) {
    Tile<T> t, e;
    TileRow<T> m, sum, total;
    t.load(x + first * columns, n, columns);
    tile_exponentials(t, columns, m, e, sum);
    each_lane([&](int r) { sum.at[r] = math::log(sum.at[r]); });
    e.load(labels + first * columns, n, columns);
    sum_columns(total, columns, [&](int64_t c, int r) { return math::cross_entropy_term(t.at[c][r], e.at[c][r], m.at[r], sum.at[r]); });
    total.store(loss + first, n);
  });
}

template <class T>
void cross_entropy_grad_tiles(const T* x, const T* labels, const T* dloss, T* dx, int64_t rows, int64_t columns) {
  for_tiles(rows, [&](int64_t first, int64_t n) {
    Tile<T> t, e;
    TileRow<T> m, sum, label_sum, d;
    t.load(x + first * columns, n, columns);
    d.load(dloss + first, n);
    tile_exponentials(t, columns, m, e, sum);
    each_lane([&](int r) { sum.at[r] = T(1) / sum.at[r]; });
    t.load(labels + first * columns, n, columns);
    sum_columns(label_sum, columns, [&](int64_t c, int r) { return t.at[c][r]; });
    each(columns,
         [&](int64_t c, int r) { e.at[c][r] = math::cross_entropy_slope(e.at[c][r] * sum.at[r], t.at[c][r], label_sum.at[r]) * d.at[r]; });
    e.store(dx + first * columns, n, columns);
  });
}

template <class T>
void sparse_cross_entropy_tiles(const T* x, const int32_t* labels, T* loss, int64_t rows, int64_t columns) {
  for_tiles(rows, [&](int64_t first, int64_t n) {
    Tile<T> t, e;
    TileRow<T> m, sum;
    t.load(x + first * columns, n, columns);
    tile_exponentials(t, columns, m, e, sum);
    each_lane([&](int r) { sum.at[r] = math::log(sum.at[r]); });
    for (int64_t r = 0; r < n; r++) {
      const int32_t label = labels[first + r];
      const bool known = label >= 0 && label < columns;
      loss[first + r] = known ? sum.at[r] - (t.at[label][r] - m.at[r]) : math::Number<T>::nan();
    }
  });
}

template <class T>
void sparse_cross_entropy_grad_tiles(const T* x, const int32_t* labels, const T* dloss, T* dx, int64_t rows, int64_t columns) {
  for_tiles(rows, [&](int64_t first, int64_t n) {
    Tile<T> t, e;
    TileRow<T> m, sum, d;
    t.load(x + first * columns, n, columns);
    d.load(dloss + first, n);
    tile_exponentials(t, columns, m, e, sum);
    each_lane([&](int r) { sum.at[r] = T(1) / sum.at[r]; });
    for (int64_t r = 0; r < n; r++) {
      const int32_t label = labels[first + r];
      if (label < 0 || label >= columns) d.at[r] = math::Number<T>::nan();
    }
    each(columns, [&](int64_t c, int r) { t.at[c][r] = e.at[c][r] * sum.at[r] * d.at[r]; });
    for (int64_t r = 0; r < n; r++) {
      const int32_t label = labels[first + r];
      if (label >= 0 && label < columns) t.at[label][r] = (e.at[label][r] * sum.at[r] - T(1)) * d.at[r];
    }
    t.store(dx + first * columns, n, columns);
  });
}

template <class T>
constexpr SoftmaxFunctions<T> softmax_tile_table() {
  return {softmax_tiles<T, false>, softmax_backward_tiles<T, false>, softmax_tiles<T, true>,        softmax_backward_tiles<T, true>,
          cross_entropy_tiles<T>,  cross_entropy_grad_tiles<T>,      sparse_cross_entropy_tiles<T>, sparse_cross_entropy_grad_tiles<T>};
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
