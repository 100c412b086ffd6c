// The same op on the CPU's kernels and on the CUDA kernels that g++ compiled, side by side.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "kernel_rig.h"

namespace nn_test {

// What an output is made as: its dtype and dims.
struct Made {
  int dtype;
  Dims dims;
};

class Twins {
 public:
  using Ops = void (*)(std::vector<nn::OpSchema>&);
  using Kernels = void (*)(std::vector<nn_kernel>&);
  Twins(Ops ops, Kernels cpu, Kernels cuda) {
    ops(cpu_.ops);
    ops(cuda_.ops);
    cpu(cpu_.kernels);
    cuda(cuda_.kernels);
    device_.multiprocessors = 4;  // few, so that kernels stride
    device_.complaint = &complaint_;
    cuda_.device = &device_;
  }

  std::vector<Array> on_cpu(const std::string& op, const std::vector<const Array*>& in, const std::vector<Made>& out, const Attrs& attrs) {
    return run(cpu_, op, in, out, attrs);
  }
  std::vector<Array> on_cuda(const std::string& op, const std::vector<const Array*>& in, const std::vector<Made>& out, const Attrs& attrs) {
    return run(cuda_, op, in, out, attrs);
  }
  const OpRunner& cpu() const { return cpu_; }
  const OpRunner& cuda() const { return cuda_; }
  nn_device_complaint& complaint() { return complaint_; }
  nn_device& device() { return device_; }

  // Every op and dtype that the CPU has a kernel for, CUDA has one for too.
  void expect_all_served() const {
    for (const nn_kernel& kernel : cpu_.kernels) {
      uint32_t served = 0;
      for (const nn_kernel& twin : cuda_.kernels) served |= std::string(twin.op) == kernel.op ? twin.dtypes : 0;
      EXPECT_EQ(kernel.dtypes & ~served, 0u) << kernel.op;
    }
  }

  // Both, and the same bits; of NaN all are the same.
  void expect_identical(const std::string& op, const std::vector<const Array*>& in, const std::vector<Made>& out, const Attrs& attrs) {
    const std::vector<Array> want = on_cpu(op, in, out, attrs), got = on_cuda(op, in, out, attrs);
    for (size_t i = 0; i < want.size(); i++) {
      if (bits_of(want[i]) != bits_of(got[i])) expect_near(op + " output " + std::to_string(i), want[i], got[i], 0);
      EXPECT_TRUE(bits_of(want[i]) == bits_of(got[i])) << op << " output " << i << ": other bits";
    }
  }

  // Both, compared: |got - want| <= tolerance * max(1, |want|), and NaN and infinities are where they should be. Twice, with the same bits.
  void expect_same(const std::string& op, const std::vector<const Array*>& in, const std::vector<Made>& out, const Attrs& attrs,
                   double tolerance) {
    const std::vector<Array> want = on_cpu(op, in, out, attrs), got = on_cuda(op, in, out, attrs), again = on_cuda(op, in, out, attrs);
    for (size_t i = 0; i < want.size(); i++) {
      expect_near(op + " output " + std::to_string(i), want[i], got[i], tolerance);
      EXPECT_EQ(bits_of(got[i]), bits_of(again[i])) << op << " differs from run to run";
    }
  }
  static void expect_near(const std::string& what, const Array& want, const Array& got, double tolerance) {
    int64_t wrong = 0, first = -1;
    for (int64_t i = 0; i < want.size(); i++) {
      const double w = want.get(i), g = got.get(i);
      const bool fine = std::isnan(w) ? std::isnan(g) : w == g || std::fabs(g - w) <= tolerance * std::fmax(1, std::fabs(w));
      if (!fine && wrong++ == 0) first = i;
    }
    EXPECT_EQ(wrong, 0) << what << ", dtype " << want.dtype() << ": the first at " << first << " of " << want.size() << ", expected "
                        << (first < 0 ? 0 : want.get(first)) << ", got " << (first < 0 ? 0 : got.get(first));
  }

 private:
  static std::vector<Array> run(const OpRunner& runner, const std::string& op, const std::vector<const Array*>& in,
                                const std::vector<Made>& out, const Attrs& attrs) {
    std::vector<Array> made;
    std::vector<const Array*> pointers;
    for (const Made& m : out) made.emplace_back(m.dtype, m.dims);
    for (const Array& a : made) pointers.push_back(&a);
    const Outcome outcome = runner.run(op, in, pointers, attrs);
    EXPECT_EQ(outcome.code, NN_OK) << op << ": " << outcome.message;
    return made;
  }

  OpRunner cpu_, cuda_;
  nn_device device_{};
  nn_device_complaint complaint_{};
};

// Normally distributed, as what networks compute with is.
inline Array normal(int dtype, Dims dims, std::mt19937& random, double mean = 0, double deviation = 1) {
  std::normal_distribution<double> draw(mean, deviation);
  Array a(dtype, std::move(dims));
  for (int64_t i = 0; i < a.size(); i++) a.set(i, draw(random));
  return a;
}

}  // namespace nn_test
