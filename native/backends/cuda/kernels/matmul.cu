// Matrix products, alone and in batches, with bias and activation, or with the sums of the right factor's columns.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/reduce_kernels.h"
#include "backends/cuda/kernels/tile_product.h"
#include "core/op.h"
#include "math/activation.h"
#include "ops/matmul.h"

namespace nn {
namespace cuda {
namespace {

template <class T, bool TransposeA, bool TransposeB>
struct MatrixSource {
  static constexpr bool kLeftAlongSteps = !TransposeA, kRightAlongSteps = TransposeB;
  // Pointers to where a line starts; null beyond the last.
  using LeftLine = const T*;
  using RightLine = const T*;
  int64_t rows, columns, batches, depth;
  const T *a, *b, *bias;
  T *c, *before;             // before: what the activation was applied to, where it is wanted
  int64_t a_batch, b_batch;  // elements from one matrix to the next, 0 where there is only one
  int32_t activation;

  __device__ __forceinline__ TileRange range(int64_t) const { return {0, depth}; }
  __device__ __forceinline__ LeftLine left_line(int64_t batch, int64_t row) const {
    return row < rows ? a + batch * a_batch + row * (TransposeA ? 1 : depth) : nullptr;
  }
  __device__ __forceinline__ RightLine right_line(int64_t batch, int64_t column) const {
    return column < columns ? b + batch * b_batch + column * (TransposeB ? depth : 1) : nullptr;
  }
  __device__ __forceinline__ int64_t left_step(int64_t, int64_t k) const { return k * (TransposeA ? rows : 1); }
  __device__ __forceinline__ int64_t right_step(int64_t, int64_t k) const { return k * (TransposeB ? 1 : columns); }
  __device__ __forceinline__ T left(LeftLine line, int64_t step) const { return line != nullptr ? line[step] : T(0); }
  __device__ __forceinline__ T right(RightLine line, int64_t step) const { return line != nullptr ? line[step] : T(0); }
  __device__ __forceinline__ void store(int64_t batch, int64_t row, int64_t column, T value) const {
    const int64_t at = (batch * rows + row) * columns + column;
    if (bias != nullptr) value += bias[column];
    if (before != nullptr) before[at] = value;
    c[at] =
        activation == kGeluTanh ? math::geluTanh_functor::apply(value, value, value, value, value) : relu_if(value, activation == kRelu);
  }
};

template <class T, bool TransposeA, bool TransposeB>
int32_t start(nn_device* device, const nn_args& args, nn_error* error) {
  const MatmulGeometry g = matmul_geometry(args);
  MatrixSource<T, TransposeA, TransposeB> source;
  source.rows = g.m;
  source.columns = g.n;
  source.batches = g.batch;
  source.depth = g.k;
  source.a = static_cast<const T*>(args.in[0].data);
  source.b = static_cast<const T*>(args.in[1].data);
  source.bias = args.n_in > 2 ? static_cast<const T*>(args.in[2].data) : nullptr;
  source.c = static_cast<T*>(args.out[0].data);
  source.a_batch = g.a_batched ? g.m * g.k : 0;
  source.b_batch = g.b_batched ? g.k * g.n : 0;
  source.before = args.n_out > 1 ? static_cast<T*>(args.out[1].data) : nullptr;
  source.activation = args.attrs[2];
  return launch_product<T>(device, "matmul", source, error);
}

template <class T>
int32_t multiply(nn_device* device, const nn_args& args, nn_error* error) {
  if (args.out[0].size == 0) return NN_OK;
  const bool a = args.attrs[0] != 0, b = args.attrs[1] != 0;
  if (a) return b ? start<T, true, true>(device, args, error) : start<T, true, false>(device, args, error);
  return b ? start<T, false, true>(device, args, error) : start<T, false, false>(device, args, error);
}
template <class T>
int32_t run(nn_device* device, const nn_args* args, void*, void*, nn_error* error) {
  return multiply<T>(device, *args, error);
}

// The right factor's sums over the axis along which the product is summed.
ReduceShape sums_shape(const nn_args& args) { return ReduceShape(args.in[1], args.attrs[1] != 0 ? 2 : 1); }

template <class T>
int32_t prepare_with_sums(nn_device*, const nn_args* args, void**, size_t* workspace, nn_error*) {
  *workspace = args->out[1].size > 0 ? reduce_workspace<SumOf<T>>(sums_shape(*args)) : 0;
  return NN_OK;
}
template <class T>
int32_t run_with_sums(nn_device* device, const nn_args* args, void*, void* workspace, nn_error* error) {
  const int32_t attrs[3] = {args->attrs[0], args->attrs[1], kNoActivation};
  const int32_t code = multiply<T>(device, {args->in, args->out, attrs, 2, 1, 3}, error);
  if (code != NN_OK || args->out[1].size == 0) return code;
  return reduce_pass<SumOf<T>>(device, "matmulWithSums", sums_shape(*args), args->in[1].data, nullptr, args->out[1].data, workspace, 1,
                               error);
}

}  // namespace

void append_matmul_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"matmul", kF32, nullptr, run<float>, nullptr});
  kernels.push_back({"matmul", kF64, nullptr, run<double>, nullptr});
  kernels.push_back({"matmulWithSums", kF32, prepare_with_sums<float>, run_with_sums<float>, nullptr});
  kernels.push_back({"matmulWithSums", kF64, prepare_with_sums<double>, run_with_sums<double>, nullptr});
}

}  // namespace cuda
}  // namespace nn
