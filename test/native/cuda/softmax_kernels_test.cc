// The CUDA kernels of softmax and of the losses made of it against the CPU's.
#include "ops/loss.h"
#include "ops/softmax.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins t(
      [](std::vector<nn::OpSchema>& ops) {
        nn::append_softmax_ops(ops);
        nn::append_loss_ops(ops);
      },
      [](std::vector<nn_kernel>& kernels) {
        nn::append_softmax_kernels(kernels);
        nn::append_loss_kernels(kernels);
      },
      [](std::vector<nn_kernel>& kernels) {
        nn::cuda::append_softmax_kernels(kernels);
        nn::cuda::append_loss_kernels(kernels);
      });
  return t;
}

double tolerance_of(int dtype) { return dtype == NN_FLOAT32 ? 2e-6 : 1e-13; }

void expect_rows(const Array& x, const Array& dy) {
  const Made like{x.dtype(), x.dims()};
  const double tolerance = tolerance_of(x.dtype());
  for (const char* op : {"softmax", "logSoftmax"}) twins().expect_same(op, {&x}, {like}, {}, tolerance);
  const std::vector<Array> y = twins().on_cpu("softmax", {&x}, {like}, {}), log = twins().on_cpu("logSoftmax", {&x}, {like}, {});
  twins().expect_same("softmaxBackward", {&y[0], &dy}, {like}, {}, tolerance);
  // exp of a rounded logarithm times a long sum
  twins().expect_same("logSoftmaxBackward", {&log[0], &dy}, {like}, {}, 4 * tolerance);
}

void expect_losses(const Array& x, const Array& labels, const Array& classes, std::mt19937& random) {
  const Dims rows(x.dims().begin(), x.dims().end() - 1);
  const Array dloss = normal(x.dtype(), rows, random);
  const Made loss{x.dtype(), rows}, like{x.dtype(), x.dims()};
  const double tolerance = tolerance_of(x.dtype());
  twins().expect_same("softmaxCrossEntropy", {&x, &labels}, {loss}, {}, tolerance);
  twins().expect_same("softmaxCrossEntropyGrad", {&x, &labels, &dloss}, {like}, {}, tolerance);
  twins().expect_same("sparseSoftmaxCrossEntropy", {&x, &classes}, {loss}, {}, tolerance);
  twins().expect_same("sparseSoftmaxCrossEntropyGrad", {&x, &classes, &dloss}, {like}, {}, tolerance);
}

// One of each way to hold a row, and both sides of its bounds.
const std::vector<Dims>& shapes() {
  static const std::vector<Dims> list = {{1},      {5},      {7, 1},    {1000, 2}, {33, 10},  {2, 3, 17}, {70, 32},  {9, 33},
                                         {5, 256}, {3, 257}, {3, 1024}, {2, 1025}, {2, 4096}, {2, 4097},  {1, 9001}, {3, 20011}};
  return list;
}

TEST(CudaSoftmax, RowsOfEveryLength) {
  std::mt19937 random(3);
  for (const Dims& dims : shapes()) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
      SCOPED_TRACE(std::to_string(dims.back()) + " columns");
      expect_rows(normal(dtype, dims, random, 0, 3), normal(dtype, dims, random));
    }
  }
}

TEST(CudaSoftmax, ValuesThatOverflow) {
  std::mt19937 random(4);
  for (int64_t columns : {4, 100, 900, 5000}) {
    Array x = normal(NN_FLOAT32, {6, columns}, random, 0, 1);
    for (int64_t i = 0; i < columns; i++) {
      x.set(i, x.get(i) * 1e30);      // one of them is 1, all others 0
      x.set(columns + i, -INFINITY);  // NaN
      x.set(2 * columns + i, i == 3 ? 1.0 : -INFINITY);
    }
    x.set(3 * columns + columns / 2, NAN);
    x.set(4 * columns + columns - 1, INFINITY);  // NaN: no number says how much is left for the others
    expect_rows(x, normal(NN_FLOAT32, {6, columns}, random));
  }
}

TEST(CudaSoftmax, NoRowsAndNoColumns) {
  std::mt19937 random(5);
  for (const Dims& dims : {Dims{0}, Dims{0, 4}, Dims{4, 0}}) {
    expect_rows(Array(NN_FLOAT32, dims), Array(NN_FLOAT32, dims));
    const Array x(NN_FLOAT32, dims);
    Array classes(NN_INT32, Dims(dims.begin(), dims.end() - 1));
    classes.fill_random(random, 0, 3);
    expect_losses(x, x, classes, random);
  }
}

TEST(CudaLoss, RowsOfEveryLength) {
  std::mt19937 random(6);
  for (const Dims& dims : shapes()) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
      SCOPED_TRACE(std::to_string(dims.back()) + " columns");
      const Array x = normal(dtype, dims, random, 0, 3);
      Array labels(dtype, dims), classes(NN_INT32, Dims(dims.begin(), dims.end() - 1));
      for (int64_t i = 0; i < labels.size(); i++)
        labels.set(i, random() % 3 == 0 ? 0 : static_cast<double>(random() % 100) / 5e1 / static_cast<double>(dims.back()));
      classes.fill_random(random, 0, static_cast<int>(dims.back()) - 1);
      expect_losses(x, labels, classes, random);
    }
  }
}

TEST(CudaLoss, LabelsThatAreNoClassGiveNaN) {
  std::mt19937 random(7);
  for (int64_t columns : {3, 50, 600, 5000}) {
    const Array x = normal(NN_FLOAT32, {6, columns}, random);
    Array classes(NN_INT32, {6});
    const double values[] = {0, -1, static_cast<double>(columns), static_cast<double>(columns) - 1, -2147483648.0, 2147483647.0};
    for (int i = 0; i < 6; i++) classes.set(i, values[i]);
    expect_losses(x, x, classes, random);
    const std::vector<Array> loss = twins().on_cuda("sparseSoftmaxCrossEntropy", {&x, &classes}, {{NN_FLOAT32, {6}}}, {});
    for (int i = 0; i < 6; i++) EXPECT_EQ(std::isnan(loss[0].get(i)), i != 0 && i != 3) << i;
  }
}

// A label of 0 adds nothing even where the logit is -Infinity.
TEST(CudaLoss, ImpossibleClasses) {
  std::mt19937 random(8);
  for (int64_t columns : {4, 40, 400, 5000}) {
    Array x = normal(NN_FLOAT32, {3, columns}, random), labels(NN_FLOAT32, {3, columns}), classes(NN_INT32, {3});
    for (int64_t i = 0; i < labels.size(); i++) labels.set(i, 0);
    for (int64_t r = 0; r < 3; r++) {
      x.set(r * columns, -INFINITY);
      labels.set(r * columns + (r == 2 ? 0 : 1), 1);
      classes.set(r, r == 2 ? 0 : 1);
    }
    expect_losses(x, labels, classes, random);
  }
}

}  // namespace
}  // namespace nn_test
