// Ops that copy what index tensors point at. Indices are looked at where they are used: one that points outside gives zeros and leaves a
// complaint, which the host finds when it next waits.
#include <vector>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/index_parts.h"
#include "math/convert.h"
#include "math/divider32.h"

namespace nn {
namespace cuda {

namespace {

// y[outer][i][inner] = x[outer][indices[i]][inner], all in units.
template <class Index>
struct Taken {
  math::Divider_<Index> inner, count;
  int64_t size;
};

template <class Unit, class Index>
__global__ void __launch_bounds__(kBlock) take(const __grid_constant__ Taken<Index> t, const Unit* x, const int32_t* indices, Unit* y,
                                               int64_t n, nn_device_complaint* complaint) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index rest = static_cast<Index>(i);
    const int64_t inner = static_cast<int64_t>(t.inner.split(&rest)), at = static_cast<int64_t>(t.count.split(&rest));
    const int64_t row = checked_index(indices[at], t.size, complaint);
    y[i] = row < 0 ? Unit{} : x[(static_cast<int64_t>(rest) * t.size + row) * static_cast<int64_t>(t.inner.divisor) + inner];
  }
}

template <class Index>
Taken<Index> taken_of(int64_t inner, int64_t count, int64_t size) {
  return {math::Divider_<Index>(inner), math::Divider_<Index>(count), size};
}

int32_t run_gather(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &indices = a->in[1], &y = a->out[0];
  const AxisView view(x, a->attrs[0]);
  if (y.size == 0) return NN_OK;
  const int64_t bytes = view.inner * dtype_bytes(x.dtype), unit = UnitBytes(bytes).bytes(), inner = bytes / unit;
  const int64_t n = view.outer * indices.size * inner;
  return with_unit(unit, [&](auto of) {
    using Unit = decltype(of);
    const auto go = [&](auto index) {
      using Index = decltype(index);
      return launch(device, "gather", take<Unit, Index>, grid_for(device, n), error, taken_of<Index>(inner, indices.size, view.size),
                    static_cast<const Unit*>(x.data), static_cast<const int32_t*>(indices.data), static_cast<Unit*>(y.data), n,
                    device->complaint);
    };
    return n < limit_of_32_bits ? go(uint32_t{}) : go(uint64_t{});
  });
}

// The place of a batch, or -1 after a complaint.
__device__ __forceinline__ int64_t checked_position(const int32_t* position, int64_t rows, int64_t available,
                                                    nn_device_complaint* complaint) {
  const int32_t at = *position;
  if (at >= 0 && at <= available - rows) return at;
  complain(complaint, Complaint::kRowOutside, at, available - rows);
  return -1;
}

template <class Unit, class Index>
__global__ void __launch_bounds__(kBlock)
    take_rows(math::Divider_<Index> inner, const Unit* x, int64_t size, const int32_t* order, int64_t available, const int32_t* position,
              int64_t batch, Unit* y, int64_t n, nn_device_complaint* complaint) {
  const int64_t start = checked_position(position, batch, available, complaint);
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index rest = static_cast<Index>(i);
    const int64_t at = static_cast<int64_t>(inner.split(&rest));
    Unit unit{};
    if (start >= 0) {
      const int32_t row = order[start + static_cast<int64_t>(rest)];
      if (row >= 0 && row < size)
        unit = x[row * static_cast<int64_t>(inner.divisor) + at];
      else
        complain(complaint, Complaint::kIndexOutside, row, size);
    }
    y[i] = unit;
  }
}

int32_t run_gather_rows(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &order = a->in[1], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const int64_t batch = y.dims[0], bytes = bytes_of(y) / batch, unit = UnitBytes(bytes).bytes(), inner = bytes / unit;
  const int64_t n = batch * inner;
  return with_unit(unit, [&](auto of) {
    using Unit = decltype(of);
    const auto go = [&](auto index) {
      using Index = decltype(index);
      return launch(device, "gatherRows", take_rows<Unit, Index>, grid_for(device, n), error, math::Divider_<Index>(inner),
                    static_cast<const Unit*>(x.data), x.dims[0], static_cast<const int32_t*>(order.data), order.dims[0],
                    static_cast<const int32_t*>(a->in[2].data), batch, static_cast<Unit*>(y.data), n, device->complaint);
    };
    return n < limit_of_32_bits ? go(uint32_t{}) : go(uint64_t{});
  });
}

