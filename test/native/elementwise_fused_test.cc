// fusedElementwise: bit for bit what the single ops give one after the other, for many random chains; and every wrong program refused.
#include "fused_chain.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/random.h"

namespace nn_test {
namespace {

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_elementwise_ops(made->ops);
    nn::append_loss_ops(made->ops);
    nn::append_random_ops(made->ops);
    nn::append_elementwise_kernels(made->kernels);
    nn::append_random_kernels(made->kernels);
    return made;
  }();
  return *r;
}

// On every instruction set and for several numbers of threads.
void run_everywhere(const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
  everywhere(out, true, [&] {
    const Outcome outcome = runner().run("fusedElementwise", in, out, attrs);
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
  });
}

TEST(Fused, RandomChainsGiveTheBitsOfSingleOps) {
  std::mt19937 random(12);
  for (int round = 0; round < 300; round++) {
    const Dims shapes[] = {{7, 5}, {1}, {3, 2049}, {33, 130}, {2, 3, 4}, {1, 1}, {1, 4}};
    Chain chain(runner(), random, shapes[random() % 7]);
    const int length = 1 + static_cast<int>(random() % 20);
    for (int i = 0; i < length; i++) chain.add_instruction();
    chain.expect_same(run_everywhere);
    if (testing::Test::HasFailure()) FAIL() << "round " << round;
  }
}

TEST(Fused, LongChainsAndManyElements) {
  std::mt19937 random(13);
  for (int round = 0; round < 3; round++) {
    Chain chain(runner(), random, {60, 700});
    for (int i = 0; i < 64; i++) chain.add_instruction();
    chain.expect_same(run_everywhere);
  }
}

// y = relu(x + bias), z = dropout(y), in place of x.
std::vector<int32_t> relu_dropout_program() {
  const int add = nn::fusable_code("add"), relu = nn::fusable_code("relu"), dropout = nn::fusable_code("dropout");
  std::vector<int32_t> words = {3, add, 0, 2, 0, 1, 0, relu, 0, 1, 3, 0, dropout, 1, 2, 3, 2, 3};
  Attrs attrs;
  attrs.add(9).add_float(0.5);
  words.insert(words.end(), attrs.words().begin(), attrs.words().end());
  words.insert(words.end(), {2, 0, 1});
  return words;
}

TEST(Fused, OutputsMayBeInputs) {
  std::mt19937 random(14);
  Array x(NN_FLOAT32, {500, 100}), bias(NN_FLOAT32, {100}), y(NN_FLOAT32, {500, 100}), z(NN_FLOAT32, {500, 100});
  x.fill_random(random);
  bias.fill_random(random);
  const Array rng = Array::ints({4}, {1, 2, 3, 4});
  Attrs attrs;
  attrs.add_all(relu_dropout_program());
  ASSERT_EQ(runner().run("fusedElementwise", {&x, &bias, &rng}, {&y, &z}, attrs).code, NN_OK);
  Array again(NN_FLOAT32, {500, 100});
  ASSERT_EQ(runner().run("fusedElementwise", {&x, &bias, &rng}, {&again, &x}, attrs).code, NN_OK);
  EXPECT_TRUE(x.same(z));
  EXPECT_TRUE(again.same(y));
  // x is written by the first instruction and read by the second: a * x, then + x.
  const int multiply = nn::fusable_code("multiply"), plus = nn::fusable_code("add");
  Array a(NN_FLOAT32, {5000}), w(NN_FLOAT32, {5000}), product(NN_FLOAT32, {5000}), sum(NN_FLOAT32, {5000});
  a.fill_random(random);
  w.fill_random(random);
  Attrs twice{2, multiply, 0, 2, 0, 1, 0, plus, 1, 2, 2, 0, 0, 2, 0, 1};
  ASSERT_EQ(runner().run("fusedElementwise", {&w, &a}, {&product, &sum}, twice).code, NN_OK);
  Array sum_again(NN_FLOAT32, {5000});
  ASSERT_EQ(runner().run("fusedElementwise", {&w, &a}, {&w, &sum_again}, twice).code, NN_OK);
  EXPECT_TRUE(w.same(product));
  EXPECT_TRUE(sum_again.same(sum));
}

TEST(Fused, EmptyTensors) {
  const Array x(NN_FLOAT32, {0, 3}), bias(NN_FLOAT32, {3}), rng = Array::ints({4}, {1, 2, 3, 4});
  Array y(NN_FLOAT32, {0, 3}), z(NN_FLOAT32, {0, 3});
  Attrs attrs;
  attrs.add_all(relu_dropout_program());
  EXPECT_EQ(runner().run("fusedElementwise", {&x, &bias, &rng}, {&y, &z}, attrs).code, NN_OK);
}

