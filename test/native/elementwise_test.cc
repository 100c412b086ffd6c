// Element-wise ops: values, types and special numbers. Broadcasting is in broadcast_test.cc.
#include "ops/elementwise.h"

#include "elementwise_cases.h"
#include "kernel_rig.h"
#include "ops/loss.h"

namespace nn_test {
namespace {

using nn::math::ElementwiseInfo;
using nn::math::kElementwiseInfo;

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_elementwise_ops(made->ops);
    nn::append_loss_ops(made->ops);
    nn::append_elementwise_kernels(made->kernels);
    return made;
  }();
  return *r;
}

int output_dtype(const ElementwiseInfo& info, int dtype) {
  return nn::elementwise_ops::gives_bool(info.form) ? static_cast<int>(NN_BOOL) : dtype;
}

Attrs attrs_of(const ElementwiseInfo& info, double p, double q) {
  Attrs attrs;
  if (info.attributes[0]) attrs.add_float(p);
  if (info.attributes[1]) attrs.add_float(q);
  return attrs;
}

std::vector<const Array*> first_of(const Array* operands, int n) {
  std::vector<const Array*> list;
  for (int i = 0; i < n; i++) list.push_back(operands + i);
  return list;
}

template <class T>
void expect_case(const ElementwiseInfo& info, const ElementwiseCase& c, int dtype) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> draw(c.low, c.high);
  const Dims dims = {1237};  // no multiple of any vector
  Array operands[3] = {Array(dtype, dims), Array(dtype, dims), Array(dtype, dims)};
  for (Array& a : operands) {
    for (int64_t i = 0; i < a.size(); i++) a.set(i, i % 7 == 0 ? std::round(draw(random)) : draw(random));
  }
  const int n = nn::elementwise_ops::operand_count(info.form);
  Array out(output_dtype(info, dtype), dims);
  everywhere({&out}, true, [&] {
    const Outcome outcome = runner().run(info.name, first_of(operands, n), {&out}, attrs_of(info, c.p, c.q));
    EXPECT_EQ(outcome.code, NN_OK) << outcome.message;
  });
  const double absolute = c.scale * (sizeof(T) == 4 ? 1e-7 : 1e-16) * (info.cost >= nn::math::kPolynomial ? 4 : 1);
  for (int64_t i = 0; i < out.size(); i++) {
    const Real x = operands[0].get(i), y = operands[1].get(i), z = operands[2].get(i);
    const Real want = c.want(x, y, z, static_cast<Real>(static_cast<T>(c.p)), static_cast<Real>(static_cast<T>(c.q)));
    const double got = out.get(i);
    if (out.dtype() == NN_BOOL) {
      EXPECT_EQ(got, want) << info.name << " of " << x << ", " << y;
      continue;
    }
    if (std::fabs(static_cast<Real>(got) - want) <= absolute) continue;
    // The formulas that are rounded once may differ by half a unit, and float64 is the C library's.
    EXPECT_LE(ulps<T>(static_cast<T>(got), want), std::max(c.ulps, 0.501))
        << info.name << " of " << static_cast<double>(x) << ", " << static_cast<double>(y) << ", want " << static_cast<double>(want);
  }
}

TEST(Elementwise, EveryOpHasACase) {
  for (int code = 0; code < nn::math::kElementwiseRows; code++) {
    EXPECT_EQ(elementwise_cases().count(kElementwiseInfo[code].name), 1u) << kElementwiseInfo[code].name;
    EXPECT_NE(runner().op(kElementwiseInfo[code].name), nullptr) << kElementwiseInfo[code].name;
  }
}

TEST(Elementwise, Float32) {
  for (const auto& [name, c] : elementwise_cases()) {
    const ElementwiseInfo& info = kElementwiseInfo[nn::fusable_code(name.c_str())];
    if (info.dtypes & nn::kF32) expect_case<float>(info, c, NN_FLOAT32);
  }
}

TEST(Elementwise, Float64) {
  for (const auto& [name, c] : elementwise_cases()) {
    const ElementwiseInfo& info = kElementwiseInfo[nn::fusable_code(name.c_str())];
    if (info.dtypes & nn::kF64) expect_case<double>(info, c, NN_FLOAT64);
  }
}

