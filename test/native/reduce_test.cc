// Reductions: all masks of random shapes against the definition, accuracy of long sums, special values and empty tensors.
#include "ops/reduce.h"

#include <map>

#include "kernel_rig.h"

namespace nn_test {
namespace {

using Real = long double;

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_reduce_ops(made->ops);
    nn::append_reduce_kernels(made->kernels);
    return made;
  }();
  return *r;
}

Dims kept_dims(const Dims& dims, uint32_t mask, bool keep) {
  Dims out;
  for (size_t d = 0; d < dims.size(); d++) {
    if (!(mask >> d & 1))
      out.push_back(dims[d]);
    else if (keep)
      out.push_back(1);
  }
  return out;
}

// The elements that each output is made of.
std::vector<std::vector<Real>> groups_of(const Array& x, uint32_t mask) {
  const Dims kept = kept_dims(x.dims(), mask, false);
  std::vector<std::vector<Real>> groups(static_cast<size_t>(product(kept)));
  for (Positions p(x.dims()); !p.done; p.next()) {
    Dims at;
    for (size_t d = 0; d < p.at.size(); d++) {
      if (!(mask >> d & 1)) at.push_back(p.at[d]);
    }
    groups[static_cast<size_t>(offset_of(kept, at))].push_back(x.get(offset_of(x.dims(), p.at)));
  }
  return groups;
}

Real fold(const std::string& op, const std::vector<Real>& g) {
  Real sum = 0, prod = 1, squares = 0, low = INFINITY, high = -INFINITY;
  for (Real v : g) {
    sum += v;
    prod *= v;
    squares += v * v;
    low = std::fmin(low, v);
    high = std::fmax(high, v);
  }
  const Real n = static_cast<Real>(g.size()), mean = sum / n;
  if (op == "sum") return sum;
  if (op == "mean") return mean;
  if (op == "prod") return prod;
  if (op == "sumSquares") return squares;
  if (op == "max" || op == "any") return high;
  if (op == "min" || op == "all") return low;
  Real total = 0;
  for (Real v : g) total += op == "variance" ? (v - mean) * (v - mean) : std::exp(v - high);
  return op == "variance" ? total / n : high + std::log(total);
}

void expect_reduction(const std::string& op, const Array& x, uint32_t mask, bool keep, double tolerance) {
  SCOPED_TRACE(op + " mask " + std::to_string(mask) + " dtype " + std::to_string(x.dtype()));
  Array out(x.dtype(), kept_dims(x.dims(), mask, keep));
  const Attrs attrs{static_cast<int32_t>(mask)};
  everywhere({&out}, tolerance == 0, [&] {
    const Outcome outcome = runner().run(op, {&x}, {&out}, attrs);
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
  });
  const auto groups = groups_of(x, mask);
  int wrong = 0;
  for (size_t i = 0; i < groups.size(); i++) {
    Real want = fold(op, groups[i]);
    if (x.dtype() == NN_UINT8) want = static_cast<uint8_t>(static_cast<int64_t>(want));
    if (x.dtype() == NN_INT32) want = static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(want)));
    if (std::fabs(out.get(static_cast<int64_t>(i)) - want) > tolerance * std::fmax(1.0L, std::fabs(want))) wrong++;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(Reduce, EveryMaskOfManyShapes) {
  std::mt19937 random(5);
  const std::vector<Dims> shapes = {{},           {1},           {7},
                                    {5, 3},       {3, 70},       {70, 3},
                                    {300, 17},    {2, 3, 4},     {4, 33, 5},
                                    {3, 1, 5, 1}, {2, 5, 3, 20}, {2, 3, 2, 3, 2},
                                    {9, 2, 1500}, {65, 64},      {2, 2, 2, 2, 2, 2, 2, 2}};
  for (const Dims& dims : shapes) {
    for (uint32_t mask = 0; mask < (1u << dims.size()); mask++) {
      if (dims.size() == 8 && mask % 7 != 0) continue;
      const bool keep = random() & 1;
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
        Array x(dtype, dims);
        x.fill_random(random, -3, 3);  // sums of these are exact
        for (const char* op : {"sum", "max", "min", "sumSquares"}) expect_reduction(op, x, mask, keep, 0);
        for (const char* op : {"mean", "variance", "logsumexp"}) expect_reduction(op, x, mask, keep, dtype == NN_FLOAT32 ? 1e-6 : 1e-14);
      }
      Array ints(NN_INT32, dims), bytes(NN_UINT8, dims), bools(NN_BOOL, dims);
      ints.fill_random(random, -1000000000, 1000000000);
      bytes.fill_random(random, 0, 255);
      for (const char* op : {"sum", "max", "min"}) {
        expect_reduction(op, ints, mask, keep, 0);
        expect_reduction(op, bytes, mask, keep, 0);
      }
      for (int64_t i = 0; i < bools.size(); i++) bools.set(i, random() % 8 == 0);
      expect_reduction("any", bools, mask, keep, 0);
      for (int64_t i = 0; i < bools.size(); i++) bools.set(i, random() % 8 != 0);
      expect_reduction("all", bools, mask, keep, 0);
    }
  }
}

