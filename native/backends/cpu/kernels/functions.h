// The functions that exist once for each generation of processors, and the choice among them.
#pragma once

#include <stdint.h>

#include "math/philox.h"

namespace nn {
namespace cpu {

// Element-wise over n elements of plain vectors; attrs: two numbers.
using ElementwiseFn = void (*)(const void* const* in, void* out, int64_t n, const double* attrs);

// Elements [first, first + n) of a random op, which the pointers point at; first is a multiple of 4.
template <class T>
struct RandomFunctions {
  void (*dropout)(const T* x, T* y, int64_t first, int64_t n, const math::RandomStream& stream, double rate);
  // In [low, high), of which `last` is the greatest number.
  void (*uniform)(T* y, int64_t first, int64_t n, const math::RandomStream& stream, T low, T high, T last);
};

// What CMake compiles besides the base: levels of the x86-64 psABI, AVX2 with FMA and AVX-512.
enum class Arch { kBase, kX86V3, kX86V4 };

Arch best_arch();          // of this processor
Arch arch_in_use();        // the same, unless a test chose another
void use_arch(Arch arch);  // no better than best_arch()

#define NN_HOT_FUNCTIONS                                  \
  extern const ElementwiseFn* const float32_elementwise; \
  extern const RandomFunctions<float> float32_random;
namespace base {
NN_HOT_FUNCTIONS
}
#ifdef NN_X86_LEVELS
namespace x86_64_v3 {
NN_HOT_FUNCTIONS
}
namespace x86_64_v4 {
NN_HOT_FUNCTIONS
}
#define NN_SELECT(name) \
  (arch_in_use() == Arch::kX86V4 ? x86_64_v4::name : arch_in_use() == Arch::kX86V3 ? x86_64_v3::name : base::name)
#else
#define NN_SELECT(name) base::name
#endif

// By math::ElementwiseCode, up to and with where. NULL where the op has no such dtype.
const ElementwiseFn* elementwise_functions(int dtype);
ElementwiseFn cast_function(int from, int to);

// For float and double.
template <class T>
const RandomFunctions<T>& random_functions();
template <>
const RandomFunctions<float>& random_functions<float>();
template <>
const RandomFunctions<double>& random_functions<double>();

}  // namespace cpu
}  // namespace nn
