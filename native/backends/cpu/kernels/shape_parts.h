// The files that make up the kernels of ops/shape.h and ops/index.h, and what they share.
#pragma once

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <type_traits>
#include <vector>

#include "core/abi.h"
#include "core/op.h"
#include "math/bits.h"

namespace nn {

void append_strided_kernels(std::vector<nn_kernel>& kernels);
void append_pad_kernels(std::vector<nn_kernel>& kernels);
void append_scatter_kernels(std::vector<nn_kernel>& kernels);
void append_sort_kernels(std::vector<nn_kernel>& kernels);
void append_scan_kernels(std::vector<nn_kernel>& kernels);

// y with `before` elements of zero before and the rest after x on each axis.
void pad_with_zeros(const nn_tensor& x, const nn_tensor& y, const int32_t* before);

// A tensor seen as [outer, size, inner] around one axis.
struct AxisView {
  int64_t outer = 1, size = 1, inner = 1;
  AxisView(const nn_tensor& t, int axis) {
    for (int i = 0; i < t.rank; i++) (i < axis ? outer : i > axis ? inner : size) *= t.dims[i];
  }
};

// Bytes between neighbours along each axis.
struct Steps {
  int64_t of[NN_MAX_RANK];
  explicit Steps(const nn_tensor& t) {
    int64_t step = dtype_bytes(t.dtype);
    for (int i = t.rank - 1; i >= 0; i--) {
      of[i] = step;
      step *= t.dims[i];
    }
  }
};

__attribute__((format(printf, 2, 3))) inline int32_t fail_invalid(nn_error* error, const char* format, ...) {
  error->code = NN_INVALID;
  va_list list;
  va_start(list, format);
  std::vsnprintf(error->message, sizeof error->message, format, list);
  va_end(list);
  return NN_INVALID;
}

// NN_INVALID naming the first index outside [-size, size), or [0, size) where negative ones do not count from the end.
int32_t check_indices(const int32_t* indices, int64_t count, int64_t size, int axis, bool negative, nn_error* error);

// Integers wrap, as NumPy's do.
template <class T>
T wrapping_add(T a, T b) {
  using Unsigned = typename math::Number<T>::Unsigned;
  return static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
}

// In which long sums of T are kept: float32 would lose digits, and integers must wrap.
template <class T>
using Wide = std::conditional_t<std::is_same<T, float>::value, double, typename math::Number<T>::Unsigned>;

// Calls f with a value of the C++ type for a dtype; bool is a byte that is 0 or 1.
template <class F>
void with_type(int32_t dtype, const F& f) {
  switch (dtype) {
    case NN_FLOAT32:
      f(float{});
      return;
    case NN_FLOAT64:
      f(double{});
      return;
    case NN_INT32:
      f(int32_t{});
      return;
    default:
      f(uint8_t{});
      return;
  }
}

}  // namespace nn
