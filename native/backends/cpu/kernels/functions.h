// The functions that exist once for each generation of processors, and the choice among them.
#pragma once

#include <stdint.h>

#include "math/optimizer.h"
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

// One way to reduce, see math::Fold and fold_loops.h. Pointers are to accumulators, elements and auxiliary numbers of its types.
struct FoldFunctions {
  int bytes;      // of an accumulator
  int aux_bytes;  // of the number known beforehand for each output; 0: there is none
  void (*init)(void* acc, int64_t width);
  void (*rows)(void* acc, const void* x, int64_t rows, int64_t stride, int64_t width, const void* aux);
  void (*short_rows)(void* acc, const void* x, int64_t rows, int64_t length, const void* aux);
  void (*join)(void* acc, const void* other, int64_t width);
};

// Up to this length rows are computed side by side.
constexpr int64_t kShortSoftmaxRow = 64;
// On rows of `columns` elements. Losses and their gradients have one number for each row.
template <class T>
struct SoftmaxFunctions {
  void (*softmax)(const T* x, T* y, int64_t rows, int64_t columns);
  void (*softmax_backward)(const T* y, const T* dy, T* dx, int64_t rows, int64_t columns);
  void (*log_softmax)(const T* x, T* y, int64_t rows, int64_t columns);
  void (*log_softmax_backward)(const T* y, const T* dy, T* dx, int64_t rows, int64_t columns);
  void (*cross_entropy)(const T* logits, const T* labels, T* loss, int64_t rows, int64_t columns);
  void (*cross_entropy_grad)(const T* logits, const T* labels, const T* dloss, T* dlogits, int64_t rows, int64_t columns);
  void (*sparse_cross_entropy)(const T* logits, const int32_t* labels, T* loss, int64_t rows, int64_t columns);
  void (*sparse_cross_entropy_grad)(const T* logits, const int32_t* labels, const T* dloss, T* dlogits, int64_t rows, int64_t columns);
};

// `slot`: the weights, then what the optimizer keeps, in the order of the op's outputs with NULL for what it does without.
constexpr int kMostSlots = 4;
template <class T>
struct OptimizerFunctions {
  void (*sgd)(const math::SgdStep<T>& step, T* const* slot, const T* gradient, int64_t n);
  void (*adam)(const math::AdamStep<T>& step, T* const* slot, const T* gradient, int64_t n);
  void (*rmsprop)(const math::RmspropStep<T>& step, T* const* slot, const T* gradient, int64_t n);
  // By math::Rule; `decay`: learning rate * weight decay.
  void (*rules[static_cast<int>(math::Rule::kCount)])(const math::RuleNumbers& numbers, double decay, T* const* slot, const T* gradient,
                                                      int64_t n);
};

// What CMake compiles besides the base: levels of the x86-64 psABI, AVX2 with FMA and AVX-512.
enum class Arch { kBase, kX86V3, kX86V4 };

Arch best_arch();          // of this processor
Arch arch_in_use();        // the same, unless a test chose another
void use_arch(Arch arch);  // no better than best_arch()

#define NN_HOT_FUNCTIONS                                      \
  extern const ElementwiseFn* const float32_elementwise;      \
  extern const RandomFunctions<float> float32_random;         \
  extern const FoldFunctions* const float32_folds;            \
  extern const SoftmaxFunctions<float> float32_softmax;       \
  extern const SoftmaxFunctions<float> float32_softmax_tiles; \
  extern const OptimizerFunctions<float> float32_optimizer;
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
#define NN_SELECT(name) (arch_in_use() == Arch::kX86V4 ? x86_64_v4::name : arch_in_use() == Arch::kX86V3 ? x86_64_v3::name : base::name)
#else
#define NN_SELECT(name) base::name
#endif

// By math::ElementwiseCode, up to and with where. NULL where the op has no such dtype.
const ElementwiseFn* elementwise_functions(int dtype);
ElementwiseFn cast_function(int from, int to);

// By math::Fold: all of them for float32 and float64, the first five for int32, uint8 and bool.
const FoldFunctions* fold_functions(int dtype);

// For float and double.
template <class T>
const RandomFunctions<T>& random_functions();
template <>
const RandomFunctions<float>& random_functions<float>();
template <>
const RandomFunctions<double>& random_functions<double>();

template <class T>
const SoftmaxFunctions<T>& softmax_functions(int64_t columns);
template <>
const SoftmaxFunctions<float>& softmax_functions<float>(int64_t columns);
template <>
const SoftmaxFunctions<double>& softmax_functions<double>(int64_t columns);

template <class T>
const OptimizerFunctions<T>& optimizer_functions();
template <>
const OptimizerFunctions<float>& optimizer_functions<float>();
template <>
const OptimizerFunctions<double>& optimizer_functions<double>();

}  // namespace cpu
}  // namespace nn
