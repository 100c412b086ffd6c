// What element-wise ops ask of their operands: dtypes and shapes.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "math/elementwise.h"

namespace nn {
namespace elementwise_ops {

static_assert(math::kFloating == kFloats && math::kNumeric == kNumbers && math::kLogical == kBool && math::kAny == kAll,
              "native/math writes dtypes as the core does");

inline std::string dtypes_text(uint32_t dtypes) {
  std::string s;
  for (int i = 0; i < NN_DTYPES; i++) {
    if (dtypes >> i & 1) s += (s.empty() ? "" : " or ") + std::string(dtype_name(i));
  }
  return s;
}

inline std::string check_dtype(const nn_tensor& t, uint32_t dtypes) {
  if (t.dtype >= 0 && t.dtype < NN_DTYPES && dtypes >> t.dtype & 1) return {};
  return "expected " + dtypes_text(dtypes) + ", got " + dtype_name(t.dtype);
}
inline std::string check_equal_dtype(const nn_tensor& a, const nn_tensor& b) {
  if (a.dtype == b.dtype) return {};
  return std::string("expected operands of one dtype, got ") + dtype_name(a.dtype) + " and " + dtype_name(b.dtype);
}
inline std::string check_output_dtype(const nn_tensor& out, int dtype) {
  if (out.dtype == dtype) return {};
  return std::string("expected an output of ") + dtype_name(dtype) + ", got " + dtype_name(out.dtype);
}

inline std::string shapes_text(const nn_tensor* t, int n) {
  std::string s;
  for (int i = 0; i < n; i++) s += (i == 0 ? "" : i == n - 1 ? " and " : ", ") + shape_text(t[i]);
  return s;
}

// The dim of `t` that stands below dim `d` of a shape of `rank` axes.
inline int64_t aligned_dim(const nn_tensor& t, int d, int rank) { return d < rank - t.rank ? 1 : t.dims[d - (rank - t.rank)]; }

inline bool broadcasts_to(const nn_tensor& t, const nn_tensor& full) {
  if (t.rank > full.rank) return false;
  for (int d = 0; d < full.rank; d++) {
    const int64_t dim = aligned_dim(t, d, full.rank);
    if (dim != 1 && dim != full.dims[d]) return false;
  }
  return true;
}

// The output's shape is the broadcast shape of the inputs, no larger.
inline std::string check_broadcast_output(const nn_args& a) {
  const nn_tensor& out = a.out[0];
  int rank = 0;
  for (int i = 0; i < a.n_in; i++) rank = a.in[i].rank > rank ? a.in[i].rank : rank;
  bool fits = out.rank == rank;
  for (int i = 0; fits && i < a.n_in; i++) fits = broadcasts_to(a.in[i], out);
  for (int d = 0; fits && d < rank; d++) {
    bool reached = out.dims[d] == 1;
    for (int i = 0; i < a.n_in; i++) reached = reached || aligned_dim(a.in[i], d, rank) == out.dims[d];
    fits = reached;
  }
  if (fits) return {};
  return "expected an output of the shape that the inputs broadcast to, got " + shape_text(out) + " for " + shapes_text(a.in, a.n_in);
}

inline std::string check_same_shapes(const nn_args& a) {
  bool fits = true;
  for (int i = 1; i < a.n_in; i++) fits = fits && same_shape(a.in[i], a.in[0]);
  if (fits && same_shape(a.in[0], a.out[0])) return {};
  return "expected inputs and output of one shape, got " + shapes_text(a.in, a.n_in) + " and " + shape_text(a.out[0]);
}

inline int operand_count(math::Form form) {
  return form == math::kUnary || form == math::kTest || form == math::kCast ? 1 : form == math::kTernary || form == math::kWhere ? 3 : 2;
}
inline bool gives_bool(math::Form form) { return form == math::kTest || form == math::kCompare; }

inline std::string check_row(const math::ElementwiseInfo& info, const nn_args& a) {
  if (std::string e = check_dtype(a.in[0], info.dtypes); !e.empty()) return e;
  for (int i = 1; i < a.n_in; i++) {
    if (std::string e = check_equal_dtype(a.in[0], a.in[i]); !e.empty()) return e;
  }
  return check_output_dtype(a.out[0], gives_bool(info.form) ? static_cast<int>(NN_BOOL) : a.in[0].dtype);
}

template <int Code>
std::string check_broadcasting(const nn_args& a) {
  if (std::string e = check_row(math::kElementwiseInfo[Code], a); !e.empty()) return e;
  return check_broadcast_output(a);
}
template <int Code>
std::string check_same_shaped(const nn_args& a) {
  if (std::string e = check_row(math::kElementwiseInfo[Code], a); !e.empty()) return e;
  return check_same_shapes(a);
}

inline std::string check_where(const nn_args& a) {
  if (std::string e = check_dtype(a.in[0], kBool); !e.empty()) return e;
  if (std::string e = check_equal_dtype(a.in[1], a.in[2]); !e.empty()) return e;
  if (std::string e = check_output_dtype(a.out[0], a.in[1].dtype); !e.empty()) return e;
  return check_broadcast_output(a);
}
inline std::string check_cast(const nn_args& a) { return check_same_shapes(a); }

// A row of native/math as a schema.
template <int Code>
OpSchema row_schema(std::string (*check)(const nn_args&)) {
  const math::ElementwiseInfo& info = math::kElementwiseInfo[Code];
  std::vector<const char*> attributes;
  for (const char* name : info.attributes) {
    if (name) attributes.push_back(name);
  }
  const int n = operand_count(info.form);
  return {info.name, n, n, 1, 1, attributes, 0, kElementwise, check};
}

}  // namespace elementwise_ops
}  // namespace nn
