// Random ops: bits that depend on seed and element alone, ranges, and moments of the distributions.
#include "ops/random.h"

#include <set>
#include <tuple>

#include "kernel_rig.h"
#include "math/random.h"

namespace nn_test {
namespace {

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_random_ops(made->ops);
    nn::append_random_kernels(made->kernels);
    return made;
  }();
  return *r;
}

Array state(int32_t seed, int32_t offset_low = 0, int32_t offset_high = 0) { return Array::ints({4}, {seed, 77, offset_low, offset_high}); }
Attrs attrs_of(int32_t offset, double a, double b) {
  Attrs attrs;
  return attrs.add(offset).add_float(a).add_float(b);
}

Array fill(const char* op, int dtype, int64_t n, const Array& rng, const Attrs& attrs) {
  Array out(dtype, {n});
  everywhere({&out}, true, [&] {
    const Outcome outcome = runner().run(op, {&rng}, {&out}, attrs);
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
  });
  return out;
}

struct Moments {
  double mean = 0, variance = 0, skewness = 0, low = INFINITY, high = -INFINITY;
  explicit Moments(const Array& a) {
    const double n = static_cast<double>(a.size());
    for (int64_t i = 0; i < a.size(); i++) {
      mean += a.get(i) / n;
      low = std::fmin(low, a.get(i));
      high = std::fmax(high, a.get(i));
    }
    for (int64_t i = 0; i < a.size(); i++) {
      const double d = a.get(i) - mean;
      variance += d * d / n;
      skewness += d * d * d / n;
    }
    skewness /= std::pow(variance, 1.5);
  }
};

TEST(Random, EveryElementHasItsOwnWord) {
  const Array rng = state(5, -3, 9);  // the offset is unsigned and crosses 2^32
  const nn::math::RandomStream stream = {5, 77, (uint64_t{9} << 32 | 0xfffffffdu) + 1000};
  const int64_t n = 70003;
  const Array uniform = fill("randomUniform", NN_FLOAT32, n, rng, attrs_of(1000, 0, 1));
  const Array wide = fill("randomUniform", NN_FLOAT64, n, rng, attrs_of(1000, 0, 1));
  const Array ints = fill("randomInt", NN_INT32, n, rng, {1000, -5, 1000000});
  const Array normal = fill("randomNormal", NN_FLOAT64, n, rng, attrs_of(1000, 0, 1));
  for (int64_t i = 0; i < n; i += 4) {
    const nn::math::Philox4 words = nn::math::random_words(stream, static_cast<uint64_t>(i / 4));
    const uint32_t lane[4] = {words.a, words.b, words.c, words.d};
    for (int64_t l = 0; l < 4 && i + l < n; l++) {
      EXPECT_EQ(uniform.get(i + l), (lane[l] >> 8) / 16777216.0);
      EXPECT_EQ(wide.get(i + l), (lane[l] + 0.5) / 4294967296.0);
      EXPECT_EQ(ints.get(i + l), -5.0 + static_cast<double>(lane[l] * uint64_t{1000005} >> 32));
      const double u1 = (lane[l & 2] + 0.5) / 4294967296.0, u2 = (lane[l | 1] + 0.5) / 4294967296.0;
      const double r = std::sqrt(-2 * std::log(u1)), angle = 2 * M_PI * u2;
      EXPECT_NEAR(normal.get(i + l), l & 1 ? r * std::sin(angle) : r * std::cos(angle), 1e-12);
    }
  }
}

TEST(Random, SeedsOffsetsAndLengths) {
  const Attrs unit = attrs_of(0, 0, 1);
  const Array a = fill("randomUniform", NN_FLOAT32, 1000, state(1), unit), b = fill("randomUniform", NN_FLOAT32, 1000, state(2), unit);
  const Array longer = fill("randomUniform", NN_FLOAT32, 1003, state(1), unit),
              later = fill("randomUniform", NN_FLOAT32, 1000, state(1, 10), unit);
  int equal = 0;
  for (int64_t i = 0; i < 1000; i++) {
    equal += a.get(i) == b.get(i);
    EXPECT_EQ(a.get(i), longer.get(i));
    if (i + 40 < 1000) {
      EXPECT_EQ(later.get(i), a.get(i + 40));  // ten counters are forty elements
    }
  }
  EXPECT_LT(equal, 3);
}

