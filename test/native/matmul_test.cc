// Matrix products: oneDNN's float32 against the float64 reference, and the reference against what a product means.
#include "ops/matmul.h"

#include <omp.h>

#include <array>
#include <cmath>

#include "backends/cpu/device.h"
#include "backends/cpu/kernels.h"
#include "op_runner.h"
#include "ops/reduce.h"

namespace {

using nn_test::Array;
using nn_test::Attrs;
using nn_test::Dims;
using nn_test::OpRunner;
using nn_test::Outcome;

class Matmul : public testing::Test {
 protected:
  Matmul() {
    nn::append_matmul_ops(runner_.ops);
    nn::append_compound_kernels(runner_.kernels);
    nn::append_dnnl_kernels(runner_.kernels);
    nn::append_reference_kernels(runner_.kernels);
    runner_.device = &device_;
    use_threads(2);
    nn_error error{};
    EXPECT_EQ(nn::dnnl_open(&device_, &error), NN_OK) << error.message;
  }
  ~Matmul() override { nn::dnnl_close(&device_); }
  void use_threads(int threads) {
    device_.threads = threads;
    omp_set_num_threads(threads);
  }
  void ok(const std::vector<const Array*>& in, const Array& out, const Attrs& attrs) {
    const Outcome outcome = runner_.run("matmul", in, {&out}, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
  }

  // Small integers: every sum is exact, so results have to be equal.
  void compare(const Dims& a_dims, const Dims& b_dims, bool bias, const Attrs& attrs, std::mt19937& random) {
    const bool ta = attrs.words()[0] != 0, tb = attrs.words()[1] != 0;
    Dims c_dims = a_dims.size() >= b_dims.size() ? a_dims : b_dims;
    const size_t rank = c_dims.size();
    c_dims[rank - 2] = a_dims[a_dims.size() - (ta ? 1 : 2)];
    const int64_t n = c_dims[rank - 1] = b_dims[b_dims.size() - (tb ? 2 : 1)];
    const auto make = [&](int dtype, uint32_t seed) {
      std::mt19937 same(seed);
      Array a(dtype, a_dims), b(dtype, b_dims), v(dtype, {n}), c(dtype, c_dims);
      a.fill_random(same), b.fill_random(same), v.fill_random(same);
      std::vector<const Array*> in = {&a, &b};
      if (bias) in.push_back(&v);
      ok(in, c, attrs);
      return c;
    };
    const uint32_t seed = random();
    const Array got = make(NN_FLOAT32, seed), wanted = make(NN_FLOAT64, seed);
    for (int64_t i = 0; i < got.size(); i++) ASSERT_EQ(got.get(i), wanted.get(i)) << "element " << i;
  }

  nn_device device_;
  OpRunner runner_;
};

TEST_F(Matmul, MatchesAHandMadeExample) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    const Array a(dtype, {2, 3}, {1., 2., 3., 4., 5., 6.}), b(dtype, {3, 2}, {1., 0., -1., 2., 0., 1.}), bias(dtype, {2}, {-10., 1.});
    const Array at(dtype, {3, 2}, {1., 4., 2., 5., 3., 6.}), bt(dtype, {2, 3}, {1., -1., 0., 0., 2., 1.}), c(dtype, {2, 2});
    const std::vector<double> product = {-1, 7, -1, 16};
    ok({&a, &b}, c, {0, 0, 0});
    EXPECT_EQ(c.values(), product);
    ok({&at, &b}, c, {1, 0, 0});
    EXPECT_EQ(c.values(), product);
    ok({&a, &bt}, c, {0, 1, 0});
    EXPECT_EQ(c.values(), product);
    ok({&at, &bt, &bias}, c, {1, 1, 0});
    EXPECT_EQ(c.values(), (std::vector<double>{-11, 8, -11, 17}));
    ok({&a, &b, &bias}, c, {0, 0, 1});
    EXPECT_EQ(c.values(), (std::vector<double>{0, 8, 0, 17}));
  }
}

