// How the kernels of reductions take up elements. Floats are summed in their own type over a few elements, and from group to group in
// float64: the length of a sum does not show in its accuracy, and GPUs whose float64 is slow (1/64 of float32) do one such addition where
// they load 16 elements, so that memory stays the limit. float32 sums whose groups exceed 3.4e38 on the way overflow.
//
// Of each fold: In, what it takes up; Aux, a number known beforehand for each output; Partial, of a group of elements; Value, of any
// number of them; Out. start() and take() make a group, flush() adds it to a value, join() joins two values, the one of the earlier
// elements first; first() is the fold of nothing. `at` is the element's place among those of its output. Joined is the fold that shares
// everything from Value on.
#pragma once

#include "math/reduce.h"

namespace nn {
namespace cuda {

template <class T>
struct SumOf {
  using In = T;
  using Aux = T;
  using Value = typename math::Accumulator<T>::Type;
  using Partial = typename math::Number<T>::Unsigned;
  using Out = T;
  using Joined = SumOf<T>;
  static constexpr bool kHasAux = false;
  static NN_HD Value first() { return Value(0); }
  static NN_HD Partial start() { return Partial(0); }
  static NN_HD Partial take(Partial p, T x, Aux, int64_t) { return p + static_cast<Partial>(x); }
  static NN_HD Value flush(Value v, Partial p) { return v + static_cast<Value>(p); }
  static NN_HD Value join(Value a, Value b) { return a + b; }
  // The divisor makes a mean of it.
  static NN_HD T finish(Value v, Aux, double divisor) {
    if constexpr (math::Number<T>::floating)
      return static_cast<T>(v / divisor);
    else
      return static_cast<T>(v);
  }
};

template <class T>
struct SumSquaresOf : SumOf<T> {
  static NN_HD T take(T p, T x, T, int64_t) { return p + x * x; }
};

// The sum of exp(x - shift), where Aux is the greatest x, and its logarithm.
template <class T>
struct LogSumExpOf : SumOf<T> {
  using Joined = LogSumExpOf<T>;
  static constexpr bool kHasAux = true;
  static NN_HD T take(T p, T x, T greatest, int64_t) { return p + math::exp(x - math::exp_shift(greatest)); }
  static NN_HD T finish(double v, T greatest, double) {
    return static_cast<T>(static_cast<double>(math::exp_shift(greatest)) + math::log(v));
  }
};

// Groups may leave the range of T where their product with others does not.
template <class T>
struct ProductOf {
  using In = T;
  using Aux = T;
  using Value = typename math::Accumulator<T>::Type;
  using Partial = Value;
  using Out = T;
  using Joined = ProductOf<T>;
  static constexpr bool kHasAux = false;
  static NN_HD Value first() { return Value(1); }
  static NN_HD Value start() { return Value(1); }
  static NN_HD Value take(Value p, T x, Aux, int64_t) { return p * static_cast<Value>(x); }
  static NN_HD Value flush(Value v, Value p) { return v * p; }
  static NN_HD Value join(Value a, Value b) { return a * b; }
  static NN_HD T finish(Value v, Aux, double) { return static_cast<T>(v); }
};

template <class T, class Fold>
struct ChoiceOf {
  using In = T;
  using Aux = T;
  using Value = T;
  using Partial = T;
  using Out = T;
  using Joined = ChoiceOf<T, Fold>;
  static constexpr bool kHasAux = false;
  static NN_HD T first() { return Fold::first(); }
  static NN_HD T start() { return Fold::first(); }
  static NN_HD T take(T p, T x, Aux, int64_t) { return Fold::step(p, x, x); }
  static NN_HD T flush(T v, T p) { return Fold::join(v, p); }
  static NN_HD T join(T a, T b) { return Fold::join(a, b); }
  static NN_HD T finish(T v, Aux, double) { return v; }
};
template <class T>
using MaxOf = ChoiceOf<T, math::MaxFold<T>>;
template <class T>
using MinOf = ChoiceOf<T, math::MinFold<T>>;

// Of bools, which are bytes of 0 or 1.
template <bool All>
struct TruthOf {
  using In = uint8_t;
  using Aux = uint8_t;
  using Value = uint8_t;
  using Partial = uint8_t;
  using Out = uint8_t;
  using Joined = TruthOf<All>;
  static constexpr bool kHasAux = false;
  static NN_HD uint8_t first() { return All; }
  static NN_HD uint8_t start() { return All; }
  static NN_HD uint8_t take(uint8_t p, uint8_t x, Aux, int64_t) { return join(p, x != 0); }
  static NN_HD uint8_t flush(uint8_t v, uint8_t p) { return join(v, p); }
  static NN_HD uint8_t join(uint8_t a, uint8_t b) { return All ? a & b : a | b; }
  static NN_HD uint8_t finish(uint8_t v, Aux, double) { return v; }
};

// Sums of x - mean and of its square. The mean that is known has been rounded to T: the first sum puts that right.
template <class T>
struct VarianceOf {
  struct Partial {
    T sum, squares;
  };
  struct Value {
    double sum, squares;
  };
  using In = T;
  using Aux = T;
  using Out = T;
  using Joined = VarianceOf<T>;
  static constexpr bool kHasAux = true;
  static NN_HD Value first() { return {0, 0}; }
  static NN_HD Partial start() { return {T(0), T(0)}; }
  static NN_HD Partial take(Partial p, T x, T mean, int64_t) {
    const T d = x - mean;
    return {p.sum + d, p.squares + d * d};
  }
  static NN_HD Value flush(Value v, Partial p) { return {v.sum + static_cast<double>(p.sum), v.squares + static_cast<double>(p.squares)}; }
  static NN_HD Value join(Value a, Value b) { return {a.sum + b.sum, a.squares + b.squares}; }
  static NN_HD T finish(Value v, Aux, double count) {
    const double variance = (v.squares - v.sum * v.sum / count) / count;
    return static_cast<T>(variance < 0 ? 0 : variance);  // rounding; NaN stays
  }
};

// The place of the greatest or least element: the first of equals, and of NaN before all others.
template <class T, bool Max>
struct PlaceOf {
  struct Value {
    T best;
    int32_t at;
  };
  using In = T;
  using Aux = T;
  using Partial = Value;
  using Out = int32_t;
  using Joined = PlaceOf<T, Max>;
  static constexpr bool kHasAux = false;
  static NN_HD Value first() { return {Max ? math::Number<T>::lowest() : math::Number<T>::highest(), INT32_MAX}; }
  static NN_HD Value start() { return first(); }
  static NN_HD Value take(Value v, T x, Aux, int64_t at) { return join(v, {x, static_cast<int32_t>(at)}); }
  static NN_HD Value flush(Value v, Value p) { return join(v, p); }
  static NN_HD Value join(Value a, Value b) {
    if (is_better(a.best, b.best)) return a;
    return is_better(b.best, a.best) || b.at < a.at ? b : a;
  }
  static NN_HD int32_t finish(Value v, Aux, double) { return v.at; }

 private:
  static NN_HD bool is_better(T x, T best) { return (Max ? x > best : x < best) || (x != x && best == best); }
};

// The second step of a fold whose outputs were cut into chunks.
template <class F>
struct JoinOf : F {
  using In = typename F::Value;
  using Partial = typename F::Value;
  static NN_HD Partial start() { return F::first(); }
  static NN_HD Partial take(Partial p, In x, typename F::Aux, int64_t) { return F::join(p, x); }
  static NN_HD typename F::Value flush(typename F::Value v, Partial p) { return F::join(v, p); }
};

}  // namespace cuda
}  // namespace nn