// What the ops do to integers that fit, from the same cases.
TEST(Elementwise, SmallIntegersAndBools) {
  std::mt19937 random(11);
  for (const auto& [name, c] : elementwise_cases()) {
    const ElementwiseInfo& info = kElementwiseInfo[nn::fusable_code(name.c_str())];
    for (int dtype : {NN_INT32, NN_UINT8, NN_BOOL}) {
      if (!(info.dtypes >> dtype & 1)) continue;
      const Dims dims = {333};
      Array operands[3] = {Array(dtype, dims), Array(dtype, dims), Array(dtype, dims)};
      operands[0].fill_random(random, dtype == NN_INT32 ? -9 : 0, 9);
      operands[1].fill_random(random, dtype == NN_INT32 && name != "power" ? -4 : 0, 2);
      Array out(output_dtype(info, dtype), dims);
      const int n = nn::elementwise_ops::operand_count(info.form);
      ASSERT_EQ(runner().run(name, first_of(operands, n), {&out}, attrs_of(info, c.p, c.q)).code, NN_OK) << name;
      for (int64_t i = 0; i < out.size(); i++) {
        const Real x = operands[0].get(i), y = operands[1].get(i);
        Real want = c.want(x, y, 0, dtype == NN_UINT8 ? std::max(c.p, 0.0) : c.p, c.q);
        if ((name == "mod" || name == "floorDivide") && y == 0) want = 0;
        if (dtype == NN_UINT8) want = static_cast<uint8_t>(static_cast<int64_t>(want));
        EXPECT_EQ(out.get(i), want) << name << " of " << x << ", " << y << " in dtype " << dtype;
      }
    }
  }
}

Array binary_ints(const char* op, int dtype, std::initializer_list<int32_t> a, std::initializer_list<int32_t> b) {
  const Dims dims = {static_cast<int64_t>(a.size())};
  const Array x(dtype, dims, a), y(dtype, dims, b);
  Array out(dtype, dims);
  EXPECT_EQ(runner().run(op, {&x, &y}, {&out}, {}).code, NN_OK);
  return out;
}

TEST(Elementwise, IntegersWrapAsNumPys) {
  using List = std::vector<double>;
  const int32_t low = INT32_MIN, high = INT32_MAX;
  EXPECT_EQ(binary_ints("add", NN_INT32, {high, low}, {1, -1}).values(), (List{double{low}, double{high}}));
  EXPECT_EQ(binary_ints("subtract", NN_INT32, {low, 0}, {1, low}).values(), (List{double{high}, double{low}}));
  EXPECT_EQ(binary_ints("multiply", NN_INT32, {65536, low}, {65536, -1}).values(), (List{0, double{low}}));
  EXPECT_EQ(binary_ints("squaredDifference", NN_INT32, {65536}, {0}).values(), (List{0}));
  EXPECT_EQ(binary_ints("floorDivide", NN_INT32, {low, 7, -7, 7, -7, 5}, {-1, 2, 2, -2, -2, 0}).values(),
            (List{double{low}, 3, -4, -4, 3, 0}));
  EXPECT_EQ(binary_ints("mod", NN_INT32, {low, 7, -7, 7, -7, 5}, {-1, 2, 2, -2, -2, 0}).values(), (List{0, 1, 1, -1, -1, 0}));
  EXPECT_EQ(binary_ints("power", NN_INT32, {3, 2, 2, -1, -1, 1, 0, 5, 0}, {4, 31, 32, -3, -2, -9, 0, -1, -1}).values(),
            (List{81, double{low}, 0, -1, 1, 1, 1, 0, 0}));
  EXPECT_EQ(binary_ints("add", NN_UINT8, {255, 200}, {1, 100}).values(), (List{0, 44}));
  EXPECT_EQ(binary_ints("subtract", NN_UINT8, {0}, {1}).values(), (List{255}));
  EXPECT_EQ(binary_ints("multiply", NN_UINT8, {16, 255}, {16, 255}).values(), (List{0, 1}));
  EXPECT_EQ(binary_ints("power", NN_UINT8, {2, 3}, {8, 5}).values(), (List{0, 243}));
  EXPECT_EQ(binary_ints("floorDivide", NN_UINT8, {255, 255, 1}, {2, 255, 0}).values(), (List{127, 1, 0}));
  EXPECT_EQ(binary_ints("mod", NN_UINT8, {255, 254, 1}, {2, 255, 0}).values(), (List{1, 254, 0}));
  const Array x = Array::ints({2}, {low, -5});
  Array out(NN_INT32, {2});
  ASSERT_EQ(runner().run("abs", {&x}, {&out}, {}).code, NN_OK);
  EXPECT_EQ(out.values(), (List{double{low}, 5}));
  ASSERT_EQ(runner().run("negative", {&x}, {&out}, {}).code, NN_OK);
  EXPECT_EQ(out.values(), (List{double{low}, 5}));
}

