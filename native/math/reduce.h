// Folds: how a reduction takes up one element after the other. float32 is accumulated in float64, so that the length of a sum does not
// show in its accuracy; integers wrap.
#pragma once

#include "math/binary.h"

namespace nn {
namespace math {

template <class T>
struct Accumulator {
  using Type = typename Number<T>::Unsigned;
};
template <>
struct Accumulator<float> {
  using Type = double;
};

enum Fold : int { kFoldSum, kFoldSumSquares, kFoldProduct, kFoldMax, kFoldMin, kFoldDeviation, kFoldExp, kFolds };

// Of each: Value, the type that it accumulates in; Aux, that of a number known beforehand for each output; first(), what an empty
// fold gives; step(); join() of two partial results;
// kSelects: step() chooses instead of computing.
template <class T>
struct SumFold {
  using Value = typename Accumulator<T>::Type;
  using Aux = T;
  static constexpr bool kHasAux = false, kSelects = false;
  static NN_HD Value first() { return Value(0); }
  static NN_HD Value step(Value v, T x, Aux) { return v + static_cast<Value>(x); }
  static NN_HD Value join(Value a, Value b) { return a + b; }
};
template <class T>
struct SumSquaresFold : SumFold<T> {
  using Value = typename Accumulator<T>::Type;
  static NN_HD Value step(Value v, T x, T) { return v + static_cast<Value>(x) * static_cast<Value>(x); }
};
template <class T>
struct ProductFold {
  using Value = typename Accumulator<T>::Type;
  using Aux = T;
  static constexpr bool kHasAux = false, kSelects = false;
  static NN_HD Value first() { return Value(1); }
  static NN_HD Value step(Value v, T x, Aux) { return v * static_cast<Value>(x); }
  static NN_HD Value join(Value a, Value b) { return a * b; }
};
template <class T>
struct MaxFold {
  using Value = T;
  using Aux = T;
  static constexpr bool kHasAux = false, kSelects = true;
  static NN_HD T first() { return Number<T>::lowest(); }
  static NN_HD T step(T v, T x, Aux) { return maximum(v, x); }
  static NN_HD T join(T a, T b) { return maximum(a, b); }
};
template <class T>
struct MinFold {
  using Value = T;
  using Aux = T;
  static constexpr bool kHasAux = false, kSelects = true;
  static NN_HD T first() { return Number<T>::highest(); }
  static NN_HD T step(T v, T x, Aux) { return minimum(v, x); }
  static NN_HD T join(T a, T b) { return minimum(a, b); }
};
// The sum of (x - mean)^2.
template <class T>
struct DeviationFold : SumFold<T> {
  using Aux = double;
  static constexpr bool kHasAux = true;
  static NN_HD double step(double v, T x, double mean) { return v + (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean); }
};
// The sum of exp(x - shift).
template <class T>
struct ExpFold : SumFold<T> {
  static constexpr bool kHasAux = true;
  static NN_HD double step(double v, T x, T shift) { return v + static_cast<double>(exp(x - shift)); }
};

// What keeps the exponentials of logsumexp small; an infinite maximum would only make NaN of Infinity - Infinity.
template <class T>
NN_HD T exp_shift(T greatest) {
  return is_finite(greatest) ? greatest : T(0);
}

}  // namespace math
}  // namespace nn