TEST(Reduce, Products) {
  std::mt19937 random(6);
  for (uint32_t mask = 0; mask < 4; mask++) {
    Array x(NN_FLOAT32, {12, 9}), wide(NN_FLOAT64, {12, 9}), ints(NN_INT32, {5, 3});
    for (int64_t i = 0; i < x.size(); i++) {
      x.set(i, 0.5 + static_cast<double>(random() % 1000) / 1000);
      wide.set(i, x.get(i));
    }
    expect_reduction("prod", x, mask, false, 1e-6);
    expect_reduction("prod", wide, mask, false, 1e-13);
    ints.fill_random(random, -3, 3);
    expect_reduction("prod", ints, mask, false, 0);
  }
  Array big = Array::ints({3}, {65536, 65536, 3}), out(NN_INT32, {});
  ASSERT_EQ(runner().run("prod", {&big}, {&out}, {1}).code, NN_OK);
  EXPECT_EQ(out.get(0), 0);  // wraps
}

// Shapes of training: what is summed is long, and several threads and chunks take part.
TEST(Reduce, LongSumsStayAccurate) {
  std::mt19937 random(8);
  std::uniform_real_distribution<double> draw(0, 1);
  const std::vector<std::pair<Dims, uint32_t>> cases = {{{300007}, 1},      {{9000, 32}, 1},    {{20000, 10}, 1},
                                                        {{60000, 3}, 1},    {{3, 70000}, 2},    {{40, 5000}, 1},
                                                        {{2, 200, 300}, 2}, {{200, 4, 200}, 5}, {{20, 7, 30, 40}, 13}};
  for (const auto& [dims, mask] : cases) {
    Array x(NN_FLOAT32, dims);
    for (int64_t i = 0; i < x.size(); i++) x.set(i, draw(random));
    expect_reduction("sum", x, mask, false, 1e-7);
    expect_reduction("mean", x, mask, false, 1e-7);
    expect_reduction("variance", x, mask, false, 1e-6);
    expect_reduction("logsumexp", x, mask, false, 1e-6);
    expect_reduction("max", x, mask, false, 0);
  }
}

TEST(Reduce, VarianceOfNumbersFarFromZero) {
  Array x(NN_FLOAT32, {100000});
  for (int64_t i = 0; i < x.size(); i++) x.set(i, 10000 + (i & 1));
  Array out(NN_FLOAT32, {});
  ASSERT_EQ(runner().run("variance", {&x}, {&out}, {1}).code, NN_OK);
  EXPECT_NEAR(out.get(0), 0.25, 1e-6);
}

double reduce_to_one(const char* op, std::initializer_list<double> values, int dtype = NN_FLOAT32) {
  Array x(dtype, {static_cast<int64_t>(values.size())}, values), out(dtype, {});
  const Outcome outcome = runner().run(op, {&x}, {&out}, {1});
  EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
  return out.get(0);
}

TEST(Reduce, NaNAndInfinity) {
  const double inf = INFINITY, nan = NAN;
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    EXPECT_TRUE(std::isnan(reduce_to_one("max", {1, nan, 3}, dtype)));
    EXPECT_TRUE(std::isnan(reduce_to_one("min", {nan, 1, 3}, dtype)));
    EXPECT_TRUE(std::isnan(reduce_to_one("sum", {inf, -inf}, dtype)));
    EXPECT_EQ(reduce_to_one("max", {-inf, -inf}, dtype), -inf);
    EXPECT_EQ(reduce_to_one("logsumexp", {-inf, -inf}, dtype), -inf);
    EXPECT_EQ(reduce_to_one("logsumexp", {inf, 1}, dtype), inf);
    EXPECT_TRUE(std::isnan(reduce_to_one("logsumexp", {nan, 1}, dtype)));
    EXPECT_NEAR(reduce_to_one("logsumexp", {1000, 1000}, dtype), 1000 + std::log(2.0), 1e-4);
  }
  // A NaN anywhere in a long row or column is found.
  for (int64_t at : {0, 1, 63, 64, 100, 999}) {
    Array x(NN_FLOAT32, {1000, 20}), rows(NN_FLOAT32, {1000}), columns(NN_FLOAT32, {20}), all(NN_FLOAT32, {});
    std::memset(x.data(), 0, static_cast<size_t>(x.bytes()));
    x.set(at * 20 + 7, nan);
    ASSERT_EQ(runner().run("max", {&x}, {&columns}, {1}).code, NN_OK);
    EXPECT_TRUE(std::isnan(columns.get(7)));
    EXPECT_EQ(columns.get(8), 0);
    ASSERT_EQ(runner().run("min", {&x}, {&rows}, {2}).code, NN_OK);
    EXPECT_TRUE(std::isnan(rows.get(at)));
    ASSERT_EQ(runner().run("max", {&x}, {&all}, {3}).code, NN_OK);
    EXPECT_TRUE(std::isnan(all.get(0)));
  }
}

