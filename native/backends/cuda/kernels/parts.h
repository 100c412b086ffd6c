// What the kernels of element-wise, shape and index ops share.
#pragma once

#include <cstdint>
#include <cstdio>
#include <new>

#include "backends/cuda/kernels/pack.h"
#include "backends/cuda/launch.h"
#include "core/op.h"
#include "math/bits.h"

#ifdef __CUDACC__
#define NN_NOINLINE __device__ __noinline__
#else
#define NN_NOINLINE __attribute__((noinline))
#endif

namespace nn {
namespace cuda {

using Bytes16 = Pack<uint32_t, 4>;

// Elements are numbered with 64 bits where there are this many or more. Tests lower it.
constexpr int64_t kLimit32 = int64_t{1} << 31;
extern int64_t limit_of_32_bits;

// Calls f with a value of the C++ type for a dtype; bool is a byte that is 0 or 1.
template <class F>
int32_t with_type(int32_t dtype, const F& f) {
  switch (dtype) {
    case NN_FLOAT32:
      return f(float{});
    case NN_FLOAT64:
      return f(double{});
    case NN_INT32:
      return f(int32_t{});
    default:
      return f(uint8_t{});
  }
}

// Calls f with a value of the unsigned type, or pack, of so many bytes: 1, 2, 4, 8 or 16.
template <class F>
int32_t with_unit(int64_t bytes, const F& f) {
  switch (bytes) {
    case 1:
      return f(uint8_t{});
    case 2:
      return f(uint16_t{});
    case 4:
      return f(uint32_t{});
    case 8:
      return f(uint64_t{});
    default:
      return f(Bytes16{});
  }
}

// The most bytes, up to 16, that divide all of what is asked about: how much may be moved at once.
class UnitBytes {
 public:
  explicit UnitBytes(int64_t first) { divides(first); }
  UnitBytes& divides(int64_t bytes) {
    while (bytes % bytes_ != 0) bytes_ /= 2;
    return *this;
  }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_ = 16;
};

// A tensor seen as [outer, size, inner] around one axis.
struct AxisView {
  int64_t outer = 1, size = 1, inner = 1;
  AxisView(const nn_tensor& t, int axis) {
    for (int i = 0; i < t.rank; i++) (i < axis ? outer : i > axis ? inner : size) *= t.dims[i];
  }
};

inline int32_t out_of_host_memory(const char* op, nn_error* error) {
  std::snprintf(error->message, sizeof error->message, "%s: expected host memory for its plan, got none", op);
  return error->code = NN_OUT_OF_MEMORY;
}

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)
// The first complaint stays. That of another thread may mix with it, where both are about the same tensor.
__device__ inline void complain(nn_device_complaint* complaint, Complaint code, int32_t value, int64_t limit) {
  volatile nn_device_complaint* c = complaint;
  if (c->code != 0) return;
  c->value = value;
  c->limit = limit;
  c->code = static_cast<int32_t>(code);
}
#endif

}  // namespace cuda
}  // namespace nn
