// Cross-entropy of logits with probabilities or with class numbers: logits to loss, and logits to gradient, in one kernel each.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/rows.h"

namespace nn {
namespace cuda {
namespace {

struct LossBody {
  template <class T, class C>
  static __device__ __forceinline__ void run(const C& columns, int64_t number, bool live, const T* x, const T* labels, T* loss) {
    const int64_t start = number * columns.n;
    const Row<T, C> row(x + start, columns), label(labels + start, columns);
    const Exponentials<T, C> e(row, columns);
    const T log_sum = math::log(e.sum);
    const T total = columns.template sum<T>(
        [&](int k, int64_t column) { return math::cross_entropy_term(row.at(k, column), label.at(k, column), e.greatest, log_sum); });
    if (live && columns.team.rank == 0) loss[number] = total;
  }
};

struct LossSlopeBody {
  template <class T, class C>
  static __device__ __forceinline__ void run(const C& columns, int64_t number, bool live, const T* x, const T* labels, const T* dloss,
                                             T* dx) {
    const int64_t start = number * columns.n;
    const Row<T, C> row(x + start, columns), label(labels + start, columns);
    const Exponentials<T, C> e(row, columns);
    const T label_sum = columns.template sum<T>([&](int k, int64_t column) { return label.at(k, column); });
    const T scale = T(1) / e.sum, d = live ? dloss[number] : T(0);
    columns.each([&](int k, int64_t column) {
      const T probability = math::exp(row.at(k, column) - e.greatest) * scale;
      dx[start + column] = math::cross_entropy_slope(probability, label.at(k, column), label_sum) * d;
    });
  }
};

// A label that is no class gives NaN; nothing is read by it.
struct SparseLossBody {
  template <class T, class C>
  static __device__ __forceinline__ void run(const C& columns, int64_t number, bool live, const T* x, const int32_t* labels, T* loss) {
    const T* from = x + number * columns.n;
    const Row<T, C> row(from, columns);
    const Exponentials<T, C> e(row, columns);
    if (!live || columns.team.rank != 0) return;
    const int64_t label = labels[number];
    const bool known = label >= 0 && label < columns.n;
    loss[number] = known ? math::log(e.sum) - (from[label] - e.greatest) : math::Number<T>::nan();
  }
};

struct SparseLossSlopeBody {
  template <class T, class C>
  static __device__ __forceinline__ void run(const C& columns, int64_t number, bool live, const T* x, const int32_t* labels, const T* dloss,
                                             T* dx) {
    const int64_t start = number * columns.n;
    const Row<T, C> row(x + start, columns);
    const Exponentials<T, C> e(row, columns);
    const int64_t label = live ? labels[number] : 0;
    const bool known = label >= 0 && label < columns.n;
    const T scale = T(1) / e.sum, d = !known ? math::Number<T>::nan() : dloss[number];
    columns.each([&](int k, int64_t column) {
      const T probability = math::exp(row.at(k, column) - e.greatest) * scale;
      dx[start + column] = (column == label ? probability - T(1) : probability) * d;
    });
  }
};

// Rows without classes: nothing to add up, and no label that is a class.
template <class T>
__global__ void no_classes(T* loss, int64_t rows, bool sparse) {
  for (int64_t i = first_index(); i < rows; i += index_stride()) loss[i] = sparse ? math::Number<T>::nan() : T(0);
}

template <class Body, class T, class Label>
int32_t run_loss(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &loss = a->out[0];
  if (columns_of(x) == 0 && loss.size > 0) {
    return launch(device, "loss", no_classes<T>, grid_for(device, loss.size), error, data_of<T>(loss), loss.size,
                  std::is_same<Label, int32_t>::value);
  }
  return launch_rows<Body>(device, "loss", loss.size, columns_of(x), error, data_of<const T>(x), data_of<const Label>(a->in[1]),
                           data_of<T>(loss));
}
template <class Body, class T, class Label>
int32_t run_gradient(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor& x = a->in[0];
  return launch_rows<Body>(device, "lossGrad", a->in[2].size, columns_of(x), error, data_of<const T>(x), data_of<const Label>(a->in[1]),
                           data_of<const T>(a->in[2]), data_of<T>(a->out[0]));
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"softmaxCrossEntropy", dtype, nullptr, run_loss<LossBody, T, T>, nullptr});
  kernels.push_back({"softmaxCrossEntropyGrad", dtype, nullptr, run_gradient<LossSlopeBody, T, T>, nullptr});
  kernels.push_back({"sparseSoftmaxCrossEntropy", dtype, nullptr, run_loss<SparseLossBody, T, int32_t>, nullptr});
  kernels.push_back({"sparseSoftmaxCrossEntropyGrad", dtype, nullptr, run_gradient<SparseLossSlopeBody, T, int32_t>, nullptr});
}

}  // namespace

// The two element-wise losses are among the element-wise kernels.
void append_loss_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
}

}  // namespace cuda
}  // namespace nn
