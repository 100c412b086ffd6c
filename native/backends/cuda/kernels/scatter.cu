// Adding where indices point. What goes to one element is summed in one order, without atomics.
#include <vector>

#include "backends/cuda/kernels/index_parts.h"
#include "backends/cuda/kernels/shape_parts.h"
#include "backends/cuda/kernels/sorted_updates.h"
#include "math/divider.h"
#include "math/divider32.h"
#include "math/reduce.h"

namespace nn {
namespace cuda {

namespace {

// In which long sums are kept: float32 would lose digits, and integers wrap.
template <class T>
using Wide = typename math::Accumulator<T>::Type;

constexpr int64_t kChunk = 64;          // sorted updates that one thread sums
constexpr int64_t kFewUpdates = 256;    // up to here every element may look at all indices,
constexpr int64_t kFewSteps = 1 << 24;  // if that makes no more steps than these

// out[outer][target][inner] += updates[outer][i][inner] for all i with indices[i] == target.
struct Scatter {
  int64_t outer, size, inner, count;
  NN_HD int64_t columns() const { return outer * inner; }
  NN_HD int64_t chunks() const { return (count + kChunk - 1) / kChunk; }
  bool is_small() const { return count <= kFewUpdates && outer * size * inner <= kFewSteps / std::max<int64_t>(count, 1); }
};
Scatter scatter_of(const nn_args& a) {
  const AxisView view(a.out[0], a.attrs[0]);
  return {view.outer, view.size, view.inner, a.in[0].size};
}

template <class T, class Index>
__global__ void __launch_bounds__(kBlock) add_few(math::Divider_<Index> inner, math::Divider_<Index> size, const int32_t* indices,
                                                  int64_t count, const T* updates, T* out, int64_t n, nn_device_complaint* complaint) {
  const int64_t length = static_cast<int64_t>(size.divisor), step = static_cast<int64_t>(inner.divisor);
  // Apart from the sums, whose loop then needs few registers.
  if (first_index() == 0) {
    for (int64_t j = 0; j < count; j++) checked_index(indices[j], length, complaint);
  }
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index rest = static_cast<Index>(i);
    const int64_t k = static_cast<int64_t>(inner.split(&rest)), target = static_cast<int64_t>(size.split(&rest));
    Wide<T> sum = 0;
    for (int64_t j = 0; j < count; j++) {
      const int32_t index = indices[j];
      if (index == target || index + length == target) {
        sum += static_cast<Wide<T>>(updates[(static_cast<int64_t>(rest) * count + j) * step + k]);
      }
    }
    out[i] = static_cast<T>(sum);
  }
}

// A thread sums one column of one chunk. Targets that lie within the chunk are done; of the first and the last one, where they reach over
// its ends, the sums are left in partial[chunk][first or last][column]. Three blocks a multiprocessor leave it enough registers everywhere.
template <class T, class Index>
__global__ void __launch_bounds__(kBlock, 3)
    add_chunks(const __grid_constant__ Scatter s, math::Divider_<Index> columns, math::Divider_<Index> inner, SortedUpdates sorted,
               const T* updates, T* out, Wide<T>* partial, int64_t n) {
  constexpr int kAhead = 4;  // updates that are on their way at a time
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index chunk_index = static_cast<Index>(i);
    const Index column = columns.split(&chunk_index);
    Index outer_index = column;
    const int64_t k = static_cast<int64_t>(inner.split(&outer_index)), outer = static_cast<int64_t>(outer_index);
    const int64_t chunk = static_cast<int64_t>(chunk_index), begin = chunk * kChunk;
    const int64_t valid = sorted.start[s.size], end = begin + kChunk < valid ? begin + kChunk : valid;
    if (begin >= end) continue;
    const T* from = updates + outer * s.count * s.inner + k;
    int64_t target = sorted.target[begin];
    int slot = 0;
    Wide<T> sum = 0;
    const auto finish = [&] {
      if (sorted.start[target] >= begin && sorted.start[target + 1] <= end)
        out[(outer * s.size + target) * s.inner + k] = static_cast<T>(sum);
      else
        partial[(chunk * 2 + slot) * s.columns() + static_cast<int64_t>(column)] = sum;
    };
    for (int64_t first = begin; first < end; first += kAhead) {
      T values[kAhead];
      int32_t targets[kAhead];
#pragma unroll
      for (int j = 0; j < kAhead; j++) {
        const int64_t at = first + j < end ? first + j : end - 1;
        targets[j] = sorted.target[at];
        values[j] = from[sorted.update[at] * s.inner];
      }
#pragma unroll
      for (int j = 0; j < kAhead; j++) {
        if (first + j >= end) continue;
        if (targets[j] != target) {
          finish();
          target = targets[j];
          slot = 1;
          sum = 0;
        }
        sum += static_cast<Wide<T>>(values[j]);
      }
    }
    finish();
  }
}

// Elements that no update goes to, and those whose updates lie in several chunks.
template <class T, class Index>
__global__ void __launch_bounds__(kBlock)
    join_chunks(const __grid_constant__ Scatter s, math::Divider_<Index> inner, math::Divider_<Index> size, const int32_t* start,
                const Wide<T>* partial, T* out, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index rest = static_cast<Index>(i);
    const int64_t k = static_cast<int64_t>(inner.split(&rest)), target = static_cast<int64_t>(size.split(&rest));
    const int64_t column = static_cast<int64_t>(rest) * s.inner + k;
    const int64_t begin = start[target], end = start[target + 1];
    if (begin == end) {
      out[i] = T(0);
      continue;
    }
    const int64_t first = begin / kChunk, last = (end - 1) / kChunk;
    if (first == last) continue;
    Wide<T> sum = 0;
    for (int64_t chunk = first; chunk <= last; chunk++) {
      const int64_t slot = chunk == first && begin != first * kChunk ? 1 : 0;
      sum += partial[(chunk * 2 + slot) * s.columns() + column];
    }
    out[i] = static_cast<T>(sum);
  }
}

