// copy, assign, fill, range and concat: whole arrays one after the other.
#include <algorithm>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/convert.h"
#include "math/index.h"

namespace nn {
namespace {

constexpr int64_t kChunk = 262144;  // bytes that are worth a thread's while
constexpr int64_t kNarrow = 24;     // bytes of a run in concat

int32_t run_copy(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const char* from = static_cast<const char*>(a->in[0].data);
  char* to = static_cast<char*>(a->out[0].data);
  parallel_for(bytes_of(a->out[0]), kChunk,
               [=](int64_t begin, int64_t end) { std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin)); });
  return NN_OK;
}

int32_t run_fill(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor& y = a->out[0];
  const double value = attr_float(a->attrs);
  with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T filling = y.dtype == NN_BOOL ? static_cast<T>(value != 0) : math::convert<T>(value);
    T* to = static_cast<T*>(y.data);
    parallel_for(y.size, kChunk / static_cast<int64_t>(sizeof(T)),
                 [=](int64_t begin, int64_t end) { std::fill(to + begin, to + end, filling); });
  });
  return NN_OK;
}

int32_t run_range(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor& y = a->out[0];
  const double start = attr_float(a->attrs), step = attr_float(a->attrs + 2);
  with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = static_cast<T*>(y.data);
    parallel_for(y.size, kChunk / static_cast<int64_t>(sizeof(T)), [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) to[i] = math::convert<T>(start + static_cast<double>(i) * step);
    });
  });
  return NN_OK;
}

// Runs of few bytes: a strided copy for each input is cheaper than finding the input of each run.
void concat_narrow(const nn_args* a, int64_t outer, int64_t element, int64_t row) {
  int64_t start = 0;
  for (int n = 0; n < a->n_in; n++) {
    const int64_t unit = dtype_bytes(a->out[0].dtype), run = a->in[n].dims[a->attrs[0]] * element;
    if (run == 0) continue;
    math::StridedCopy plan;
    plan.element = unit;
    plan.to_start = start;
    plan.add(outer, run, row);
    plan.add(run / unit, unit, unit);
    plan.widen();
    run_strided_copy(plan, a->in[n].data, a->out[0].data);
    start += run;
  }
}

// The output's bytes in order, whatever their division between threads: every input gives one run for each outer position.
int32_t run_concat(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  const AxisView view(y, a->attrs[0]);
  const int64_t element = view.inner * dtype_bytes(y.dtype), row = view.size * element;
  char* to = static_cast<char*>(y.data);
  if (row <= kNarrow * a->n_in) {
    concat_narrow(a, view.outer, element, row);
    return NN_OK;
  }
  parallel_for(view.outer * row, kChunk, [=](int64_t begin, int64_t end) {
    int64_t outer = begin / row, skip = begin % row;
    int n = 0;
    int64_t run = a->in[0].dims[a->attrs[0]] * element;
    while (skip >= run) {
      skip -= run;
      run = a->in[++n].dims[a->attrs[0]] * element;
    }
    for (int64_t at = begin; at < end;) {
      run = a->in[n].dims[a->attrs[0]] * element;
      const int64_t bytes = std::min(run - skip, end - at);
      if (bytes > 0) copy_run(to + at, static_cast<const char*>(a->in[n].data) + outer * run + skip, bytes);
      at += bytes;
      skip = 0;
      if (++n == a->n_in) {
        n = 0;
        outer++;
      }
    }
  });
  return NN_OK;
}

}  // namespace

void append_shape_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"copy", kAll, nullptr, run_copy, nullptr});
  kernels.push_back({"assign", kAll, nullptr, run_copy, nullptr});
  kernels.push_back({"fill", kAll, nullptr, run_fill, nullptr});
  kernels.push_back({"range", kNumbers, nullptr, run_range, nullptr});
  kernels.push_back({"concat", kAll, nullptr, run_concat, nullptr});
  append_strided_kernels(kernels);
  append_pad_kernels(kernels);
}

}  // namespace nn
