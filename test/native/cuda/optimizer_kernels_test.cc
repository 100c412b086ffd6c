// Optimizers beside the CPU's, several steps one after the other, over more variables than one launch takes.
#include <gtest/gtest.h>

#include <random>

#include "ops/optimizer.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins* made = new Twins(nn::append_optimizer_ops, nn::append_optimizer_kernels, nn::cuda::append_optimizer_kernels);
  return *made;
}

std::vector<const Array*> pointers(const std::vector<Array>& arrays) {
  std::vector<const Array*> list;
  for (const Array& a : arrays) list.push_back(&a);
  return list;
}

void compare(const char* op, int dtype, const std::vector<int64_t>& sizes, int scalars, int slots, const Attrs& attrs) {
  SCOPED_TRACE(std::string(op) + ", " + std::to_string(sizes.size()) + " variables, " + std::to_string(slots) + " slots");
  std::mt19937 random(41);
  std::vector<Array> cpu, cuda;
  for (int s = 0; s <= slots; s++) {
    for (int64_t n : sizes) {
      cpu.push_back(normal(dtype, {n}, random));
      for (int64_t i = 0; i < n; i++) cpu.back().set(i, s == 0 ? cpu.back().get(i) : std::fabs(cpu.back().get(i)));
      cuda.emplace_back(dtype, Dims{n});
      std::memcpy(cuda.back().data(), cpu.back().data(), static_cast<size_t>(cpu.back().bytes()));
    }
  }
  for (int step = 1; step <= 3; step++) {
    std::vector<Array> in;
    const double values[] = {0.01 * step, static_cast<double>(step), 0.9};
    for (int i = 0; i < scalars; i++) {
      in.emplace_back(NN_FLOAT64, Dims{});
      in.back().set(0, values[i]);
    }
    for (int64_t n : sizes) in.push_back(normal(dtype, {n}, random));
    ASSERT_EQ(twins().cpu().run(op, pointers(in), pointers(cpu), attrs).code, NN_OK);
    const Outcome outcome = twins().cuda().run(op, pointers(in), pointers(cuda), attrs);
    ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
    for (size_t i = 0; i < cpu.size(); i++) ASSERT_TRUE(bits_of(cpu[i]) == bits_of(cuda[i])) << "output " << i << " at step " << step;
  }
}

std::vector<std::vector<int64_t>> lists() {
  std::vector<int64_t> many;
  for (int i = 0; i < 260; i++) many.push_back(i * 7 % 23);
  return {{1}, {0}, {5, 1027, 0, 4096, 3, 9001}, many};
}

TEST(CudaOptimizer, ServesWhatTheCpuServes) { twins().expect_all_served(); }

TEST(CudaOptimizer, Sgd) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const auto& sizes : lists()) {
      const int count = static_cast<int>(sizes.size());
      for (int nesterov : {0, 1}) {
        for (double momentum : {0.0, 0.9}) {
          compare("sgdUpdate", dtype, sizes, 1, momentum > 0 ? 1 : 0, Attrs{count}.add_float(momentum).add(nesterov).add_float(0.01));
        }
      }
    }
  }
}

TEST(CudaOptimizer, Adam) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const auto& sizes : lists()) {
      const int count = static_cast<int>(sizes.size());
      for (int greatest : {0, 1}) {
        compare("adamUpdate", dtype, sizes, 2, 2 + greatest,
                Attrs{count}.add_float(0.9).add_float(0.999).add_float(1e-7).add(greatest).add_float(0.02));
      }
    }
  }
}

TEST(CudaOptimizer, Rmsprop) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const auto& sizes : lists()) {
      const int count = static_cast<int>(sizes.size());
      for (int centered : {0, 1}) {
        for (double momentum : {0.0, 0.5}) {
          compare("rmspropUpdate", dtype, sizes, 1, 1 + (momentum > 0) + centered,
                  Attrs{count}.add_float(0.9).add_float(momentum).add_float(10).add(centered).add_float(0));
        }
      }
    }
  }
}

TEST(CudaOptimizer, Rules) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const auto& sizes : {std::vector<int64_t>{5, 1027, 0, 1}, std::vector<int64_t>(150, 7)}) {
      for (int rule = 0; rule < static_cast<int>(nn::math::Rule::kCount); rule++) {
        Attrs attrs{static_cast<int>(sizes.size()), rule};
        for (double value : {0.5, 0.7, 0.1, 0.2, 0.3, 0.01}) attrs.add_float(value);
        compare("ruleUpdate", dtype, sizes, 3, nn::math::rule_slots(static_cast<nn::math::Rule>(rule)), attrs);
      }
    }
  }
}

}  // namespace
}  // namespace nn_test
