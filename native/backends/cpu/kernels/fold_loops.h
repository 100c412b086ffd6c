// Loops of reductions. Accumulators stand side by side, one for each column of what is folded, so that every loop runs along memory.
#pragma once

#include "backends/cpu/kernels/arch.h"
#include "backends/cpu/kernels/functions.h"
#include "math/reduce.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

template <class F>
void fold_init(void* acc, int64_t width) {
  typename F::Value* a = static_cast<typename F::Value*>(acc);
  for (int64_t j = 0; j < width; j++) a[j] = F::first();
}

template <class F>
void fold_join(void* acc, const void* other, int64_t width) {
  typename F::Value* a = static_cast<typename F::Value*>(acc);
  const typename F::Value* b = static_cast<const typename F::Value*>(other);
#pragma omp simd
  for (int64_t j = 0; j < width; j++) a[j] = F::join(a[j], b[j]);
}

// acc[j] takes up x[r * stride + j] for every row r, in order. Four rows at a time spare most of the traffic of the accumulators; not
// for max and min, a chain of which GCC takes apart into branches.
template <class F, class T>
void fold_rows(void* acc, const void* data, int64_t rows, int64_t stride, int64_t width, const void* known) {
  typename F::Value* a = static_cast<typename F::Value*>(acc);
  const T* x = static_cast<const T*>(data);
  const typename F::Aux* aux = static_cast<const typename F::Aux*>(known);
  const auto aux_at = [aux](int64_t j) {
    if constexpr (F::kHasAux)
      return aux[j];
    else
      return typename F::Aux(0);
  };
  int64_t r = 0;
  for (; !F::kSelects && r + 4 <= rows; r += 4, x += 4 * stride) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
      const typename F::Aux k = aux_at(j);
      typename F::Value v = a[j];
      v = F::step(v, x[j], k);
      v = F::step(v, x[j + stride], k);
      v = F::step(v, x[j + 2 * stride], k);
      a[j] = F::step(v, x[j + 3 * stride], k);
    }
  }
  for (; r < rows; r++, x += stride) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) a[j] = F::step(a[j], x[j], aux_at(j));
  }
}

// acc[i] takes up the whole of row i: for rows so short that the loop along them is not worth vectors.
template <class F, class T>
void fold_short_rows(void* acc, const void* data, int64_t rows, int64_t length, const void* known) {
  typename F::Value* a = static_cast<typename F::Value*>(acc);
  const T* x = static_cast<const T*>(data);
  const typename F::Aux* aux = static_cast<const typename F::Aux*>(known);
  for (int64_t i = 0; i < rows; i++, x += length) {
    typename F::Aux k(0);
    if constexpr (F::kHasAux) k = aux[i];
    typename F::Value v = F::first();
    for (int64_t j = 0; j < length; j++) v = F::step(v, x[j], k);
    a[i] = v;
  }
}

template <class F, class T>
constexpr FoldFunctions fold_functions() {
  return {static_cast<int>(sizeof(typename F::Value)),
          static_cast<int>(F::kHasAux ? sizeof(typename F::Aux) : 0),
          fold_init<F>,
          fold_rows<F, T>,
          fold_short_rows<F, T>,
          fold_join<F>};
}

// By math::Fold; the last two are for floats only.
template <class T>
struct FoldTable {
  static constexpr FoldFunctions functions[] = {fold_functions<math::SumFold<T>, T>(), fold_functions<math::SumSquaresFold<T>, T>(),
                                                fold_functions<math::ProductFold<T>, T>(), fold_functions<math::MaxFold<T>, T>(),
                                                fold_functions<math::MinFold<T>, T>()};
};
template <class T>
struct FloatFoldTable {
  static constexpr FoldFunctions functions[] = {fold_functions<math::SumFold<T>, T>(),     fold_functions<math::SumSquaresFold<T>, T>(),
                                                fold_functions<math::ProductFold<T>, T>(), fold_functions<math::MaxFold<T>, T>(),
                                                fold_functions<math::MinFold<T>, T>(),     fold_functions<math::DeviationFold<T>, T>(),
                                                fold_functions<math::ExpFold<T>, T>()};
};

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
