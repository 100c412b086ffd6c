// Element-wise kernels beside the CPU's: every op and dtype over shapes that broadcast in every way, in place, and cut into pieces.
#include <gtest/gtest.h>

#include <random>

#include "backends/cuda/kernels/program.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "twins.h"

namespace nn_test {
namespace {

using nn::math::ElementwiseInfo;
using nn::math::kElementwiseInfo;

Twins& twins() {
  static Twins* made = new Twins(
      [](std::vector<nn::OpSchema>& ops) {
        nn::append_elementwise_ops(ops);
        nn::append_loss_ops(ops);
      },
      nn::append_elementwise_kernels, nn::cuda::append_elementwise_kernels);
  return *made;
}

// Cuts what follows into pieces of so many elements.
class PiecesOf {
 public:
  explicit PiecesOf(int64_t most) : before_(nn::cuda::most_in_piece) { nn::cuda::most_in_piece = most; }
  ~PiecesOf() { nn::cuda::most_in_piece = before_; }
  PiecesOf(const PiecesOf&) = delete;
  PiecesOf& operator=(const PiecesOf&) = delete;

 private:
  int64_t before_;
};

Array numbers(int dtype, Dims dims, std::mt19937& random) {
  Array a(dtype, std::move(dims));
  if (!nn::is_float(dtype)) {
    for (int64_t i = 0; i < a.size(); i++)
      a.set(i, dtype == NN_BOOL ? random() & 1 : dtype == NN_UINT8 ? random() % 256 : static_cast<int>(random() % 19) - 9);
    return a;
  }
  constexpr double kSpecial[] = {0, -0.0, 1, -1, HUGE_VAL, -HUGE_VAL, 1e-40, 88.9, -104.5, 1e30};
  std::uniform_real_distribution<double> draw(-4, 4);
  for (int64_t i = 0; i < a.size(); i++)
    a.set(i, random() % 12 == 0 ? kSpecial[random() % 10] : random() % 40 == 0 ? std::nan("") : draw(random));
  return a;
}

struct Shapes {
  Dims x, y, out;
};
const std::vector<Shapes> kShapes = {
    {{1027}, {1027}, {1027}},
    {{7, 5}, {7, 5}, {7, 5}},
    {{3, 4}, {}, {3, 4}},
    {{}, {5, 9}, {5, 9}},
    {{33, 132}, {132}, {33, 132}},
    {{33, 13}, {13}, {33, 13}},
    {{6, 8}, {6, 1}, {6, 8}},
    {{6, 7}, {6, 1}, {6, 7}},
    {{2, 3, 8}, {3, 1}, {2, 3, 8}},
    {{4, 1, 5, 8}, {4, 6, 1, 8}, {4, 6, 5, 8}},
    {{4, 1, 5, 3}, {2, 1, 3}, {4, 2, 5, 3}},
    {{2, 1, 3, 1, 4, 1}, {1, 5, 1, 2, 1, 3}, {2, 5, 3, 2, 4, 3}},
    {{1, 1}, {1}, {1, 1}},
    {{0, 3}, {3}, {0, 3}},
    {{}, {}, {}},
};

Attrs attributes_of(const ElementwiseInfo& info) {
  Attrs attrs;
  if (info.attributes[0]) attrs.add_float(0.25);
  if (info.attributes[1]) attrs.add_float(1.75);
  return attrs;
}

void run_rows(int dtype, int64_t most) {
  PiecesOf pieces(most);
  std::mt19937 random(7);
  for (int code = 0; code < nn::math::kElementwiseRows; code++) {
    const ElementwiseInfo& info = kElementwiseInfo[code];
    if ((info.dtypes >> dtype & 1) == 0) continue;
    SCOPED_TRACE(std::string(info.name) + ", " + nn::dtype_name(dtype));
    const int n = nn::elementwise_ops::operand_count(info.form);
    const bool same = std::string(info.name).rfind("sigmoidCrossEntropy", 0) == 0;
    for (const Shapes& s : kShapes) {
      if (most < nn::cuda::kMostInPiece && product(s.out) > 500) continue;
      const Array x = numbers(dtype, n == 1 || same ? s.out : s.x, random), y = numbers(dtype, same ? s.out : s.y, random),
                  z = numbers(dtype, s.out, random);
      std::vector<const Array*> in = {&x, &y, &z};
      in.resize(static_cast<size_t>(n));
      const int made = nn::elementwise_ops::gives_bool(info.form) ? static_cast<int>(NN_BOOL) : dtype;
      twins().expect_identical(info.name, in, {{made, s.out}}, attributes_of(info));
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(CudaElementwise, ServesWhatTheCpuServes) { twins().expect_all_served(); }

TEST(CudaElementwise, Float32) { run_rows(NN_FLOAT32, nn::cuda::kMostInPiece); }
TEST(CudaElementwise, Float64) { run_rows(NN_FLOAT64, nn::cuda::kMostInPiece); }
TEST(CudaElementwise, Int32) { run_rows(NN_INT32, nn::cuda::kMostInPiece); }
TEST(CudaElementwise, Uint8) { run_rows(NN_UINT8, nn::cuda::kMostInPiece); }
TEST(CudaElementwise, Bool) { run_rows(NN_BOOL, nn::cuda::kMostInPiece); }

// Tensors of 2^30 elements and more are cut; here already those of a few.
TEST(CudaElementwise, Pieces) {
  for (int64_t most : {7, 40}) run_rows(NN_FLOAT32, most);
  for (int64_t most : {1, 12}) run_rows(NN_UINT8, most);
}

TEST(CudaElementwise, PiecesAreCutWhereTheyShould) {
  nn_tensor full{};
  full.rank = 4;
  const int64_t dims[] = {3, int64_t{1} << 20, 3, 1 << 11};
  full.size = 1;
  for (int i = 0; i < 4; i++) full.size *= full.dims[i] = dims[i];
  int64_t next = 0;
  for (const nn::cuda::Piece& piece : nn::cuda::cut_into_pieces(full, nn::cuda::kMostInPiece)) {
    ASSERT_EQ(piece.first, next);
    ASSERT_LE(piece.size, nn::cuda::kMostInPiece);
    int64_t first = 0, size = 1;
    for (int i = 0; i < 4; i++) {
      first = first * dims[i] + piece.origin[i];
      size *= piece.dims[i];
      ASSERT_LE(piece.origin[i] + piece.dims[i], dims[i]);
    }
    ASSERT_EQ(first, piece.first);
    ASSERT_EQ(size, piece.size);
    next += piece.size;
  }
  EXPECT_EQ(next, full.size);
  EXPECT_GT(full.size, int64_t{1} << 33);
}

TEST(CudaElementwise, WhereAndCast) {
  std::mt19937 random(8);
  for (int dtype = 0; dtype < NN_DTYPES; dtype++) {
    for (const Shapes& s : kShapes) {
      const Array a = numbers(dtype, s.x, random), b = numbers(dtype, s.y, random), condition = numbers(NN_BOOL, s.out, random),
                  x = numbers(dtype, s.out, random);
      twins().expect_identical("where", {&condition, &a, &b}, {{dtype, s.out}}, {});
      for (int to = 0; to < NN_DTYPES; to++) twins().expect_identical("cast", {&x}, {{to, s.out}}, {});
    }
  }
  const double edges[] = {2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 255.5,        256,
                          -1,           1e300,        -1e300,        0.5,           std::nan(""), HUGE_VAL};
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    Array x(dtype, {12});
    for (int i = 0; i < 12; i++) x.set(i, edges[i]);
    for (int to = 0; to < NN_DTYPES; to++) twins().expect_identical("cast", {&x}, {{to, {12}}}, {});
  }
}

// An output may be the buffer of any operand of its shape.
TEST(CudaElementwise, InPlace) {
  std::mt19937 random(9);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_UINT8}) {
    for (const Dims& dims : {Dims{1}, Dims{7}, Dims{3, 333}}) {
      const Array x = numbers(dtype, dims, random), y = numbers(dtype, dims, random);
      for (const char* op : {"add", "subtract", "maximum", "floorDivide"}) {
        const Array want = std::move(twins().on_cpu(op, {&x, &y}, {{dtype, dims}}, {})[0]);
        for (int operand : {0, 1}) {
          Array a(dtype, dims), b(dtype, dims);
          std::memcpy(a.data(), x.data(), static_cast<size_t>(x.bytes()));
          std::memcpy(b.data(), y.data(), static_cast<size_t>(y.bytes()));
          Array& out = operand == 0 ? a : b;
          ASSERT_EQ(twins().cuda().run(op, {&a, &b}, {&out}, {}).code, NN_OK);
          EXPECT_TRUE(bits_of(out) == bits_of(want)) << op << " in place of operand " << operand;
        }
      }
    }
  }
}

}  // namespace
}  // namespace nn_test
