// Cross-entropy losses and their gradients, their stability, and labels that are no classes.
#include "ops/loss.h"

#include "kernel_rig.h"

namespace nn_test {
namespace {

using Real = long double;

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_loss_ops(made->ops);
    nn::append_elementwise_kernels(made->kernels);
    nn::append_loss_kernels(made->kernels);
    return made;
  }();
  return *r;
}

struct Row {
  Real high, log_sum;  // the greatest logit, the logarithm of the sum of exponentials above it
  Real probability(Real x) const { return std::exp(x - high - log_sum); }
};
Row row_of(const Array& x, int64_t row, int64_t columns) {
  Row r{-INFINITY, 0};
  for (int64_t c = 0; c < columns; c++) r.high = std::fmax(r.high, x.get(row * columns + c));
  for (int64_t c = 0; c < columns; c++) r.log_sum += std::exp(x.get(row * columns + c) - r.high);
  r.log_sum = std::log(r.log_sum);
  return r;
}

void expect_losses(int dtype, const Dims& rows_dims, int64_t columns, std::mt19937& random) {
  SCOPED_TRACE("columns " + std::to_string(columns) + " dtype " + std::to_string(dtype));
  Dims dims = rows_dims;
  dims.push_back(columns);
  const int64_t rows = product(rows_dims);
  std::uniform_real_distribution<double> draw(-8, 8), unit(0, 1);
  Array x(dtype, dims), labels(dtype, dims), classes(NN_INT32, rows_dims), dloss(dtype, rows_dims);
  for (int64_t i = 0; i < x.size(); i++) {
    x.set(i, draw(random));
    labels.set(i, random() % 3 == 0 ? 0 : unit(random));  // these need not add up to 1
  }
  for (int64_t i = 0; i < rows; i++) {
    classes.set(i, static_cast<double>(random() % static_cast<uint64_t>(columns)));
    dloss.set(i, draw(random));
  }
  Array loss(dtype, rows_dims), sparse(dtype, rows_dims), dx(dtype, dims), sparse_dx(dtype, dims);
  everywhere({&loss, &sparse, &dx, &sparse_dx}, false, [&] {
    EXPECT_EQ(runner().run("softmaxCrossEntropy", {&x, &labels}, {&loss}, {}).code, NN_OK);
    EXPECT_EQ(runner().run("sparseSoftmaxCrossEntropy", {&x, &classes}, {&sparse}, {}).code, NN_OK);
    EXPECT_EQ(runner().run("softmaxCrossEntropyGrad", {&x, &labels, &dloss}, {&dx}, {}).code, NN_OK);
    EXPECT_EQ(runner().run("sparseSoftmaxCrossEntropyGrad", {&x, &classes, &dloss}, {&sparse_dx}, {}).code, NN_OK);
  });
  const double tolerance = dtype == NN_FLOAT32 ? 3e-6 : 1e-14;
  for (int64_t r = 0; r < rows; r++) {
    const Row row = row_of(x, r, columns);
    Real want = 0, total = 0;
    for (int64_t i = r * columns; i < (r + 1) * columns; i++) {
      want += labels.get(i) * (row.high + row.log_sum - x.get(i));
      total += labels.get(i);
    }
    const int64_t own = static_cast<int64_t>(classes.get(r));
    EXPECT_NEAR(loss.get(r), want, tolerance * std::fmax(1, want));
    EXPECT_NEAR(sparse.get(r), row.high + row.log_sum - x.get(r * columns + own), tolerance * 16);
    for (int64_t c = 0; c < columns; c++) {
      const int64_t i = r * columns + c;
      const Real p = row.probability(x.get(i)), d = dloss.get(r);
      EXPECT_NEAR(dx.get(i), (p * total - labels.get(i)) * d, tolerance * std::fmax(1, total) * 8);
      EXPECT_NEAR(sparse_dx.get(i), (p - (c == own)) * d, tolerance * 8);
    }
  }
}

TEST(Loss, AgainstTheDefinition) {
  std::mt19937 random(2);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (int64_t columns : {1, 2, 10, 16, 31, 64, 65, 300, 1100}) {
      for (int64_t rows : {1, 16, 35}) expect_losses(dtype, {rows}, columns, random);
    }
    expect_losses(dtype, {2000}, 10, random);
    expect_losses(dtype, {2, 3}, 4, random);
    expect_losses(dtype, {}, 5, random);
  }
}

TEST(Loss, StableForLogitsThatAreFarApart) {
  for (int64_t columns : {2, 80}) {
    Array x(NN_FLOAT32, {2, columns}), labels(NN_FLOAT32, {2, columns}), loss(NN_FLOAT32, {2});
    for (int64_t i = 0; i < x.size(); i++) {
      x.set(i, -1e4);
      labels.set(i, 0);
    }
    x.set(0, 1e4);
    x.set(columns, 1e4);
    labels.set(0, 1);            // right
    labels.set(columns + 1, 1);  // wrong
    ASSERT_EQ(runner().run("softmaxCrossEntropy", {&x, &labels}, {&loss}, {}).code, NN_OK);
    EXPECT_EQ(loss.get(0), 0);
    EXPECT_EQ(loss.get(1), 20000);
    x.set(1, -INFINITY);  // a class that cannot be, and is not the label
    ASSERT_EQ(runner().run("softmaxCrossEntropy", {&x, &labels}, {&loss}, {}).code, NN_OK);
    EXPECT_EQ(loss.get(0), 0);
  }
}

