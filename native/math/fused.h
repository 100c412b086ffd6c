// The bytecode of fusedElementwise, which runs a chain of element-wise ops in one pass over memory.
//
// fusedElementwise(inputs...) -> outputs..., attrs `program...`. All outputs have one shape, here called the full shape, and so has every
// value inside. The words of the program:
//
//   [nInstructions,
//    then per instruction: code, dst, nSrc, src..., nAttr, attr...
//    then nOutputs, and per output the register that holds it at the end]
//
// - code: fusable_code(op name).
// - dst: a register, 0 to kFusedMaxRegisters - 1. A register takes the dtype of what is written to it, may be written again and may
//   be one of the instruction's own sources. Nothing is gained by reusing registers: buffers are assigned after liveness.
// - src: 0 to nIn - 1 is an input, nIn + r is register r, which an earlier instruction must have written. Sources are in the order of the
//   op's inputs: where takes condition, a, b; dropout takes x and then rng, which must be an input of dtype int32 and size 4 and is read
//   as the generator's state, not as data.
// - attr: the words that the op has on its own, with one exception: cast, which has none, takes one, the dtype to cast to.
// - Inputs that are data may have any shape that broadcasts to the full shape. The best are the full shape itself (read in place), a
//   scalar and a trailing vector [C]. dtypes follow the rules of each op; every output has the dtype of its register.
// - dropout numbers the elements of the full shape, so it may only be fused where its own output has the full shape.
// - An output may be the same buffer as an input of the full shape whose elements have as many bytes.
//
// The results are bit for bit those of the single ops one after the other.
#pragma once

#include <string.h>

#include "math/elementwise.h"

namespace nn {

constexpr int kFusedMaxInstructions = 64, kFusedMaxRegisters = 64, kFusedMaxInputs = 32, kFusedMaxOutputs = 16;

// The code of an op by its name: every op flagged kElementwise has one, dropout included. -1: it cannot be fused.
inline int fusable_code(const char* op_name) {
  for (int code = 0; code < math::kElementwiseCodes; code++) {
    if (strcmp(math::kElementwiseInfo[code].name, op_name) == 0) return code;
  }
  return -1;
}

}  // namespace nn