TEST(Random, Distributions) {
  const int64_t n = 200000;
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    const Moments uniform(fill("randomUniform", dtype, n, state(3), attrs_of(0, -2, 6)));
    EXPECT_NEAR(uniform.mean, 2, 0.02);
    EXPECT_NEAR(uniform.variance, 64.0 / 12, 0.03);
    EXPECT_GE(uniform.low, -2);
    EXPECT_LT(uniform.high, 6);
    const Moments normal(fill("randomNormal", dtype, n, state(4), attrs_of(0, 1, 3)));
    EXPECT_NEAR(normal.mean, 1, 0.02);
    EXPECT_NEAR(normal.variance, 9, 0.1);
    EXPECT_NEAR(normal.skewness, 0, 0.02);
    EXPECT_GT(normal.high, 1 + 3 * 4);
    const Moments truncated(fill("truncatedNormal", dtype, n, state(5), attrs_of(0, 1, 3)));
    EXPECT_NEAR(truncated.mean, 1, 0.02);
    EXPECT_NEAR(truncated.variance, 9 * 0.7737, 0.05);  // 1 - 4 phi(2) / (2 Phi(2) - 1)
    EXPECT_GE(truncated.low, 1 - 6);
    EXPECT_LE(truncated.high, 1 + 6);
    EXPECT_LT(truncated.low, 1 - 5.99);
  }
  const Moments dice(fill("randomInt", NN_INT32, n, state(6), {0, 1, 7}));
  EXPECT_NEAR(dice.mean, 3.5, 0.02);
  EXPECT_EQ(dice.low, 1);
  EXPECT_EQ(dice.high, 6);
  const Moments all(fill("randomInt", NN_INT32, n, state(7), {0, INT32_MIN, INT32_MAX}));
  EXPECT_LT(all.low, -2.147e9);
  EXPECT_GT(all.high, 2.147e9);
}

TEST(Random, UniformNeverReachesHigh) {
  const Array a = fill("randomUniform", NN_FLOAT32, 100000, state(1), attrs_of(0, 16777215, 16777216));
  EXPECT_EQ(Moments(a).high, 16777215);
  const Array one = fill("randomUniform", NN_FLOAT32, 5, state(1), attrs_of(0, 3, 3));
  EXPECT_EQ(Moments(one).high, 3);
}

Attrs rate_of(double rate, int32_t offset = 0) {
  Attrs attrs;
  return attrs.add(offset).add_float(rate);
}

TEST(Random, Dropout) {
  const Array rng = state(8);
  const int64_t n = 100003;
  const Array uniform = fill("randomUniform", NN_FLOAT32, n, rng, attrs_of(50, 0, 1));
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    Array x(dtype, {n}), y(dtype, {n});
    for (int64_t i = 0; i < n; i++) x.set(i, static_cast<double>(i % 100) + 1);
    for (double rate : {0.0, 0.1, 0.25, 0.5, 0.9, 1.0}) {
      everywhere({&y}, true, [&] { EXPECT_EQ(runner().run("dropout", {&x, &rng}, {&y}, rate_of(rate, 50)).code, NN_OK); });
      int64_t kept = 0;
      for (int64_t i = 0; i < n; i++) {
        const bool keep = uniform.get(i) >= rate;
        kept += keep;
        EXPECT_NEAR(y.get(i), keep ? x.get(i) / (1 - rate) : 0, keep ? x.get(i) / (1 - rate) * 1e-6 : 0) << i;
      }
      EXPECT_NEAR(static_cast<double>(kept), static_cast<double>(n) * (1 - rate), 600);
    }
  }
}

