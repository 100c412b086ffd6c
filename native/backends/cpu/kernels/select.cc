// Which level of the instruction set this processor has.
#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"

namespace nn {
namespace cpu {

namespace {

Arch detect() {
#ifdef NN_X86_LEVELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return Arch::kX86V4;
  if (__builtin_cpu_supports("x86-64-v3")) return Arch::kX86V3;
#endif
  return Arch::kBase;
}

Arch& chosen() {
  static Arch arch = detect();
  return arch;
}

}  // namespace

Arch best_arch() {
  static const Arch best = detect();
  return best;
}
Arch arch_in_use() { return chosen(); }
void use_arch(Arch arch) { chosen() = arch; }

}  // namespace cpu

const char* kernel_instructions() {
  switch (cpu::arch_in_use()) {
    case cpu::Arch::kX86V4:
      return "x86-64-v4";
    case cpu::Arch::kX86V3:
      return "x86-64-v3";
    default:
      return "base";
  }
}

}  // namespace nn
