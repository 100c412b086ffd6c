// What the loops of pooling share with those who call them.
#pragma once

#include <stdint.h>

namespace nn {
namespace cpu {

struct PoolShape {
  int64_t batch, height, width, channels, out_h, out_w;
  int64_t pool_h, pool_w, stride_h, stride_w, pad_top, pad_left;
  bool include_padding;  // average
};

enum class PoolIndex { kNone, kUint8, kInt32 };

// Each does the rows [begin, end): of the output forward, of the image backward, counted through the whole batch.
template <class T>
struct PoolLoops {
  void (*max)(const PoolShape& s, const T* x, T* y, void* index, PoolIndex kind, int64_t begin, int64_t end);
  void (*max_backward)(const PoolShape& s, const T* dy, const void* index, PoolIndex kind, T* dx, int64_t begin, int64_t end);
  void (*average)(const PoolShape& s, const T* x, T* y, int64_t begin, int64_t end);
  void (*average_backward)(const PoolShape& s, const T* dy, T* dx, int64_t begin, int64_t end);
};

namespace base {
extern const PoolLoops<float> float32_pool;
}
#ifdef NN_X86_LEVELS
namespace x86_64_v3 {
extern const PoolLoops<float> float32_pool;
}
namespace x86_64_v4 {
extern const PoolLoops<float> float32_pool;
}
#endif

}  // namespace cpu
}  // namespace nn
