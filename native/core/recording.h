// The words of a program taken apart: commands become nodes, tensors values, and the memory behind them storages.
#pragma once

#include <cstdint>
#include <vector>

#include "core/allocator.h"
#include "core/device.h"
#include "core/failure.h"
#include "core/fusion.h"
#include "core/handles.h"
#include "core/program.h"

namespace nn {

struct Storage {
  enum Kind { kInput, kUniform, kOutside, kTemporary } kind;
  int32_t index = 0;     // which input or which uniform
  BufferPtr buffer;      // of an outside tensor
  bool changed = false;  // a command writes into it in place
};

struct Recording {
  std::vector<Node> nodes;
  std::vector<Value> values;  // `tensor.data` is set for outside tensors only
  std::vector<Storage> storages;
  std::vector<int32_t> outputs;  // the values that the spec asks for
  size_t constants = 0;          // so many nodes at the front run once and not at every replay
};

// Checks everything that does not depend on data. False with `failure` set when a command is wrong or this device has no kernel for it.
bool record(const Device& device, const HandleTable& outside, const ProgramSpec& spec, Recording* recording, FailurePtr* failure);

}  // namespace nn
