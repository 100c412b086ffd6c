// What an op is: its name, operands, attributes, dtype rules and a check that leaves kernels nothing to doubt.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "core/abi.h"

namespace nn {

enum OpFlags : uint32_t {
  kElementwise = 1,  // same-shape or broadcast operands, one output: the planner may fuse chains of these
  kRandom = 2,       // reads an rng state tensor
};

// Attributes are int32 words: "stride" is one, an integer; "epsilon:f" is two, a float64 by its bits, so that 1 - beta is not spoilt;
// "perm..." (last only) is any number of integers.
struct OpSchema {
  const char* name;
  int min_in, max_in;    // max -1: any number
  int min_out, max_out;  // max -1: any number
  std::vector<const char*> attrs;
  int key;  // the operand whose dtype selects the kernel: an input's index, or -1 for the first output
  uint32_t flags;
  // Empty: all is well. Otherwise a sentence "expected ..., got ...". Sees shapes, dtypes and attributes; data may be NULL.
  std::string (*check)(const nn_args&);

  bool variadic_attrs() const {
    if (attrs.empty()) return false;
    size_t n = std::strlen(attrs.back());
    return n > 3 && std::strcmp(attrs.back() + n - 3, "...") == 0;
  }
};

// All ops, in the order that gives them their opcodes (native/ops/table.cc).
const std::vector<OpSchema>& op_table();
constexpr int kFirstOpcode = 16;  // smaller ones are the core's own commands
const OpSchema* find_op(const char* name);

inline double attr_float(const int32_t* words) {
  double value;
  std::memcpy(&value, words, sizeof value);
  return value;
}

inline int dtype_bytes(int dtype) {
  constexpr int bytes[NN_DTYPES] = {4, 8, 4, 1, 1};
  return dtype >= 0 && dtype < NN_DTYPES ? bytes[dtype] : 0;
}
inline const char* dtype_name(int dtype) {
  constexpr const char* names[NN_DTYPES] = {"float32", "float64", "int32", "uint8", "bool"};
  return dtype >= 0 && dtype < NN_DTYPES ? names[dtype] : "?";
}
inline bool is_float(int dtype) { return dtype == NN_FLOAT32 || dtype == NN_FLOAT64; }

inline std::string shape_text(const nn_tensor& t) {
  std::string s = "[";
  for (int i = 0; i < t.rank; i++) s += (i ? ", " : "") + std::to_string(t.dims[i]);
  return s + "]";
}
inline bool same_shape(const nn_tensor& a, const nn_tensor& b) {
  return a.rank == b.rank && std::memcmp(a.dims, b.dims, sizeof(int64_t) * a.rank) == 0;
}
inline int64_t bytes_of(const nn_tensor& t) { return t.size * dtype_bytes(t.dtype); }

constexpr uint32_t kF32 = 1u << NN_FLOAT32, kF64 = 1u << NN_FLOAT64, kI32 = 1u << NN_INT32, kU8 = 1u << NN_UINT8, kBool = 1u << NN_BOOL;
constexpr uint32_t kFloats = kF32 | kF64, kNumbers = kFloats | kI32 | kU8, kAll = kNumbers | kBool;

}  // namespace nn
