// Running sums and products along an axis.
#include <algorithm>

#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"

namespace nn {
namespace {

constexpr int64_t kElements = 8192;  // that are worth a thread's while
constexpr int64_t kBlock = 64;       // columns that are walked together

struct Plus {
  static constexpr int kStart = 0;
  template <class A>
  static A apply(A a, A b) {
    return a + b;
  }
};
struct Times {
  static constexpr int kStart = 1;
  template <class A>
  static A apply(A a, A b) {
    return a * b;
  }
};

// One column: the sum stays in a register.
template <class Op, class T>
void scan_line(const T* from, T* to, int64_t size, int64_t step, bool exclusive) {
  Wide<T> sum = Op::kStart;
  for (int64_t k = 0; k < size; k++) {
    const Wide<T> before = sum;
    sum = Op::apply(before, static_cast<Wide<T>>(from[k * step]));
    to[k * step] = static_cast<T>(exclusive ? before : sum);
  }
}

template <class Op, class T>
void scan(const nn_args* a) {
  using Sum = Wide<T>;
  const AxisView view(a->in[0], a->attrs[0]);
  const bool exclusive = a->attrs[1] != 0, reverse = a->attrs[2] != 0;
  const T* from = static_cast<const T*>(a->in[0].data);
  T* to = static_cast<T*>(a->out[0].data);
  const int64_t size = view.size, inner = view.inner;
  const int64_t blocks = (inner + kBlock - 1) / kBlock, width = std::min(inner, kBlock);
  const int64_t step = reverse ? -inner : inner;
  parallel_for(view.outer * blocks, kElements / (size * width), [=](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; unit++) {
      const int64_t first = unit % blocks * kBlock, count = std::min(kBlock, inner - first);
      int64_t at = (unit / blocks * size + (reverse ? size - 1 : 0)) * inner + first;
      if (count == 1) {
        scan_line<Op>(from + at, to + at, size, step, exclusive);
        continue;
      }
      Sum sums[kBlock];
      std::fill(sums, sums + count, Sum{Op::kStart});
      for (int64_t k = 0; k < size; k++, at += step) {
        for (int64_t i = 0; i < count; i++) {
          const Sum before = sums[i];
          sums[i] = Op::apply(before, static_cast<Sum>(from[at + i]));
          to[at + i] = static_cast<T>(exclusive ? before : sums[i]);
        }
      }
    }
  });
}

template <class Op>
int32_t run_scan(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  if (a->in[0].size > 0) with_type(a->in[0].dtype, [&](auto zero) { scan<Op, decltype(zero)>(a); });
  return NN_OK;
}

}  // namespace

void append_scan_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"cumsum", kNumbers, nullptr, run_scan<Plus>, nullptr});
  kernels.push_back({"cumprod", kNumbers, nullptr, run_scan<Times>, nullptr});
}

}  // namespace nn
