// What random ops ask of their state and rate.
#pragma once

#include <string>

#include "core/op.h"

namespace nn {
namespace random_ops {

inline std::string check_rate(const int32_t* words) {
  const double rate = attr_float(words);
  return rate >= 0 && rate <= 1 ? std::string() : "expected a rate from 0 to 1, got " + std::to_string(rate);
}
inline std::string check_rng(const nn_tensor& rng) {
  if (rng.dtype == NN_INT32 && rng.size == 4) return {};
  return std::string("expected an rng state of 4 int32, got ") + dtype_name(rng.dtype) + " " + shape_text(rng);
}
inline std::string check_offset(int32_t offset) {
  return offset >= 0 ? std::string() : "expected an offset of at least 0, got " + std::to_string(offset);
}

}  // namespace random_ops
}  // namespace nn
