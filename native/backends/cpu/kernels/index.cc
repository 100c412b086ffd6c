// Ops that copy what index tensors point at. All indices are looked at before the first element is read.
#include "math/index.h"

#include <algorithm>
#include <atomic>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/convert.h"

namespace nn {

int32_t check_indices(const int32_t* indices, int64_t count, int64_t size, int axis, bool negative, nn_error* error) {
  const int64_t low = negative ? -size : 0;
  std::atomic<bool> bad{false};
  parallel_for(count, 65536, [&](int64_t begin, int64_t end) {
    int32_t smallest = INT32_MAX, largest = INT32_MIN;
    for (int64_t i = begin; i < end; i++) {
      smallest = std::min(smallest, indices[i]);
      largest = std::max(largest, indices[i]);
    }
    if (smallest < low || largest >= size) bad.store(true, std::memory_order_relaxed);
  });
  if (!bad.load(std::memory_order_relaxed)) return NN_OK;
  int64_t at = 0;
  while (indices[at] >= low && indices[at] < size) at++;
  if (size == 0) return fail_invalid(error, "expected no indices into axis %d of size 0, got %d", axis, indices[at]);
  return fail_invalid(error, "expected indices from %lld to %lld into axis %d of size %lld, got %d at position %lld",
                      static_cast<long long>(low), static_cast<long long>(size - 1), axis, static_cast<long long>(size), indices[at],
                      static_cast<long long>(at));
}

namespace {

constexpr int64_t kChunk = 262144;   // bytes that are worth a thread's while
constexpr int64_t kPrefetch = 4096;  // bytes of the next piece that are asked for ahead

// to[outer][i] = from[outer][indices[i]], in pieces of `bytes`. Threads share the output's bytes evenly, whatever the size of a piece.
void gather_pieces(const char* from, const int32_t* indices, char* to, int64_t outer, int64_t count, int64_t size, int64_t bytes) {
  parallel_for(outer * count * bytes, kChunk, [=](int64_t begin, int64_t end) {
    int64_t piece = begin / bytes, skip = begin % bytes;
    int64_t i = piece % count;
    const char* base = from + piece / count * size * bytes;
    for (int64_t at = begin; at < end;) {
      const int64_t run = std::min(bytes - skip, end - at);
      // Rows lie anywhere, so only we know the next one.
      const char* next = base + math::wrap_index(indices[i + 1 < count ? i + 1 : i], size) * bytes;
      for (int64_t line = 0; line < std::min(bytes, kPrefetch); line += 64) __builtin_prefetch(next + line);
      copy_run(to + at, base + math::wrap_index(indices[i], size) * bytes + skip, run);
      at += run;
      skip = 0;
      if (++i == count) {
        i = 0;
        base += size * bytes;
      }
    }
  });
}

template <class T>
void gather_elements(const T* from, const int32_t* indices, T* to, int64_t outer, int64_t count, int64_t size) {
  parallel_for(outer * count, kChunk / static_cast<int64_t>(sizeof(T)), [=](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end;) {
      const T* base = from + at / count * size;
      const int64_t first = at % count, run = std::min(count - first, end - at);
      for (int64_t i = 0; i < run; i++) to[at + i] = base[math::wrap_index(indices[first + i], size)];
      at += run;
    }
  });
}

int32_t run_gather(nn_device*, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  const AxisView view(x, a->attrs[0]);
  const int32_t* indices = static_cast<const int32_t*>(a->in[1].data);
  const int64_t count = a->in[1].size;
  if (int32_t code = check_indices(indices, count, view.size, a->attrs[0], true, error)) return code;
  if (y.size == 0) return NN_OK;
  if (view.inner > 1) {
    gather_pieces(static_cast<const char*>(x.data), indices, static_cast<char*>(y.data), view.outer, count, view.size,
                  view.inner * dtype_bytes(x.dtype));
    return NN_OK;
  }
  with_type(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    gather_elements(static_cast<const T*>(x.data), indices, static_cast<T*>(y.data), view.outer, count, view.size);
  });
  return NN_OK;
}

