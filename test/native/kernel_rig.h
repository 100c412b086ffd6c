// What the tests of kernels share: distances between floats, and the same run on several threads and instruction sets.
#pragma once

#include <omp.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "op_runner.h"

namespace nn_test {

// |got - want| in units of the last place that `want` has in T; equal infinities and two NaN are at distance 0.
template <class T>
double ulps(T got, long double want) {
  constexpr double kFar = 1e30;
  if (std::isnan(want)) return std::isnan(got) ? 0 : kFar;
  if (std::isinf(static_cast<T>(want)) || std::isinf(got)) return static_cast<T>(want) == got ? 0 : kFar;
  if (std::isnan(got)) return kFar;
  int exponent = 0;
  std::frexp(want, &exponent);
  const int smallest = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  const int unit = std::max(exponent - std::numeric_limits<T>::digits, smallest);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / std::ldexp(1.0L, want == 0 ? smallest : unit));
}

class Threads {
 public:
  explicit Threads(int n) : before_(omp_get_max_threads()) { omp_set_num_threads(n); }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

inline std::vector<nn::cpu::Arch> archs() {
  std::vector<nn::cpu::Arch> list = {nn::cpu::Arch::kBase};
  if (nn::cpu::best_arch() >= nn::cpu::Arch::kX86V3) list.push_back(nn::cpu::Arch::kX86V3);
  if (nn::cpu::best_arch() >= nn::cpu::Arch::kX86V4) list.push_back(nn::cpu::Arch::kX86V4);
  return list;
}

class UseArch {
 public:
  explicit UseArch(nn::cpu::Arch arch) : before_(nn::cpu::arch_in_use()) { nn::cpu::use_arch(arch); }
  ~UseArch() { nn::cpu::use_arch(before_); }
  UseArch(const UseArch&) = delete;
  UseArch& operator=(const UseArch&) = delete;

 private:
  nn::cpu::Arch before_;
};

// The bits of a tensor, with one NaN for all: which of two NaN an addition keeps is the compiler's choice.
inline std::string bits_of(const Array& a) {
  std::string bits(a.data(), static_cast<size_t>(a.bytes()));
  if (!nn::is_float(a.dtype())) return bits;
  const size_t element = static_cast<size_t>(a.element());
  for (int64_t i = 0; i < a.size(); i++) {
    if (std::isnan(a.get(i))) std::memset(&bits[static_cast<size_t>(i) * element], 0xFF, element);
  }
  return bits;
}

// Runs f on every instruction set that this processor has, each with 1 and with 3 threads; f fills `out`, whose bits must not depend on
// the threads, nor, where it is so, on the instruction set.
inline void everywhere(const std::vector<const Array*>& out, bool exact_across_archs, const std::function<void()>& f) {
  std::vector<std::string> first;
  for (nn::cpu::Arch arch : archs()) {
    UseArch use(arch);
    std::vector<std::string> of_arch;
    for (int threads : {1, 3}) {
      Threads use_threads(threads);
      for (const Array* a : out) std::memset(a->data(), 0xAA, static_cast<size_t>(a->bytes()));
      f();
      std::vector<std::string> now;
      for (const Array* a : out) now.push_back(bits_of(*a));
      if (of_arch.empty()) of_arch = now;
      EXPECT_TRUE(of_arch == now) << "other bits with " << threads << " threads";
    }
    if (first.empty()) first = of_arch;
    if (exact_across_archs) {
      EXPECT_TRUE(first == of_arch) << "other bits with instruction set " << static_cast<int>(arch);
    }
  }
}

}  // namespace nn_test