size_t partial_bytes(const Scatter& s) { return static_cast<size_t>(s.chunks() * 2 * s.columns()) * 8; }

int32_t prepare_scatter_add(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  const Scatter s = scatter_of(*a);
  if (a->out[0].size > 0 && !s.is_small()) *workspace = sort_workspace(s.count, s.size) + partial_bytes(s);
  return NN_OK;
}

template <class T, class Index>
int32_t add_updates(nn_device* device, const nn_args& a, const Scatter& s, char* workspace, nn_error* error) {
  const int32_t* indices = static_cast<const int32_t*>(a.in[0].data);
  const T* updates = static_cast<const T*>(a.in[1].data);
  T* out = static_cast<T*>(a.out[0].data);
  const int64_t n = a.out[0].size;
  const math::Divider_<Index> inner(s.inner), size(s.size);
  if (s.is_small()) {
    return launch(device, "scatterAdd", add_few<T, Index>, grid_for(device, n), error, inner, size, indices, s.count, updates, out, n,
                  device->complaint);
  }
  SortedUpdates sorted{};
  if (int32_t code = sort_updates(device, indices, s.count, s.size, workspace, &sorted, error)) return code;
  auto* partial = reinterpret_cast<Wide<T>*>(workspace + sort_workspace(s.count, s.size));
  const int64_t work = s.chunks() * s.columns();
  if (int32_t code = launch(device, "scatterAdd", add_chunks<T, Index>, grid_for(device, work), error, s,
                            math::Divider_<Index>(s.columns()), inner, sorted, updates, out, partial, work)) {
    return code;
  }
  return launch(device, "scatterAdd, chunks", join_chunks<T, Index>, grid_for(device, n), error, s, inner, size, sorted.start, partial, out,
                n);
}

