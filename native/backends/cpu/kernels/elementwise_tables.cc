// The loops of the types that are less often used, for the base level only, and casts.
#include "backends/cpu/kernels/elementwise_loops.h"
#include "backends/cpu/kernels/functions.h"
#include "core/abi.h"

namespace nn {
namespace cpu {

namespace {

template <class From, class To>
void cast_loop(const void* const* in, void* out, int64_t n, const double*) {
  const From* x = static_cast<const From*>(in[0]);
  To* y = static_cast<To*>(out);
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = math::convert<To>(x[i]);
}
template <class From>
void bool_loop(const void* const* in, void* out, int64_t n, const double*) {
  const From* x = static_cast<const From*>(in[0]);
  uint8_t* y = static_cast<uint8_t*>(out);
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = x[i] != From(0) ? 1 : 0;
}

// bool is kept as bytes of 0 and 1.
template <class From>
ElementwiseFn cast_from(int to) {
  switch (to) {
    case NN_FLOAT32:
      return cast_loop<From, float>;
    case NN_FLOAT64:
      return cast_loop<From, double>;
    case NN_INT32:
      return cast_loop<From, int32_t>;
    case NN_UINT8:
      return cast_loop<From, uint8_t>;
    default:
      return bool_loop<From>;
  }
}

}  // namespace

const ElementwiseFn* elementwise_functions(int dtype) {
  switch (dtype) {
    case NN_FLOAT32:
      return NN_SELECT(float32_elementwise);
    case NN_FLOAT64:
      return base::ElementwiseTable<double, NN_FLOAT64>::functions;
    case NN_INT32:
      return base::ElementwiseTable<int32_t, NN_INT32>::functions;
    case NN_UINT8:
      return base::ElementwiseTable<uint8_t, NN_UINT8>::functions;
    default:
      return base::ElementwiseTable<uint8_t, NN_BOOL>::functions;
  }
}

ElementwiseFn cast_function(int from, int to) {
  switch (from) {
    case NN_FLOAT32:
      return cast_from<float>(to);
    case NN_FLOAT64:
      return cast_from<double>(to);
    case NN_INT32:
      return cast_from<int32_t>(to);
    default:
      return cast_from<uint8_t>(to);
  }
}

}  // namespace cpu
}  // namespace nn
