// Batch normalisation against its definition.
#include "ops/norm.h"

#include <omp.h>

#include <cmath>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "op_runner.h"

namespace {

using nn_test::Array;
using nn_test::Attrs;
using nn_test::Dims;
using nn_test::OpRunner;
using nn_test::Outcome;

constexpr double kEpsilon = 1e-3;

class BatchNorm : public testing::Test {
 protected:
  BatchNorm() {
    nn::append_norm_ops(runner_.ops);
    nn::append_norm_kernels(runner_.kernels);
    omp_set_num_threads(2);
  }
  ~BatchNorm() override {
    nn::cpu::use_arch(nn::cpu::best_arch());
    omp_set_num_threads(2);
  }
  static Attrs attrs(double epsilon = kEpsilon) { return Attrs().add_float(epsilon); }

  struct Forward {
    Forward(int dtype, const Dims& dims) : y(dtype, dims), mean(dtype, {dims.back()}), variance(dtype, {dims.back()}) {}
    Array y, mean, variance;
    bool same(const Forward& o) const { return y.same(o.y) && mean.same(o.mean) && variance.same(o.variance); }
  };
  struct Backward {
    Backward(int dtype, const Dims& dims) : dx(dtype, dims), dgamma(dtype, {dims.back()}), dbeta(dtype, {dims.back()}) {}
    Array dx, dgamma, dbeta;
    bool same(const Backward& o) const { return dx.same(o.dx) && dgamma.same(o.dgamma) && dbeta.same(o.dbeta); }
  };
  Forward forward(const Array& x, const Array& gamma, const Array& beta) {
    Forward f(x.dtype(), x.dims());
    const Outcome outcome = runner_.run("batchNorm", {&x, &gamma, &beta}, {&f.y, &f.mean, &f.variance}, attrs());
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
    return f;
  }
  Backward backward(const Array& x, const Array& dy, const Array& gamma, const Forward& f) {
    Backward b(x.dtype(), x.dims());
    const Outcome outcome =
        runner_.run("batchNormBackward", {&x, &dy, &gamma, &f.mean, &f.variance}, {&b.dx, &b.dgamma, &b.dbeta}, attrs());
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
    return b;
  }
  static Array normal(int dtype, const Dims& dims, std::mt19937& random, double mean = 0) {
    std::normal_distribution<double> draw(mean, 1);
    Array a(dtype, dims);
    for (int64_t i = 0; i < a.size(); i++) a.set(i, draw(random));
    return a;
  }

  // By the definition, in float64, of the values that x has in its own dtype.
  void expect_definition(const Array& x, const Array& gamma, const Array& beta, const Array& dy, double tolerance) {
    const Forward f = forward(x, gamma, beta);
    const Backward b = backward(x, dy, gamma, f);
    const int64_t channels = x.dims().back(), rows = x.size() / channels;
    const double n = static_cast<double>(rows);
    for (int64_t c = 0; c < channels; c++) {
      double mean = 0, variance = 0, sum = 0, product = 0;
      for (int64_t r = 0; r < rows; r++) mean += x.get(r * channels + c) / n;
      for (int64_t r = 0; r < rows; r++) variance += std::pow(x.get(r * channels + c) - mean, 2) / n;
      const double inverse = 1 / std::sqrt(variance + kEpsilon);
      for (int64_t r = 0; r < rows; r++) {
        sum += dy.get(r * channels + c);
        product += dy.get(r * channels + c) * (x.get(r * channels + c) - mean) * inverse;
      }
      ASSERT_NEAR(f.mean.get(c), mean, tolerance * (1 + std::abs(mean))) << "channel " << c;
      ASSERT_NEAR(f.variance.get(c), variance, tolerance * (1 + variance)) << "channel " << c;
      ASSERT_NEAR(b.dbeta.get(c), sum, tolerance * n) << "channel " << c;
      ASSERT_NEAR(b.dgamma.get(c), product, tolerance * n) << "channel " << c;
      for (int64_t r = 0; r < rows; r++) {
        const int64_t i = r * channels + c;
        const double z = (x.get(i) - mean) * inverse;
        ASSERT_NEAR(f.y.get(i), z * gamma.get(c) + beta.get(c), 20 * tolerance) << "element " << i;
        ASSERT_NEAR(b.dx.get(i), gamma.get(c) * inverse * (dy.get(i) - sum / n - z * product / n), 20 * tolerance * inverse)
            << "element " << i;
      }
    }
  }

