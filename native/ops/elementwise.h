// Element-wise ops: one schema for each row of native/math, then where, cast and fusedElementwise.
#pragma once

#include <vector>

#include "ops/elementwise_check.h"
#include "ops/fused.h"

namespace nn {

inline void append_elementwise_ops(std::vector<OpSchema>& t) {
  using namespace elementwise_ops;
#define NN_SCHEMA(name, form, dtypes, cost, attributes, value) \
  t.push_back(row_schema<math::code_##name>(check_broadcasting<math::code_##name>));
  NN_BROADCAST_OPS(NN_SCHEMA)
#undef NN_SCHEMA
  t.push_back({"where", 3, 3, 1, 1, {}, 1, kElementwise, check_where});
  t.push_back({"cast", 1, 1, 1, 1, {}, 0, kElementwise, check_cast});
  t.push_back({"fusedElementwise", 1, kFusedMaxInputs, 1, kFusedMaxOutputs, {"program..."}, -1, 0, check_fused});
}

}  // namespace nn
