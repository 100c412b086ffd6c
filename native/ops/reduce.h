// Reductions. `axes` is a bit mask of the axes that vanish (0: none); whether the output keeps them as axes of 1 is a matter of its
// shape only, so its size is all that counts.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "ops/elementwise_check.h"

namespace nn {
namespace reduce_ops {

inline std::string check_size(const nn_tensor& x, const nn_tensor& out, uint32_t mask) {
  int64_t kept = 1;
  bool fits = true;  // an axis of 0 that is reduced may hide others whose product is too large
  for (int d = 0; d < x.rank; d++) fits = fits && !__builtin_mul_overflow(kept, mask >> d & 1 ? int64_t{1} : x.dims[d], &kept);
  if (fits && out.size == kept) return {};
  return "expected an output of " + (fits ? std::to_string(kept) : "too many") + " elements, got " + shape_text(out) + " for " +
         shape_text(x);
}

// Nothing is the greatest of no elements.
inline std::string check_not_empty(const nn_tensor& x, const nn_tensor& out) {
  if (x.size > 0 || out.size == 0) return {};
  return "expected at least one element along the reduced axes, got " + shape_text(x);
}

template <uint32_t DTypes, bool WantsElements>
std::string check_reduce(const nn_args& a) {
  const nn_tensor &x = a.in[0], &out = a.out[0];
  if (std::string e = elementwise_ops::check_dtype(x, DTypes); !e.empty()) return e;
  if (std::string e = elementwise_ops::check_output_dtype(out, x.dtype); !e.empty()) return e;
  const uint32_t mask = static_cast<uint32_t>(a.attrs[0]);
  if (mask >> x.rank != 0) return "expected axes below rank " + std::to_string(x.rank) + ", got the mask " + std::to_string(mask);
  if (std::string e = check_size(x, out, mask); !e.empty()) return e;
  return WantsElements ? check_not_empty(x, out) : std::string();
}

inline std::string check_arg(const nn_args& a) {
  const nn_tensor &x = a.in[0], &out = a.out[0];
  if (std::string e = elementwise_ops::check_output_dtype(out, NN_INT32); !e.empty()) return e;
  const int32_t axis = a.attrs[0];
  if (axis < 0 || axis >= x.rank) return "expected an axis from 0 to " + std::to_string(x.rank - 1) + ", got " + std::to_string(axis);
  if (x.dims[axis] > INT32_MAX) return "expected at most 2147483647 elements along the axis, got " + std::to_string(x.dims[axis]);
  if (std::string e = check_size(x, out, 1u << axis); !e.empty()) return e;
  return check_not_empty(x, out);
}

}  // namespace reduce_ops

inline void append_reduce_ops(std::vector<OpSchema>& t) {
  using namespace reduce_ops;
  t.push_back({"sum", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kNumbers, false>});
  t.push_back({"mean", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kFloats, false>});
  t.push_back({"prod", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kNumbers, false>});
  // A NaN is the result of max and min wherever there is one.
  t.push_back({"max", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kNumbers, true>});
  t.push_back({"min", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kNumbers, true>});
  t.push_back({"variance", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kFloats, false>});
  t.push_back({"logsumexp", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kFloats, false>});
  t.push_back({"sumSquares", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kFloats, false>});
  t.push_back({"any", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kBool, false>});
  t.push_back({"all", 1, 1, 1, 1, {"axes"}, 0, 0, check_reduce<kBool, false>});
  // The first of equals; a NaN counts as the greatest and as the least.
  t.push_back({"argmax", 1, 1, 1, 1, {"axis"}, 0, 0, check_arg});
  t.push_back({"argmin", 1, 1, 1, 1, {"axis"}, 0, 0, check_arg});
}

}  // namespace nn
