// Ops that read or write where index tensors say, and those that order or accumulate along an axis. Index values are data: kernels
// check each one and fail with NN_INVALID. Where said, a negative index counts from the end.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "ops/shape.h"

namespace nn {
namespace index_ops {

using shape_ops::check_axis;
using shape_ops::check_rank;

inline std::string check_int32(const nn_tensor& t, const char* what) {
  if (t.dtype == NN_INT32) return {};
  return std::string("expected int32 ") + what + ", got " + dtype_name(t.dtype);
}
inline std::string check_number(const nn_tensor& t) { return t.dtype == NN_BOOL ? "expected numbers, got bool" : std::string(); }
inline std::string check_dtype(const nn_tensor& wanted, const nn_tensor& got) { return shape_ops::check_dtypes(wanted, got); }

// Element counts that kernels keep in int32.
inline std::string check_count(int64_t n, const char* what) {
  if (n <= INT32_MAX) return {};
  return std::string("expected at most 2147483647 ") + what + ", got " + std::to_string(n);
}

// `taken` has the shape of `whole` with `axis` replaced by the axes of `indices`.
inline std::string check_taken(const nn_tensor& whole, const nn_tensor& indices, const nn_tensor& taken, int axis) {
  bool fits = taken.rank == whole.rank - 1 + indices.rank;
  for (int i = 0; fits && i < taken.rank; i++) {
    const int64_t wanted = i < axis ? whole.dims[i] : i < axis + indices.rank ? indices.dims[i - axis] : whole.dims[i - indices.rank + 1];
    fits = taken.dims[i] == wanted;
  }
  if (fits) return {};
  return "expected " + shape_text(whole) + " with axis " + std::to_string(axis) + " replaced by " + shape_text(indices) + ", got " +
         shape_text(taken);
}

inline std::string check_gather(const nn_args& a) {
  if (std::string e = check_int32(a.in[1], "indices"); !e.empty()) return e;
  if (std::string e = check_dtype(a.in[0], a.out[0]); !e.empty()) return e;
  if (std::string e = check_axis(a.attrs[0], a.in[0].rank); !e.empty()) return e;
  return check_taken(a.in[0], a.in[1], a.out[0], a.attrs[0]);
}

inline std::string check_scatter_add(const nn_args& a) {
  const nn_tensor &indices = a.in[0], &updates = a.in[1], &out = a.out[0];
  if (std::string e = check_int32(indices, "indices"); !e.empty()) return e;
  if (std::string e = check_number(updates); !e.empty()) return e;
  if (std::string e = check_dtype(updates, out); !e.empty()) return e;
  if (std::string e = check_axis(a.attrs[0], out.rank); !e.empty()) return e;
  if (std::string e = check_count(indices.size, "indices"); !e.empty()) return e;
  if (std::string e = check_count(out.dims[a.attrs[0]], "elements on the axis"); !e.empty()) return e;
  return check_taken(out, indices, updates, a.attrs[0]);
}

// Rows of `part` are as those of `whole`, and not more of them.
inline std::string check_rows(const nn_tensor& whole, const nn_tensor& part, int64_t available) {
  bool fits = whole.rank > 0 && part.rank == whole.rank && part.dims[0] <= available;
  for (int i = 1; fits && i < whole.rank; i++) fits = whole.dims[i] == part.dims[i];
  if (fits) return {};
  return "expected at most " + std::to_string(available) + " rows as those of " + shape_text(whole) + ", got " + shape_text(part);
}

inline std::string check_position(const nn_tensor& position) {
  if (std::string e = check_int32(position, "position"); !e.empty()) return e;
  return check_rank(position, 0);
}

inline std::string check_gather_rows(const nn_args& a) {
  if (std::string e = check_int32(a.in[1], "order"); !e.empty()) return e;
  if (std::string e = check_rank(a.in[1], 1); !e.empty()) return e;
  if (std::string e = check_position(a.in[2]); !e.empty()) return e;
  if (std::string e = check_dtype(a.in[0], a.out[0]); !e.empty()) return e;
  return check_rows(a.in[0], a.out[0], a.in[1].dims[0]);
}

inline std::string check_assign_rows(const nn_args& a) {
  if (std::string e = check_position(a.in[1]); !e.empty()) return e;
  if (std::string e = check_dtype(a.in[0], a.out[0]); !e.empty()) return e;
  return check_rows(a.out[0], a.in[0], a.out[0].rank > 0 ? a.out[0].dims[0] : 0);
}

// Equal shapes but for the size of `axis`.
inline std::string check_along(const nn_tensor& whole, const nn_tensor& indices, int32_t axis) {
  if (std::string e = check_int32(indices, "indices"); !e.empty()) return e;
  if (std::string e = check_axis(axis, whole.rank); !e.empty()) return e;
  bool fits = indices.rank == whole.rank;
  for (int i = 0; fits && i < whole.rank; i++) fits = i == axis || indices.dims[i] == whole.dims[i];
  if (fits) return {};
  return "expected indices of shape " + shape_text(whole) + " but for axis " + std::to_string(axis) + ", got " + shape_text(indices);
}

inline std::string check_take_along(const nn_args& a) {
  if (std::string e = check_dtype(a.in[0], a.out[0]); !e.empty()) return e;
  if (std::string e = check_along(a.in[0], a.in[1], a.attrs[0]); !e.empty()) return e;
  if (same_shape(a.in[1], a.out[0])) return {};
  return "expected an output of shape " + shape_text(a.in[1]) + ", got " + shape_text(a.out[0]);
}

inline std::string check_scatter_along(const nn_args& a) {
  if (std::string e = check_number(a.in[1]); !e.empty()) return e;
  if (std::string e = check_dtype(a.in[1], a.out[0]); !e.empty()) return e;
  if (std::string e = check_along(a.out[0], a.in[0], a.attrs[0]); !e.empty()) return e;
  if (same_shape(a.in[0], a.in[1])) return {};
  return "expected updates of shape " + shape_text(a.in[0]) + ", got " + shape_text(a.in[1]);
}

inline std::string check_one_hot(const nn_args& a) {
  const nn_tensor &indices = a.in[0], &out = a.out[0];
  if (std::string e = check_int32(indices, "indices"); !e.empty()) return e;
  bool fits = out.rank == indices.rank + 1;
  for (int i = 0; fits && i < indices.rank; i++) fits = out.dims[i] == indices.dims[i];
  return fits ? std::string() : "expected " + shape_text(indices) + " with one more axis, got " + shape_text(out);
}

// Values and their int32 positions along the last axis, of which the outputs may have fewer.
inline std::string check_ordered(const nn_args& a, bool fewer) {
  const nn_tensor &x = a.in[0], &values = a.out[0], &indices = a.out[1];
  if (std::string e = check_number(x); !e.empty()) return e;
  if (std::string e = check_dtype(x, values); !e.empty()) return e;
  if (std::string e = check_int32(indices, "positions as the second output"); !e.empty()) return e;
  if (x.rank == 0) return "expected at least one axis, got a scalar";
  const int last = x.rank - 1;
  if (std::string e = check_count(x.dims[last], "elements in a row"); !e.empty()) return e;
  bool fits = values.rank == x.rank && same_shape(values, indices);
  for (int i = 0; fits && i < last; i++) fits = values.dims[i] == x.dims[i];
  if (fits && (fewer ? values.dims[last] <= x.dims[last] : values.dims[last] == x.dims[last])) return {};
  return std::string("expected two outputs of shape ") + shape_text(x) + (fewer ? " or less on the last axis" : "") + ", got " +
         shape_text(values) + " and " + shape_text(indices);
}

inline std::string check_flag(int32_t value, const char* name) {
  return value == 0 || value == 1 ? std::string() : std::string("expected 0 or 1 for ") + name + ", got " + std::to_string(value);
}

inline std::string check_sort(const nn_args& a) {
  if (std::string e = check_flag(a.attrs[0], "descending"); !e.empty()) return e;
  return check_ordered(a, false);
}
inline std::string check_top_k(const nn_args& a) { return check_ordered(a, true); }

inline std::string check_scan(const nn_args& a) {
  if (std::string e = check_number(a.in[0]); !e.empty()) return e;
  if (std::string e = check_axis(a.attrs[0], a.in[0].rank); !e.empty()) return e;
  if (std::string e = check_flag(a.attrs[1], "exclusive"); !e.empty()) return e;
  if (std::string e = check_flag(a.attrs[2], "reverse"); !e.empty()) return e;
  return shape_ops::check_same(a);
}

}  // namespace index_ops

inline void append_index_ops(std::vector<OpSchema>& t) {
  using namespace index_ops;
  // Negative indices count from the end in gather, scatterAdd, takeAlongAxis and scatterAlongAxis.
  t.push_back({"gather", 2, 2, 1, 1, {"axis"}, 0, 0, check_gather});
  t.push_back({"scatterAdd", 2, 2, 1, 1, {"axis"}, 1, 0, check_scatter_add});
  // Row i is x[order[position + i]].
  t.push_back({"gatherRows", 3, 3, 1, 1, {}, 0, 0, check_gather_rows});
  // Rows position, position + 1, ... of the existing output; the others stay.
  t.push_back({"assignRows", 2, 2, 1, 1, {}, 0, 0, check_assign_rows});
  t.push_back({"takeAlongAxis", 2, 2, 1, 1, {"axis"}, 0, 0, check_take_along});
  t.push_back({"scatterAlongAxis", 2, 2, 1, 1, {"axis"}, 1, 0, check_scatter_along});
  // An index outside gives a row of offValue, as in TensorFlow and Keras.
  t.push_back({"oneHot", 1, 1, 1, 1, {"onValue:f", "offValue:f"}, -1, 0, check_one_hot});
  // Stable. NaN counts as the greatest number: last when ascending, first when descending and in topK.
  t.push_back({"sort", 1, 1, 2, 2, {"descending"}, 0, 0, check_sort});
  t.push_back({"topK", 1, 1, 2, 2, {}, 0, 0, check_top_k});
  t.push_back({"cumsum", 1, 1, 1, 1, {"axis", "exclusive", "reverse"}, 0, 0, check_scan});
  t.push_back({"cumprod", 1, 1, 1, 1, {"axis", "exclusive", "reverse"}, 0, 0, check_scan});
}

}  // namespace nn
