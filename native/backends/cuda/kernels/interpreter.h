// A chain of element-wise ops run as bytecode: each thread takes four neighbouring elements through the whole program. The result of an
// instruction is at hand for the next one; what is wanted later lies in shared memory, where every thread has its own places.
#pragma once

#include "backends/cuda/kernels/operand.h"
#include "math/fused.h"

namespace nn {
namespace cuda {

constexpr int kCodeStore = math::kElementwiseCodes;  // writes src[0] to output `dst`
static_assert(kCodeStore < 256, "codes are kept in bytes");

// Sources from kSourceSlot on are slots.
constexpr int kSourceSlot = 64, kSourceLast = 255;  // the last instruction's result
static_assert(kFusedMaxInputs <= kSourceSlot && kSourceSlot + kFusedMaxInstructions <= kSourceLast, "sources are kept in bytes");
constexpr int kNoSlot = 255;

struct Instruction {
  uint8_t code, dtype;  // dtype: of the operands
  uint8_t dst;          // a slot or kNoSlot; of kCodeStore: the output
  uint8_t extra;        // cast: the dtype to cast to; store: 1 where the output is aligned; else the place of the attributes
  uint8_t n_src, src[3];
};

// An instruction's two attributes, as bits of the operands' type. Dropout: the threshold with the offset above it, and the scale.
struct Attributes {
  uint64_t words[2];
};

struct ProgramParameters {
  static constexpr int kMostTerms = 20;
  Instruction code[kFusedMaxInstructions + kFusedMaxOutputs];
  Attributes attributes[kFusedMaxInstructions];
  Operand in[kFusedMaxInputs];
  Term terms[kMostTerms];
  void* out[kFusedMaxOutputs];
  void* spill;     // slots that have no room in shared memory
  uint64_t first;  // the number of the piece's first element in the whole tensor
  uint32_t n;
  int32_t count;
};
static_assert(sizeof(ProgramParameters) <= 4096, "what every driver takes as parameters");

// Slots in shared memory, and threads of a block.
template <class Word>
constexpr int kSharedSlots = sizeof(Word) == 4 ? 6 : 4;
template <class Word>
constexpr int kProgramThreads = sizeof(Word) == 4 ? kBlock : kBlock / 2;

// Four-byte words where no float64 is in the program, else eight bytes.
int32_t interpret_words4(nn_device* device, const ProgramParameters& program, const Grid& grid, nn_error* error);
int32_t interpret_words8(nn_device* device, const ProgramParameters& program, const Grid& grid, nn_error* error);

}  // namespace cuda
}  // namespace nn
