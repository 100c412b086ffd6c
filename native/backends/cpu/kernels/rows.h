// Rows of the last axis, shared out among threads.
#pragma once

#include "backends/cpu/parallel.h"
#include "core/abi.h"
#include "math/rows.h"

namespace nn {
namespace cpu {

inline int64_t columns_of(const nn_tensor& t) { return t.dims[t.rank - 1]; }

// f(first, n) for groups of rows whose elements cost as much as a polynomial.
template <class F>
void for_rows(int64_t rows, int64_t columns, F f) {
  parallel_for(rows, kParallelWork / (math::kPolynomial * (columns + 1)), [&](int64_t first, int64_t last) { f(first, last - first); });
}

template <class T>
T* data_of(const nn_tensor& t) {
  return static_cast<T*>(t.data);
}

}  // namespace cpu
}  // namespace nn