TEST(Reduce, EmptyTensors) {
  const std::map<std::string, double> of_nothing = {{"sum", 0}, {"prod", 1}, {"sumSquares", 0}, {"logsumexp", -INFINITY}};
  for (const auto& [op, want] : of_nothing) {
    const Array x(NN_FLOAT32, {0, 3});
    Array columns(NN_FLOAT32, {3}), rows(NN_FLOAT32, {0});
    ASSERT_EQ(runner().run(op, {&x}, {&columns}, {1}).code, NN_OK);
    EXPECT_EQ(columns.values(), (std::vector<double>(3, want))) << op;
    EXPECT_EQ(runner().run(op, {&x}, {&rows}, {2}).code, NN_OK);
  }
  const Array x(NN_FLOAT32, {0, 3}), b(NN_BOOL, {0});
  Array columns(NN_FLOAT32, {3}), flag(NN_BOOL, {}), none(NN_INT32, {0});
  for (const char* op : {"mean", "variance"}) {
    ASSERT_EQ(runner().run(op, {&x}, {&columns}, {1}).code, NN_OK);
    EXPECT_TRUE(std::isnan(columns.get(2)));
  }
  ASSERT_EQ(runner().run("any", {&b}, {&flag}, {1}).code, NN_OK);
  EXPECT_EQ(flag.get(0), 0);
  ASSERT_EQ(runner().run("all", {&b}, {&flag}, {1}).code, NN_OK);
  EXPECT_EQ(flag.get(0), 1);
  EXPECT_EQ(runner().check("max", {&x}, {&columns}, {1}), "expected at least one element along the reduced axes, got [0, 3]");
  EXPECT_EQ(runner().run("argmax", {&x}, {&none}, {1}).code, NN_OK);
}

// The first of the best; a NaN is better than anything.
int64_t best_of(const std::vector<double>& values, bool max) {
  size_t best = 0;
  for (size_t i = 1; i < values.size(); i++) {
    if (std::isnan(values[best])) break;
    if (std::isnan(values[i]) || (max ? values[i] > values[best] : values[i] < values[best])) best = i;
  }
  return static_cast<int64_t>(best);
}

TEST(Reduce, ArgmaxAndArgmin) {
  std::mt19937 random(9);
  for (const Dims& dims : std::vector<Dims>{{1}, {10}, {1000}, {64, 10}, {5, 300}, {300, 5}, {4, 200, 3}, {3, 2, 700}, {40, 3, 130}}) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_UINT8, NN_BOOL}) {
      Array x(dtype, dims);
      x.fill_random(random, -50, 50);
      if (nn::is_float(dtype) && random() & 1) x.set(static_cast<int64_t>(random() % static_cast<uint64_t>(x.size())), NAN);
      for (size_t axis = 0; axis < dims.size(); axis++) {
        for (bool max : {true, false}) {
          Array out(NN_INT32, kept_dims(dims, 1u << axis, random() & 1));
          everywhere({&out}, true,
                     [&] { EXPECT_EQ(runner().run(max ? "argmax" : "argmin", {&x}, {&out}, {static_cast<int32_t>(axis)}).code, NN_OK); });
          const auto groups = groups_of(x, 1u << axis);
          for (size_t i = 0; i < groups.size(); i++) {
            EXPECT_EQ(out.get(static_cast<int64_t>(i)), best_of({groups[i].begin(), groups[i].end()}, max));
          }
        }
      }
    }
  }
}

TEST(Reduce, SchemasRefuse) {
  const Array x(NN_FLOAT32, {2, 3}), i(NN_INT32, {2, 3}), two(NN_FLOAT32, {2}), three(NN_FLOAT32, {3}), index(NN_INT32, {2}),
      scalar(NN_FLOAT32, {});
  const auto& r = runner();
  EXPECT_EQ(r.check("sum", {&x}, {&two}, {2}), "");
  EXPECT_EQ(r.check("sum", {&x}, {&three}, {2}), "expected an output of 2 elements, got [3] for [2, 3]");
  EXPECT_EQ(r.check("sum", {&x}, {&two}, {4}), "expected axes below rank 2, got the mask 4");
  EXPECT_NE(r.check("sum", {&x}, {&two}, {-2}), "");
  EXPECT_NE(r.check("sum", {&x}, {&index}, {2}), "");
  EXPECT_EQ(r.check("mean", {&i}, {&index}, {2}), "expected float32 or float64, got int32");
  EXPECT_NE(r.check("any", {&x}, {&two}, {2}), "");
  EXPECT_EQ(r.check("argmax", {&x}, {&index}, {1}), "");
  EXPECT_EQ(r.check("argmax", {&x}, {&index}, {2}), "expected an axis from 0 to 1, got 2");
  EXPECT_NE(r.check("argmax", {&x}, {&index}, {-1}), "");
  EXPECT_NE(r.check("argmax", {&x}, {&two}, {1}), "");
  EXPECT_NE(r.check("argmax", {&scalar}, {&scalar}, {0}), "");
}

}  // namespace
}  // namespace nn_test
