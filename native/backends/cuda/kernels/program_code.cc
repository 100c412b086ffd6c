// From the bytecode of fusedElementwise to that of the interpreter: registers become slots, assigned by how long values are wanted.
#include "backends/cuda/kernels/program.h"

namespace nn {
namespace cuda {

namespace {

class Compiler {
 public:
  Compiler(const FusedProgram& program, int n_in, bool early) : program_(program), n_in_(n_in), early_(early) {
    const int n = static_cast<int>(program.instructions.size());
    std::vector<int> value_of(kFusedMaxRegisters, -1);
    sources_.resize(program.instructions.size());
    for (int i = 0; i < n; i++) {
      const FusedInstruction& in = program.instructions[static_cast<size_t>(i)];
      for (int s = 0; s < in.n_src; s++)
        sources_[static_cast<size_t>(i)][s] = in.src[s] < n_in ? in.src[s] : n_in + value_of[in.src[s] - n_in];
      value_of[in.dst] = i;
    }
    for (int32_t r : program.outputs) outputs_.push_back(value_of[r]);
    find_lives();
  }

  ProgramCode run() {
    const int n = static_cast<int>(program_.instructions.size());
    slot_.assign(program_.instructions.size(), kNoSlot);
    for (int i = 0; i < n; i++) {
      emit(i);
      for (size_t k = 0; k < outputs_.size(); k++) {
        if (early_ && outputs_[k] == i) store(static_cast<int>(k), i);
      }
    }
    for (size_t k = 0; k < outputs_.size(); k++) {
      if (!early_) store(static_cast<int>(k), n - 1);
    }
    return result_;
  }

 private:
  int uses(int i) const {  // of values and inputs that are data
    const FusedInstruction& in = program_.instructions[static_cast<size_t>(i)];
    return in.code == math::code_dropout ? 1 : in.n_src;
  }

  void find_lives() {
    const int n = static_cast<int>(program_.instructions.size());
    last_use_.assign(program_.instructions.size(), -1);
    for (int i = 0; i < n; i++) {
      for (int s = 0; s < uses(i); s++) {
        if (int v = sources_[static_cast<size_t>(i)][s] - n_in_; v >= 0) last_use_[static_cast<size_t>(v)] = i;
      }
    }
    // Stores at the end come after the last instruction, whose own result is still at hand.
    for (int v : outputs_) {
      if (!early_ && v != n - 1) last_use_[static_cast<size_t>(v)] = n;
    }
  }

  // How the instruction after `before` finds a source.
  uint8_t place(int source, int before) const {
    if (source < n_in_) return static_cast<uint8_t>(source);
    const int v = source - n_in_;
    return static_cast<uint8_t>(v == before ? kSourceLast : kSourceSlot + slot_[static_cast<size_t>(v)]);
  }

  void emit(int i) {
    const FusedInstruction& from = program_.instructions[static_cast<size_t>(i)];
    Instruction in{};
    in.code = static_cast<uint8_t>(from.code);
    in.dtype = static_cast<uint8_t>(from.operand_dtype);
    in.n_src = static_cast<uint8_t>(uses(i));
    in.extra = static_cast<uint8_t>(from.code == math::code_cast ? from.dtype : i);
    for (int s = 0; s < in.n_src; s++) in.src[s] = place(sources_[static_cast<size_t>(i)][s], i - 1);
    if (from.code == math::code_dropout) in.src[2] = static_cast<uint8_t>(from.src[1]);
    for (int v = 0; v < i; v++) {
      int& slot = slot_[static_cast<size_t>(v)];
      if (slot == kNoSlot || last_use_[static_cast<size_t>(v)] != i) continue;
      free_.push_back(slot);  // read before the result is written: it may be the result's own
    }
    in.dst = kNoSlot;
    if (last_use_[static_cast<size_t>(i)] > i + 1) {
      if (free_.empty()) free_.push_back(result_.slots++);
      slot_[static_cast<size_t>(i)] = free_.back();
      in.dst = static_cast<uint8_t>(free_.back());
      free_.pop_back();
    }
    result_.instructions.push_back(in);
  }

  void store(int output, int before) {
    const int v = outputs_[static_cast<size_t>(output)];
    Instruction in{};
    in.code = kCodeStore;
    in.dtype = static_cast<uint8_t>(program_.instructions[static_cast<size_t>(v)].dtype);
    in.n_src = 1;
    in.src[0] = place(n_in_ + v, before);
    in.dst = static_cast<uint8_t>(output);
    result_.instructions.push_back(in);
  }

  const FusedProgram& program_;
  const int n_in_;
  const bool early_;
  struct Sources {
    int of[3];
    int& operator[](int i) { return of[i]; }
    int operator[](int i) const { return of[i]; }
  };
  std::vector<Sources> sources_;  // by instruction: below the number of inputs an input, above it a value
  std::vector<int> outputs_;      // values
  std::vector<int> last_use_, slot_, free_;
  ProgramCode result_;
};

}  // namespace

ProgramCode compile_program(const FusedProgram& program, int n_in, bool early) { return Compiler(program, n_in, early).run(); }

}  // namespace cuda
}  // namespace nn
