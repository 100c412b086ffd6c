// Softmax, its logarithm and their gradients.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/rows.h"

namespace nn {
namespace cuda {
namespace {

template <bool Log>
struct SoftmaxBody {
  template <class T, class C>
  static __device__ __forceinline__ void run(const C& columns, int64_t number, bool, const T* x, T* y) {
    const int64_t start = number * columns.n;
    const Row<T, C> row(x + start, columns);
    const Exponentials<T, C> e(row, columns);
    T* to = y + start;
    if constexpr (Log) {
      const T log_sum = math::log(e.sum);
      columns.each([&](int k, int64_t column) { to[column] = math::log_softmax(row.at(k, column), e.greatest, log_sum); });
    } else {
      const T scale = T(1) / e.sum;
      columns.each([&](int k, int64_t column) { to[column] = math::exp(row.at(k, column) - e.greatest) * scale; });
    }
  }
};

template <bool Log>
struct SoftmaxSlopeBody {
  template <class T, class C>
  static __device__ __forceinline__ void run(const C& columns, int64_t number, bool, const T* y, const T* dy, T* dx) {
    const int64_t start = number * columns.n;
    const Row<T, C> out(y + start, columns), gradient(dy + start, columns);
    T* to = dx + start;
    if constexpr (Log) {
      const T sum = columns.template sum<T>([&](int k, int64_t column) { return gradient.at(k, column); });
      columns.each([&](int k, int64_t column) { to[column] = math::log_softmax_slope(out.at(k, column), gradient.at(k, column), sum); });
    } else {
      const T sum = columns.template sum<T>([&](int k, int64_t column) { return out.at(k, column) * gradient.at(k, column); });
      columns.each([&](int k, int64_t column) { to[column] = math::softmax_slope(out.at(k, column), gradient.at(k, column), sum); });
    }
  }
};

template <class T, bool Log>
int32_t run_forward(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor& x = a->in[0];
  return launch_rows<SoftmaxBody<Log>>(device, "softmax", rows_of(x), columns_of(x), error, data_of<const T>(x), data_of<T>(a->out[0]));
}
template <class T, bool Log>
int32_t run_backward(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor& y = a->in[0];
  return launch_rows<SoftmaxSlopeBody<Log>>(device, "softmaxBackward", rows_of(y), columns_of(y), error, data_of<const T>(y),
                                            data_of<const T>(a->in[1]), data_of<T>(a->out[0]));
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"softmax", dtype, nullptr, run_forward<T, false>, nullptr});
  kernels.push_back({"softmaxBackward", dtype, nullptr, run_backward<T, false>, nullptr});
  kernels.push_back({"logSoftmax", dtype, nullptr, run_forward<T, true>, nullptr});
  kernels.push_back({"logSoftmaxBackward", dtype, nullptr, run_backward<T, true>, nullptr});
}

}  // namespace

void append_softmax_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
}

}  // namespace cuda
}  // namespace nn
