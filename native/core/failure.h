// What went wrong in a command: kept whole, shared by every tensor that it spoiled, and joined with a JavaScript stack when it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/abi.h"

namespace nn {

struct Failure {
  int32_t code = NN_OK;  // nn_code
  std::string op;        // "conv2d", or the core's own part in it: "allocate", "program"
  std::string message;   // the sentence, with the library's own words
  std::string operands;  // "float32[128, 28, 28, 1], float32[32, 3, 3, 1] -> float32[128, 26, 26, 32]"
  bool ok() const { return code == NN_OK; }
};
using FailurePtr = std::shared_ptr<const Failure>;

inline FailurePtr make_failure(int32_t code, std::string op, std::string message, std::string operands = {}) {
  return std::make_shared<const Failure>(Failure{code, std::move(op), std::move(message), std::move(operands)});
}

}  // namespace nn
