// What the loops of batch normalisation share with those who call them. Rows of `width` columns; where a tensor has few channels, several
// of its rows are one here.
#pragma once

#include <stdint.h>

namespace nn {
namespace cpu {

template <class T>
struct NormLoops {
  // Adds to each column's sum(x - near) and sum((x - near)^2). `near` is near the mean, so nothing cancels.
  void (*moments)(const T* x, int64_t rows, int64_t width, const T* near, T* sum, T* squares);
  // y = (x - mean) * scale + beta
  void (*normalize)(const T* x, T* y, int64_t rows, int64_t width, const T* mean, const T* scale, const T* beta);
  // Adds to each column's sum(dy) and sum(dy * (x - mean)).
  void (*gradient_sums)(const T* x, const T* dy, int64_t rows, int64_t width, const T* mean, T* sum, T* products);
  // dx = scale * (dy - dy_mean - (x - mean) * slope)
  void (*gradient)(const T* x, const T* dy, T* dx, int64_t rows, int64_t width, const T* mean, const T* scale, const T* dy_mean,
                   const T* slope);
};

namespace base {
extern const NormLoops<float> float32_norm;
}
#ifdef NN_X86_LEVELS
namespace x86_64_v3 {
extern const NormLoops<float> float32_norm;
}
namespace x86_64_v4 {
extern const NormLoops<float> float32_norm;
}
#endif

}  // namespace cpu
}  // namespace nn