TEST(Random, DropoutThresholdIsTheFirstNumberThatIsKept) {
  for (double rate : {0.0, 0.1, 0.25, 1.0 / 3, 0.5, 0.9, 1.0}) {
    const double threshold = nn::math::dropout_threshold(rate);
    EXPECT_GE(threshold / 16777216, rate);
    EXPECT_LT((threshold - 1) / 16777216, rate);
  }
}

TEST(Random, DropoutInPlaceAndOfNaN) {
  const Array rng = state(9);
  Array x(NN_FLOAT32, {5000}), y(NN_FLOAT32, {5000});
  for (int64_t i = 0; i < 5000; i++) x.set(i, i % 2 ? NAN : 1);
  ASSERT_EQ(runner().run("dropout", {&x, &rng}, {&y}, rate_of(0.5)).code, NN_OK);
  for (int64_t i = 0; i < 5000; i++) EXPECT_TRUE(i % 2 ? y.get(i) == 0 || std::isnan(y.get(i)) : y.get(i) == 0 || y.get(i) == 2);
  ASSERT_EQ(runner().run("dropout", {&x, &rng}, {&x}, rate_of(0.5)).code, NN_OK);
  EXPECT_TRUE(bits_of(x) == bits_of(y));
}

TEST(Random, EmptyTensors) {
  const Array rng = state(1), x(NN_FLOAT32, {0, 3});
  Array y(NN_FLOAT32, {0, 3}), none(NN_INT32, {0});
  EXPECT_EQ(runner().run("dropout", {&x, &rng}, {&y}, rate_of(0.5)).code, NN_OK);
  EXPECT_EQ(runner().run("randomUniform", {&rng}, {&y}, attrs_of(0, 0, 1)).code, NN_OK);
  EXPECT_EQ(runner().run("randomInt", {&rng}, {&none}, {0, 0, 1}).code, NN_OK);
}

// n values of an op with parameters, each the same for all elements.
Array drawn(const char* op, int dtype, int64_t n, std::vector<double> parameters, const Array& rng, const Attrs& attrs) {
  std::vector<Array> in;
  for (double value : parameters) {
    in.emplace_back(dtype, Dims{n});
    for (int64_t i = 0; i < n; i++) in.back().set(i, value);
  }
  Array out(dtype, {n});
  everywhere({&out}, true, [&] {
    const Outcome outcome =
        in.size() == 1 ? runner().run(op, {&in[0], &rng}, {&out}, attrs) : runner().run(op, {&in[0], &in[1], &rng}, {&out}, attrs);
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
  });
  return out;
}

TEST(Random, GammaHasItsMoments) {
  const int64_t n = 200000;
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (double shape : {0.3, 0.99, 1.0, 2.5, 40.0, 3e9}) {
      const Moments m(drawn("randomGamma", dtype, n, {shape}, state(10), {3, 0}));
      const double error = 5 * std::sqrt(shape / n);
      EXPECT_NEAR(m.mean, shape, error) << shape;
      EXPECT_NEAR(m.variance / shape, 1, 5 * std::sqrt((2 + 6 / shape) / n) + (dtype == NN_FLOAT32 && shape > 1e6 ? 0.01 : 0)) << shape;
      EXPECT_NEAR(m.skewness, 2 / std::sqrt(shape), 0.15 + 0.1 / shape) << shape;
      EXPECT_GE(m.low, 0);
    }
  }
}

// Shape 1 is the exponential distribution, shape 1/2 half the square of a normal number.
TEST(Random, GammaHasItsQuantiles) {
  const int64_t n = 200000;
  for (double shape : {1.0, 0.5}) {
    const Array draws = drawn("randomGamma", NN_FLOAT64, n, {shape}, state(11), {0, 0});
    for (double x : {0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 4.0}) {
      const double wanted = shape == 1 ? 1 - std::exp(-x) : std::erf(std::sqrt(x));
      int64_t below = 0;
      for (int64_t i = 0; i < n; i++) below += draws.get(i) < x;
      EXPECT_NEAR(static_cast<double>(below) / n, wanted, 5 * std::sqrt(wanted * (1 - wanted) / n)) << shape << " " << x;
    }
  }
}

