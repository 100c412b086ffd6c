// argmax and argmin. The tensor is seen as [outer, rows, columns], rows along the axis.
#include "backends/cpu/kernels/reduce_arg.h"

#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/reduce.h"

namespace nn {
namespace cpu {

namespace {

constexpr int64_t kColumns = 512;
constexpr int64_t kLongRow = 128;  // from here on finding the value first, on vectors, is quicker than one loop for both
constexpr int64_t kLanes = 64;

template <bool Max, class T>
bool is_better(T x, T best) {
  return (Max ? x > best : x < best) || (x != x && best == best);
}

template <bool Max, class T>
int32_t first_of_row(const T* x, int64_t n, const FoldFunctions& fold) {
  if (n < kLongRow) {
    int32_t at = 0;
    T best = x[0];
    for (int64_t i = 1; i < n; i++) {
      if (!is_better<Max>(x[i], best)) continue;
      best = x[i];
      at = static_cast<int32_t>(i);
    }
    return at;
  }
  T lanes[kLanes];
  fold.init(lanes, kLanes);
  fold.rows(lanes, x, n / kLanes, kLanes, kLanes, nullptr);
  if (n % kLanes > 0) fold.rows(lanes, x + n / kLanes * kLanes, 1, 0, n % kLanes, nullptr);
  for (int64_t width = kLanes / 2; width > 0; width /= 2) fold.join(lanes, lanes + width, width);
  const T best = lanes[0];
  int64_t at = 0;
  if (best != best) {
    while (x[at] == x[at]) at++;
  } else {
    while (x[at] != best) at++;
  }
  return static_cast<int32_t>(at);
}

template <bool Max, class T>
void columns_of_block(const T* x, int64_t rows, int64_t stride, int64_t width, int32_t* out) {
  T best[kColumns];
  for (int64_t j = 0; j < width; j++) {
    best[j] = x[j];
    out[j] = 0;
  }
  for (int64_t r = 1; r < rows; r++) {
    const T* row = x + r * stride;
    const int32_t here = static_cast<int32_t>(r);
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
      const bool better = is_better<Max>(row[j], best[j]);
      best[j] = better ? row[j] : best[j];
      out[j] = better ? here : out[j];
    }
  }
}

template <bool Max, class T>
void find(const nn_args& a) {
  const nn_tensor& t = a.in[0];
  const T* x = static_cast<const T*>(t.data);
  int32_t* out = static_cast<int32_t*>(a.out[0].data);
  const int axis = a.attrs[0];
  int64_t outer = 1, columns = 1;
  for (int d = 0; d < axis; d++) outer *= t.dims[d];
  for (int d = axis + 1; d < t.rank; d++) columns *= t.dims[d];
  const int64_t rows = t.dims[axis];
  if (columns == 1) {
    const FoldFunctions& fold = fold_functions(t.dtype)[Max ? math::kFoldMax : math::kFoldMin];
    parallel_for(outer, kParallelWork / rows, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; i++) out[i] = first_of_row<Max>(x + i * rows, rows, fold);
    });
    return;
  }
  const int64_t blocks = (columns + kColumns - 1) / kColumns;
  parallel_for(outer * blocks, kParallelWork / (rows * (columns < kColumns ? columns : kColumns)), [&](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      const int64_t o = b / blocks, column = b % blocks * kColumns;
      const int64_t width = columns - column < kColumns ? columns - column : kColumns;
      columns_of_block<Max>(x + o * rows * columns + column, rows, columns, width, out + o * columns + column);
    }
  });
}

template <bool Max>
int32_t run(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  if (a->out[0].size == 0) return NN_OK;
  switch (a->in[0].dtype) {
    case NN_FLOAT32:
      find<Max, float>(*a);
      break;
    case NN_FLOAT64:
      find<Max, double>(*a);
      break;
    case NN_INT32:
      find<Max, int32_t>(*a);
      break;
    default:
      find<Max, uint8_t>(*a);
  }
  return NN_OK;
}

}  // namespace

void append_arg_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"argmax", kAll, nullptr, run<true>, nullptr});
  kernels.push_back({"argmin", kAll, nullptr, run<false>, nullptr});
}

}  // namespace cpu
}  // namespace nn
