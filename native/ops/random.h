// Random ops. rng is the generator's state, int32 {seed low, seed high, offset low, offset high}; an op over n elements uses up
// ceil(n / 4) counters from the state's offset plus its own on, whatever the dtype, and does not change the state.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/op.h"
#include "ops/elementwise_check.h"
#include "ops/random_check.h"

namespace nn {
namespace random_ops {

using elementwise_ops::check_dtype;

inline std::string check_state(const nn_tensor& rng, int32_t offset) {
  if (std::string e = check_rng(rng); !e.empty()) return e;
  return check_offset(offset);
}

inline std::string check_uniform(const nn_args& a) {
  if (std::string e = check_state(a.in[0], a.attrs[0]); !e.empty()) return e;
  if (std::string e = check_dtype(a.out[0], kFloats); !e.empty()) return e;
  const double low = attr_float(a.attrs + 1), high = attr_float(a.attrs + 3);
  const double width = high - low, limit = a.out[0].dtype == NN_FLOAT32 ? 3.4028234e38 : 1.7976931348623157e308;
  if (low <= high && std::abs(low) <= limit && std::abs(high) <= limit && width <= limit) return {};
  return "expected finite numbers low <= high, got " + std::to_string(low) + " and " + std::to_string(high);
}

inline std::string check_normal(const nn_args& a) {
  if (std::string e = check_state(a.in[0], a.attrs[0]); !e.empty()) return e;
  if (std::string e = check_dtype(a.out[0], kFloats); !e.empty()) return e;
  const double deviation = attr_float(a.attrs + 3);
  return deviation >= 0 ? std::string() : "expected a standard deviation of at least 0, got " + std::to_string(deviation);
}

inline std::string check_int(const nn_args& a) {
  if (std::string e = check_state(a.in[0], a.attrs[0]); !e.empty()) return e;
  if (std::string e = check_dtype(a.out[0], kI32); !e.empty()) return e;
  if (a.attrs[1] < a.attrs[2]) return {};
  return "expected low < high, got " + std::to_string(a.attrs[1]) + " and " + std::to_string(a.attrs[2]);
}

inline std::string check_dropout(const nn_args& a) {
  if (std::string e = check_state(a.in[1], a.attrs[0]); !e.empty()) return e;
  if (std::string e = check_rate(a.attrs + 1); !e.empty()) return e;
  if (std::string e = check_dtype(a.in[0], kFloats); !e.empty()) return e;
  if (std::string e = elementwise_ops::check_output_dtype(a.out[0], a.in[0].dtype); !e.empty()) return e;
  if (same_shape(a.in[0], a.out[0])) return {};
  return "expected an output of shape " + shape_text(a.in[0]) + ", got " + shape_text(a.out[0]);
}

// Parameters, an element each, and the state: (x..., rng) -> y like x.
inline std::string check_parametric(const nn_args& a) {
  const int parameters = a.n_in - 1;
  if (std::string e = check_state(a.in[parameters], a.attrs[0]); !e.empty()) return e;
  if (std::string e = check_dtype(a.in[0], kFloats); !e.empty()) return e;
  if (std::string e = elementwise_ops::check_output_dtype(a.out[0], a.in[0].dtype); !e.empty()) return e;
  for (int i = 0; i < parameters; i++) {
    if (a.in[i].dtype == a.in[0].dtype && same_shape(a.in[i], a.out[0])) continue;
    return std::string("expected parameters ") + dtype_name(a.in[0].dtype) + " " + shape_text(a.out[0]) + ", got " +
           dtype_name(a.in[i].dtype) + " " + shape_text(a.in[i]);
  }
  return {};
}

inline std::string check_gamma(const nn_args& a) {
  if (std::string e = check_parametric(a); !e.empty()) return e;
  if (a.attrs[1] == 0 || a.attrs[1] == 1) return {};
  return "expected 0 or 1 for log, got " + std::to_string(a.attrs[1]);
}

}  // namespace random_ops

inline void append_random_ops(std::vector<OpSchema>& t) {
  using namespace random_ops;
  t.push_back({"randomUniform", 1, 1, 1, 1, {"offset", "low:f", "high:f"}, -1, kRandom, check_uniform});
  t.push_back({"randomNormal", 1, 1, 1, 1, {"offset", "mean:f", "stddev:f"}, -1, kRandom, check_normal});
  t.push_back({"truncatedNormal", 1, 1, 1, 1, {"offset", "mean:f", "stddev:f"}, -1, kRandom, check_normal});
  t.push_back({"randomInt", 1, 1, 1, 1, {"offset", "low", "high"}, -1, kRandom, check_int});
  // y = x / (1 - rate) where the element's uniform number is at least the rate, else 0. It is its own gradient. The number is that of
  // randomUniform in float32 for either dtype.
  t.push_back({"dropout", 2, 2, 1, 1, {"offset", "rate:f"}, 0, kElementwise | kRandom, check_dropout});
  // A gamma variable of each shape, or its logarithm; how many of n tries succeed with probability p. Bad parameters give NaN.
  t.push_back({"randomGamma", 2, 2, 1, 1, {"offset", "log"}, 0, kRandom, check_gamma});
  t.push_back({"randomBinomial", 3, 3, 1, 1, {"offset"}, 0, kRandom, check_parametric});
}

}  // namespace nn
