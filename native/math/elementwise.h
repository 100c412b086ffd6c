// Every element-wise op that has a row, in the order of their codes.
#pragma once

#include "math/activation.h"
#include "math/binary.h"
#include "math/convert.h"
#include "math/loss.h"

namespace nn {
namespace math {

// These follow NumPy's broadcasting; those of NN_LOSS_OPS want equal shapes.
#define NN_BROADCAST_OPS(X) NN_UNARY_OPS(X) NN_ACTIVATION_OPS(X) NN_BINARY_OPS(X) NN_GRADIENT_OPS(X)
#define NN_ELEMENTWISE_OPS(X) NN_BROADCAST_OPS(X) NN_LOSS_OPS(X)

enum ElementwiseCode : int32_t {
#define NN_CODE(name, form, dtypes, cost, attributes, value) code_##name,
  NN_ELEMENTWISE_OPS(NN_CODE)
#undef NN_CODE
      kElementwiseRows,  // how many have a row
  code_where = kElementwiseRows,
  code_cast,
  code_dropout,
  kElementwiseCodes
};

struct ElementwiseInfo {
  const char* name;
  Form form;
  uint32_t dtypes;
  int cost;
  const char* attributes[2];
};

constexpr ElementwiseInfo kElementwiseInfo[kElementwiseCodes] = {
#define NN_INFO(name, form, dtypes, cost, attributes, value) {#name, form, dtypes, cost, {NN_PARAMS_IN_PARENTHESES attributes}},
    NN_ELEMENTWISE_OPS(NN_INFO)
#undef NN_INFO
        {"where", kWhere, kAny, kCheap, {}},
    {"cast", kCast, kAny, kCheap, {}},
    {"dropout", kDropout, kFloating, kPolynomial, {}},
};

}  // namespace math
}  // namespace nn
