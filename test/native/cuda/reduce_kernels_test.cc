// The CUDA kernels of reductions against the CPU's.
#include "backends/cuda/kernels/reduce_walk.h"
#include "math/divider.h"
#include "ops/reduce.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins t(nn::append_reduce_ops, nn::append_reduce_kernels, nn::cuda::append_reduce_kernels);
  return t;
}

Dims without(const Dims& dims, uint32_t mask) {
  Dims out;
  for (size_t d = 0; d < dims.size(); d++) {
    if (!(mask >> d & 1)) out.push_back(dims[d]);
  }
  return out;
}
void expect_reduction(const std::string& op, const Array& x, uint32_t mask, double tolerance) {
  SCOPED_TRACE(op + " mask " + std::to_string(mask));
  twins().expect_same(op, {&x}, {{x.dtype(), without(x.dims(), mask)}}, {static_cast<int32_t>(mask)}, tolerance);
}
void expect_places(const Array& x, int axis) {
  for (const char* op : {"argmax", "argmin"}) {
    SCOPED_TRACE(std::string(op) + " axis " + std::to_string(axis));
    twins().expect_same(op, {&x}, {{NN_INT32, without(x.dims(), 1u << axis)}}, {axis}, 0);
  }
}

TEST(CudaReduce, EveryMaskOfManyShapes) {
  std::mt19937 random(5);
  const std::vector<Dims> shapes = {
      {},         {1},          {7},           {5, 3},          {3, 70},  {70, 3},   {300, 17}, {2, 3, 4},
      {4, 33, 5}, {3, 1, 5, 1}, {2, 5, 3, 20}, {2, 3, 2, 3, 2}, {65, 64}, {9, 1100}, {1100, 8}, {2, 2, 2, 2, 2, 2, 2, 2}};
  for (const Dims& dims : shapes) {
    for (uint32_t mask = 0; mask < (1u << dims.size()); mask++) {
      if (dims.size() == 8 && mask % 17 != 0) continue;
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
        const Array x = normal(dtype, dims, random, 1);
        const double tolerance = dtype == NN_FLOAT32 ? 1e-6 : 1e-13;
        for (const char* op : {"sum", "mean", "sumSquares", "variance", "logsumexp"}) expect_reduction(op, x, mask, tolerance);
        for (const char* op : {"max", "min"}) expect_reduction(op, x, mask, 0);
      }
      Array ints(NN_INT32, dims), bytes(NN_UINT8, dims), bools(NN_BOOL, dims);
      ints.fill_random(random, -1000000000, 1000000000);
      bytes.fill_random(random, 0, 255);
      for (const char* op : {"sum", "prod", "max", "min"}) {
        expect_reduction(op, ints, mask, 0);
        expect_reduction(op, bytes, mask, 0);
      }
      for (const char* op : {"any", "all"}) {
        for (int64_t i = 0; i < bools.size(); i++) bools.set(i, (random() % 8 == 0) == (op[1] == 'n'));
        expect_reduction(op, bools, mask, 0);
      }
    }
  }
}

TEST(CudaReduce, LongOnesAreCutIntoChunks) {
  std::mt19937 random(6);
  for (const Dims& dims :
       {Dims{100003}, Dims{1 << 17}, Dims{3, 20000}, Dims{20000, 3}, Dims{5000, 40}, Dims{2, 3000, 9}, Dims{40, 2, 500, 3}}) {
    for (uint32_t mask = 1; mask < (1u << dims.size()); mask++) {
      const Array x = normal(NN_FLOAT32, dims, random, 3);
      for (const char* op : {"sum", "mean", "sumSquares", "variance", "logsumexp"}) expect_reduction(op, x, mask, 1e-6);
      for (const char* op : {"max", "min"}) expect_reduction(op, x, mask, 0);
    }
  }
}

// Far from zero the squares of differences are small beside the squares.
TEST(CudaReduce, VarianceDoesNotCancel) {
  std::mt19937 random(7);
  const Array x = normal(NN_FLOAT32, {200, 70}, random, 5000);
  for (uint32_t mask : {1u, 2u, 3u}) expect_reduction("variance", x, mask, 1e-5);
  Array same(NN_FLOAT32, {7000});
  for (int64_t i = 0; i < same.size(); i++) same.set(i, 0.1);
  const Array variance = std::move(twins().on_cuda("variance", {&same}, {{NN_FLOAT32, {}}}, {1})[0]);
  EXPECT_LT(variance.get(0), 1e-15);
}

TEST(CudaReduce, LongSumsStayAccurate) {
  std::mt19937 random(8);
  std::uniform_real_distribution<double> draw(0, 1);
  Array x(NN_FLOAT32, {300000});
  double exact = 0;
  for (int64_t i = 0; i < x.size(); i++) {
    x.set(i, draw(random));
    exact += x.get(i);
  }
  const Array sum = std::move(twins().on_cuda("sum", {&x}, {{NN_FLOAT32, {}}}, {1})[0]);
  EXPECT_NEAR(sum.get(0) / exact, 1, 1e-7);
}

TEST(CudaReduce, Products) {
  std::mt19937 random(9);
  for (const Dims& dims : {Dims{12, 9}, Dims{3, 2000}, Dims{900, 4}}) {
    for (uint32_t mask = 0; mask < 4; mask++) {
      Array x(NN_FLOAT32, dims);
      for (int64_t i = 0; i < x.size(); i++) x.set(i, 0.9 + static_cast<double>(random() % 1000) / 5000);
      expect_reduction("prod", x, mask, 1e-6);
    }
  }
  const Array wide = Array::floats({4}, {1e30, 1e30, 1e-30, 1e-30});  // on the way out of range
  expect_reduction("prod", wide, 1, 1e-6);
}

