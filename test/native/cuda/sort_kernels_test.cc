// The CUDA kernels of sort, topK, cumsum and cumprod against the CPU's.
#include "ops/index.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins t(nn::append_index_ops, nn::append_index_kernels, nn::cuda::append_sort_kernels);
  return t;
}

void expect_sorted(const Array& x) {
  SCOPED_TRACE("dtype " + std::to_string(x.dtype()) + ", rows of " + std::to_string(x.dims().back()));
  for (int descending : {0, 1}) twins().expect_same("sort", {&x}, {{x.dtype(), x.dims()}, {NN_INT32, x.dims()}}, {descending}, 0);
}
void expect_best(const Array& x, int64_t k) {
  SCOPED_TRACE(std::to_string(k) + " of rows of " + std::to_string(x.dims().back()));
  Dims kept = x.dims();
  kept.back() = k;
  twins().expect_same("topK", {&x}, {{x.dtype(), kept}, {NN_INT32, kept}}, {}, 0);
}

const std::vector<int> kNumberTypes = {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_UINT8};

TEST(CudaSort, RowsOfEveryLength) {
  std::mt19937 random(1);
  for (int dtype : kNumberTypes) {
    for (const Dims& dims : {Dims{1}, Dims{2}, Dims{5000, 3}, Dims{700, 1}, Dims{3, 40, 17}, Dims{9, 512}, Dims{3, 1000}, Dims{4, 1024},
                             Dims{3, 1025}, Dims{2, 2048}, Dims{1, 5000}, Dims{3, 3500}, Dims{1, 20000}}) {
      Array x(dtype, dims);
      x.fill_random(random, -300, 300);  // with equals, whose order must stay
      expect_sorted(x);
    }
  }
}

TEST(CudaSort, TheFirstOfEachRow) {
  std::mt19937 random(2);
  for (int dtype : kNumberTypes) {
    for (const Dims& dims : {Dims{7}, Dims{300, 10}, Dims{5, 900}, Dims{3, 1025}, Dims{2, 9000}}) {
      Array x(dtype, dims);
      x.fill_random(random, -300, 300);
      for (int64_t k : {int64_t{1}, int64_t{5}, int64_t{700}, int64_t{1500}, dims.back()}) {
        if (k <= dims.back()) expect_best(x, k);
      }
    }
  }
}

TEST(CudaSort, NotANumberInfinityAndSignedZero) {
  std::mt19937 random(3);
  const double special[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e-45, -1e-45, 3e38};
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (int64_t length : {9, 100, 3000}) {
      Array x(dtype, {2, length});
      for (int64_t i = 0; i < x.size(); i++) x.set(i, random() % 2 ? special[random() % 9] : static_cast<double>(random() % 5));
      expect_sorted(x);
      expect_best(x, length / 2);
    }
  }
}

TEST(CudaSort, NothingToSort) {
  for (const Dims& dims : {Dims{0}, Dims{0, 5}, Dims{5, 0}}) expect_sorted(Array(NN_FLOAT32, dims));
  std::mt19937 random(4);
  expect_best(normal(NN_FLOAT32, {3, 4}, random), 0);
}

TEST(CudaScan, EveryAxisAndDirection) {
  std::mt19937 random(5);
  const std::vector<Dims> shapes = {{1},      {33},      {1000},    {5000},       {9000},       {300, 7},
                                    {7, 300}, {2, 3000}, {3000, 3}, {3, 2500, 4}, {2, 3, 4, 5}, {2000, 2}};
  for (const Dims& dims : shapes) {
    for (int dtype : kNumberTypes) {
      Array x(dtype, dims);
      x.fill_random(random, -4, 4);
      Array factors = dtype == NN_INT32 || dtype == NN_UINT8 ? Array(dtype, dims) : normal(dtype, dims, random, 1, 0.05);
      if (dtype == NN_INT32 || dtype == NN_UINT8) factors.fill_random(random, 1, 5);
      for (int axis = 0; axis < static_cast<int>(dims.size()); axis++) {
        for (int flags = 0; flags < 4; flags++) {
          SCOPED_TRACE("axis " + std::to_string(axis) + " of " + std::to_string(dims.size()) + ", flags " + std::to_string(flags));
          const Attrs attrs{axis, flags & 1, flags >> 1};
          twins().expect_same("cumsum", {&x}, {{dtype, dims}}, attrs, 0);  // sums of small integers are exact
          if (dims[static_cast<size_t>(axis)] <= 5000 || dtype == NN_INT32 || dtype == NN_UINT8)
            twins().expect_same("cumprod", {&factors}, {{dtype, dims}}, attrs, dtype == NN_FLOAT32 ? 1e-6 : 1e-11);
        }
      }
    }
  }
}

TEST(CudaScan, FractionsAndNotANumber) {
  std::mt19937 random(6);
  for (const Dims& dims : {Dims{3000}, Dims{60, 50}}) {
    Array x = normal(NN_FLOAT32, dims, random);
    for (int pass = 0; pass < 2; pass++) {
      for (int flags = 0; flags < 4; flags++) {
        for (const char* op : {"cumsum", "cumprod"}) twins().expect_same(op, {&x}, {{NN_FLOAT32, dims}}, {0, flags & 1, flags >> 1}, 2e-6);
      }
      x.set(1700, NAN);
    }
  }
  for (const Dims& dims : {Dims{0}, Dims{0, 3}, Dims{3, 0}}) {
    const Array x(NN_FLOAT32, dims);
    for (const char* op : {"cumsum", "cumprod"}) twins().expect_same(op, {&x}, {{NN_FLOAT32, dims}}, {0, 0, 0}, 0);
  }
}

}  // namespace
}  // namespace nn_test
