// The CUDA kernels of batch normalisation against the CPU's.
#include "ops/norm.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins t(nn::append_norm_ops, nn::append_norm_kernels, nn::cuda::append_norm_kernels);
  return t;
}

void expect_norm(const Array& x, std::mt19937& random, double tolerance, double epsilon = 1e-3) {
  SCOPED_TRACE(std::to_string(x.dims()[0]) + " rows, " + std::to_string(x.dims().back()) + " channels");
  const int64_t channels = x.dims().back();
  const Array gamma = normal(x.dtype(), {channels}, random, 1), beta = normal(x.dtype(), {channels}, random);
  const Array dy = normal(x.dtype(), x.dims(), random);
  const Made like{x.dtype(), x.dims()}, each{x.dtype(), {channels}};
  const Attrs attrs = Attrs().add_float(epsilon);
  twins().expect_same("batchNorm", {&x, &gamma, &beta}, {like, each, each}, attrs, tolerance);
  const std::vector<Array> y = twins().on_cpu("batchNorm", {&x, &gamma, &beta}, {like, each, each}, attrs);
  twins().expect_same("batchNormBackward", {&x, &dy, &gamma, &y[1], &y[2]}, {like, each, each}, attrs, 4 * tolerance);
}

double tolerance_of(int dtype) { return dtype == NN_FLOAT32 ? 3e-6 : 1e-12; }

TEST(CudaNorm, AnyNumberOfRowsAndChannels) {
  std::mt19937 random(1);
  const std::vector<Dims> shapes = {{2, 1},    {7, 3},      {33, 4},    {5, 64},      {2, 9, 5, 8}, {1000, 1},    {3000, 12},
                                    {9001, 2}, {1700, 130}, {40, 1000}, {3, 2, 5000}, {600, 257},   {17 * 16, 5}, {64 * 1024, 4}};
  for (const Dims& dims : shapes) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64}) expect_norm(normal(dtype, dims, random, 2, 3), random, tolerance_of(dtype));
  }
}

// Where the mean is thousands of deviations away the squares must not cancel.
TEST(CudaNorm, FarFromZero) {
  std::mt19937 random(2);
  for (int64_t channels : {3, 8}) {
    const Array x = normal(NN_FLOAT32, {4000, channels}, random, 3000);
    const Array gamma = normal(NN_FLOAT32, {channels}, random), beta = normal(NN_FLOAT32, {channels}, random);
    const Made each{NN_FLOAT32, {channels}};
    const std::vector<Array> y =
        twins().on_cuda("batchNorm", {&x, &gamma, &beta}, {{NN_FLOAT32, x.dims()}, each, each}, Attrs().add_float(1e-3));
    for (int64_t c = 0; c < channels; c++) {
      double mean = 0, variance = 0;
      for (int64_t r = 0; r < 4000; r++) mean += x.get(r * channels + c) / 4000;
      for (int64_t r = 0; r < 4000; r++) variance += std::pow(x.get(r * channels + c) - mean, 2) / 4000;
      EXPECT_NEAR(y[1].get(c), mean, 1e-6 * mean);
      EXPECT_NEAR(y[2].get(c), variance, 1e-5 * variance);
    }
  }
}

TEST(CudaNorm, ConstantChannelsAndNotANumber) {
  std::mt19937 random(3);
  Array x = normal(NN_FLOAT32, {500, 6}, random);
  for (int64_t r = 0; r < 500; r++) x.set(r * 6 + 1, 0.1);
  x.set(300 * 6 + 2, NAN);
  expect_norm(x, random, 1e-4, 1e-2);
  const Made each{NN_FLOAT32, {6}};
  const Array one = normal(NN_FLOAT32, {6}, random);
  const std::vector<Array> y =
      twins().on_cuda("batchNorm", {&x, &one, &one}, {{NN_FLOAT32, x.dims()}, each, each}, Attrs().add_float(1e-3));
  EXPECT_LT(y[2].get(1), 1e-15);
  EXPECT_GE(y[2].get(1), 0);
  EXPECT_TRUE(std::isnan(y[1].get(2)) && std::isnan(y[2].get(2)));
  EXPECT_FALSE(std::isnan(y[1].get(3)));
}

TEST(CudaNorm, NoRowsAndNoChannels) {
  std::mt19937 random(4);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    expect_norm(Array(dtype, {0, 4}), random, 0);
    expect_norm(Array(dtype, {0, 3}), random, 0);
    expect_norm(Array(dtype, {4, 0}), random, 0);
  }
}

}  // namespace
}  // namespace nn_test
