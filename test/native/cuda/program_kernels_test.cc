// fusedElementwise on the emulated device: the bits of the CPU's single ops one after the other, whatever the chain.
#include <gtest/gtest.h>

#include <random>

#include "backends/cuda/kernels/program.h"
#include "fused_chain.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/random.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins* made = new Twins(
      [](std::vector<nn::OpSchema>& ops) {
        nn::append_elementwise_ops(ops);
        nn::append_loss_ops(ops);
        nn::append_random_ops(ops);
      },
      [](std::vector<nn_kernel>& kernels) {
        nn::append_elementwise_kernels(kernels);
        nn::append_random_kernels(kernels);
      },
      nn::cuda::append_elementwise_kernels);
  return *made;
}

void run_on_device(const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
  const Outcome outcome = twins().cuda().run("fusedElementwise", in, out, attrs);
  EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
}

void run_chains(int rounds, int longest, uint32_t seed) {
  std::mt19937 random(seed);
  for (int round = 0; round < rounds; round++) {
    const Dims shapes[] = {{7, 5}, {1}, {3, 2049}, {33, 130}, {2, 3, 4}, {1, 1}, {1, 4}};
    Chain chain(twins().cpu(), random, shapes[random() % 7]);
    const int length = 1 + static_cast<int>(random() % static_cast<uint32_t>(longest));
    for (int i = 0; i < length; i++) chain.add_instruction();
    chain.expect_same(run_on_device);
    if (testing::Test::HasFailure()) FAIL() << "round " << round;
  }
}

TEST(CudaProgram, RandomChains) { run_chains(300, 20, 21); }

// More values at a time than shared memory has places for.
TEST(CudaProgram, LongChains) { run_chains(30, 64, 22); }

TEST(CudaProgram, ChainsInPieces) {
  const int64_t before = nn::cuda::most_in_piece;
  for (int64_t most : {5, 64, 1000}) {
    nn::cuda::most_in_piece = most;
    std::mt19937 random(static_cast<uint32_t>(most));
    for (int round = 0; round < 20; round++) {
      const Dims shapes[] = {{7, 5}, {2, 3, 4}, {5, 130}};
      Chain chain(twins().cpu(), random, shapes[random() % (most < 1000 ? 2 : 3)]);
      for (int i = 0; i < 12; i++) chain.add_instruction();
      chain.expect_same(run_on_device);
    }
  }
  nn::cuda::most_in_piece = before;
}

// y = relu(x + bias), z = dropout(y).
Attrs relu_dropout() {
  const int add = nn::fusable_code("add"), relu = nn::fusable_code("relu"), dropout = nn::fusable_code("dropout");
  Attrs attrs{3, add, 0, 2, 0, 1, 0, relu, 0, 1, 3, 0, dropout, 1, 2, 3, 2, 3, 9};
  return attrs.add_float(0.5).add_all(std::vector<int>{2, 0, 1});
}

TEST(CudaProgram, OutputsMayBeInputs) {
  std::mt19937 random(14);
  Array x(NN_FLOAT32, {50, 100}), bias(NN_FLOAT32, {100}), again(NN_FLOAT32, {50, 100});
  x.fill_random(random);
  bias.fill_random(random);
  const Array rng = Array::ints({4}, {1, 2, 3, 4});
  const auto want =
      twins().on_cpu("fusedElementwise", {&x, &bias, &rng}, {{NN_FLOAT32, {50, 100}}, {NN_FLOAT32, {50, 100}}}, relu_dropout());
  ASSERT_EQ(twins().cuda().run("fusedElementwise", {&x, &bias, &rng}, {&again, &x}, relu_dropout()).code, NN_OK);
  EXPECT_TRUE(again.same(want[0]));
  EXPECT_TRUE(x.same(want[1]));
  // w is written by the first instruction and its old value read by the second: w * a, then that + w.
  const int multiply = nn::fusable_code("multiply"), plus = nn::fusable_code("add");
  Array a(NN_FLOAT32, {501}), w(NN_FLOAT32, {501}), sum(NN_FLOAT32, {501});
  a.fill_random(random);
  w.fill_random(random);
  const Attrs twice{2, multiply, 0, 2, 0, 1, 0, plus, 1, 2, 2, 0, 0, 2, 0, 1};
  const auto both = twins().on_cpu("fusedElementwise", {&w, &a}, {{NN_FLOAT32, {501}}, {NN_FLOAT32, {501}}}, twice);
  ASSERT_EQ(twins().cuda().run("fusedElementwise", {&w, &a}, {&w, &sum}, twice).code, NN_OK);
  EXPECT_TRUE(w.same(both[0]));
  EXPECT_TRUE(sum.same(both[1]));
}

// Thirty-two inputs, each broadcast in a way of its own: more terms than the parameters hold.
TEST(CudaProgram, ManyShapes) {
  std::mt19937 random(15);
  const Dims full = {2, 3, 2, 3, 2, 3, 2};
  const int add = nn::fusable_code("add"), n = nn::kFusedMaxInputs;
  std::vector<Array> arrays;
  std::vector<const Array*> in;
  Attrs attrs{n - 1};
  for (int i = 0; i < n; i++) {
    Dims dims = full;
    for (size_t d = 0; d < dims.size(); d++) dims[d] = (85 + i * 3) >> d & 1 ? dims[d] : 1;
    arrays.emplace_back(NN_FLOAT32, dims);
    arrays.back().fill_random(random);
    if (i == 0) continue;
    attrs.add_all(std::vector<int>{add, 0, 2, i == 1 ? 0 : n, i, 0});
  }
  for (const Array& a : arrays) in.push_back(&a);
  attrs.add_all(std::vector<int>{1, 0});
  twins().expect_identical("fusedElementwise", in, {{NN_FLOAT32, full}}, attrs);
}

TEST(CudaProgram, EmptyTensors) {
  const Array x(NN_FLOAT32, {0, 3}), bias(NN_FLOAT32, {3}), rng = Array::ints({4}, {1, 2, 3, 4});
  twins().expect_identical("fusedElementwise", {&x, &bias, &rng}, {{NN_FLOAT32, {0, 3}}, {NN_FLOAT32, {0, 3}}}, relu_dropout());
}

}  // namespace
}  // namespace nn_test
