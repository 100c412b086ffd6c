// Batch normalisation over all axes but the last.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/op.h"

namespace nn {
namespace norm_ops {

inline std::string check_rows(const nn_tensor& x) {
  if (!is_float(x.dtype)) return std::string("expected floats, got ") + dtype_name(x.dtype);
  return x.rank < 1 ? std::string("expected at least one axis, got a scalar") : std::string();
}
inline std::string check_like(const nn_tensor& x, const nn_tensor& y) {
  if (y.dtype == x.dtype && same_shape(x, y)) return {};
  return std::string("expected ") + dtype_name(x.dtype) + shape_text(x) + ", got " + dtype_name(y.dtype) + shape_text(y);
}
inline std::string check_channels(const nn_tensor& x, const nn_tensor& v) {
  if (v.dtype == x.dtype && v.rank == 1 && v.dims[0] == x.dims[x.rank - 1]) return {};
  return std::string("expected ") + dtype_name(x.dtype) + "[" + std::to_string(x.dims[x.rank - 1]) + "], got " + dtype_name(v.dtype) +
         shape_text(v);
}
inline std::string check_epsilon(const int32_t* words) {
  const double epsilon = attr_float(words);
  return std::isfinite(epsilon) && epsilon >= 0 ? std::string() : "expected a finite epsilon of at least 0, got " + std::to_string(epsilon);
}

inline std::string check_batch_norm(const nn_args& a) {
  const nn_tensor& x = a.in[0];
  std::string e = check_rows(x);
  if (e.empty()) e = check_epsilon(a.attrs);
  if (e.empty()) e = check_like(x, a.out[0]);
  for (const nn_tensor* v : {&a.in[1], &a.in[2], &a.out[1], &a.out[2]}) {
    if (e.empty()) e = check_channels(x, *v);
  }
  return e;
}
inline std::string check_batch_norm_backward(const nn_args& a) {
  const nn_tensor& x = a.in[0];
  std::string e = check_rows(x);
  if (e.empty()) e = check_epsilon(a.attrs);
  if (e.empty()) e = check_like(x, a.in[1]);
  if (e.empty()) e = check_like(x, a.out[0]);
  for (const nn_tensor* v : {&a.in[2], &a.in[3], &a.in[4], &a.out[1], &a.out[2]}) {
    if (e.empty()) e = check_channels(x, *v);
  }
  return e;
}

}  // namespace norm_ops

inline void append_norm_ops(std::vector<OpSchema>& t) {
  // x [..., C], gamma [C], beta [C] -> y, mean [C], variance [C] (biased)
  t.push_back({"batchNorm", 3, 3, 3, 3, {"epsilon:f"}, 0, 0, norm_ops::check_batch_norm});
  // x, dy, gamma, mean, variance -> dx, dgamma, dbeta
  t.push_back({"batchNormBackward", 5, 5, 3, 3, {"epsilon:f"}, 0, 0, norm_ops::check_batch_norm_backward});
}

}  // namespace nn