TEST(CudaReduce, NotANumberAndInfinity) {
  const double nan = NAN, inf = INFINITY;
  std::mt19937 random(10);
  for (int64_t length : {3, 40, 700, 5000}) {
    for (int64_t columns : {1, 3, 8}) {
      for (double special : {nan, inf, -inf}) {
        Array x = normal(NN_FLOAT32, {length, columns}, random);
        x.set(static_cast<int64_t>(random() % static_cast<uint64_t>(x.size())), special);
        x.set(static_cast<int64_t>(random() % static_cast<uint64_t>(x.size())), special == inf ? -inf : special);
        for (uint32_t mask : {1u, 2u, 3u}) {
          for (const char* op : {"sum", "mean", "max", "min", "variance", "logsumexp", "sumSquares"}) expect_reduction(op, x, mask, 1e-5);
          if (x.size() <= 120) expect_reduction("prod", x, mask, 1e-5);  // longer ones may leave float64's range in one order only
        }
        for (int axis : {0, 1}) expect_places(x, axis);
      }
      Array all(NN_FLOAT32, {length, columns});
      for (int64_t i = 0; i < all.size(); i++) all.set(i, -inf);
      for (const char* op : {"max", "min", "logsumexp", "sum"}) expect_reduction(op, all, 1, 0);
      expect_places(all, 0);
    }
  }
}

TEST(CudaReduce, NothingToReduce) {
  for (const Dims& dims : {Dims{0}, Dims{0, 3}, Dims{3, 0}, Dims{2, 0, 4}}) {
    for (uint32_t mask = 0; mask < (1u << dims.size()); mask++) {
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
        const Array x(dtype, dims);
        for (const char* op : {"sum", "mean", "prod", "variance", "logsumexp", "sumSquares"}) expect_reduction(op, x, mask, 0);
      }
      const Array bools(NN_BOOL, dims), ints(NN_INT32, dims);
      for (const char* op : {"any", "all"}) expect_reduction(op, bools, mask, 0);
      for (const char* op : {"sum", "prod"}) expect_reduction(op, ints, mask, 0);
    }
  }
}

TEST(CudaReduce, PlacesAreThoseOfTheFirst) {
  std::mt19937 random(11);
  const std::vector<Dims> shapes = {{1}, {9}, {500}, {30000}, {4, 7}, {7, 4}, {300, 5}, {5, 300}, {3000, 2}, {3, 4, 5}, {2, 5000, 3}};
  for (const Dims& dims : shapes) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_UINT8, NN_BOOL}) {
      Array x(dtype, dims);
      x.fill_random(random, -3, 3);  // many equals
      for (int axis = 0; axis < static_cast<int>(dims.size()); axis++) expect_places(x, axis);
    }
  }
}

TEST(Divider, QuotientsOfSmallAndLargeNumbers) {
  std::mt19937_64 random(12);
  for (int64_t limit : {int64_t{1} << 31, int64_t{1} << 62}) {
    for (int round = 0; round < 3000; round++) {
      const int64_t divisor = 1 + static_cast<int64_t>(random() >> (2 + random() % 61)) % (limit - 1);
      const nn::math::Divider by(divisor, limit);
      const int64_t near = (limit - 1) / divisor * divisor;
      for (int64_t n : {int64_t{0}, int64_t{1}, divisor - 1, divisor, near, near - 1, limit - 1,
                        static_cast<int64_t>(random() % static_cast<uint64_t>(limit))}) {
        ASSERT_EQ(by.quotient(n), n / divisor) << n << " / " << divisor;
        int64_t rest = n;
        ASSERT_EQ(by.split(&rest), n % divisor);
      }
    }
  }
}

// Elements beyond the 2^31st are found as the CPU's plan finds them.
TEST(CudaReduce, OffsetsInHugeTensors) {
  nn_tensor x{};
  x.rank = 6;
  const int64_t dims[] = {70, 300, 40, 50, 30, 9};
  x.size = 1;
  for (int i = 0; i < 6; i++) x.size *= x.dims[i] = dims[i];
  ASSERT_GT(x.size, int64_t{1} << 33);
  std::mt19937_64 random(13);
  for (uint32_t mask = 0; mask < 64; mask++) {
    const nn::ReduceShape shape(x, mask);
    const nn::cuda::ReduceWalk walk(shape);
    int64_t greatest = 0;
    for (int i = 0; i < 200; i++) {
      const int64_t output = i == 0 ? shape.outputs - 1 : static_cast<int64_t>(random() % static_cast<uint64_t>(shape.outputs));
      const int64_t rows = shape.repeats * shape.rows;
      const int64_t row = i == 0 ? rows - 1 : static_cast<int64_t>(random() % static_cast<uint64_t>(rows));
      ASSERT_EQ(walk.kept_offset(output), shape.kept_offset(output));
      ASSERT_EQ(walk.row_offset(row), shape.reduced_offset(row / shape.rows) + row % shape.rows * shape.columns);
      greatest = std::max(greatest, walk.kept_offset(output) + walk.row_offset(row));
    }
    EXPECT_EQ(greatest + shape.columns, x.size) << mask;  // the last of all is among them
  }
}

}  // namespace
}  // namespace nn_test