template <class Unit>
__global__ void __launch_bounds__(kBlock) put_rows(const Unit* value, int64_t n, const int32_t* position, int64_t rows, int64_t available,
                                                   int64_t inner, Unit* y, nn_device_complaint* complaint) {
  const int64_t start = checked_position(position, rows, available, complaint);
  if (start < 0) return;
  for (int64_t i = first_index(); i < n; i += index_stride()) y[start * inner + i] = value[i];
}

int32_t run_assign_rows(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &value = a->in[0], &y = a->out[0];
  if (value.size == 0) return NN_OK;
  const int64_t rows = value.dims[0], bytes = bytes_of(value) / rows, unit = UnitBytes(bytes).bytes(), inner = bytes / unit;
  return with_unit(unit, [&](auto of) {
    using Unit = decltype(of);
    return launch(device, "assignRows", put_rows<Unit>, grid_for(device, rows * inner), error, static_cast<const Unit*>(value.data),
                  rows * inner, static_cast<const int32_t*>(a->in[1].data), rows, y.dims[0], inner, static_cast<Unit*>(y.data),
                  device->complaint);
  });
}

// As take, but every element has an index of its own.
template <class Unit, class Index>
__global__ void __launch_bounds__(kBlock) take_along(const __grid_constant__ Taken<Index> t, const Unit* x, const int32_t* indices, Unit* y,
                                                     int64_t n, nn_device_complaint* complaint) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index rest = static_cast<Index>(i);
    const int64_t inner = static_cast<int64_t>(t.inner.split(&rest));
    t.count.split(&rest);
    const int64_t row = checked_index(indices[i], t.size, complaint);
    y[i] = row < 0 ? Unit{} : x[(static_cast<int64_t>(rest) * t.size + row) * static_cast<int64_t>(t.inner.divisor) + inner];
  }
}

int32_t run_take_along(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const AxisView view(x, a->attrs[0]);
  const int64_t count = y.dims[a->attrs[0]];
  return with_unit(dtype_bytes(x.dtype), [&](auto of) {
    using Unit = decltype(of);
    const auto go = [&](auto index) {
      using Index = decltype(index);
      return launch(device, "takeAlongAxis", take_along<Unit, Index>, grid_for(device, y.size), error,
                    taken_of<Index>(view.inner, count, view.size), static_cast<const Unit*>(x.data),
                    static_cast<const int32_t*>(a->in[1].data), static_cast<Unit*>(y.data), y.size, device->complaint);
    };
    return y.size < limit_of_32_bits ? go(uint32_t{}) : go(uint64_t{});
  });
}

template <class T, class Index>
__global__ void __launch_bounds__(kBlock) mark(math::Divider_<Index> depth, const int32_t* indices, T* y, int64_t n, T hot, T cold) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index row = static_cast<Index>(i);
    const int64_t at = static_cast<int64_t>(depth.split(&row));
    y[i] = indices[row] == at ? hot : cold;
  }
}

int32_t run_one_hot(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  const double on = attr_float(a->attrs), off = attr_float(a->attrs + 2);
  const int64_t depth = y.dims[y.rank - 1];
  return with_type(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T hot = y.dtype == NN_BOOL ? static_cast<T>(on != 0) : math::convert<T>(on);
    const T cold = y.dtype == NN_BOOL ? static_cast<T>(off != 0) : math::convert<T>(off);
    const auto go = [&](auto index) {
      using Index = decltype(index);
      return launch(device, "oneHot", mark<T, Index>, grid_for(device, y.size), error, math::Divider_<Index>(depth),
                    static_cast<const int32_t*>(a->in[0].data), static_cast<T*>(y.data), y.size, hot, cold);
    };
    return y.size < limit_of_32_bits ? go(uint32_t{}) : go(uint64_t{});
  });
}

}  // namespace

void append_index_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"gather", kAll, nullptr, run_gather, nullptr});
  kernels.push_back({"gatherRows", kAll, nullptr, run_gather_rows, nullptr});
  kernels.push_back({"assignRows", kAll, nullptr, run_assign_rows, nullptr});
  kernels.push_back({"takeAlongAxis", kAll, nullptr, run_take_along, nullptr});
  kernels.push_back({"oneHot", kAll, nullptr, run_one_hot, nullptr});
  append_scatter_kernels(kernels);
}

}  // namespace cuda
}  // namespace nn
