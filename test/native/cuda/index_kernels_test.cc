// Kernels that read and add where indices point, beside the CPU's; and what they do with indices that point outside.
#include <gtest/gtest.h>

#include <random>

#include "backends/cuda/kernels/parts.h"
#include "candidates.h"
#include "ops/index.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins* made = new Twins(nn::append_index_ops, nn::append_index_kernels, [](std::vector<nn_kernel>& kernels) {
    nn::cuda::append_index_kernels(kernels);
    nn::cuda::append_sort_kernels(kernels);
  });
  return *made;
}

void draw(Array& a, int64_t low, int64_t high, std::mt19937& random) {
  for (int64_t i = 0; i < a.size(); i++)
    a.set(i, static_cast<double>(low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1))));
}

// Replaces the index operands by such as point inside; false where nothing does.
bool point_inside(const std::string& op, Operands& o, std::mt19937& random) {
  if (op == "oneHot") {
    draw(o.in[0], -2, 6, random);
    return true;
  }
  if (op == "gatherRows") {
    const int64_t rows = o.in[0].dims()[0], free = o.in[1].size() - o.out[0].dims[0];
    if (rows == 0) return false;
    draw(o.in[1], 0, rows - 1, random);
    draw(o.in[2], 0, free, random);
    return true;
  }
  if (op == "assignRows") {
    draw(o.in[1], 0, o.out[0].dims[0] - o.in[0].dims()[0], random);
    return true;
  }
  const bool reads = op == "gather" || op == "takeAlongAxis";
  const Dims& whole = reads ? o.in[0].dims() : o.out[0].dims;
  const int64_t size = whole[static_cast<size_t>(o.attrs.words()[0])];
  Array& indices = o.in[reads ? 1 : 0];
  if (size == 0) return indices.size() == 0;
  draw(indices, -size, size - 1, random);
  return true;
}

void compare_all(int rounds) {
  for (const char* name : {"gather", "gatherRows", "assignRows", "takeAlongAxis", "oneHot", "scatterAdd", "scatterAlongAxis"}) {
    for_candidates(
        *twins().cuda().op(name), rounds, 51, [&](Operands& o, std::mt19937& random) { return point_inside(name, o, random); },
        [&](const Operands& o) { twins().expect_identical(name, o.inputs(), o.out, o.attrs); });
  }
  EXPECT_EQ(twins().complaint().code, 0);
}

TEST(CudaIndex, ServesWhatTheCpuServes) { twins().expect_all_served(); }

TEST(CudaIndex, RandomOperands) { compare_all(300); }
TEST(CudaIndex, RandomOperandsWith64Bits) {
  const int64_t before = nn::cuda::limit_of_32_bits;
  nn::cuda::limit_of_32_bits = 0;
  compare_all(100);
  nn::cuda::limit_of_32_bits = before;
}

TEST(CudaIndex, RowsOfManySizes) {
  std::mt19937 random(52);
  for (int64_t row : {1, 3, 4, 7, 16, 784}) {
    for (int dtype : {NN_FLOAT32, NN_UINT8, NN_FLOAT64}) {
      Array x(dtype, {50, row}), order(NN_INT32, {70}), table(dtype, {3, 50, row});
      x.fill_random(random, 0, 100);
      table.fill_random(random, 0, 100);
      draw(order, 0, 49, random);
      const Array position = Array::ints({}, {7});
      twins().expect_identical("gatherRows", {&x, &order, &position}, {{dtype, {33, row}}}, {});
      twins().expect_identical("assignRows", {&x, &position}, {{dtype, {60, row}}}, {});
      twins().expect_identical("gather", {&table, &order}, {{dtype, {3, 70, row}}}, {1});
    }
  }
}

// Enough updates for a sort of several tiles and passes; hot targets, whose updates fill many chunks; and targets with none.
TEST(CudaIndex, ScatterAddOfManyUpdates) {
  std::mt19937 random(53);
  struct Case {
    int64_t outer, size, inner, count;
    int hot;  // of 10 indices, how many are one target
  };
  const Case cases[] = {{1, 40, 8, 300, 0},   {1, 1000, 3, 2100, 8}, {2, 7000, 1, 2500, 2}, {1, 1, 5, 700, 0}, {7, 9, 1, 1000, 5},
                        {3, 255, 2, 4097, 1}, {1, 256, 2, 4096, 1},  {1, 300, 33, 257, 10}, {1, 5, 1, 3000, 0}};
  for (const Case& c : cases) {
    SCOPED_TRACE("size " + std::to_string(c.size) + ", count " + std::to_string(c.count));
    Array indices(NN_INT32, {c.count});
    draw(indices, -c.size, c.size - 1, random);
    for (int64_t i = 0; i < c.count; i++) {
      if (static_cast<int>(random() % 10) < c.hot) indices.set(i, static_cast<double>(c.size / 2));
    }
    for (int dtype : {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_UINT8}) {
      if (dtype != NN_FLOAT32 && c.count > 300) continue;
      Array whole(dtype, {c.outer, c.count, c.inner});  // whole numbers: sums are the same in any order
      whole.fill_random(random, -50, 50);
      twins().expect_identical("scatterAdd", {&indices, &whole}, {{dtype, {c.outer, c.size, c.inner}}}, {1});
      if (!nn::is_float(dtype)) continue;
      const Array updates = normal(dtype, {c.outer, c.count, c.inner}, random);
      twins().expect_same("scatterAdd", {&indices, &updates}, {{dtype, {c.outer, c.size, c.inner}}}, {1},
                          dtype == NN_FLOAT32 ? 1e-6 : 1e-12);
    }
  }
}