struct Special {
  const char* op;
  double x, y, want;
};

TEST(Elementwise, NaNAndInfinityAsNumPys) {
  const double inf = INFINITY, nan = NAN;
  const Special table[] = {{"maximum", nan, 1, nan},
                           {"maximum", 1, nan, nan},
                           {"minimum", nan, 1, nan},
                           {"minimum", 1, nan, nan},
                           {"maximum", inf, -inf, inf},
                           {"minimum", inf, -inf, -inf},
                           {"divide", 1, 0, inf},
                           {"divide", 0, 0, nan},
                           {"mod", 5, inf, 5},
                           {"mod", -5, inf, inf},
                           {"mod", 5, 0, nan},
                           {"mod", inf, 2, nan},
                           {"floorDivide", 1, 0, inf},
                           {"floorDivide", -1, 0, -inf},
                           {"floorDivide", 0, 0, nan},
                           {"floorDivide", -5, inf, -1},
                           {"floorDivide", 5, inf, 0},
                           {"logaddexp", inf, inf, inf},
                           {"logaddexp", -inf, -inf, -inf},
                           {"logaddexp", -inf, 3, 3},
                           {"logaddexp", nan, 0, nan},
                           {"power", 0, 0, 1},
                           {"power", nan, 0, 1},
                           {"power", -8, 1.0 / 3, nan},
                           {"hypot", inf, nan, inf},
                           {"arctan2", 0, -1, M_PI},
                           {"equal", nan, nan, 0},
                           {"notEqual", nan, nan, 1},
                           {"less", nan, 1, 0},
                           {"greaterEqual", nan, 1, 0},
                           {"reluGrad", nan, 2, 0},
                           {"subtract", inf, inf, nan}};
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const Special& s : table) {
      const Array x(dtype, {1}, {s.x}), y(dtype, {1}, {s.y});
      Array out(output_dtype(kElementwiseInfo[nn::fusable_code(s.op)], dtype), {1});
      ASSERT_EQ(runner().run(s.op, {&x, &y}, {&out}, {}).code, NN_OK);
      if (std::isnan(s.want))
        EXPECT_TRUE(std::isnan(out.get(0))) << s.op << " " << s.x << " " << s.y << " gave " << out.get(0);
      else if (std::isinf(s.want))
        EXPECT_EQ(out.get(0), s.want) << s.op << " " << s.x << " " << s.y;
      else
        EXPECT_NEAR(out.get(0), s.want, 1e-6) << s.op << " " << s.x << " " << s.y;
    }
    for (const char* keeps : {"relu",     "relu6", "sign",        "negative", "abs",        "square",  "floor", "sqrt",
                              "softsign", "selu",  "hardSigmoid", "hardSilu", "sparsePlus", "sigmoid", "tanh",  "gelu",
                              "geluTanh", "mish",  "silu",        "log",      "erf",        "erfinv",  "round"}) {
      const Array x(dtype, {1}, {nan});
      Array out(dtype, {1});
      ASSERT_EQ(runner().run(keeps, {&x}, {&out}, {}).code, NN_OK);
      EXPECT_TRUE(std::isnan(out.get(0))) << keeps;
    }
  }
  // Signs of zero, as Python's % and //.
  const Array x = Array::floats({2}, {4, -4}), y = Array::floats({2}, {-2, 2});
  Array out(NN_FLOAT32, {2});
  ASSERT_EQ(runner().run("mod", {&x, &y}, {&out}, {}).code, NN_OK);
  EXPECT_TRUE(std::signbit(out.get(0)));
  EXPECT_FALSE(std::signbit(out.get(1)));
}