int32_t check_position(int32_t position, int64_t rows, int64_t available, nn_error* error) {
  if (position >= 0 && position <= available - rows) return NN_OK;
  return fail_invalid(error, "expected a position from 0 to %lld for %lld rows on axis 0 of size %lld, got %d",
                      static_cast<long long>(available - rows), static_cast<long long>(rows), static_cast<long long>(available), position);
}

int32_t run_gather_rows(nn_device*, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  const int64_t batch = y.dims[0], rows = x.dims[0];
  const int32_t position = *static_cast<const int32_t*>(a->in[2].data);
  if (int32_t code = check_position(position, batch, a->in[1].dims[0], error)) return code;
  const int32_t* order = static_cast<const int32_t*>(a->in[1].data) + position;
  if (int32_t code = check_indices(order, batch, rows, 0, false, error)) return code;
  if (y.size == 0) return NN_OK;
  gather_pieces(static_cast<const char*>(x.data), order, static_cast<char*>(y.data), 1, batch, rows, bytes_of(y) / batch);
  return NN_OK;
}

int32_t run_assign_rows(nn_device*, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &value = a->in[0], &y = a->out[0];
  const int32_t position = *static_cast<const int32_t*>(a->in[1].data);
  if (int32_t code = check_position(position, value.dims[0], y.dims[0], error)) return code;
  if (value.size == 0) return NN_OK;
  const char* from = static_cast<const char*>(value.data);
  char* to = static_cast<char*>(y.data) + bytes_of(value) / value.dims[0] * position;
  parallel_for(bytes_of(value), kChunk,
               [=](int64_t begin, int64_t end) { std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin)); });
  return NN_OK;
}

int32_t run_take_along(nn_device*, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  const AxisView view(x, a->attrs[0]);
  const int64_t count = y.dims[a->attrs[0]], size = view.size, inner = view.inner;
  const int32_t* indices = static_cast<const int32_t*>(a->in[1].data);
  if (int32_t code = check_indices(indices, y.size, size, a->attrs[0], true, error)) return code;
  if (y.size == 0) return NN_OK;
  with_type(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(x.data);
    T* to = static_cast<T*>(y.data);
    parallel_for(y.size, kChunk / static_cast<int64_t>(sizeof(T)), [=](int64_t begin, int64_t end) {
      int64_t column = begin % inner, row = begin / inner % count, base = begin / inner / count * size * inner;
      for (int64_t i = begin; i < end; i++) {
        to[i] = from[base + math::wrap_index(indices[i], size) * inner + column];
        if (++column < inner) continue;
        column = 0;
        if (++row < count) continue;
        row = 0;
        base += size * inner;
      }
    });
  });
  return NN_OK;
}

int32_t run_one_hot(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor &indices = a->in[0], &y = a->out[0];
  const int64_t depth = y.dims[y.rank - 1];
  if (y.size == 0) return NN_OK;
  const int32_t* index = static_cast<const int32_t*>(indices.data);
  const double on = attr_float(a->attrs), off = attr_float(a->attrs + 2);
  with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T hot = y.dtype == NN_BOOL ? static_cast<T>(on != 0) : math::convert<T>(on);
    const T cold = y.dtype == NN_BOOL ? static_cast<T>(off != 0) : math::convert<T>(off);
    T* to = static_cast<T*>(y.data);
    parallel_for(indices.size, kChunk / (depth * static_cast<int64_t>(sizeof(T))), [=](int64_t begin, int64_t end) {
      std::fill(to + begin * depth, to + end * depth, cold);
      for (int64_t i = begin; i < end; i++) {
        if (index[i] >= 0 && index[i] < depth) to[i * depth + index[i]] = hot;
      }
    });
  });
  return NN_OK;
}

}  // namespace

void append_index_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"gather", kAll, nullptr, run_gather, nullptr});
  kernels.push_back({"gatherRows", kAll, nullptr, run_gather_rows, nullptr});
  kernels.push_back({"assignRows", kAll, nullptr, run_assign_rows, nullptr});
  kernels.push_back({"takeAlongAxis", kAll, nullptr, run_take_along, nullptr});
  kernels.push_back({"oneHot", kAll, nullptr, run_one_hot, nullptr});
  append_scatter_kernels(kernels);
  append_sort_kernels(kernels);
  append_scan_kernels(kernels);
}

}  // namespace nn
