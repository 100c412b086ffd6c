// How the lists of element-wise ops are written. An op is one row,
//
//   X(name, form, dtypes, cost, (attributes), value)
//
// from which come its schema, its kernels on every device and its place in fused programs.
// - form: what it takes and gives, see below. In `value`, x, y and z are the operands and T is their type.
// - dtypes: kFloating, kNumeric, kLogical or kAny, of the operands.
// - cost: of a float32 element against that of an addition; from it follows when to use several threads.
// - attributes: at most two, "name:f"; in `value` they are p and q, converted to T.
#pragma once

#include <stdint.h>

#include "math/config.h"

namespace nn {
namespace math {

enum Form : uint8_t {
  kUnary,    // T -> T
  kTest,     // T -> bool
  kBinary,   // T, T -> T
  kCompare,  // T, T -> bool
  kTernary,  // T, T, T -> T
  // These three have no row: their operands differ in type.
  kWhere,   // bool, T, T -> T
  kCast,    // T -> any
  kDropout  // T, rng -> T
};

// Bits 1 << dtype.
constexpr uint32_t kFloating = 3, kNumeric = 15, kLogical = 16, kAny = 31;

// Costs.
constexpr int kCheap = 1, kModest = 2, kPolynomial = 5, kLibrary = 30, kSlow = 200;

#define NN_PARAMS_IN_PARENTHESES(...) __VA_ARGS__

// A row as a functor. Unused operands are passed all the same and vanish.
#define NN_DEFINE_FUNCTOR(name, form, dtypes, cost, attributes, value)                                              \
  struct name##_functor {                                                                                           \
    static constexpr Form kForm = form;                                                                             \
    static constexpr uint32_t kDtypes = dtypes;                                                                     \
    template <class T>                                                                                              \
    static NN_HD auto apply([[maybe_unused]] T x, [[maybe_unused]] T y, [[maybe_unused]] T z, [[maybe_unused]] T p, \
                            [[maybe_unused]] T q) {                                                                 \
      return value;                                                                                                 \
    }                                                                                                               \
  };

}  // namespace math
}  // namespace nn
