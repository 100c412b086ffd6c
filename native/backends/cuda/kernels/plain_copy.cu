// Bytes from here to there, one value everywhere, and rows of numbers.
#include "backends/cuda/kernels/shape_parts.h"
#include "math/convert.h"

namespace nn {
namespace cuda {

int64_t limit_of_32_bits = kLimit32;

namespace {

constexpr int64_t kWide = sizeof(Bytes16);

__global__ void __launch_bounds__(kBlock) copy_wide(const char* from, char* to, int64_t packs, int64_t tail) {
  const Bytes16* source = reinterpret_cast<const Bytes16*>(from);
  Bytes16* target = reinterpret_cast<Bytes16*>(to);
  const int64_t self = first_index(), stride = index_stride();
  for (int64_t i = self; i < packs; i += stride) target[i] = source[i];
  if (self < tail) to[packs * kWide + self] = from[packs * kWide + self];
}

// `pattern` is 16 bytes of the value again and again.
__global__ void __launch_bounds__(kBlock) fill_wide(char* to, int64_t packs, int64_t tail, Bytes16 pattern) {
  Bytes16* target = reinterpret_cast<Bytes16*>(to);
  const int64_t self = first_index(), stride = index_stride();
  for (int64_t i = self; i < packs; i += stride) target[i] = pattern;
  if (self < tail) to[packs * kWide + self] = static_cast<char>(pattern.v[self / 4] >> (self % 4 * 8));
}

template <class T>
__global__ void __launch_bounds__(kBlock) count_up(T* to, int64_t n, double start, double step) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
#ifdef __CUDA_ARCH__  // rounded twice, as on the CPU
    to[i] = math::convert<T>(__dadd_rn(start, __dmul_rn(static_cast<double>(i), step)));
#else
    to[i] = math::convert<T>(start + static_cast<double>(i) * step);
#endif
  }
}

}  // namespace

int32_t copy_bytes(nn_device* device, const void* from, void* to, int64_t bytes, nn_error* error) {
  if (bytes == 0) return NN_OK;
  const Grid grid = grid_for(device, bytes / kWide);
  return launch(device, "copy", copy_wide, grid, error, static_cast<const char*>(from), static_cast<char*>(to), bytes / kWide,
                bytes % kWide);
}

int32_t fill_bytes(nn_device* device, void* to, int64_t bytes, const Bytes16& pattern, nn_error* error) {
  if (bytes == 0) return NN_OK;
  const Grid grid = grid_for(device, bytes / kWide);
  return launch(device, "fill", fill_wide, grid, error, static_cast<char*>(to), bytes / kWide, bytes % kWide, pattern);
}

int32_t run_range(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  return with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    return launch(device, "range", count_up<T>, grid_for(device, y.size), error, static_cast<T*>(y.data), y.size, attr_float(a->attrs),
                  attr_float(a->attrs + 2));
  });
}

}  // namespace cuda
}  // namespace nn