TEST(Random, GammaOfASmallShapeHasALogarithm) {
  const int64_t n = 100000;
  const Array plain = drawn("randomGamma", NN_FLOAT64, n, {2.5}, state(12), {7, 0});
  const Array logs = drawn("randomGamma", NN_FLOAT64, n, {2.5}, state(12), {7, 1});
  for (int64_t i = 0; i < n; i++) EXPECT_NEAR(std::exp(logs.get(i)), plain.get(i), 1e-12 * plain.get(i));
  // shape * log of the variable tends to the logarithm of a uniform number.
  const Moments tiny(drawn("randomGamma", NN_FLOAT32, n, {1e-6}, state(12), {7, 1}));
  EXPECT_NEAR(tiny.mean * 1e-6, -1, 0.02);
  EXPECT_NEAR(tiny.variance * 1e-12, 1, 0.05);
  EXPECT_LE(tiny.high, 1);
}

TEST(Random, BinomialHasItsProbabilities) {
  const int64_t n = 200000;
  for (auto [count, p] : {std::pair<double, double>{1, 0.3}, {7, 0.5}, {12, 0.9}, {30, 0.02}, {25, 0.5}, {60, 0.8}, {200, 0.06}}) {
    const Array draws = drawn("randomBinomial", NN_FLOAT32, n, {count, p}, state(13), {0});
    std::vector<int64_t> found(static_cast<size_t>(count) + 1);
    for (int64_t i = 0; i < n; i++) found.at(static_cast<size_t>(draws.get(i)))++;
    for (double k = 0; k <= count; k++) {
      const double wanted = std::exp(std::lgamma(count + 1) - std::lgamma(k + 1) - std::lgamma(count - k + 1) + k * std::log(p) +
                                     (count - k) * std::log1p(-p));
      EXPECT_NEAR(static_cast<double>(found[static_cast<size_t>(k)]) / n, wanted, 5 * std::sqrt(wanted / n) + 1e-5)
          << k << " of " << count << " with " << p;
    }
  }
  const Moments many(drawn("randomBinomial", NN_FLOAT64, n, {1e9, 0.25}, state(14), {0}));
  EXPECT_NEAR(many.mean, 2.5e8, 5 * std::sqrt(1e9 * 0.1875 / n));
  EXPECT_NEAR(many.variance / (1e9 * 0.1875), 1, 0.02);
  EXPECT_NEAR(many.skewness, 0, 0.03);
}

TEST(Random, BinomialAtItsEnds) {
  for (auto [count, p, wanted] : {std::tuple<double, double, double>{0, 0.5, 0}, {9, 0, 0}, {9, 1, 9}, {1e15, 1, 1e15}}) {
    const Moments m(drawn("randomBinomial", NN_FLOAT64, 1000, {count, p}, state(15), {0}));
    EXPECT_EQ(m.low, wanted);
    EXPECT_EQ(m.high, wanted);
  }
}

