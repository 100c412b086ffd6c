// The one loop of each element-wise op. Operands are plain vectors: broadcasting is the caller's. An output may be one of the inputs.
#pragma once

#include "backends/cpu/kernels/arch.h"
#include "backends/cpu/kernels/functions.h"
#include "math/elementwise.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

template <class Functor, class T>
void row_loop(const void* const* in, void* out, int64_t n, const double* attrs) {
  const T p = math::convert<T>(attrs[0]), q = math::convert<T>(attrs[1]);
  const T* x = static_cast<const T*>(in[0]);
  if constexpr (Functor::kForm == math::kUnary) {
    T* y = static_cast<T*>(out);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = Functor::template apply<T>(x[i], x[i], x[i], p, q);
  } else if constexpr (Functor::kForm == math::kTest) {
    uint8_t* y = static_cast<uint8_t*>(out);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = Functor::template apply<T>(x[i], x[i], x[i], p, q) ? 1 : 0;
  } else if constexpr (Functor::kForm == math::kBinary) {
    const T* b = static_cast<const T*>(in[1]);
    T* y = static_cast<T*>(out);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = Functor::template apply<T>(x[i], b[i], b[i], p, q);
  } else if constexpr (Functor::kForm == math::kCompare) {
    const T* b = static_cast<const T*>(in[1]);
    uint8_t* y = static_cast<uint8_t*>(out);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = Functor::template apply<T>(x[i], b[i], b[i], p, q) ? 1 : 0;
  } else {
    const T* b = static_cast<const T*>(in[1]);
    const T* c = static_cast<const T*>(in[2]);
    T* y = static_cast<T*>(out);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = Functor::template apply<T>(x[i], b[i], c[i], p, q);
  }
}

template <class T>
void where_loop(const void* const* in, void* out, int64_t n, const double*) {
  const uint8_t* condition = static_cast<const uint8_t*>(in[0]);
  const T* a = static_cast<const T*>(in[1]);
  const T* b = static_cast<const T*>(in[2]);
  T* y = static_cast<T*>(out);
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const T u = a[i], v = b[i];  // read both, or the loop needs masked loads
    y[i] = condition[i] ? u : v;
  }
}

// NULL where the op has no such dtype.
template <class Functor, class T, int DType>
constexpr ElementwiseFn row_function() {
  if constexpr (Functor::kDtypes >> DType & 1)
    return row_loop<Functor, T>;
  else
    return nullptr;
}

// T is the type in memory of DType: bool and uint8 are both bytes, but not the same ops have them.
template <class T, int DType>
struct ElementwiseTable {
  static constexpr ElementwiseFn functions[math::code_where + 1] = {
#define NN_ENTRY(name, form, dtypes, cost, attributes, value) row_function<math::name##_functor, T, DType>(),
      NN_ELEMENTWISE_OPS(NN_ENTRY)
#undef NN_ENTRY
          where_loop<T>,
  };
};

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