int32_t run_scatter_add(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  const Scatter s = scatter_of(*a);
  if (s.count == 0) return fill_bytes(device, y.data, bytes_of(y), Bytes16{}, error);
  return with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const bool small = y.size < limit_of_32_bits && a->in[1].size < limit_of_32_bits;
    return small ? add_updates<T, uint32_t>(device, *a, s, static_cast<char*>(workspace), error)
                 : add_updates<T, uint64_t>(device, *a, s, static_cast<char*>(workspace), error);
  });
}

// A thread adds all updates of a column, one after the other.
template <class T>
__global__ void __launch_bounds__(kBlock) add_columns(const __grid_constant__ Scatter s, math::Divider inner, const int32_t* indices,
                                                      const T* updates, T* out, nn_device_complaint* complaint) {
  for (int64_t column = first_index(); column < s.columns(); column += index_stride()) {
    int64_t outer = column;
    const int64_t k = inner.split(&outer);
#pragma unroll 1
    for (int64_t r = 0; r < s.count; r++) {
      const int64_t from = (outer * s.count + r) * s.inner + k, target = checked_index(indices[from], s.size, complaint);
      if (target < 0) continue;
      T& to = out[(outer * s.size + target) * s.inner + k];
      to = math::add<T>(to, updates[from]);
    }
  }
}

// The same by a warp, for columns that are few or lie apart: of the updates of 32 lanes with one target the first lane adds them all.
template <class T>
__global__ void __launch_bounds__(32) add_by_warps(const __grid_constant__ Scatter s, math::Divider inner, const int32_t* indices,
                                                   const T* updates, T* out, nn_device_complaint* complaint) {
  __shared__ int64_t targets[32];
  __shared__ T values[32];
  const int lane = static_cast<int>(threadIdx.x);
  for (int64_t column = blockIdx.x; column < s.columns(); column += gridDim.x) {
    int64_t outer = column;
    const int64_t k = inner.split(&outer);
    for (int64_t first = 0; first < s.count; first += 32) {
      const int64_t r = first + lane, from = (outer * s.count + r) * s.inner + k;
      const int64_t target = r < s.count ? checked_index(indices[from], s.size, complaint) : -1;
      targets[lane] = target;
      values[lane] = target < 0 ? T(0) : updates[from];
      __syncthreads();
      bool leads = target >= 0;
      for (int j = 0; j < lane; j++) leads = leads && targets[j] != target;
      if (leads) {
        T& to = out[(outer * s.size + target) * s.inner + k];
        T sum = to;
        for (int j = lane; j < 32; j++) {
          if (targets[j] == target) sum = math::add<T>(sum, values[j]);
        }
        to = sum;
      }
      __syncthreads();
    }
  }
}

int32_t run_scatter_along(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &y = a->out[0], &indices = a->in[0];
  if (y.size == 0) return NN_OK;
  if (int32_t code = fill_bytes(device, y.data, bytes_of(y), Bytes16{}, error)) return code;
  if (indices.size == 0) return NN_OK;
  const AxisView view(y, a->attrs[0]);
  const Scatter s{view.outer, view.size, view.inner, indices.dims[a->attrs[0]]};
  return with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const int32_t* index = static_cast<const int32_t*>(indices.data);
    const T* updates = static_cast<const T*>(a->in[1].data);
    T* out = static_cast<T*>(y.data);
    const math::Divider inner(s.inner, s.columns());
    if (s.inner >= 16) {
      return launch(device, "scatterAlongAxis", add_columns<T>, grid_for(device, s.columns()), error, s, inner, index, updates, out,
                    device->complaint);
    }
    const Grid grid = grid_of_blocks(std::min<int64_t>(s.columns(), int64_t{device->multiprocessors} * 64), 32);
    return launch(device, "scatterAlongAxis", add_by_warps<T>, grid, error, s, inner, index, updates, out, device->complaint);
  });
}

}  // namespace

void append_scatter_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"scatterAdd", kNumbers, prepare_scatter_add, run_scatter_add, nullptr});
  kernels.push_back({"scatterAlongAxis", kNumbers, nullptr, run_scatter_along, nullptr});
}

}  // namespace cuda
}  // namespace nn
