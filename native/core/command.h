// Command words, as TypeScript writes them: [opcode, words, nIn, nOut, nAttr], input handles, outputs, attributes. An output is
// [handle, dtype, rank, dims...] for a new tensor, or [handle, -1] for one that exists and is changed in place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/abi.h"
#include "core/op.h"

namespace nn {

enum CoreOpcode : int32_t { kFree = 1, kReshape = 2 };

struct OutputRef {
  int32_t handle;
  bool existing;
  nn_tensor tensor;  // shape and dtype of a new output, data NULL
};

struct Command {
  int32_t opcode = 0;
  const OpSchema* op = nullptr;  // null for the core's own commands
  const int32_t* inputs = nullptr;
  int32_t n_in = 0;
  std::vector<OutputRef> outputs;
  const int32_t* attrs = nullptr;
  int32_t n_attrs = 0;
};

// Takes words apart, one command a call, trusting nothing.
class CommandReader {
 public:
  CommandReader(const int32_t* words, size_t count) : words_(words), count_(count) {}
  // False at the end, or with error() set at words that make no command; nothing can be read after that.
  bool next(Command* command);
  const std::string& error() const { return error_; }

 private:
  bool fail(std::string sentence);
  const int32_t* words_;
  size_t count_, at_ = 0;
  std::string error_;
};

// Fills size from dims; false when a dim is negative, the rank is too large or the bytes would overflow.
bool finish_tensor(nn_tensor* tensor);

}  // namespace nn
