// Softmax and its logarithm with their gradients, for rows of every length on both sides of the short ones.
#include "ops/softmax.h"

#include "kernel_rig.h"

namespace nn_test {
namespace {

using Real = long double;

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_softmax_ops(made->ops);
    nn::append_softmax_kernels(made->kernels);
    return made;
  }();
  return *r;
}

Array random_array(int dtype, const Dims& dims, std::mt19937& random, double low, double high) {
  Array a(dtype, dims);
  std::uniform_real_distribution<double> draw(low, high);
  for (int64_t i = 0; i < a.size(); i++) a.set(i, draw(random));
  return a;
}

std::vector<Real> softmax_of(const Array& x, int64_t row, int64_t columns) {
  Real high = -INFINITY, sum = 0;
  for (int64_t c = 0; c < columns; c++) high = std::fmax(high, x.get(row * columns + c));
  std::vector<Real> p;
  for (int64_t c = 0; c < columns; c++) {
    p.push_back(std::exp(static_cast<Real>(x.get(row * columns + c)) - high));
    sum += p.back();
  }
  for (Real& v : p) v /= sum;
  return p;
}

void expect_row_functions(int dtype, const Dims& dims, std::mt19937& random) {
  SCOPED_TRACE("columns " + std::to_string(dims.back()) + " dtype " + std::to_string(dtype));
  const int64_t columns = dims.back(), rows = product(dims) / columns;
  const Array x = random_array(dtype, dims, random, -10, 10), dy = random_array(dtype, dims, random, -1, 1);
  Array y(dtype, dims), log_y(dtype, dims), dx(dtype, dims), log_dx(dtype, dims);
  everywhere({&y, &log_y, &dx, &log_dx}, false, [&] {
    EXPECT_EQ(runner().run("softmax", {&x}, {&y}, {}).code, NN_OK);
    EXPECT_EQ(runner().run("logSoftmax", {&x}, {&log_y}, {}).code, NN_OK);
    EXPECT_EQ(runner().run("softmaxBackward", {&y, &dy}, {&dx}, {}).code, NN_OK);
    EXPECT_EQ(runner().run("logSoftmaxBackward", {&log_y, &dy}, {&log_dx}, {}).code, NN_OK);
  });
  const double tolerance = dtype == NN_FLOAT32 ? 2e-6 : 1e-14;
  for (int64_t r = 0; r < rows; r++) {
    const std::vector<Real> p = softmax_of(x, r, columns);
    Real dot = 0, sum = 0;
    for (int64_t c = 0; c < columns; c++) {
      dot += p[static_cast<size_t>(c)] * dy.get(r * columns + c);
      sum += dy.get(r * columns + c);
    }
    for (int64_t c = 0; c < columns; c++) {
      const Real want = p[static_cast<size_t>(c)];
      const int64_t i = r * columns + c;
      EXPECT_NEAR(y.get(i), want, tolerance * want);
      EXPECT_NEAR(log_y.get(i), std::log(want), tolerance * 20);
      EXPECT_NEAR(dx.get(i), want * (dy.get(i) - dot), tolerance);
      EXPECT_NEAR(log_dx.get(i), dy.get(i) - want * sum, tolerance * std::fmax(1, std::fabs(sum)) * 4);
    }
  }
}

TEST(Softmax, AgainstTheDefinition) {
  std::mt19937 random(1);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (int64_t columns : {1, 2, 3, 10, 16, 17, 63, 64, 65, 100, 255, 256, 257, 1500}) {
      for (int64_t rows : {1, 15, 16, 33}) expect_row_functions(dtype, {rows, columns}, random);
    }
    expect_row_functions(dtype, {3000, 10}, random);  // several threads
    expect_row_functions(dtype, {2, 3, 4, 5}, random);
    expect_row_functions(dtype, {7}, random);
  }
}

TEST(Softmax, LargeNumbersInfinityAndNaN) {
  const double inf = INFINITY;
  for (int64_t columns : {3, 100}) {
    Array x(NN_FLOAT32, {3, columns}), y(NN_FLOAT32, {3, columns});
    for (int64_t i = 0; i < x.size(); i++) x.set(i, -inf);
    x.set(0, 1e30);
    x.set(columns + 1, 5);
    x.set(2 * columns + 2, NAN);
    ASSERT_EQ(runner().run("softmax", {&x}, {&y}, {}).code, NN_OK);
    EXPECT_EQ(y.get(0), 1);
    EXPECT_EQ(y.get(1), 0);
    EXPECT_EQ(y.get(columns + 1), 1);
    for (int64_t c = 0; c < columns; c++) EXPECT_TRUE(std::isnan(y.get(2 * columns + c)));
    ASSERT_EQ(runner().run("logSoftmax", {&x}, {&y}, {}).code, NN_OK);
    EXPECT_EQ(y.get(0), 0);
    EXPECT_EQ(y.get(1), -inf);
  }
}

TEST(Softmax, EmptyTensors) {
  for (const Dims& dims : std::vector<Dims>{{0, 5}, {5, 0}, {0}}) {
    const Array x(NN_FLOAT32, dims);
    Array y(NN_FLOAT32, dims);
    for (const char* op : {"softmax", "logSoftmax"}) EXPECT_EQ(runner().run(op, {&x}, {&y}, {}).code, NN_OK);
    for (const char* op : {"softmaxBackward", "logSoftmaxBackward"}) EXPECT_EQ(runner().run(op, {&x, &x}, {&y}, {}).code, NN_OK);
  }
}

TEST(Softmax, SchemasRefuse) {
  const Array x(NN_FLOAT32, {2, 3}), d(NN_FLOAT64, {2, 3}), i(NN_INT32, {2, 3}), other(NN_FLOAT32, {3, 2}), scalar(NN_FLOAT32, {});
  EXPECT_EQ(runner().check("softmax", {&x}, {&x}, {}), "");
  EXPECT_EQ(runner().check("softmax", {&i}, {&i}, {}), "expected float32 or float64, got int32");
  EXPECT_EQ(runner().check("softmax", {&scalar}, {&scalar}, {}), "expected at least one axis, got a scalar");
  EXPECT_NE(runner().check("softmax", {&x}, {&other}, {}), "");
  EXPECT_NE(runner().check("softmax", {&x}, {&d}, {}), "");
  EXPECT_NE(runner().check("softmaxBackward", {&x, &d}, {&x}, {}), "");
  EXPECT_NE(runner().check("softmaxBackward", {&x, &other}, {&x}, {}), "");
}

}  // namespace
}  // namespace nn_test
