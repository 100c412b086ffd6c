// Matrix products, alone and in batches, with bias and activation.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/tile_product.h"
#include "core/op.h"
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
  T* c;
  int64_t a_batch, b_batch;  // elements from one matrix to the next, 0 where there is only one
  bool relu;

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
    if (bias != nullptr) value += bias[column];
    c[(batch * rows + row) * columns + column] = activated(value, relu);
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
  source.relu = g.relu;
  return launch_product<T>(device, "matmul", source, error);
}

template <class T>
int32_t run(nn_device* device, const nn_args* args, void*, void*, nn_error* error) {
  if (args->out[0].size == 0) return NN_OK;
  const bool a = args->attrs[0] != 0, b = args->attrs[1] != 0;
  if (a) return b ? start<T, true, true>(device, *args, error) : start<T, true, false>(device, *args, error);
  return b ? start<T, false, true>(device, *args, error) : start<T, false, false>(device, *args, error);
}

}  // namespace

void append_matmul_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"matmul", kF32, nullptr, run<float>, nullptr});
  kernels.push_back({"matmul", kF64, nullptr, run<double>, nullptr});
}

}  // namespace cuda
}  // namespace nn
