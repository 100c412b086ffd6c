// Softmax, its logarithm and the losses made of them, row by row.
#pragma once

#include "backends/cpu/kernels/arch.h"
#include "backends/cpu/kernels/functions.h"
#include "math/reduce.h"
#include "math/softmax.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

// Sums of floats run in T over so many elements, and from block to block in float64.
constexpr int64_t kSumBlock = 256;

template <class T, class F>
NN_HD double sum_of(int64_t n, F f) {
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    const int64_t end = begin + kSumBlock < n ? begin + kSumBlock : n;
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = begin; i < end; i++) sum += f(i);
    total += static_cast<double>(sum);
  }
  return total;
}

template <class T>
NN_HD T greatest_of(const T* x, int64_t n) {
  T m = math::Number<T>::lowest();
#pragma omp simd reduction(max : m)
  for (int64_t i = 0; i < n; i++) m = x[i] > m ? x[i] : m;  // a NaN is not lost: it makes a NaN of the sum
  return m;
}

template <class T>
void softmax_rows(const T* x, T* y, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
    const T m = greatest_of(x, columns);
    const double sum = sum_of<T>(columns, [=](int64_t i) { return y[i] = math::exp(x[i] - m); });
    const T scale = static_cast<T>(1 / sum);
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) y[i] *= scale;
  }
}

template <class T>
void softmax_backward_rows(const T* y, const T* dy, T* dx, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
    const T sum = static_cast<T>(sum_of<T>(columns, [=](int64_t i) { return y[i] * dy[i]; }));
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) dx[i] = math::softmax_slope(y[i], dy[i], sum);
  }
}

// The logarithm of the sum of exp(x - m).
template <class T>
NN_HD T log_sum_of(const T* x, int64_t columns, T m) {
  return static_cast<T>(::log(sum_of<T>(columns, [=](int64_t i) { return math::exp(x[i] - m); })));
}

template <class T>
void log_softmax_rows(const T* x, T* y, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
    const T m = greatest_of(x, columns), log_sum = log_sum_of(x, columns, m);
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) y[i] = math::log_softmax(x[i], m, log_sum);
  }
}

template <class T>
void log_softmax_backward_rows(const T* y, const T* dy, T* dx, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
    const T sum = static_cast<T>(sum_of<T>(columns, [=](int64_t i) { return dy[i]; }));
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) dx[i] = math::log_softmax_slope(y[i], dy[i], sum);
  }
}

template <class T>
void cross_entropy_rows(const T* x, const T* labels, T* loss, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, labels += columns) {
    const T m = greatest_of(x, columns), log_sum = log_sum_of(x, columns, m);
    loss[r] = static_cast<T>(sum_of<T>(columns, [=](int64_t i) { return math::cross_entropy_term(x[i], labels[i], m, log_sum); }));
  }
}

template <class T>
void cross_entropy_grad_rows(const T* x, const T* labels, const T* dloss, T* dx, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, labels += columns, dx += columns) {
    const T m = greatest_of(x, columns);
    const double sum = sum_of<T>(columns, [=](int64_t i) { return dx[i] = math::exp(x[i] - m); });
    const T scale = static_cast<T>(1 / sum), d = dloss[r];
    const T label_sum = static_cast<T>(sum_of<T>(columns, [=](int64_t i) { return labels[i]; }));
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) dx[i] = math::cross_entropy_slope(dx[i] * scale, labels[i], label_sum) * d;
  }
}

template <class T>
void sparse_cross_entropy_rows(const T* x, const int32_t* labels, T* loss, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns) {
    if (labels[r] < 0 || labels[r] >= columns) {
      loss[r] = math::Number<T>::nan();
      continue;
    }
    const T m = greatest_of(x, columns);
    loss[r] = log_sum_of(x, columns, m) - (x[labels[r]] - m);
  }
}

template <class T>
void sparse_cross_entropy_grad_rows(const T* x, const int32_t* labels, const T* dloss, T* dx, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, dx += columns) {
    if (labels[r] < 0 || labels[r] >= columns) {
      for (int64_t i = 0; i < columns; i++) dx[i] = math::Number<T>::nan();
      continue;
    }
    const T m = greatest_of(x, columns);
    const double sum = sum_of<T>(columns, [=](int64_t i) { return dx[i] = math::exp(x[i] - m); });
    const T scale = static_cast<T>(1 / sum), d = dloss[r];
    const T own = (dx[labels[r]] * scale - T(1)) * d;
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) dx[i] = dx[i] * scale * d;
    dx[labels[r]] = own;
  }
}

template <class T>
constexpr SoftmaxFunctions<T> softmax_table() {
  return {softmax_rows<T>,       softmax_backward_rows<T>,   log_softmax_rows<T>,          log_softmax_backward_rows<T>,
          cross_entropy_rows<T>, cross_entropy_grad_rows<T>, sparse_cross_entropy_rows<T>, sparse_cross_entropy_grad_rows<T>};
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
