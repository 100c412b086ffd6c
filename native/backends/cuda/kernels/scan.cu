// Running sums and products along an axis. The tensor is seen as [outer, size, inner]: a warp walks a line whose elements are neighbours,
// 32 at a time, and a thread any other line. Long lines are cut into chunks, whose totals are scanned first. float32 is carried in float64,
// integers wrap; what is joined with what depends on the shape alone.
#include <algorithm>
#include <type_traits>

#include "backends/cuda/kernels/scan.h"
#include "backends/cuda/launch.h"
#include "backends/cuda/warp.h"
#include "core/op.h"
#include "math/bits.h"
#include "math/divider.h"

namespace nn {
namespace cuda {
namespace {

struct Plus {
  template <class A>
  static NN_HD A start() {
    return A(0);
  }
  template <class A>
  static NN_HD A apply(A a, A b) {
    return a + b;
  }
};
struct Times {
  template <class A>
  static NN_HD A start() {
    return A(1);
  }
  template <class A>
  static NN_HD A apply(A a, A b) {
    return a * b;
  }
};

constexpr int64_t kShortLine = 16;  // too short for a warp

// In which T is carried, and what a chunk's total is kept as: a dtype of its own, so that totals can be scanned as tensors are.
template <class T>
using Carry = std::conditional_t<std::is_same<T, float>::value, double, typename math::Number<T>::Unsigned>;
template <class T>
using Total = std::conditional_t<math::Number<T>::floating, double, int32_t>;

struct ScanShape {
  static constexpr int64_t kChunk = 1024, kMostChunks = 512;
  int64_t outer, size, inner, chunks, per_chunk;
  math::Divider by_inner, by_chunks;
  bool exclusive, reverse;

