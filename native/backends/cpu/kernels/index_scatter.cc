// Adding where indices point. Every element is summed by one thread and in the order of the updates, so that results do not depend on
// the number of threads.
#include <algorithm>

#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/index.h"

namespace nn {
namespace {

constexpr int64_t kChunk = 131072;  // bytes that are worth a thread's while
constexpr int64_t kBlock = 64;      // columns that are summed together

int32_t prepare_scatter_add(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  const int64_t size = a->out[0].dims[a->attrs[0]];
  *workspace = sizeof(int32_t) * static_cast<size_t>(size + 1 + a->in[0].size);
  return NN_OK;
}

// Lists for each target the updates that go to it: those in list[start[target]] to list[start[target + 1] - 1], in rising order.
void list_updates(const int32_t* indices, int64_t count, int64_t size, int32_t* start, int32_t* list) {
  std::fill(start, start + size + 1, 0);
  for (int64_t i = 0; i < count; i++) start[math::wrap_index(indices[i], size)]++;
  int32_t sum = 0;
  for (int64_t target = 0; target <= size; target++) {
    const int32_t mine = start[target];
    start[target] = sum;
    sum += mine;
  }
  for (int64_t i = 0; i < count; i++) list[start[math::wrap_index(indices[i], size)]++] = static_cast<int32_t>(i);
  // Each start has moved to its end, which is the next one's start.
  for (int64_t target = size; target > 0; target--) start[target] = start[target - 1];
  start[0] = 0;
}

template <class T>
void sum_rows(const T* updates, const int32_t* list, int64_t rows, int64_t inner, T* to) {
  if (rows == 0) {
    std::fill(to, to + inner, T{0});
  } else if (rows == 1) {
    std::copy(updates + list[0] * inner, updates + (list[0] + int64_t{1}) * inner, to);
  } else {
    for (int64_t first = 0; first < inner; first += kBlock) {
      const int64_t width = std::min(kBlock, inner - first);
      Wide<T> sums[kBlock] = {};
      for (int64_t r = 0; r < rows; r++) {
        const T* update = updates + list[r] * inner + first;
        for (int64_t i = 0; i < width; i++) sums[i] += static_cast<Wide<T>>(update[i]);
      }
      for (int64_t i = 0; i < width; i++) to[first + i] = static_cast<T>(sums[i]);
    }
  }
}

int32_t run_scatter_add(nn_device*, const nn_args* a, void*, void* workspace, nn_error* error) {
  const nn_tensor &y = a->out[0], &indices = a->in[0];
  const AxisView view(y, a->attrs[0]);
  const int32_t* index = static_cast<const int32_t*>(indices.data);
  const int64_t count = indices.size, size = view.size, inner = view.inner;
  if (int32_t code = check_indices(index, count, size, a->attrs[0], true, error)) return code;
  if (y.size == 0) return NN_OK;
  int32_t* start = static_cast<int32_t*>(workspace);
  int32_t* list = start + size + 1;
  list_updates(index, count, size, start, list);
  with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* updates = static_cast<const T*>(a->in[1].data);
    T* to = static_cast<T*>(y.data);
    parallel_for(view.outer * size, kChunk / (inner * static_cast<int64_t>(sizeof(T))), [=](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const int64_t target = row % size;
        sum_rows(updates + row / size * count * inner, list + start[target], start[target + 1] - start[target], inner, to + row * inner);
      }
    });
  });
  return NN_OK;
}

int32_t run_scatter_along(nn_device*, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &y = a->out[0], &indices = a->in[0];
  const AxisView view(y, a->attrs[0]);
  const int32_t* index = static_cast<const int32_t*>(indices.data);
  const int64_t count = indices.dims[a->attrs[0]], size = view.size, inner = view.inner;
  if (int32_t code = check_indices(index, indices.size, size, a->attrs[0], true, error)) return code;
  if (y.size == 0) return NN_OK;
  const int64_t blocks = (inner + kBlock - 1) / kBlock, width = std::min(inner, kBlock);
  with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* updates = static_cast<const T*>(a->in[1].data);
    T* to = static_cast<T*>(y.data);
    const int64_t work = (size + count) * width * static_cast<int64_t>(sizeof(T));
    parallel_for(view.outer * blocks, kChunk / work, [=](int64_t begin, int64_t end) {
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t outer = unit / blocks, first = unit % blocks * kBlock, last = std::min(first + kBlock, inner);
        T* base = to + outer * size * inner;
        for (int64_t r = 0; r < size; r++) std::fill(base + r * inner + first, base + r * inner + last, T{0});
        for (int64_t r = 0; r < count; r++) {
          const int64_t row = (outer * count + r) * inner;
          for (int64_t i = first; i < last; i++) {
            T& sum = base[math::wrap_index(index[row + i], size) * inner + i];
            sum = wrapping_add(sum, updates[row + i]);
          }
        }
      }
    });
  });
  return NN_OK;
}

}  // namespace

void append_scatter_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"scatterAdd", kNumbers, prepare_scatter_add, run_scatter_add, nullptr});
  kernels.push_back({"scatterAlongAxis", kNumbers, nullptr, run_scatter_along, nullptr});
}

}  // namespace nn
