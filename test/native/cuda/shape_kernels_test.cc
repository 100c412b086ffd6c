// Kernels that move elements, beside the CPU's: the same bytes for random operands, for large ones, and with 64-bit arithmetic.
#include <gtest/gtest.h>

#include <random>

#include "backends/cuda/kernels/parts.h"
#include "candidates.h"
#include "math/divider32.h"
#include "math/index.h"
#include "ops/shape.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins* made = new Twins(nn::append_shape_ops, nn::append_shape_kernels, nn::cuda::append_shape_kernels);
  return *made;
}

// Numbers elements with 64 bits from here on.
class Limit32 {
 public:
  explicit Limit32(int64_t limit) : before_(nn::cuda::limit_of_32_bits) { nn::cuda::limit_of_32_bits = limit; }
  ~Limit32() { nn::cuda::limit_of_32_bits = before_; }
  Limit32(const Limit32&) = delete;
  Limit32& operator=(const Limit32&) = delete;

 private:
  int64_t before_;
};

void compare_all(int rounds) {
  for (const nn::OpSchema& op : twins().cuda().ops) {
    for_candidates(
        op, rounds, 31, [](Operands&, std::mt19937&) { return true; },
        [&](const Operands& o) { twins().expect_identical(op.name, o.inputs(), o.out, o.attrs); });
  }
}

TEST(CudaShape, ServesWhatTheCpuServes) { twins().expect_all_served(); }

TEST(CudaShape, RandomOperands) { compare_all(400); }
TEST(CudaShape, RandomOperandsWith64Bits) {
  Limit32 all(0);
  compare_all(100);
}

TEST(CudaShape, Transposes) {
  std::mt19937 random(32);
  struct Case {
    Dims dims;
    std::vector<int> perm;
  };
  const std::vector<Case> cases = {{{100, 70}, {1, 0}},
                                   {{3, 33, 40}, {0, 2, 1}},
                                   {{2, 17, 19, 33}, {0, 3, 1, 2}},
                                   {{2, 33, 17, 19}, {0, 2, 3, 1}},
                                   {{5, 40, 3, 16}, {0, 2, 1, 3}},
                                   {{40, 3, 50}, {2, 1, 0}},
                                   {{64, 4}, {1, 0}}};
  for (int dtype : {NN_FLOAT32, NN_FLOAT64, NN_UINT8}) {
    for (const Case& c : cases) {
      Array x(dtype, c.dims);
      x.fill_random(random, 0, 100);
      Dims turned;
      for (int axis : c.perm) turned.push_back(c.dims[static_cast<size_t>(axis)]);
      twins().expect_identical("transpose", {&x}, {{dtype, turned}}, Attrs().add_all(c.perm));
    }
  }
}

TEST(CudaShape, LongCopies) {
  std::mt19937 random(33);
  for (int dtype : {NN_FLOAT32, NN_UINT8}) {
    for (int64_t n : {1, 15, 16, 17, 70001}) {
      Array x(dtype, {n});
      x.fill_random(random, 0, 200);
      twins().expect_identical("copy", {&x}, {{dtype, {n}}}, {});
      twins().expect_identical("reverse", {&x}, {{dtype, {n}}}, {1});
      twins().expect_identical("fill", {}, {{dtype, {n}}}, Attrs().add_float(3.25));
      twins().expect_identical("range", {}, {{dtype, {n}}}, Attrs().add_float(3.1).add_float(0.7));
    }
  }
}

// More inputs than the parameters of one launch hold, some of them empty, with rows that lie at no multiple of anything.
TEST(CudaShape, ConcatOfManyInputs) {
  std::mt19937 random(34);
  for (int64_t inner : {1, 3, 8}) {
    std::vector<Array> arrays;
    std::vector<const Array*> in;
    int64_t sum = 0;
    for (int i = 0; i < 300; i++) {
      const int64_t size = static_cast<int64_t>(random() % 4);
      arrays.emplace_back(NN_FLOAT32, Dims{5, size, inner});
      arrays.back().fill_random(random);
      sum += size;
    }
    for (const Array& a : arrays) in.push_back(&a);
    twins().expect_identical("concat", in, {{NN_FLOAT32, {5, sum, inner}}}, {1});
  }
}

TEST(CudaShape, PaddingOfPictures) {
  std::mt19937 random(35);
  for (int mode = 0; mode < 4; mode++) {
    Array x(NN_FLOAT32, {2, 9, 11, 4}), dy(NN_FLOAT32, {2, 14, 12, 4});
    x.fill_random(random);
    dy.fill_random(random);
    const std::vector<int> spec = {0, 2, 0, 0, 0, 3, 1, 0};
    twins().expect_identical("pad", {&x}, {{NN_FLOAT32, {2, 14, 12, 4}}}, Attrs{mode}.add_float(1.5).add_all(spec));
    twins().expect_identical("padGrad", {&dy}, {{NN_FLOAT32, {2, 9, 11, 4}}}, Attrs{mode}.add_all(spec));
  }
}

TEST(CudaShape, PadNextFindsEveryPosition) {
  for (int mode = nn::math::kPadConstant; mode <= nn::math::kPadEdge; mode++) {
    for (int64_t size = 1; size < 6; size++) {
      for (int64_t target = 0; target < size; target++) {
        int64_t next = nn::math::pad_next(mode, -17, target, size);
        for (int64_t p = -17; p < 30; p++) {
          const bool shows = nn::math::pad_source(mode, p, size) == target;
          ASSERT_EQ(shows, next == p) << "mode " << mode << ", size " << size << ", target " << target << ", position " << p;
          if (shows) next = nn::math::pad_next(mode, p + 1, target, size);
        }
      }
    }
  }
}

TEST(CudaShape, DividersDivide) {
  std::mt19937_64 random(36);
  for (int i = 0; i < 200000; i++) {
    const uint32_t limit = 0x7fffffffu >> (random() % 31);
    const uint32_t divisor = i < 5000 ? static_cast<uint32_t>(i + 1) : static_cast<uint32_t>(random() % limit + 1);
    const nn::math::Divider32 by(divisor);
    for (uint32_t n : {0u, 1u, divisor - 1, divisor, 0x7fffffffu, 0x7fffffffu / divisor * divisor, 0x7fffffffu / divisor * divisor - 1,
                       static_cast<uint32_t>(random() & 0x7fffffff)}) {
      if (n > 0x7fffffffu) continue;
      ASSERT_EQ(by.quotient(n), n / divisor) << n << " / " << divisor;
    }
  }
}

}  // namespace
}  // namespace nn_test