  OpRunner runner_;
};

TEST_F(BatchNorm, FollowsItsDefinition) {
  for (nn::cpu::Arch arch : {nn::cpu::Arch::kBase, nn::cpu::Arch::kX86V3, nn::cpu::Arch::kX86V4}) {
    if (arch > nn::cpu::best_arch()) continue;
    nn::cpu::use_arch(arch);
    std::mt19937 random(1);
    for (const Dims& dims :
         {Dims{2, 5, 5, 32}, {4, 7, 9, 3}, {1000, 1}, {333, 15}, {70, 30}, {9, 64}, {40, 130}, {130, 600}, {2, 7}, {2000, 17}}) {
      SCOPED_TRACE(testing::PrintToString(dims));
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
        const Array x = normal(dtype, dims, random), dy = normal(dtype, dims, random);
        const Array gamma = normal(dtype, {dims.back()}, random), beta = normal(dtype, {dims.back()}, random);
        expect_definition(x, gamma, beta, dy, dtype == NN_FLOAT32 ? 2e-6 : 1e-13);
      }
    }
  }
}

TEST_F(BatchNorm, ALargeMeanDoesNotSwallowTheVariance) {
  std::mt19937 random(2);
  const Array x = normal(NN_FLOAT32, {5000, 6}, random, 4096), gamma = normal(NN_FLOAT32, {6}, random),
              beta = normal(NN_FLOAT32, {6}, random);
  const Forward f = forward(x, gamma, beta);
  for (int64_t c = 0; c < 6; c++) {
    double mean = 0, variance = 0;
    for (int64_t r = 0; r < 5000; r++) mean += x.get(r * 6 + c) / 5000;
    for (int64_t r = 0; r < 5000; r++) variance += std::pow(x.get(r * 6 + c) - mean, 2) / 5000;
    EXPECT_NEAR(f.variance.get(c), variance, 1e-5);
    EXPECT_NEAR(f.mean.get(c), mean, 3e-4);  // half of float32's last place there
  }
}

TEST_F(BatchNorm, GradientsAreTheDerivativesOfTheForwardPass) {
  std::mt19937 random(3);
  const Dims dims = {3, 4, 5};
  Array x = normal(NN_FLOAT64, dims, random), gamma = normal(NN_FLOAT64, {5}, random), beta = normal(NN_FLOAT64, {5}, random);
  const Array dy = normal(NN_FLOAT64, dims, random);
  const Backward b = backward(x, dy, gamma, forward(x, gamma, beta));
  const auto loss = [&] {
    const Forward f = forward(x, gamma, beta);
    double sum = 0;
    for (int64_t i = 0; i < dy.size(); i++) sum += f.y.get(i) * dy.get(i);
    return sum;
  };
  for (auto [operand, gradient] : {std::pair<Array*, const Array*>{&x, &b.dx}, {&gamma, &b.dgamma}, {&beta, &b.dbeta}}) {
    for (int64_t i = 0; i < operand->size(); i++) {
      const double value = operand->get(i), step = 1e-5;
      operand->set(i, value + step);
      const double above = loss();
      operand->set(i, value - step);
      const double below = loss();
      operand->set(i, value);
      ASSERT_NEAR(gradient->get(i), (above - below) / (2 * step), 1e-7) << "element " << i;
    }
  }
}