TEST(Random, ParametersThatMeanNothingGiveNaN) {
  for (double shape : {0.0, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    EXPECT_TRUE(std::isnan(drawn("randomGamma", NN_FLOAT32, 1, {shape}, state(1), {0, 0}).get(0))) << shape;
  }
  for (auto [count, p] : {std::pair<double, double>{-1, 0.5}, {1.5, 0.5}, {NAN, 0.5}, {INFINITY, 0.5}, {3, -0.1}, {3, 1.1}, {3, NAN}}) {
    EXPECT_TRUE(std::isnan(drawn("randomBinomial", NN_FLOAT32, 1, {count, p}, state(1), {0}).get(0))) << count << " " << p;
  }
}

// No element is another's, whether they share a block of the counter or a try.
TEST(Random, DrawsByRejectionDoNotRepeat) {
  const int64_t n = 20000;
  const Array draws = drawn("randomGamma", NN_FLOAT64, n, {0.7}, state(16), {0, 0});
  const Array later = drawn("randomGamma", NN_FLOAT64, n, {0.7}, state(16, 10), {0, 0});
  std::set<double> all;
  for (int64_t i = 0; i < n; i++) all.insert(draws.get(i));
  EXPECT_EQ(all.size(), static_cast<size_t>(n));
  for (int64_t i = 0; i + 40 < n; i++) EXPECT_EQ(later.get(i), draws.get(i + 40));
}

TEST(Random, SchemasRefuse) {
  const Array rng = state(1), three(NN_INT32, {3}), wrong(NN_FLOAT32, {4}), x(NN_FLOAT32, {4}), ints(NN_INT32, {4}),
              other(NN_FLOAT32, {2, 2});
  const auto& r = runner();
  EXPECT_EQ(r.check("randomUniform", {&rng}, {&x}, attrs_of(0, 0, 1)), "");
  EXPECT_EQ(r.check("randomUniform", {&three}, {&x}, attrs_of(0, 0, 1)), "expected an rng state of 4 int32, got int32 [3]");
  EXPECT_NE(r.check("randomUniform", {&wrong}, {&x}, attrs_of(0, 0, 1)), "");
  EXPECT_EQ(r.check("randomUniform", {&rng}, {&x}, attrs_of(-1, 0, 1)), "expected an offset of at least 0, got -1");
  EXPECT_NE(r.check("randomUniform", {&rng}, {&ints}, attrs_of(0, 0, 1)), "");
  for (auto [low, high] : {std::pair<double, double>{1, 0}, {0, INFINITY}, {NAN, 1}, {-3e38, 3e38}}) {
    EXPECT_NE(r.check("randomUniform", {&rng}, {&x}, attrs_of(0, low, high)), "");
  }
  EXPECT_NE(r.check("randomNormal", {&rng}, {&x}, attrs_of(0, 0, -1)), "");
  EXPECT_NE(r.check("truncatedNormal", {&rng}, {&x}, attrs_of(0, 0, NAN)), "");
  EXPECT_EQ(r.check("randomInt", {&rng}, {&ints}, {0, 3, 3}), "expected low < high, got 3 and 3");
  EXPECT_NE(r.check("randomInt", {&rng}, {&x}, {0, 0, 3}), "");
  EXPECT_EQ(r.check("dropout", {&x, &rng}, {&x}, rate_of(1)), "");
  for (double rate : {-0.1, 1.1, static_cast<double>(NAN)}) EXPECT_NE(r.check("dropout", {&x, &rng}, {&x}, rate_of(rate)), "");
  EXPECT_NE(r.check("dropout", {&x, &rng}, {&other}, rate_of(0.5)), "");
  EXPECT_NE(r.check("dropout", {&ints, &rng}, {&ints}, rate_of(0.5)), "");
  const Array wide(NN_FLOAT64, {4});
  EXPECT_EQ(r.check("randomGamma", {&x, &rng}, {&x}, {0, 1}), "");
  EXPECT_EQ(r.check("randomGamma", {&x, &rng}, {&x}, {0, 2}), "expected 0 or 1 for log, got 2");
  EXPECT_NE(r.check("randomGamma", {&x, &three}, {&x}, {0, 0}), "");
  EXPECT_NE(r.check("randomGamma", {&ints, &rng}, {&ints}, {0, 0}), "");
  EXPECT_EQ(r.check("randomGamma", {&x, &rng}, {&other}, {0, 0}), "expected parameters float32 [2, 2], got float32 [4]");
  EXPECT_EQ(r.check("randomBinomial", {&x, &x, &rng}, {&x}, {0}), "");
  EXPECT_NE(r.check("randomBinomial", {&x, &wide, &rng}, {&x}, {0}), "");
  EXPECT_NE(r.check("randomBinomial", {&x, &x, &rng}, {&wide}, {0}), "");
  EXPECT_NE(r.check("randomBinomial", {&x, &x, &rng}, {&x}, {-1}), "");
}

}  // namespace
}  // namespace nn_test
