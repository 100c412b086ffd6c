// Joins chains of element-wise commands of a program into single passes over memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/abi.h"
#include "core/op.h"

namespace nn {

// A command of a program with its operands resolved to value numbers.
struct Node {
  const OpSchema* op;
  std::vector<int32_t> in, out;  // value numbers; an in-place output is the number of the value it changes
  std::vector<bool> in_place;    // per output
  std::vector<int32_t> attrs;
  std::string label;  // of a fused node: the names of what it was made of
};

struct Value {
  nn_tensor tensor;  // shape and dtype
  int32_t storage;   // values that share memory (reshape) share this number
  bool outside;      // input, uniform or a tensor from outside: alive before and after
  bool is_output;
};

// Rewrites `nodes` in place, keeping their order of effects. Values that become internal to a fused node are not stored any more.
// `launches`: to start a kernel is dear, as on a GPU.
void fuse_elementwise(std::vector<Node>* nodes, const std::vector<Value>& values, bool launches = false);
// Drops nodes whose results nobody reads and that change nothing in place.
void remove_dead(std::vector<Node>* nodes, const std::vector<Value>& values);

}  // namespace nn
