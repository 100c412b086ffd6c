// Ops that move elements without changing them, and the two that make tensors from nothing. All dtypes unless said.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "math/index.h"

namespace nn {
namespace shape_ops {

inline std::string words_text(const int32_t* words, int n) {
  std::string s = "[";
  for (int i = 0; i < n; i++) s += (i ? ", " : "") + std::to_string(words[i]);
  return s + "]";
}

inline std::string check_dtypes(const nn_tensor& wanted, const nn_tensor& got) {
  if (wanted.dtype == got.dtype) return {};
  return std::string("expected an output of ") + dtype_name(wanted.dtype) + ", got " + dtype_name(got.dtype);
}

inline std::string check_attr_count(const nn_args& a, int wanted) {
  if (a.n_attrs == wanted) return {};
  return "expected " + std::to_string(wanted) + " attribute words, got " + std::to_string(a.n_attrs);
}

inline std::string check_axis(int32_t axis, int rank) {
  if (axis >= 0 && axis < rank) return {};
  if (rank == 0) return "expected at least one axis, got a scalar";
  return "expected an axis from 0 to " + std::to_string(rank - 1) + ", got " + std::to_string(axis);
}

inline std::string check_rank(const nn_tensor& t, int wanted) {
  if (t.rank == wanted) return {};
  return "expected rank " + std::to_string(wanted) + ", got " + std::to_string(t.rank) + " in " + shape_text(t);
}

// Same dtype and shape: copy, assign, reverse.
inline std::string check_same(const nn_args& a) {
  if (std::string e = check_dtypes(a.in[0], a.out[0]); !e.empty()) return e;
  if (same_shape(a.in[0], a.out[0])) return {};
  return "expected an output of shape " + shape_text(a.in[0]) + ", got " + shape_text(a.out[0]);
}

inline std::string check_broadcast(const nn_args& a) {
  const nn_tensor &x = a.in[0], &y = a.out[0];
  if (std::string e = check_dtypes(x, y); !e.empty()) return e;
  bool fits = x.rank <= y.rank;
  for (int i = 0; fits && i < x.rank; i++) {
    int64_t from = x.dims[i], to = y.dims[y.rank - x.rank + i];
    fits = from == to || from == 1;
  }
  return fits ? std::string() : "expected a shape that " + shape_text(x) + " broadcasts to, got " + shape_text(y);
}

inline std::string check_transpose(const nn_args& a) {
  const nn_tensor &x = a.in[0], &y = a.out[0];
  if (std::string e = check_dtypes(x, y); !e.empty()) return e;
  if (std::string e = check_rank(y, x.rank); !e.empty()) return e;
  if (std::string e = check_attr_count(a, x.rank); !e.empty()) return e;
  uint32_t seen = 0;
  for (int i = 0; i < x.rank; i++) {
    if (a.attrs[i] < 0 || a.attrs[i] >= x.rank || (seen >> a.attrs[i] & 1)) {
      return "expected each axis from 0 to " + std::to_string(x.rank - 1) + " once, got " + words_text(a.attrs, x.rank);
    }
    seen |= 1u << a.attrs[i];
  }
  for (int i = 0; i < x.rank; i++) {
    if (y.dims[i] != x.dims[a.attrs[i]]) {
      return "expected an output of " + shape_text(x) + " with axes " + words_text(a.attrs, x.rank) + ", got " + shape_text(y);
    }
  }
  return {};
}

// `part` is what a slice with these begins and strides takes out of `whole`.
inline std::string check_slice_spec(const nn_args& a, const nn_tensor& whole, const nn_tensor& part) {
  if (std::string e = check_dtypes(a.in[0], a.out[0]); !e.empty()) return e;
  if (std::string e = check_rank(part, whole.rank); !e.empty()) return e;
  if (std::string e = check_attr_count(a, 2 * whole.rank); !e.empty()) return e;
  for (int i = 0; i < whole.rank; i++) {
    const int64_t begin = a.attrs[i], stride = a.attrs[whole.rank + i], count = part.dims[i], size = whole.dims[i];
    if (stride == 0) return "expected strides other than 0, got 0 on axis " + std::to_string(i);
    if (count == 0) continue;
    const bool begins = begin >= 0 && begin < size;
    // Written as a division: begin + (count - 1) * stride could overflow.
    const bool ends = begins && count - 1 <= (stride > 0 ? (size - 1 - begin) / stride : begin / -stride);
    if (!ends) {
      return "expected a slice inside axis " + std::to_string(i) + " of size " + std::to_string(size) + ", got " + std::to_string(count) +
             " elements from " + std::to_string(begin) + " with stride " + std::to_string(stride);
    }
  }
  return {};
}
inline std::string check_slice(const nn_args& a) { return check_slice_spec(a, a.in[0], a.out[0]); }
inline std::string check_slice_grad(const nn_args& a) { return check_slice_spec(a, a.out[0], a.in[0]); }

// `fixed` attribute words come before the amounts.
inline std::string check_pad_spec(const nn_args& a, int fixed, const nn_tensor& inner, const nn_tensor& padded) {
  if (std::string e = check_dtypes(a.in[0], a.out[0]); !e.empty()) return e;
  if (std::string e = check_rank(padded, inner.rank); !e.empty()) return e;
  if (std::string e = check_attr_count(a, fixed + 2 * inner.rank); !e.empty()) return e;
  const int32_t mode = a.attrs[0];
  if (mode < math::kPadConstant || mode > math::kPadEdge) return "expected a padding mode from 0 to 3, got " + std::to_string(mode);
  for (int i = 0; i < inner.rank; i++) {
    const int64_t before = a.attrs[fixed + i], after = a.attrs[fixed + inner.rank + i];
    if (before < 0 || after < 0) {
      return "expected paddings of at least 0, got " + std::to_string(before) + " and " + std::to_string(after) + " on axis " +
             std::to_string(i);
    }
    if (padded.dims[i] < inner.dims[i] || padded.dims[i] - inner.dims[i] != before + after) {
      return "expected axis " + std::to_string(i) + " to grow by " + std::to_string(before + after) + ", got " + shape_text(inner) +
             " and " + shape_text(padded);
    }
    if (mode != math::kPadConstant && inner.dims[i] == 0 && before + after > 0) {
      return "expected an axis with elements to mirror, got size 0 on axis " + std::to_string(i);
    }
  }
  return {};
}
inline std::string check_pad(const nn_args& a) { return check_pad_spec(a, 3, a.in[0], a.out[0]); }
inline std::string check_pad_grad(const nn_args& a) {
  if (a.in[0].dtype == NN_BOOL) return "expected numbers, got bool";
  return check_pad_spec(a, 1, a.out[0], a.in[0]);
}

inline std::string check_concat(const nn_args& a) {
  const nn_tensor& y = a.out[0];
  const int32_t axis = a.attrs[0];
  if (std::string e = check_axis(axis, y.rank); !e.empty()) return e;
  int64_t left = y.dims[axis];
  for (int n = 0; n < a.n_in; n++) {
    const nn_tensor& x = a.in[n];
    bool fits = x.rank == y.rank && x.dtype == y.dtype;
    for (int i = 0; fits && i < y.rank; i++) fits = i == axis ? x.dims[i] <= left : x.dims[i] == y.dims[i];
    if (!fits) {
      return "expected inputs that join to " + std::string(dtype_name(y.dtype)) + shape_text(y) + " along axis " + std::to_string(axis) +
             ", got " + dtype_name(x.dtype) + shape_text(x) + " as number " + std::to_string(n);
    }
    left -= x.dims[axis];
  }
  if (left == 0) return {};
  return "expected inputs with " + std::to_string(y.dims[axis]) + " elements along axis " + std::to_string(axis) + " in all, got " +
         std::to_string(y.dims[axis] - left);
}

inline std::string check_tile(const nn_args& a) {
  const nn_tensor &x = a.in[0], &y = a.out[0];
  if (std::string e = check_dtypes(x, y); !e.empty()) return e;
  if (std::string e = check_rank(y, x.rank); !e.empty()) return e;
  if (std::string e = check_attr_count(a, x.rank); !e.empty()) return e;
  for (int i = 0; i < x.rank; i++) {
    int64_t wanted = 0;
    if (a.attrs[i] < 0 || __builtin_mul_overflow(x.dims[i], static_cast<int64_t>(a.attrs[i]), &wanted) || y.dims[i] != wanted) {
      return "expected " + shape_text(x) + " repeated " + words_text(a.attrs, x.rank) + " times, got " + shape_text(y);
    }
  }
  return {};
}

inline std::string check_reverse(const nn_args& a) {
  const uint32_t axes = static_cast<uint32_t>(a.attrs[0]);
  if (axes >> a.in[0].rank) {
    return "expected a mask of " + std::to_string(a.in[0].rank) + " axes, got " + std::to_string(a.attrs[0]);
  }
  return check_same(a);
}

inline std::string check_fill(const nn_args&) { return {}; }

inline std::string check_range(const nn_args& a) {
  if (a.out[0].dtype == NN_BOOL) return "expected numbers, got bool";
  return check_rank(a.out[0], 1);
}

}  // namespace shape_ops

inline void append_shape_ops(std::vector<OpSchema>& t) {
  using namespace shape_ops;
  t.push_back({"copy", 1, 1, 1, 1, {}, 0, 0, check_same});
  t.push_back({"assign", 1, 1, 1, 1, {}, 0, 0, check_same});
  t.push_back({"broadcastTo", 1, 1, 1, 1, {}, 0, 0, check_broadcast});
  t.push_back({"transpose", 1, 1, 1, 1, {"perm..."}, 0, 0, check_transpose});
  // begin for every axis, then stride (not 0, may be negative) for every axis; the output's dims are the counts.
  t.push_back({"slice", 1, 1, 1, 1, {"spec..."}, 0, 0, check_slice});
  t.push_back({"sliceGrad", 1, 1, 1, 1, {"spec..."}, 0, 0, check_slice_grad});
  // before for every axis, then after for every axis. Mirrors may be longer than the axis: they go on to and fro, as NumPy's.
  t.push_back({"pad", 1, 1, 1, 1, {"mode", "value:f", "spec..."}, 0, 0, check_pad});
  t.push_back({"padGrad", 1, 1, 1, 1, {"mode", "spec..."}, 0, 0, check_pad_grad});
  t.push_back({"concat", 1, -1, 1, 1, {"axis"}, 0, 0, check_concat});
  t.push_back({"tile", 1, 1, 1, 1, {"repeats..."}, 0, 0, check_tile});
  t.push_back({"reverse", 1, 1, 1, 1, {"axes"}, 0, 0, check_reverse});
  t.push_back({"fill", 0, 0, 1, 1, {"value:f"}, -1, 0, check_fill});
  // Element i is start + i * step, computed in float64, then converted as by cast.
  t.push_back({"range", 0, 0, 1, 1, {"start:f", "step:f"}, -1, 0, check_range});
}

}  // namespace nn
