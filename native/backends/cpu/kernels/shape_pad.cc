// pad and its gradient. A row is the last padded axis with all that lies inside it; every other padded axis only chooses rows.
#include <algorithm>

#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/kernels/strided_copy.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/convert.h"
#include "math/index.h"

namespace nn {
namespace {

constexpr int64_t kChunk = 262144;  // bytes that are worth a thread's while

struct Padding {
  int32_t mode;
  const int32_t* before;
  int first, last;         // padded axes; first is the rank where there is none
  int64_t size, left;      // of the last padded axis: elements without padding, padding before it
  int64_t padded;          // elements with padding
  int64_t inner;           // elements inside it
  int64_t rows_before;     // rows of the axes up to `first`, which are not padded
  int64_t rows_each = 1;   // rows of the padded array for each of those
  const nn_tensor *x, *y;  // without and with padding

  Padding(int32_t mode_of, const int32_t* before_of, const nn_tensor& small, const nn_tensor& large)
      : mode(mode_of), before(before_of), x(&small), y(&large) {
    first = x->rank;
    last = 0;
    for (int i = x->rank - 1; i >= 0; i--) {
      if (x->dims[i] == y->dims[i]) continue;
      if (first == x->rank) last = i;
      first = i;
    }
    inner = rows_before = 1;
    size = padded = left = 0;
    if (first == x->rank) return;
    for (int i = 0; i < first; i++) rows_before *= y->dims[i];
    for (int i = first; i < last; i++) rows_each *= y->dims[i];
    for (int i = last + 1; i < x->rank; i++) inner *= y->dims[i];
    size = x->dims[last];
    padded = y->dims[last];
    left = before[last];
  }
  bool none() const { return first == x->rank; }

  // The row of x that a row of y shows; -1: the constant.
  int64_t source_row(int64_t row) const {
    int64_t source = 0, step = 1;
    for (int i = last - 1; i >= 0; i--) {
      const int64_t at = math::pad_source(mode, row % y->dims[i] - before[i], x->dims[i]);
      if (at < 0) return -1;
      row /= y->dims[i];
      source += at * step;
      step *= x->dims[i];
    }
    return source;
  }
};

template <class T>
void pad_row(const Padding& p, const T* from, T* to, T value) {
  const auto border = [&](int64_t begin, int64_t end) {
    if (p.mode == math::kPadConstant) {
      std::fill(to + begin * p.inner, to + end * p.inner, value);
      return;
    }
    for (int64_t i = begin; i < end; i++) {
      const T* mirrored = from + math::pad_source(p.mode, i - p.left, p.size) * p.inner;
      if (p.inner == 1) {
        to[i] = *mirrored;
      } else {
        std::memcpy(to + i * p.inner, mirrored, static_cast<size_t>(p.inner) * sizeof(T));
      }
    }
  };
  border(0, p.left);
  if (p.size > 0) std::memcpy(to + p.left * p.inner, from, static_cast<size_t>(p.size * p.inner) * sizeof(T));
  border(p.left + p.size, p.padded);
}

template <class T>
void pad_rows(const Padding& p, T value) {
  if (p.y->size == 0) return;
  const T* from = static_cast<const T*>(p.x->data);
  T* to = static_cast<T*>(p.y->data);
  if (p.none()) {
    parallel_for(p.y->size, kChunk / static_cast<int64_t>(sizeof(T)),
                 [=](int64_t begin, int64_t end) { std::copy(from + begin, from + end, to + begin); });
    return;
  }
  const int64_t length = p.padded * p.inner;
  parallel_for(p.rows_before * p.rows_each, kChunk / (length * static_cast<int64_t>(sizeof(T))), [=, &p](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t source = p.x->size == 0 ? -1 : p.source_row(row);
      if (source < 0) {
        std::fill(to + row * length, to + (row + 1) * length, value);
      } else {
        pad_row(p, from + source * p.size * p.inner, to + row * length, value);
      }
    }
  });
}

int32_t run_pad(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const double value = attr_float(a->attrs + 1);
  const Padding padding(a->attrs[0], a->attrs + 3, a->in[0], a->out[0]);
  with_type(a->out[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    pad_rows<T>(padding, a->out[0].dtype == NN_BOOL ? static_cast<T>(value != 0) : math::convert<T>(value));
  });
  return NN_OK;
}

template <class T>
void add_row(const Padding& p, const T* from, T* to) {
  const auto add = [&](int64_t source, int64_t target, int64_t count) {
    const T* s = from + source * p.inner;
    T* t = to + target * p.inner;
    for (int64_t i = 0; i < count * p.inner; i++) t[i] = wrapping_add(t[i], s[i]);
  };
  for (int64_t i = 0; i < p.left; i++) add(i, math::pad_source(p.mode, i - p.left, p.size), 1);
  add(p.left, 0, p.size);
  for (int64_t i = p.left + p.size; i < p.padded; i++) add(i, math::pad_source(p.mode, i - p.left, p.size), 1);
}

// What a row of dx receives it receives on one thread and in the order of dy's rows.
template <class T>
void add_mirrored(const Padding& p) {
  const T* from = static_cast<const T*>(p.y->data);
  T* to = static_cast<T*>(p.x->data);
  const int64_t small = p.x->size / p.rows_before, length = p.padded * p.inner;
  parallel_for(p.rows_before, kChunk / (p.rows_each * length * static_cast<int64_t>(sizeof(T))), [=, &p](int64_t begin, int64_t end) {
    std::fill(to + begin * small, to + end * small, T{0});
    for (int64_t row = begin * p.rows_each; row < end * p.rows_each; row++) {
      add_row(p, from + row * length, to + p.source_row(row) * p.size * p.inner);
    }
  });
}

int32_t run_pad_grad(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor &dy = a->in[0], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  const Padding padding(a->attrs[0], a->attrs + 1, dx, dy);
  if (padding.mode != math::kPadConstant && !padding.none()) {
    with_type(dx.dtype, [&](auto zero) { add_mirrored<decltype(zero)>(padding); });
    return NN_OK;
  }
  math::StridedCopy plan;
  plan.element = dtype_bytes(dx.dtype);
  const Steps from(dy), to(dx);
  for (int i = 0; i < dx.rank; i++) {
    plan.from_start += a->attrs[1 + i] * from.of[i];
    plan.add(dx.dims[i], from.of[i], to.of[i]);
  }
  plan.widen();
  run_strided_copy(plan, dy.data, dx.data);
  return NN_OK;
}

}  // namespace

void pad_with_zeros(const nn_tensor& x, const nn_tensor& y, const int32_t* before) {
  const Padding padding(math::kPadConstant, before, x, y);
  with_type(y.dtype, [&](auto zero) { pad_rows(padding, zero); });
}

void append_pad_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"pad", kAll, nullptr, run_pad, nullptr});
  kernels.push_back({"padGrad", kNumbers, nullptr, run_pad_grad, nullptr});
}

}  // namespace nn
