// pad, sliceGrad and padGrad. Every element of the output has a thread that finds out what belongs there, so that nothing is written
// twice and sums have one order.
#include <cstring>

#include "backends/cuda/kernels/shape_parts.h"
#include "math/divider32.h"
#include "math/index.h"

namespace nn {
namespace cuda {

namespace {

// What lies where along one axis of the output: position p shows element (p - begin) / stride of the source, if that is a whole number
// from 0 to below size, else the constant or a mirror.
struct Axis {
  int64_t out, begin, stride, size, step;  // step: bytes of the source
};

template <class Index>
struct Spread {
  int32_t rank, mode;
  math::Divider_<Index> out[NN_MAX_RANK];
  int64_t begin[NN_MAX_RANK], stride[NN_MAX_RANK], size[NN_MAX_RANK], step[NN_MAX_RANK];
};

template <class Index>
__device__ __forceinline__ int64_t source_of(const Spread<Index>& s, Index number) {
  int64_t source = 0;
#pragma unroll 1
  for (int d = s.rank - 1; d >= 0; d--) {
    int64_t at = static_cast<int64_t>(d > 0 ? s.out[d].split(&number) : number) - s.begin[d];
    if (s.stride[d] != 1) {
      const int64_t whole = at / s.stride[d];
      if (whole * s.stride[d] != at) return -1;
      at = whole;
    }
    at = math::pad_source(s.mode, at, s.size[d]);
    if (at < 0) return -1;
    source += at * s.step[d];
  }
  return source;
}

template <class Unit, class Index>
__global__ void __launch_bounds__(kBlock)
    spread_units(const __grid_constant__ Spread<Index> axes, const char* from, char* to, int64_t n, Unit filling) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    const int64_t source = source_of(axes, static_cast<Index>(i));
    reinterpret_cast<Unit*>(to)[i] = source < 0 ? filling : *reinterpret_cast<const Unit*>(from + source);
  }
}

// Axes from the outermost to the innermost, joined where that changes nothing.
class Axes {
 public:
  explicit Axes(int32_t mode) : mode_(mode) {}

  // Adds an axis outside of those that are there.
  void add_outside(const Axis& axis) {
    if (axis.out == 1 && axis.begin == 0 && axis.size == 1) return;
    if (count_ > 0) {
      Axis& inner = axes_[count_ - 1];
      const bool inner_plain = inner.out == inner.size && inner.begin == 0 && inner.stride == 1;
      const bool plain = axis.out == axis.size && axis.begin == 0;
      if (inner_plain && axis.stride == 1 && (plain || mode_ == math::kPadConstant) && axis.step == inner.step * inner.size) {
        inner = {axis.out * inner.out, axis.begin * inner.out, 1, axis.size * inner.size, inner.step};
        return;
      }
    }
    axes_[count_++] = axis;
  }

  // How many bytes can be moved together, and the axes in such units.
  int64_t use_wide_units(int64_t element) {
    if (count_ == 0 || axes_[0].step != element || axes_[0].stride != 1) return element;
    Axis& inner = axes_[0];
    if (mode_ != math::kPadConstant && inner.out != inner.size) return element;
    UnitBytes unit(inner.out * element);
    unit.divides(inner.begin * element).divides(inner.size * element);
    for (int i = 1; i < count_; i++) unit.divides(axes_[i].step);
    const int64_t each = unit.bytes() / element;
    if (each <= 1) return element;
    inner = {inner.out / each, inner.begin / each, 1, inner.size / each, unit.bytes()};
    return unit.bytes();
  }

  int64_t elements() const {
    int64_t n = 1;
    for (int i = 0; i < count_; i++) n *= axes_[i].out;
    return n;
  }

  template <class Index>
  Spread<Index> spread() const {
    Spread<Index> s{};
    s.rank = count_;
    s.mode = mode_;
    for (int i = 0; i < count_; i++) {
      const Axis& axis = axes_[count_ - 1 - i];
      s.out[i] = math::Divider_<Index>(axis.out);
      s.begin[i] = axis.begin;
      s.stride[i] = axis.stride;
      s.size[i] = axis.size;
      s.step[i] = axis.step;
    }
    return s;
  }

