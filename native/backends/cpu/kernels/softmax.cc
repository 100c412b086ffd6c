// Softmax, its logarithm and their gradients.
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/kernels/rows.h"
#include "backends/cpu/kernels/softmax_loops.h"
#include "core/op.h"

namespace nn {
namespace cpu {

template <>
const SoftmaxFunctions<float>& softmax_functions<float>(int64_t columns) {
  return columns > 0 && columns <= kShortSoftmaxRow ? NN_SELECT(float32_softmax_tiles) : NN_SELECT(float32_softmax);
}
template <>
const SoftmaxFunctions<double>& softmax_functions<double>(int64_t) {
  static const SoftmaxFunctions<double> functions = base::softmax_table<double>();
  return functions;
}

namespace {

template <class T>
using Forward = void (*SoftmaxFunctions<T>::*)(const T*, T*, int64_t, int64_t);
template <class T>
using Backward = void (*SoftmaxFunctions<T>::*)(const T*, const T*, T*, int64_t, int64_t);

template <class T, Forward<T> Function>
int32_t run_forward(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  if (a->out[0].size == 0) return NN_OK;
  const int64_t columns = columns_of(a->in[0]);
  const T* x = data_of<T>(a->in[0]);
  T* y = data_of<T>(a->out[0]);
  for_rows(a->in[0].size / columns, columns, [&](int64_t first, int64_t n) {
    (softmax_functions<T>(columns).*Function)(x + first * columns, y + first * columns, n, columns);
  });
  return NN_OK;
}

template <class T, Backward<T> Function>
int32_t run_backward(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  if (a->out[0].size == 0) return NN_OK;
  const int64_t columns = columns_of(a->in[0]);
  const T *y = data_of<T>(a->in[0]), *dy = data_of<T>(a->in[1]);
  T* dx = data_of<T>(a->out[0]);
  for_rows(a->in[0].size / columns, columns, [&](int64_t first, int64_t n) {
    const int64_t at = first * columns;
    (softmax_functions<T>(columns).*Function)(y + at, dy + at, dx + at, n, columns);
  });
  return NN_OK;
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  using F = SoftmaxFunctions<T>;
  kernels.push_back({"softmax", dtype, nullptr, run_forward<T, &F::softmax>, nullptr});
  kernels.push_back({"softmaxBackward", dtype, nullptr, run_backward<T, &F::softmax_backward>, nullptr});
  kernels.push_back({"logSoftmax", dtype, nullptr, run_forward<T, &F::log_softmax>, nullptr});
  kernels.push_back({"logSoftmaxBackward", dtype, nullptr, run_backward<T, &F::log_softmax_backward>, nullptr});
}

}  // namespace
}  // namespace cpu

void append_softmax_kernels(std::vector<nn_kernel>& kernels) {
  cpu::append<float>(kernels, kF32);
  cpu::append<double>(kernels, kF64);
}

}  // namespace nn
