// Losses. Classes lie along the last axis of the logits; a loss has one number for each row of them.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "ops/elementwise_check.h"

namespace nn {
namespace loss_ops {

using elementwise_ops::check_dtype;
using elementwise_ops::check_equal_dtype;
using elementwise_ops::check_output_dtype;

inline std::string check_shape_of(const nn_tensor& wanted, const nn_tensor& got, const char* what) {
  if (same_shape(wanted, got)) return {};
  return std::string("expected ") + what + " of shape " + shape_text(wanted) + ", got " + shape_text(got);
}

// `t` has one element for each row of the logits.
inline std::string check_rows(const nn_tensor& logits, const nn_tensor& t, const char* what) {
  nn_tensor rows = logits;
  rows.rank--;
  return check_shape_of(rows, t, what);
}

inline std::string check_logits(const nn_tensor& logits) {
  if (std::string e = check_dtype(logits, kFloats); !e.empty()) return e;
  return logits.rank < 1 ? "expected logits with at least one axis, got a scalar" : std::string();
}
inline std::string check_labels(const nn_tensor& logits, const nn_tensor& labels) {
  if (std::string e = check_equal_dtype(logits, labels); !e.empty()) return e;
  return check_shape_of(logits, labels, "labels");
}
inline std::string check_classes(const nn_tensor& logits, const nn_tensor& labels) {
  if (std::string e = check_dtype(labels, kI32); !e.empty()) return e;
  return check_rows(logits, labels, "labels");
}

template <std::string (*CheckLabels)(const nn_tensor&, const nn_tensor&)>
std::string check_loss(const nn_args& a) {
  if (std::string e = check_logits(a.in[0]); !e.empty()) return e;
  if (std::string e = CheckLabels(a.in[0], a.in[1]); !e.empty()) return e;
  if (std::string e = check_output_dtype(a.out[0], a.in[0].dtype); !e.empty()) return e;
  return check_rows(a.in[0], a.out[0], "an output");
}
template <std::string (*CheckLabels)(const nn_tensor&, const nn_tensor&)>
std::string check_gradient(const nn_args& a) {
  if (std::string e = check_logits(a.in[0]); !e.empty()) return e;
  if (std::string e = CheckLabels(a.in[0], a.in[1]); !e.empty()) return e;
  if (std::string e = check_equal_dtype(a.in[0], a.in[2]); !e.empty()) return e;
  if (std::string e = check_rows(a.in[0], a.in[2], "a gradient"); !e.empty()) return e;
  if (std::string e = check_output_dtype(a.out[0], a.in[0].dtype); !e.empty()) return e;
  return check_shape_of(a.in[0], a.out[0], "an output");
}

}  // namespace loss_ops

inline void append_loss_ops(std::vector<OpSchema>& t) {
  using namespace loss_ops;
  t.push_back({"softmaxCrossEntropy", 2, 2, 1, 1, {}, 0, 0, check_loss<check_labels>});
  t.push_back({"softmaxCrossEntropyGrad", 3, 3, 1, 1, {}, 0, 0, check_gradient<check_labels>});
  // A label that is no class gives a loss and gradients of NaN for its row.
  t.push_back({"sparseSoftmaxCrossEntropy", 2, 2, 1, 1, {}, 0, 0, check_loss<check_classes>});
  t.push_back({"sparseSoftmaxCrossEntropyGrad", 3, 3, 1, 1, {}, 0, 0, check_gradient<check_classes>});
  // Element-wise, without broadcasting; the kernels are among the element-wise ones.
#define NN_SCHEMA(name, form, dtypes, cost, attributes, value) \
  t.push_back(elementwise_ops::row_schema<math::code_##name>(elementwise_ops::check_same_shaped<math::code_##name>));
  NN_LOSS_OPS(NN_SCHEMA)
#undef NN_SCHEMA
}

}  // namespace nn
