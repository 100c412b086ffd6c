// A prepared element-wise program: single ops without a kernel of their own, and fusedElementwise.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/cuda/kernels/interpreter.h"
#include "backends/cuda/plan.h"
#include "ops/fused.h"

namespace nn {
namespace cuda {

// How many elements one launch may have. Tests lower it.
extern int64_t most_in_piece;

// Instructions of the interpreter, with slots for what is wanted later than by the next instruction.
struct ProgramCode {
  std::vector<Instruction> instructions;
  int slots = 0;
};
// early: outputs are written as soon as they are known, else when everything has been read.
ProgramCode compile_program(const FusedProgram& program, int n_in, bool early);

class ProgramPlan : public KernelPlan {
 public:
  ProgramPlan(const nn_device& device, const nn_args& args, const FusedProgram& program);
  int32_t run(nn_device* device, const nn_args& args, char* memory, nn_error* error) override;

 private:
  struct Part {
    ProgramParameters parameters;                                    // all but the pointers
    int64_t in_start[kFusedMaxInputs], out_start[kFusedMaxOutputs];  // bytes
  };
  struct Spread {  // an input that is written out in the full shape first, as its terms found no room
    int input;
    size_t at;  // in the workspace
  };

  bool add_parts(const nn_args& args, const FusedProgram& program);
  int fill(const nn_args& args, const Piece& piece, Part* part) const;
  void make_grid(const nn_device& device, int64_t n);
  bool overwrites_unread(const nn_args& args) const;
  bool is_spread(int input) const;

  std::vector<Part> parts_;
  std::vector<Spread> spread_;
  ProgramCode early_, late_;
  std::vector<int> stored_by_;         // output: the instruction that makes it
  std::vector<FusedInstruction> all_;  // to find out what is read when
  std::vector<bool> is_data_;          // inputs that are read element by element
  Grid grid_;
  bool wide_ = false;
  size_t spill_at_ = 0;  // in the workspace
};

}  // namespace cuda
}  // namespace nn