TEST_F(Matmul, EqualsTheReferenceOnTheTutorialsLayers) {
  std::mt19937 random(1);
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{32, 784, 10}, {128, 5408, 10}, {32, 3136, 512}, {100, 375, 128}, {1, 784, 10}}) {
    compare({m, k}, {k, n}, true, {0, 0, 1}, random);
    compare({m, n}, {k, n}, false, {0, 1, 0}, random);
    compare({m, k}, {m, n}, false, {1, 0, 0}, random);
  }
}

TEST_F(Matmul, EqualsTheReferenceOnRandomShapes) {
  std::mt19937 random(2);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int i = 0; i < 300; i++) {
    const int64_t m = draw(1, 40), k = draw(1, 40), n = draw(1, 40);
    const bool ta = draw(0, 1), tb = draw(0, 1);
    Dims a = ta ? Dims{k, m} : Dims{m, k}, b = tb ? Dims{n, k} : Dims{k, n};
    const Dims batches[] = {{}, {1}, {3}, {2, 3}, {2, 1, 2}};
    const Dims& batch = batches[draw(0, 4)];
    const int which = draw(0, 2);  // both, or one of the two shared
    if (which != 1) a.insert(a.begin(), batch.begin(), batch.end());
    if (which != 2) b.insert(b.begin(), batch.begin(), batch.end());
    use_threads(draw(1, 2));
    SCOPED_TRACE(testing::PrintToString(a) + " by " + testing::PrintToString(b) + (ta ? " transposed" : "") +
                 (tb ? ", right transposed" : ""));
    compare(a, b, draw(0, 1), Attrs({ta, tb, draw(0, 1)}), random);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Matmul, GivesOutTheGeluAndWhatItWasAppliedTo) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    const Array a(dtype, {2, 1}, {1., -2.}), b(dtype, {1, 3}, {1., 0.5, -1.}), bias(dtype, {3}, {0., 0., 1.});
    const Array y(dtype, {2, 3}), alone(dtype, {2, 3}), before(dtype, {2, 3});
    const Outcome outcome = runner_.run("matmul", {&a, &b, &bias}, {&y, &before}, {0, 0, 2});
    ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
    ok({&a, &b, &bias}, alone, {0, 0, 2});
    EXPECT_TRUE(y.same(alone));
    EXPECT_EQ(before.values(), (std::vector<double>{1, 0.5, 0, -2, -1, 3}));
    for (int64_t i = 0; i < y.size(); i++) {
      const double x = before.get(i), wanted = 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
      EXPECT_NEAR(y.get(i), wanted, dtype == NN_FLOAT32 ? 1e-6 : 1e-14);
    }
  }
}

TEST_F(Matmul, WithTheSumsOfTheRightOperandsColumns) {
  nn::append_reduce_ops(runner_.ops);
  nn::append_reduce_kernels(runner_.kernels);
  std::mt19937 random(6);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const auto& [m, k, n] : {std::array<int64_t, 3>{5, 300, 7}, {784, 32, 10}, {3, 0, 2}, {0, 4, 5}}) {
      for (int turned = 0; turned < 4; turned++) {
        const int ta = turned & 1, tb = turned >> 1;
        Array a(dtype, ta ? Dims{k, m} : Dims{m, k}), b(dtype, tb ? Dims{n, k} : Dims{k, n});
        a.fill_random(random), b.fill_random(random);
        const Array c(dtype, {m, n}), sums(dtype, {n}), product(dtype, {m, n}), apart(dtype, {n});
        const Outcome outcome = runner_.run("matmulWithSums", {&a, &b}, {&c, &sums}, {ta, tb});
        ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
        ok({&a, &b}, product, {ta, tb, 0});
        ASSERT_EQ(runner_.run("sum", {&b}, {&apart}, {tb ? 2 : 1}).code, NN_OK);
        EXPECT_TRUE(c.same(product));
        EXPECT_TRUE(sums.same(apart));
      }
    }
  }
}

TEST_F(Matmul, EmptyAxesAreFine) {
  std::mt19937 random(3);
  compare({0, 5}, {5, 3}, true, {0, 0, 0}, random);
  compare({4, 5}, {5, 0}, true, {0, 0, 0}, random);
  compare({4, 0}, {0, 3}, true, {0, 0, 1}, random);  // the bias alone
  compare({4, 0}, {0, 3}, false, {0, 0, 0}, random);
  compare({0, 4, 5}, {0, 5, 3}, true, {0, 0, 0}, random);
  compare({0, 4, 5}, {5, 3}, true, {0, 0, 0}, random);
  compare({5, 0, 4}, {0, 3}, false, {1, 0, 0}, random);
}

