// Accuracy of the float32 functions over the whole range of floats, against long double.
#include <cmath>

#include "kernel_rig.h"
#include "math/activation.h"

namespace nn_test {
namespace {

using Real = long double;

// The greatest distance over bit patterns a prime apart, so that every binade is met.
template <class F, class G>
void expect_close(const char* name, double limit, float low, float high, F got, G want) {
  double worst = 0;
  float at = 0;
  for (uint64_t bits = 0; bits < 0x100000000ull; bits += 16411) {
    const float x = nn::math::bits_float(static_cast<uint32_t>(bits));
    if (!(x >= low && x <= high)) continue;
    const double distance = ulps<float>(got(x), want(static_cast<Real>(x)));
    if (distance > worst) {
      worst = distance;
      at = x;
    }
  }
  EXPECT_LE(worst, limit) << name << " at " << at;
}

Real normal_cdf(Real x) { return 0.5L * std::erfc(-x * std::sqrt(0.5L)); }

TEST(Functions, ExponentialsAndLogarithms) {
  expect_close("exp", 1, -200, 200, [](float x) { return nn::math::exp(x); }, [](Real x) { return std::exp(x); });
  expect_close("exp2", 1.5, -200, 200, [](float x) { return nn::math::exp2(x); }, [](Real x) { return std::exp2(x); });
  expect_close("expm1", 1.5, -200, 200, [](float x) { return nn::math::expm1(x); }, [](Real x) { return std::expm1(x); });
  expect_close("log", 1, -1, 3.4e38f, [](float x) { return nn::math::log(x); }, [](Real x) { return std::log(x); });
  expect_close("log1p", 1.5, -2, 3.4e38f, [](float x) { return nn::math::log1p(x); }, [](Real x) { return std::log1p(x); });
}

TEST(Functions, Sigmoids) {
  expect_close("tanh", 3, -200, 200, [](float x) { return nn::math::tanh(x); }, [](Real x) { return std::tanh(x); });
  expect_close("sigmoid", 3, -200, 200, [](float x) { return nn::math::sigmoid(x); }, [](Real x) { return 1 / (1 + std::exp(-x)); });
  expect_close(
      "softplus", 3, -200, 200, [](float x) { return nn::math::softplus(x); },
      [](Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); });
}

TEST(Functions, ErrorFunctions) {
  expect_close("erf", 2, -20, 20, [](float x) { return nn::math::erf(x); }, [](Real x) { return std::erf(x); });
  expect_close("erfc", 4.5, -20, 20, [](float x) { return nn::math::erfc(x); }, [](Real x) { return std::erfc(x); });
  expect_close("normal_cdf", 4, -20, 20, [](float x) { return nn::math::normal_cdf(x); }, normal_cdf);
}

TEST(Functions, InverseOfErf) {
  double worst = 0;
  for (int i = -99999; i < 100000; i++) {
    const double y = i / 100000.0, x = nn::math::erfinv(y);
    if (y == 0) {
      EXPECT_EQ(x, 0);
      continue;
    }
    const Real slope = 2 / std::sqrt(std::acos(-1.0L)) * std::exp(-static_cast<Real>(x) * x);
    worst = std::max(worst, static_cast<double>(std::fabs((std::erf(static_cast<Real>(x)) - y) / slope / x)));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(nn::math::erfinv(1.0f), INFINITY);
  EXPECT_EQ(nn::math::erfinv(-1.0f), -INFINITY);
  EXPECT_TRUE(std::isnan(nn::math::erfinv(1.5f)));
}

TEST(Functions, SpecialValues) {
  const float inf = INFINITY, nan = NAN;
  EXPECT_EQ(nn::math::exp(inf), inf);
  EXPECT_EQ(nn::math::exp(-inf), 0);
  EXPECT_EQ(nn::math::exp(0.0f), 1);
  EXPECT_EQ(nn::math::exp(88.8f), inf);
  EXPECT_GT(nn::math::exp(-103.0f), 0);  // not flushed to zero
  EXPECT_EQ(nn::math::exp2(-149.0f), 1.401298464324817e-45f);
  EXPECT_EQ(nn::math::expm1(-inf), -1);
  EXPECT_EQ(nn::math::expm1(inf), inf);
  EXPECT_EQ(nn::math::log(0.0f), -inf);
  EXPECT_EQ(nn::math::log(-0.0f), -inf);
  EXPECT_EQ(nn::math::log(inf), inf);
  EXPECT_TRUE(std::isnan(nn::math::log(-1.0f)));
  EXPECT_EQ(nn::math::log1p(-1.0f), -inf);
  EXPECT_EQ(nn::math::log1p(inf), inf);
  EXPECT_EQ(nn::math::tanh(inf), 1);
  EXPECT_EQ(nn::math::tanh(-inf), -1);
  EXPECT_TRUE(std::signbit(nn::math::tanh(-0.0f)));
  EXPECT_EQ(nn::math::sigmoid(-inf), 0);
  EXPECT_EQ(nn::math::sigmoid(inf), 1);
  EXPECT_EQ(nn::math::softplus(inf), inf);
  EXPECT_EQ(nn::math::softplus(-inf), 0);
  EXPECT_EQ(nn::math::erf(inf), 1);
  EXPECT_EQ(nn::math::erfc(inf), 0);
  EXPECT_EQ(nn::math::erfc(-inf), 2);
  for (float y : {nn::math::exp(nan), nn::math::exp2(nan), nn::math::expm1(nan), nn::math::log(nan), nn::math::log1p(nan),
                  nn::math::tanh(nan), nn::math::sigmoid(nan), nn::math::softplus(nan), nn::math::erf(nan), nn::math::erfc(nan),
                  nn::math::normal_cdf(nan), nn::math::relu(nan), nn::math::relu6(nan), nn::math::log1p(-1.5f)}) {
    EXPECT_TRUE(std::isnan(y));
  }
}

}  // namespace
}  // namespace nn_test