TEST(Fused, RefusesWrongPrograms) {
  const Array x(NN_FLOAT32, {4}), other(NN_FLOAT32, {3}), ints(NN_INT32, {4}), y(NN_FLOAT32, {4}), two(NN_FLOAT32, {2, 2});
  const int exp = nn::fusable_code("exp"), add = nn::fusable_code("add"), cast = nn::fusable_code("cast"), clip = nn::fusable_code("clip"),
            where = nn::fusable_code("where"), dropout = nn::fusable_code("dropout");
  const auto refuse = [&](const std::vector<const Array*>& in, std::initializer_list<int32_t> words, const char* part) {
    const std::string sentence = runner().check("fusedElementwise", in, {&y}, Attrs(words));
    EXPECT_NE(sentence.find(part), std::string::npos) << "got: " << sentence;
  };
  EXPECT_EQ(runner().check("fusedElementwise", {&x}, {&y}, {1, exp, 0, 1, 0, 0, 1, 0}), "");
  refuse({&x}, {}, "expected 1 to 64 instructions");
  refuse({&x}, {0, 1, 0}, "expected 1 to 64 instructions, got 0");
  refuse({&x}, {65, exp}, "expected 1 to 64 instructions, got 65");
  refuse({&x}, {1, exp, 0}, "the end of the program");
  refuse({&x}, {1, 999, 0, 1, 0, 0, 1, 0}, "as code, got 999");
  refuse({&x}, {1, -1, 0, 1, 0, 0, 1, 0}, "as code, got -1");
  refuse({&x}, {1, exp, 64, 1, 0, 0, 1, 0}, "as register, got 64");
  refuse({&x}, {1, exp, 0, 2, 0, 0, 0, 1, 0}, "1 to 1 sources, got 2");
  refuse({&x}, {1, exp, 0, 1, 65, 0, 1, 0}, "as source, got 65");
  refuse({&x}, {1, exp, 0, 1, 1, 0, 1, 0}, "a register that has been written, got register 0");
  refuse({&x}, {1, exp, 0, 1, 0, 1, 0, 1, 0}, "0 to 0 attribute words, got 1");
  refuse({&x}, {1, clip, 0, 1, 0, 4, 1, 2}, "the end of the program");
  refuse({&x}, {1, exp, 0, 1, 0, 0}, "the end of the program");
  refuse({&x}, {1, exp, 0, 1, 0, 0, 2, 0, 0}, "1 to 1 outputs in the program, got 2");
  refuse({&x}, {1, exp, 0, 1, 0, 0, 1, 1}, "registers that have been written as outputs, got 1");
  refuse({&x}, {1, exp, 0, 1, 0, 0, 1, 64}, "registers that have been written as outputs, got 64");
  refuse({&x}, {1, exp, 0, 1, 0, 0, 1, 0, 7}, "got 1 more words");
  refuse({&other}, {1, exp, 0, 1, 0, 0, 1, 0}, "inputs that broadcast to [4], got [3]");
  refuse({&two}, {1, exp, 0, 1, 0, 0, 1, 0}, "inputs that broadcast to [4], got [2, 2]");
  refuse({&ints}, {1, exp, 0, 1, 0, 0, 1, 0}, "exp: expected float32 or float64, got int32");
  refuse({&x, &ints}, {1, add, 0, 2, 0, 1, 0, 1, 0}, "one dtype");
  refuse({&x}, {1, cast, 0, 1, 0, 1, 5, 1, 0}, "as dtype, got 5");
  refuse({&x}, {1, cast, 0, 1, 0, 1, NN_INT32, 1, 0}, "expected an output of int32, got float32");
  refuse({&x}, {1, where, 0, 3, 0, 0, 0, 0, 1, 0}, "expected bool");
  refuse({&x}, {1, dropout, 0, 2, 0, 0, 3, 0, 0, 0, 1, 0}, "rng state of 4 int32");
  refuse({&x, &ints}, {1, dropout, 0, 2, 0, 1, 3, -1, 0, 0, 1, 0}, "offset of at least 0");
  refuse({&x, &ints}, {2, cast, 0, 1, 1, 1, NN_INT32, dropout, 1, 2, 0, 2, 3, 0, 0, 0, 1, 1},
         "expected an input as rng state, got a register");
  refuse({&x, &ints}, {1, dropout, 0, 2, 0, 1, 3, 0, 0, 0x40000000, 1, 0}, "rate from 0 to 1");
}

// Words drawn at random, and good programs with words changed: a check that passes must be followed by a run that stays within bounds.
TEST(Fused, GarbageIsRefusedOrHarmless) {
  std::mt19937 random(15);
  const Array x(NN_FLOAT32, {37}), row(NN_FLOAT32, {1}), rng = Array::ints({4}, {1, 2, 3, 4});
  for (const Array* a : {&x, &row}) std::memset(a->data(), 0, static_cast<size_t>(a->bytes()));
  Array y(NN_FLOAT32, {37}), z(NN_FLOAT32, {37});
  int passed = 0;
  for (int round = 0; round < 20000; round++) {
    std::vector<int32_t> words = relu_dropout_program();
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < changes; i++) {
      const uint32_t draw = random();
      words[random() % words.size()] = draw % 8 == 0 ? static_cast<int32_t>(random()) : static_cast<int32_t>(draw / 8 % 110) - 2;
    }
    if (round % 5 == 0) words.resize(random() % words.size());
    Attrs attrs;
    attrs.add_all(words);
    passed += runner().run("fusedElementwise", {&x, &row, &rng}, {&y, &z}, attrs).code == NN_OK;
  }
  EXPECT_GT(passed, 20);
}

}  // namespace
}  // namespace nn_test