TEST(Elementwise, CastSaturatesTruncatesAndKeepsNoNaN) {
  const double inf = INFINITY, nan = NAN;
  for (int from : {NN_FLOAT32, NN_FLOAT64}) {
    const Array x(from, {10}, {1.9, -1.9, 2147483647.0, -2147483648.0, 3e9, -3e9, inf, -inf, nan, 300.5});
    Array ints(NN_INT32, {10}), bytes(NN_UINT8, {10}), bools(NN_BOOL, {10});
    ASSERT_EQ(runner().run("cast", {&x}, {&ints}, {}).code, NN_OK);
    const double top = 2147483647, low = -2147483648.0;
    EXPECT_EQ(ints.values(), (std::vector<double>{1, -1, top, low, top, low, top, low, 0, 300}));
    ASSERT_EQ(runner().run("cast", {&x}, {&bytes}, {}).code, NN_OK);
    EXPECT_EQ(bytes.values(), (std::vector<double>{1, 0, 255, 0, 255, 0, 255, 0, 0, 255}));
    ASSERT_EQ(runner().run("cast", {&x}, {&bools}, {}).code, NN_OK);
    EXPECT_EQ(bools.values(), (std::vector<double>(10, 1)));
  }
  const Array ints = Array::ints({4}, {-1, 256, 511, 0});
  Array bytes(NN_UINT8, {4}), floats(NN_FLOAT32, {4}), bools(NN_BOOL, {4});
  ASSERT_EQ(runner().run("cast", {&ints}, {&bytes}, {}).code, NN_OK);
  EXPECT_EQ(bytes.values(), (std::vector<double>{255, 0, 255, 0}));  // integers wrap
  ASSERT_EQ(runner().run("cast", {&bytes}, {&floats}, {}).code, NN_OK);
  EXPECT_EQ(floats.values(), (std::vector<double>{255, 0, 255, 0}));
  ASSERT_EQ(runner().run("cast", {&ints}, {&bools}, {}).code, NN_OK);
  EXPECT_EQ(bools.values(), (std::vector<double>{1, 1, 1, 0}));
}

TEST(Elementwise, CastBetweenAllTypes) {
  std::mt19937 random(3);
  for (int from = 0; from < NN_DTYPES; from++) {
    for (int to = 0; to < NN_DTYPES; to++) {
      Array x(from, {77});
      x.fill_random(random, 0, 100);
      Array y(to, {77});
      ASSERT_EQ(runner().run("cast", {&x}, {&y}, {}).code, NN_OK);
      for (int64_t i = 0; i < 77; i++) EXPECT_EQ(y.get(i), to == NN_BOOL ? x.get(i) != 0 : x.get(i));
    }
  }
}

TEST(Elementwise, SchemasRefuse) {
  const Array f = Array::floats({2}, {1, 2}), d(NN_FLOAT64, {2}), i(NN_INT32, {2}), b(NN_BOOL, {2}), three(NN_FLOAT32, {3}),
              row(NN_FLOAT32, {1, 2});
  const auto& r = runner();
  EXPECT_EQ(r.check("add", {&f, &f}, {&f}, {}), "");
  EXPECT_EQ(r.check("add", {&f, &d}, {&f}, {}), "expected operands of one dtype, got float32 and float64");
  EXPECT_EQ(r.check("add", {&b, &b}, {&b}, {}), "expected float32 or float64 or int32 or uint8, got bool");
  EXPECT_EQ(r.check("exp", {&i}, {&i}, {}), "expected float32 or float64, got int32");
  EXPECT_EQ(r.check("add", {&f, &f}, {&d}, {}), "expected an output of float32, got float64");
  EXPECT_EQ(r.check("less", {&f, &f}, {&f}, {}), "expected an output of bool, got float32");
  EXPECT_EQ(r.check("add", {&f, &three}, {&f}, {}),
            "expected an output of the shape that the inputs broadcast to, got [2] for [2] and [3]");
  EXPECT_NE(r.check("add", {&f, &f}, {&three}, {}), "");
  EXPECT_NE(r.check("add", {&f, &f}, {&row}, {}), "");  // the inputs' rank, no more
  EXPECT_NE(r.check("negative", {&row}, {&f}, {}), "");
  EXPECT_NE(r.check("where", {&f, &f, &f}, {&f}, {}), "");
  EXPECT_EQ(r.check("where", {&b, &f, &f}, {&f}, {}), "");
  EXPECT_EQ(r.check("sigmoidCrossEntropy", {&f, &f}, {&f}, {}), "");
  EXPECT_EQ(r.check("sigmoidCrossEntropy", {&row, &f}, {&row}, {}),
            "expected inputs and output of one shape, got [1, 2] and [2] and [1, 2]");
  EXPECT_NE(r.check("cast", {&f}, {&three}, {}), "");
}

}  // namespace
}  // namespace nn_test
