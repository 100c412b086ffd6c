// Optimizer updates, each for all variables at once. Inputs: float64 scalars, then the gradients; outputs: the variables, then each kind
// of slot for all of them, all of them existing tensors that change in place.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "math/optimizer.h"
#include "ops/elementwise_check.h"

namespace nn {
namespace optimizer_ops {

inline std::string check_fraction(const int32_t* words, const char* name) {
  const double value = attr_float(words);
  return value >= 0 && value <= 1 ? std::string() : std::string("expected ") + name + " from 0 to 1, got " + std::to_string(value);
}
inline std::string check_not_negative(const int32_t* words, const char* name) {
  const double value = attr_float(words);
  return value >= 0 ? std::string() : std::string("expected ") + name + " of at least 0, got " + std::to_string(value);
}
inline std::string check_flag(int32_t value, const char* name) {
  return value == 0 || value == 1 ? std::string() : std::string("expected 0 or 1 for ") + name + ", got " + std::to_string(value);
}

inline std::string check_tensors(const nn_args& a, int scalars, int slots) {
  const int64_t count = a.attrs[0];
  if (count < 1 || a.n_in != scalars + count || a.n_out != count * (1 + slots)) {
    return "expected " + std::to_string(scalars) + " scalars and a gradient for each of " + std::to_string(count) + " variables, and " +
           std::to_string(1 + slots) + " outputs for each, got " + std::to_string(a.n_in) + " inputs and " + std::to_string(a.n_out) +
           " outputs";
  }
  for (int i = 0; i < scalars; i++) {
    if (a.in[i].dtype != NN_FLOAT64 || a.in[i].size != 1) {
      return std::string("expected float64 scalars before the gradients, got ") + dtype_name(a.in[i].dtype) + " " + shape_text(a.in[i]);
    }
  }
  if (std::string e = elementwise_ops::check_dtype(a.out[0], kFloats); !e.empty()) return e;
  for (int i = 0; i < a.n_out; i++) {
    const nn_tensor &gradient = a.in[scalars + i % count], &out = a.out[i];
    if (out.dtype == a.out[0].dtype && gradient.dtype == out.dtype && same_shape(gradient, out)) continue;
    return std::string("expected gradient, variable and slots of one dtype and shape, got ") + dtype_name(gradient.dtype) + " " +
           shape_text(gradient) + " and " + dtype_name(out.dtype) + " " + shape_text(out);
  }
  return {};
}

inline int sgd_slots(const nn_args& a) { return attr_float(a.attrs + 1) != 0 ? 1 : 0; }
inline int adam_slots(const nn_args& a) { return 2 + a.attrs[7]; }
inline int rmsprop_slots(const nn_args& a) { return 1 + (attr_float(a.attrs + 3) != 0 ? 1 : 0) + a.attrs[7]; }

inline std::string check_sgd(const nn_args& a) {
  if (std::string e = check_fraction(a.attrs + 1, "a momentum"); !e.empty()) return e;
  if (std::string e = check_flag(a.attrs[3], "nesterov"); !e.empty()) return e;
  if (std::string e = check_not_negative(a.attrs + 4, "a weight decay"); !e.empty()) return e;
  return check_tensors(a, 1, sgd_slots(a));
}
inline std::string check_adam(const nn_args& a) {
  if (std::string e = check_fraction(a.attrs + 1, "a beta1"); !e.empty()) return e;
  if (std::string e = check_fraction(a.attrs + 3, "a beta2"); !e.empty()) return e;
  if (std::string e = check_not_negative(a.attrs + 5, "an epsilon"); !e.empty()) return e;
  if (std::string e = check_flag(a.attrs[7], "amsgrad"); !e.empty()) return e;
  if (std::string e = check_not_negative(a.attrs + 8, "a weight decay"); !e.empty()) return e;
  return check_tensors(a, 2, adam_slots(a));
}
inline std::string check_rmsprop(const nn_args& a) {
  if (std::string e = check_fraction(a.attrs + 1, "a rho"); !e.empty()) return e;
  if (std::string e = check_fraction(a.attrs + 3, "a momentum"); !e.empty()) return e;
  if (std::string e = check_not_negative(a.attrs + 5, "an epsilon"); !e.empty()) return e;
  if (std::string e = check_flag(a.attrs[7], "centered"); !e.empty()) return e;
  if (std::string e = check_not_negative(a.attrs + 8, "a weight decay"); !e.empty()) return e;
  return check_tensors(a, 1, rmsprop_slots(a));
}

inline std::string check_rule(const nn_args& a) {
  const int rule = a.attrs[1];
  if (rule < 0 || rule >= static_cast<int>(math::Rule::kCount)) return "expected a known rule, got " + std::to_string(rule);
  if (std::string e = check_not_negative(a.attrs + 12, "a weight decay"); !e.empty()) return e;
  return check_tensors(a, 3, math::rule_slots(static_cast<math::Rule>(rule)));
}

}  // namespace optimizer_ops

inline void append_optimizer_ops(std::vector<OpSchema>& t) {
  using namespace optimizer_ops;
  // (learningRate, gradients...) -> variables, velocities unless momentum is 0
  t.push_back({"sgdUpdate", 2, -1, 1, -1, {"count", "momentum:f", "nesterov", "weightDecay:f"}, -1, 0, check_sgd});
  // (learningRate, step from 1 on, gradients...) -> variables, means, mean squares, with amsgrad the greatest mean squares
  t.push_back({"adamUpdate", 3, -1, 1, -1, {"count", "beta1:f", "beta2:f", "epsilon:f", "amsgrad", "weightDecay:f"}, -1, 0, check_adam});
  // (learningRate, gradients...) -> variables, mean squares, momenta unless momentum is 0, with centered the mean gradients
  t.push_back(
      {"rmspropUpdate", 2, -1, 1, -1, {"count", "rho:f", "momentum:f", "epsilon:f", "centered", "weightDecay:f"}, -1, 0, check_rmsprop});
  // (learningRate, step from 1 on, product, gradients...) -> variables, slots; the rules and what a to e are: math/optimizer.h
  t.push_back({"ruleUpdate", 4, -1, 1, -1, {"count", "rule", "a:f", "b:f", "c:f", "d:f", "e:f", "weightDecay:f"}, -1, 0, check_rule});
}

}  // namespace nn