 private:
  int32_t mode_;
  int count_ = 0;
  Axis axes_[NN_MAX_RANK];  // the innermost first
};

template <class Unit>
Unit first_unit(const Bytes16& pattern) {
  Unit unit;
  std::memcpy(&unit, &pattern, sizeof unit);
  return unit;
}

int32_t run_spread(nn_device* device, const char* name, Axes axes, const nn_tensor& x, const nn_tensor& y, const Bytes16& pattern,
                   nn_error* error) {
  const int64_t bytes = axes.use_wide_units(dtype_bytes(y.dtype)), n = axes.elements();
  const char* from = static_cast<const char*>(x.data);
  char* to = static_cast<char*>(y.data);
  const Grid grid = grid_for(device, n);
  return with_unit(bytes, [&](auto of) {
    using Unit = decltype(of);
    const Unit filling = first_unit<Unit>(pattern);
    if (n < limit_of_32_bits)
      return launch(device, name, spread_units<Unit, uint32_t>, grid, error, axes.spread<uint32_t>(), from, to, n, filling);
    return launch(device, name, spread_units<Unit, uint64_t>, grid, error, axes.spread<uint64_t>(), from, to, n, filling);
  });
}

template <class T>
__global__ void __launch_bounds__(kBlock) add_mirrored(const __grid_constant__ Spread<uint64_t> axes, const char* from, T* to, int64_t n,
                                                       const __grid_constant__ Spread<uint64_t> dx) {
  using Sum = typename math::Number<T>::Unsigned;  // integers wrap
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    int64_t target[NN_MAX_RANK], at[NN_MAX_RANK];
    uint64_t number = static_cast<uint64_t>(i);
    for (int d = axes.rank - 1; d >= 0; d--) {
      target[d] = static_cast<int64_t>(dx.out[d].split(&number));
      at[d] = math::pad_next(axes.mode, -axes.begin[d], target[d], axes.size[d]);
    }
    // All positions of dy that show this element, the last axis fastest.
    Sum sum = 0;
    int d = 0;
    do {
      int64_t source = 0;
      for (int k = 0; k < axes.rank; k++) source += (at[k] + axes.begin[k]) * axes.step[k];
      sum = sum + static_cast<Sum>(*reinterpret_cast<const T*>(from + source));
      for (d = axes.rank - 1; d >= 0; d--) {
        at[d] = math::pad_next(axes.mode, at[d] + 1, target[d], axes.size[d]);
        if (at[d] < static_cast<int64_t>(axes.out[d].divisor) - axes.begin[d]) break;
        at[d] = math::pad_next(axes.mode, -axes.begin[d], target[d], axes.size[d]);
      }
    } while (d >= 0);
    to[i] = static_cast<T>(sum);
  }
}

}  // namespace

int32_t run_pad(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const Bytes16 pattern = pattern_of(attr_float(a->attrs + 1), y.dtype);
  if (x.size == 0) return fill_bytes(device, y.data, bytes_of(y), pattern, error);
  Axes axes(a->attrs[0]);
  const Steps step(x);
  for (int i = x.rank - 1; i >= 0; i--) axes.add_outside({y.dims[i], a->attrs[3 + i], 1, x.dims[i], step.of[i]});
  return run_spread(device, "pad", axes, x, y, pattern, error);
}

int32_t run_slice_grad(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &dy = a->in[0], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  if (dy.size == 0) return fill_bytes(device, dx.data, bytes_of(dx), Bytes16{}, error);
  Axes axes(math::kPadConstant);
  const Steps step(dy);
  for (int i = dx.rank - 1; i >= 0; i--) {
    axes.add_outside({dx.dims[i], a->attrs[i], dy.dims[i] == 1 ? 1 : a->attrs[dx.rank + i], dy.dims[i], step.of[i]});
  }
  return run_spread(device, "sliceGrad", axes, dy, dx, Bytes16{}, error);
}

int32_t run_pad_grad(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &dy = a->in[0], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  const Steps from(dy), to(dx);
  if (a->attrs[0] == math::kPadConstant || dx.size == dy.size) {
    math::StridedCopy plan;
    plan.element = dtype_bytes(dx.dtype);
    for (int i = 0; i < dx.rank; i++) {
      plan.from_start += a->attrs[1 + i] * from.of[i];
      plan.add(dx.dims[i], from.of[i], to.of[i]);
    }
    return run_strided_copy(device, plan, dy.data, dx.data, error);
  }
  Spread<uint64_t> axes{}, whole{};
  axes.rank = dx.rank;
  axes.mode = a->attrs[0];
  for (int i = 0; i < dx.rank; i++) {
    whole.out[i] = math::Divider64(dx.dims[i]);
    axes.out[i] = math::Divider64(dy.dims[i]);
    axes.begin[i] = a->attrs[1 + i];
    axes.size[i] = dx.dims[i];
    axes.step[i] = from.of[i];
  }
  return with_type(dx.dtype, [&](auto zero) {
    using T = decltype(zero);
    return launch(device, "padGrad", add_mirrored<T>, grid_for(device, dx.size), error, axes, static_cast<const char*>(dy.data),
                  static_cast<T*>(dx.data), dx.size, whole);
  });
}

}  // namespace cuda
}  // namespace nn