TEST(CudaIndex, ScatterAlongAxisOfManyUpdates) {
  std::mt19937 random(54);
  for (int64_t inner : {1, 3, 40}) {
    for (int64_t size : {1, 5, 90}) {
      Array indices(NN_INT32, {4, 130, inner});
      draw(indices, -size, size - 1, random);
      for (int dtype : {NN_FLOAT32, NN_INT32}) {
        const Array updates = dtype == NN_FLOAT32 ? normal(dtype, {4, 130, inner}, random) : Array(dtype, {4, 130, inner});
        twins().expect_identical("scatterAlongAxis", {&indices, &updates}, {{dtype, {4, size, inner}}}, {1});
      }
    }
  }
}

// An index outside: the call goes through, what it would have read is 0, what it would have changed stays, and the complaint names it.
void expect_complaint(const char* op, const std::vector<const Array*>& in, const Made& out, const Attrs& attrs, nn::Complaint code,
                      int32_t value, int64_t limit, const std::vector<double>& want) {
  twins().complaint() = {};
  const auto got = twins().on_cuda(op, in, {out}, attrs);
  EXPECT_EQ(twins().complaint().code, static_cast<int32_t>(code)) << op;
  EXPECT_EQ(twins().complaint().value, value) << op;
  EXPECT_EQ(twins().complaint().limit, limit) << op;
  if (!want.empty()) {
    EXPECT_EQ(got[0].values(), want) << op;
  }
  twins().complaint() = {};
}

TEST(CudaIndex, IndicesOutside) {
  const Array x = Array::floats({3, 2}, {1, 2, 3, 4, 5, 6}), indices = Array::ints({2}, {1, 3}), low = Array::ints({2}, {-4, 0});
  const auto kIndex = nn::Complaint::kIndexOutside, kRow = nn::Complaint::kRowOutside;
  expect_complaint("gather", {&x, &indices}, {NN_FLOAT32, {2, 2}}, {0}, kIndex, 3, 3, {3, 4, 0, 0});
  expect_complaint("gather", {&x, &low}, {NN_FLOAT32, {2, 2}}, {0}, kIndex, -4, 3, {0, 0, 1, 2});
  const Array start = Array::ints({}, {0}), late = Array::ints({}, {2}), early = Array::ints({}, {-1});
  expect_complaint("gatherRows", {&x, &indices, &start}, {NN_FLOAT32, {2, 2}}, {}, kIndex, 3, 3, {3, 4, 0, 0});
  expect_complaint("gatherRows", {&x, &indices, &late}, {NN_FLOAT32, {1, 2}}, {}, kRow, 2, 1, {0, 0});
  expect_complaint("gatherRows", {&x, &low, &early}, {NN_FLOAT32, {1, 2}}, {}, kRow, -1, 1, {0, 0});
  const Array along = Array::ints({1, 2}, {2, 5});
  expect_complaint("takeAlongAxis", {&x, &along}, {NN_FLOAT32, {1, 2}}, {0}, kIndex, 5, 3, {5, 0});
  const Array updates = Array::floats({2, 2}, {1, 2, 3, 4}), row = Array::floats({1, 2}, {7, 8});
  expect_complaint("scatterAdd", {&indices, &updates}, {NN_FLOAT32, {3, 2}}, {0}, kIndex, 3, 3, {0, 0, 1, 2, 0, 0});
  expect_complaint("scatterAlongAxis", {&along, &row}, {NN_FLOAT32, {3, 2}}, {0}, kIndex, 5, 3, {0, 0, 0, 0, 7, 0});
  expect_complaint("assignRows", {&row, &early}, {NN_FLOAT32, {3, 2}}, {}, kRow, -1, 2, {});
  // The same by way of a sort.
  Array many(NN_INT32, {1000}), ones(NN_FLOAT32, {1000});
  for (int64_t i = 0; i < 1000; i++) {
    many.set(i, i == 500 ? 77 : 1);
    ones.set(i, 1);
  }
  expect_complaint("scatterAdd", {&many, &ones}, {NN_FLOAT32, {2}}, {0}, kIndex, 77, 2, {0, 999});
}

}  // namespace
}  // namespace nn_test
