// Softmax and its logarithm along the last axis.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "ops/elementwise_check.h"

namespace nn {
namespace softmax_ops {

// All operands of one float dtype and one shape with a last axis: softmax(x) -> y, softmaxBackward(y, dy) -> dx.
inline std::string check_rows(const nn_args& a) {
  if (std::string e = elementwise_ops::check_dtype(a.in[0], kFloats); !e.empty()) return e;
  for (int i = 1; i < a.n_in; i++) {
    if (std::string e = elementwise_ops::check_equal_dtype(a.in[0], a.in[i]); !e.empty()) return e;
  }
  if (std::string e = elementwise_ops::check_output_dtype(a.out[0], a.in[0].dtype); !e.empty()) return e;
  if (a.in[0].rank < 1) return "expected at least one axis, got a scalar";
  return elementwise_ops::check_same_shapes(a);
}

}  // namespace softmax_ops

inline void append_softmax_ops(std::vector<OpSchema>& t) {
  using softmax_ops::check_rows;
  t.push_back({"softmax", 1, 1, 1, 1, {}, 0, 0, check_rows});
  t.push_back({"softmaxBackward", 2, 2, 1, 1, {}, 0, 0, check_rows});
  t.push_back({"logSoftmax", 1, 1, 1, 1, {}, 0, 0, check_rows});
  t.push_back({"logSoftmaxBackward", 2, 2, 1, 1, {}, 0, 0, check_rows});
}

}  // namespace nn