  ScanShape(int64_t outer_size, int64_t axis, int64_t inner_size, bool before, bool backwards)
      : outer(outer_size), size(axis), inner(inner_size), exclusive(before), reverse(backwards) {
    // A line of its own for each thread needs no chunks where there are lines enough.
    const int64_t most = inner > 1 && outer * inner >= 65536 ? 1 : kMostChunks;
    chunks = std::clamp<int64_t>(size / kChunk, 1, most);
    per_chunk = (size + chunks - 1) / chunks;
    chunks = (size + per_chunk - 1) / per_chunk;
    by_inner = math::Divider(inner, outer * chunks * inner);
    by_chunks = math::Divider(chunks, outer * chunks);
  }
  // Of line (o, i), the element that comes k-th.
  NN_HD int64_t element(int64_t o, int64_t k, int64_t i) const { return (o * size + (reverse ? size - 1 - k : k)) * inner + i; }
};

// Only totals of chunks (with `totals`), or the results (with `to`), which start from `carries` where there are chunks.
template <class T>
struct ScanData {
  const T* from;
  T* to;
  Total<T>* totals;
  const Total<T>* carries;
};

template <class Op, class T>
__global__ void __launch_bounds__(kBlock, 4) scan_lines(ScanShape s, ScanData<T> data) {
  using A = Carry<T>;
  const int64_t units = s.outer * s.chunks * s.inner;
  for (int64_t unit = first_index(); unit < units; unit += index_stride()) {
    int64_t o = unit;
    const int64_t i = s.by_inner.split(&o), begin = s.by_chunks.split(&o) * s.per_chunk;
    const int64_t end = begin + s.per_chunk < s.size ? begin + s.per_chunk : s.size;
    A sum = data.carries != nullptr ? static_cast<A>(data.carries[unit]) : Op::template start<A>();
    for (int64_t k = begin; k < end; k++) {
      const int64_t at = s.element(o, k, i);
      const A before = sum;
      sum = Op::apply(before, static_cast<A>(data.from[at]));
      if (data.to != nullptr) data.to[at] = static_cast<T>(s.exclusive ? before : sum);
    }
    if (data.totals != nullptr) data.totals[unit] = static_cast<Total<T>>(sum);
  }
}

// The same for lines whose elements are neighbours (inner is 1), a warp for each chunk.
template <class Op, class T>
__global__ void __launch_bounds__(kBlock, 4) scan_rows(ScanShape s, ScanData<T> data) {
  using A = Carry<T>;
  const int lane = lane_in_warp();
  constexpr int64_t kWarps = kBlock / warp_size;
  const int64_t units = s.outer * s.chunks;
  for (int64_t first = blockIdx.x * kWarps; first < units; first += gridDim.x * kWarps) {
    const int64_t unit = first + threadIdx.x / warp_size;
    const bool live = unit < units;
    int64_t o = unit;
    const int64_t begin = s.by_chunks.split(&o) * s.per_chunk;
    const int64_t end = !live ? begin : begin + s.per_chunk < s.size ? begin + s.per_chunk : s.size;
    A sum = live && data.carries != nullptr ? static_cast<A>(data.carries[unit]) : Op::template start<A>();
    // As many rounds for every warp of the block: all meet in the shuffles.
    for (int64_t k = begin; k < begin + s.per_chunk; k += warp_size) {
      const int64_t at = s.element(o, k + lane, 0);
      const bool inside = k + lane < end;
      A run = inside ? static_cast<A>(data.from[at]) : Op::template start<A>();
#pragma unroll
      for (int step = 1; step < warp_size; step *= 2) {
        const A earlier = shuffle_up(run, step);
        if (lane >= step) run = Op::apply(earlier, run);
      }
      const A before = shuffle_up(run, 1), all = shuffle(run, warp_size - 1);
      if (inside && data.to != nullptr) {
        const A shown = s.exclusive ? (lane == 0 ? sum : Op::apply(sum, before)) : Op::apply(sum, run);
        data.to[at] = static_cast<T>(shown);
      }
      sum = Op::apply(sum, all);
    }
    if (live && lane == 0 && data.totals != nullptr) data.totals[unit] = static_cast<Total<T>>(sum);
  }
}

template <class Op, class T>
int32_t start(nn_device* device, const ScanShape& s, const ScanData<T>& data, nn_error* error) {
  if (s.inner > 1 || s.size <= kShortLine)
    return launch(device, "scan", scan_lines<Op, T>, grid_for(device, s.outer * s.chunks * s.inner), error, s, data);
  constexpr int64_t kWarps = kBlock / warp_size;
  return launch(device, "scan", scan_rows<Op, T>, grid_of_blocks((s.outer * s.chunks + kWarps - 1) / kWarps), error, s, data);
}

ScanShape shape_of(const nn_args& a) {
  const nn_tensor& x = a.in[0];
  int64_t outer = 1, inner = 1;
  for (int i = 0; i < a.attrs[0]; i++) outer *= x.dims[i];
  for (int i = a.attrs[0] + 1; i < x.rank; i++) inner *= x.dims[i];
  return ScanShape(outer, x.dims[a.attrs[0]], inner, a.attrs[1] != 0, a.attrs[2] != 0);
}

template <class T>
int32_t prepare(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  *workspace = 0;
  if (a->in[0].size == 0) return NN_OK;
  const ScanShape s = shape_of(*a);
  if (s.chunks > 1) *workspace = 2 * static_cast<size_t>(s.outer * s.chunks * s.inner) * sizeof(Total<T>);
  return NN_OK;
}

template <class Op, class T>
int32_t run(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  if (a->in[0].size == 0) return NN_OK;
  const ScanShape s = shape_of(*a);
  ScanData<T> data{static_cast<const T*>(a->in[0].data), static_cast<T*>(a->out[0].data), nullptr, nullptr};
  if (s.chunks == 1) return start<Op>(device, s, data, error);
  Total<T>*totals = static_cast<Total<T>*>(workspace), *carries = totals + s.outer * s.chunks * s.inner;
  int32_t code = start<Op>(device, s, ScanData<T>{data.from, nullptr, totals, nullptr}, error);
  // What comes before each chunk.
  const ScanShape above(s.outer, s.chunks, s.inner, true, false);
  if (code == NN_OK) code = start<Op>(device, above, ScanData<Total<T>>{totals, carries, nullptr, nullptr}, error);
  data.carries = carries;
  return code == NN_OK ? start<Op>(device, s, data, error) : code;
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"cumsum", dtype, prepare<T>, run<Plus, T>, nullptr});
  kernels.push_back({"cumprod", dtype, prepare<T>, run<Times, T>, nullptr});
}

}  // namespace

void append_scan_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
  append<int32_t>(kernels, kI32);
  append<uint8_t>(kernels, kU8);
}

}  // namespace cuda
}  // namespace nn