TEST_F(BatchNorm, TheNumberOfThreadsChangesNoBit) {
  std::mt19937 random(4);
  for (const Dims& dims : {Dims{8, 26, 26, 32}, {5000, 3}, {300, 700}}) {
    const Array x = normal(NN_FLOAT32, dims, random), dy = normal(NN_FLOAT32, dims, random),
                gamma = normal(NN_FLOAT32, {dims.back()}, random);
    omp_set_num_threads(1);
    const Forward alone = forward(x, gamma, gamma);
    const Backward alone_back = backward(x, dy, gamma, alone);
    for (int threads : {2, 3}) {
      omp_set_num_threads(threads);
      const Forward f = forward(x, gamma, gamma);
      EXPECT_TRUE(f.same(alone)) << threads << " threads";
      EXPECT_TRUE(backward(x, dy, gamma, f).same(alone_back)) << threads << " threads";
    }
  }
}

TEST_F(BatchNorm, OneRowAndEqualRowsGiveBeta) {
  const Array x = Array::floats({1, 3}, {5, -1, 1e6}), gamma = Array::floats({3}, {1, 2, 3}), beta = Array::floats({3}, {7, 8, 9});
  const Forward f = forward(x, gamma, beta);
  EXPECT_EQ(f.y.values(), beta.values());
  EXPECT_EQ(f.mean.values(), x.values());
  EXPECT_EQ(f.variance.values(), (std::vector<double>{0, 0, 0}));
}

TEST_F(BatchNorm, EmptyTensorsAreFine) {
  const Array none(NN_FLOAT32, {0, 3}), c(NN_FLOAT32, {3}), flat(NN_FLOAT32, {4, 0}), nothing(NN_FLOAT32, {0});
  const Forward f = forward(none, c, c);
  EXPECT_TRUE(std::isnan(f.mean.get(0)) && std::isnan(f.variance.get(2)));
  EXPECT_EQ(backward(none, none, c, f).dbeta.values(), (std::vector<double>{0, 0, 0}));
  backward(flat, flat, nothing, forward(flat, nothing, nothing));
}

TEST_F(BatchNorm, TheCheckRefusesWhatDoesNotFit) {
  const Array x(NN_FLOAT32, {4, 3}), c(NN_FLOAT32, {3}), d(NN_FLOAT32, {4}), wide(NN_FLOAT64, {3}), ints(NN_INT32, {4, 3}),
      scalar(NN_FLOAT32, {});
  const auto sentence = [&](const std::vector<const Array*>& in, const std::vector<const Array*>& out, double epsilon = kEpsilon) {
    return runner_.check("batchNorm", in, out, attrs(epsilon));
  };
  EXPECT_EQ(sentence({&x, &c, &c}, {&x, &c, &c}), "");
  EXPECT_EQ(sentence({&x, &c, &c}, {&x, &c, &c}, -1), "expected a finite epsilon of at least 0, got -1.000000");
  EXPECT_NE(sentence({&x, &c, &c}, {&x, &c, &c}, std::nan("")), "");
  EXPECT_EQ(sentence({&x, &d, &c}, {&x, &c, &c}), "expected float32[3], got float32[4]");
  EXPECT_EQ(sentence({&x, &c, &wide}, {&x, &c, &c}), "expected float32[3], got float64[3]");
  EXPECT_EQ(sentence({&x, &c, &c}, {&ints, &c, &c}), "expected float32[4, 3], got int32[4, 3]");
  EXPECT_EQ(sentence({&ints, &c, &c}, {&ints, &c, &c}), "expected floats, got int32");
  EXPECT_EQ(sentence({&scalar, &c, &c}, {&scalar, &c, &c}), "expected at least one axis, got a scalar");
  EXPECT_EQ(runner_.check("batchNormBackward", {&x, &c, &c, &c, &c}, {&x, &c, &c}, attrs()), "expected float32[4, 3], got float32[3]");
}

}  // namespace
