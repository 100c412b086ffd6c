// Cross-entropy of logits with probabilities or with class numbers.
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/kernels/rows.h"
#include "core/op.h"

namespace nn {
namespace cpu {

namespace {

template <class T>
int32_t run_loss(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const int64_t columns = columns_of(a->in[0]);
  const T *x = data_of<T>(a->in[0]), *labels = data_of<T>(a->in[1]);
  T* loss = data_of<T>(a->out[0]);
  for_rows(a->out[0].size, columns, [&](int64_t first, int64_t n) {
    softmax_functions<T>(columns).cross_entropy(x + first * columns, labels + first * columns, loss + first, n, columns);
  });
  return NN_OK;
}

template <class T>
int32_t run_gradient(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const int64_t columns = columns_of(a->in[0]);
  const T *x = data_of<T>(a->in[0]), *labels = data_of<T>(a->in[1]), *dloss = data_of<T>(a->in[2]);
  T* dx = data_of<T>(a->out[0]);
  for_rows(a->in[2].size, columns, [&](int64_t first, int64_t n) {
    const int64_t at = first * columns;
    softmax_functions<T>(columns).cross_entropy_grad(x + at, labels + at, dloss + first, dx + at, n, columns);
  });
  return NN_OK;
}

template <class T>
int32_t run_sparse_loss(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const int64_t columns = columns_of(a->in[0]);
  const T* x = data_of<T>(a->in[0]);
  const int32_t* labels = data_of<int32_t>(a->in[1]);
  T* loss = data_of<T>(a->out[0]);
  for_rows(a->out[0].size, columns, [&](int64_t first, int64_t n) {
    softmax_functions<T>(columns).sparse_cross_entropy(x + first * columns, labels + first, loss + first, n, columns);
  });
  return NN_OK;
}

template <class T>
int32_t run_sparse_gradient(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const int64_t columns = columns_of(a->in[0]);
  const T *x = data_of<T>(a->in[0]), *dloss = data_of<T>(a->in[2]);
  const int32_t* labels = data_of<int32_t>(a->in[1]);
  T* dx = data_of<T>(a->out[0]);
  for_rows(a->in[2].size, columns, [&](int64_t first, int64_t n) {
    const int64_t at = first * columns;
    softmax_functions<T>(columns).sparse_cross_entropy_grad(x + at, labels + first, dloss + first, dx + at, n, columns);
  });
  return NN_OK;
}

template <class T>
void append_losses(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"softmaxCrossEntropy", dtype, nullptr, run_loss<T>, nullptr});
  kernels.push_back({"softmaxCrossEntropyGrad", dtype, nullptr, run_gradient<T>, nullptr});
  kernels.push_back({"sparseSoftmaxCrossEntropy", dtype, nullptr, run_sparse_loss<T>, nullptr});
  kernels.push_back({"sparseSoftmaxCrossEntropyGrad", dtype, nullptr, run_sparse_gradient<T>, nullptr});
}

}  // namespace
}  // namespace cpu

// The two element-wise losses are among the element-wise kernels.
void append_loss_kernels(std::vector<nn_kernel>& kernels) {
  cpu::append_losses<float>(kernels, kF32);
  cpu::append_losses<double>(kernels, kF64);
}

}  // namespace nn