TEST(Loss, LabelsThatAreNoClassesGiveNaNInTheirRows) {
  for (int64_t columns : {3, 70}) {
    Array x(NN_FLOAT32, {4, columns}), loss(NN_FLOAT32, {4}), dx(NN_FLOAT32, {4, columns});
    const Array classes = Array::ints({4}, {0, -1, static_cast<int32_t>(columns), INT32_MIN}), dloss = Array::floats({4}, {1, 1, 1, 1});
    for (int64_t i = 0; i < x.size(); i++) x.set(i, 0.5);
    ASSERT_EQ(runner().run("sparseSoftmaxCrossEntropy", {&x, &classes}, {&loss}, {}).code, NN_OK);
    ASSERT_EQ(runner().run("sparseSoftmaxCrossEntropyGrad", {&x, &classes, &dloss}, {&dx}, {}).code, NN_OK);
    for (int64_t r = 0; r < 4; r++) {
      EXPECT_EQ(std::isnan(loss.get(r)), r > 0);
      for (int64_t c = 0; c < columns; c++) EXPECT_EQ(std::isnan(dx.get(r * columns + c)), r > 0);
    }
  }
}

TEST(Loss, EmptyTensors) {
  const Array x(NN_FLOAT32, {0, 3}), labels(NN_FLOAT32, {0, 3}), classes(NN_INT32, {0}), dloss(NN_FLOAT32, {0});
  Array loss(NN_FLOAT32, {0}), dx(NN_FLOAT32, {0, 3});
  EXPECT_EQ(runner().run("softmaxCrossEntropy", {&x, &labels}, {&loss}, {}).code, NN_OK);
  EXPECT_EQ(runner().run("sparseSoftmaxCrossEntropyGrad", {&x, &classes, &dloss}, {&dx}, {}).code, NN_OK);
  const Array none(NN_FLOAT32, {2, 0}), zero = Array::ints({2}, {0, 0}), two(NN_FLOAT32, {2});  // no class at all
  Array of_none(NN_FLOAT32, {2}), grad_of_none(NN_FLOAT32, {2, 0});
  ASSERT_EQ(runner().run("softmaxCrossEntropy", {&none, &none}, {&of_none}, {}).code, NN_OK);
  EXPECT_EQ(of_none.get(1), 0);
  ASSERT_EQ(runner().run("sparseSoftmaxCrossEntropy", {&none, &zero}, {&of_none}, {}).code, NN_OK);
  EXPECT_TRUE(std::isnan(of_none.get(0)));
  EXPECT_EQ(runner().run("sparseSoftmaxCrossEntropyGrad", {&none, &zero, &two}, {&grad_of_none}, {}).code, NN_OK);
  EXPECT_EQ(runner().run("softmaxCrossEntropyGrad", {&none, &none, &two}, {&grad_of_none}, {}).code, NN_OK);
}

TEST(Loss, SchemasRefuse) {
  const Array x(NN_FLOAT32, {2, 3}), labels(NN_FLOAT32, {2, 3}), wide(NN_FLOAT64, {2, 3}), rows(NN_FLOAT32, {2}), classes(NN_INT32, {2}),
      three(NN_INT32, {3}), column(NN_FLOAT32, {2, 1}), scalar(NN_FLOAT32, {}), ints(NN_INT32, {2, 3});
  const auto& r = runner();
  EXPECT_EQ(r.check("softmaxCrossEntropy", {&x, &labels}, {&rows}, {}), "");
  EXPECT_EQ(r.check("softmaxCrossEntropy", {&x, &labels}, {&column}, {}), "expected an output of shape [2], got [2, 1]");
  EXPECT_NE(r.check("softmaxCrossEntropy", {&x, &wide}, {&rows}, {}), "");
  EXPECT_NE(r.check("softmaxCrossEntropy", {&x, &rows}, {&rows}, {}), "");
  EXPECT_NE(r.check("softmaxCrossEntropy", {&ints, &ints}, {&rows}, {}), "");
  EXPECT_EQ(r.check("softmaxCrossEntropy", {&scalar, &scalar}, {&scalar}, {}), "expected logits with at least one axis, got a scalar");
  EXPECT_EQ(r.check("sparseSoftmaxCrossEntropy", {&x, &classes}, {&rows}, {}), "");
  EXPECT_NE(r.check("sparseSoftmaxCrossEntropy", {&x, &rows}, {&rows}, {}), "");
  EXPECT_EQ(r.check("sparseSoftmaxCrossEntropy", {&x, &three}, {&rows}, {}), "expected labels of shape [2], got [3]");
  EXPECT_EQ(r.check("softmaxCrossEntropyGrad", {&x, &labels, &rows}, {&x}, {}), "");
  EXPECT_NE(r.check("softmaxCrossEntropyGrad", {&x, &labels, &scalar}, {&x}, {}), "");
  EXPECT_NE(r.check("softmaxCrossEntropyGrad", {&x, &labels, &rows}, {&rows}, {}), "");
  EXPECT_NE(r.check("sparseSoftmaxCrossEntropyGrad", {&x, &classes, &classes}, {&x}, {}), "");
}

}  // namespace
}  // namespace nn_test