TEST_F(Matmul, RealNumbersStayCloseAndRepeatable) {
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  const int64_t m = 64, k = 3000, n = 96;
  Array a(NN_FLOAT32, {m, k}), b(NN_FLOAT32, {k, n}), a64(NN_FLOAT64, {m, k}), b64(NN_FLOAT64, {k, n});
  for (int64_t i = 0; i < a.size(); i++) a.set(i, normal(random)), a64.set(i, a.get(i));
  for (int64_t i = 0; i < b.size(); i++) b.set(i, normal(random)), b64.set(i, b.get(i));
  const Array c(NN_FLOAT32, {m, n}), again(NN_FLOAT32, {m, n}), wanted(NN_FLOAT64, {m, n});
  ok({&a, &b}, c, {0, 0, 0});
  ok({&a, &b}, again, {0, 0, 0});
  ok({&a64, &b64}, wanted, {0, 0, 0});
  EXPECT_TRUE(c.same(again));
  for (int64_t i = 0; i < c.size(); i++) ASSERT_NEAR(c.get(i), wanted.get(i), 5e-6 * std::sqrt(static_cast<double>(k)));
}

TEST_F(Matmul, TheCheckRefusesWhatDoesNotFit) {
  const Array a(NN_FLOAT32, {2, 3}), b(NN_FLOAT32, {3, 4}), c(NN_FLOAT32, {2, 4}), bias(NN_FLOAT32, {4}), wrong(NN_FLOAT32, {5});
  const auto sentence = [&](const std::vector<const Array*>& in, const Array& out, std::initializer_list<int32_t> words) {
    return runner_.check("matmul", in, {&out}, Attrs(words));
  };
  EXPECT_EQ(sentence({&a, &b, &bias}, c, {0, 0, 1}), "");
  EXPECT_EQ(sentence({&a, &b}, c, {0, 1, 0}), "expected equal inner axes, got 3 in [2, 3] and 4 in [3, 4]");
  EXPECT_EQ(sentence({&a, &b}, c, {2, 0, 0}), "expected transposeA and transposeB of 0 or 1, got 2 and 0");
  EXPECT_EQ(sentence({&a, &b}, c, {0, 0, -1}), "expected an activation of 0, 1 or 2, got -1");
  EXPECT_EQ(sentence({&a, &b, &wrong}, c, {0, 0, 0}), "expected a bias of [4], got [5]");
  EXPECT_EQ(sentence({&a, &b}, bias, {0, 0, 0}), "expected an output of [..., 2, 4] with the batch axes of [3, 4], got [4]");
  EXPECT_EQ(sentence({&a, &bias}, c, {0, 0, 0}), "expected two operands of at least two axes, got [2, 3] and [4]");
  const Array many(NN_FLOAT32, {2, 2, 3}), few(NN_FLOAT32, {3, 3, 4}), out(NN_FLOAT32, {2, 2, 4}), ints(NN_INT32, {2, 3});
  EXPECT_EQ(sentence({&many, &few}, out, {0, 0, 0}), "expected the same batch axes or an operand without any, got [2, 2, 3] and [3, 3, 4]");
  EXPECT_EQ(sentence({&ints, &b}, c, {0, 0, 0}), "expected floats, got int32");
  EXPECT_EQ(runner_.check("matmul", {&a, &b}, {&c, &c}, {0, 0, 1}),
            "expected a second output only beside activation 2 and like the first, got [2, 4] beside activation 1");
  EXPECT_EQ(runner_.check("matmulWithSums", {&a, &b}, {&c, &wrong}, {0, 0}), "expected sums of float32[4], got float32[5]");
  EXPECT_EQ(runner_.check("matmulWithSums", {&many, &b}, {&out, &bias}, {0, 0}), "expected matrices, got [2, 2, 3] and [3, 4]");
}

}  // namespace
