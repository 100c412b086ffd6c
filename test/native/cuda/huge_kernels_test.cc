// More than 2^31 elements: a few blocks of each grid are run, and what they wrote is held to the formula. Inputs are one small file that is
// mapped again and again, outputs are files full of holes, so that hardly any memory is taken.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>

#include "backends/cuda/emulate_wanted.h"
#include "backends/cuda/kernels/random_words.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/optimizer.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/shape.h"
#include "ops/softmax.h"
#include "twins.h"

namespace nn_test {
namespace {

// So far beyond that blocks which stride over a grid come there.
constexpr int64_t kHuge = (int64_t{1} << 31) + (int64_t{1} << 26) + 1029;

void append_ops(std::vector<nn::OpSchema>& ops) {
  nn::append_elementwise_ops(ops);
  nn::append_shape_ops(ops);
  nn::append_index_ops(ops);
  nn::append_random_ops(ops);
  nn::append_reduce_ops(ops);
  nn::append_softmax_ops(ops);
  nn::append_optimizer_ops(ops);
}
void append_kernels(std::vector<nn_kernel>& kernels) {
  nn::cuda::append_elementwise_kernels(kernels);
  nn::cuda::append_shape_kernels(kernels);
  nn::cuda::append_index_kernels(kernels);
  nn::cuda::append_random_kernels(kernels);
  nn::cuda::append_reduce_kernels(kernels);
  nn::cuda::append_softmax_kernels(kernels);
  nn::cuda::append_optimizer_kernels(kernels);
}

// Address space whose pages come from a file in memory.
class Mapping {
 public:
  Mapping(int64_t bytes, int64_t file_bytes) : bytes_(rounded(bytes)), file_bytes_(file_bytes == 0 ? bytes_ : file_bytes) {
    file_ = memfd_create("huge", 0);
    EXPECT_EQ(ftruncate(file_, file_bytes_), 0);
    void* place = mmap(nullptr, static_cast<size_t>(bytes_), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT_NE(place, MAP_FAILED);
    data = static_cast<char*>(place);
    for (int64_t at = 0; at < bytes_; at += file_bytes_) {
      const size_t part = static_cast<size_t>(std::min(file_bytes_, bytes_ - at));
      EXPECT_NE(mmap(data + at, part, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, file_, 0), MAP_FAILED);
    }
  }
  ~Mapping() {
    munmap(data, static_cast<size_t>(bytes_));
    ::close(file_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // Calls f(from, to) with bytes of the file that are no holes.
  void each_written(const std::function<void(int64_t, int64_t)>& f) const {
    for (off_t at = lseek(file_, 0, SEEK_DATA); at >= 0;) {
      const off_t end = lseek(file_, at, SEEK_HOLE);
      f(at, end);
      at = lseek(file_, end, SEEK_DATA);
    }
  }
  char* data = nullptr;

 private:
  static int64_t rounded(int64_t bytes) { return (bytes + 4095) / 4096 * 4096; }
  int64_t bytes_, file_bytes_;
  int file_;
};

// No divisor of a power of two: an index that lost its upper bits finds another value.
constexpr int64_t kPeriod = 4096 * 251;

// Values that repeat, none of them 0.
class Input {
 public:
  Input(int dtype, Dims dims, int values = 101)
      : memory_(product(dims) * nn::dtype_bytes(dtype), kPeriod), array(dtype, std::move(dims), memory_.data) {
    period = kPeriod / array.element();
    for (int64_t i = 0; i < std::min(period, array.size()); i++) array.set(i, static_cast<double>(1 + i * 37 % values));
  }
  double at(int64_t i) const { return array.get(i % period); }
  int64_t period = 0;

 private:
  Mapping memory_;

 public:
  Array array;
};

class Output {
 public:
  Output(int dtype, Dims dims) : memory_(product(dims) * nn::dtype_bytes(dtype), 0), array(dtype, std::move(dims), memory_.data) {}
  // Every element is as expected, or was left alone (0); some behind the 2^31st are as expected.
  void expect(const std::function<double(int64_t)>& value, double tolerance = 0) const {
    int64_t right = 0, far = 0, wrong = 0, last = 0;
    memory_.each_written([&](int64_t from, int64_t to) {
      for (int64_t i = from / array.element(); i < std::min(to / array.element(), array.size()); i++) {
        const double got = array.get(i);
        if (got == 0) continue;
        const double want = value(i);
        const bool good = std::fabs(got - want) <= tolerance * std::fabs(want);
        if (!good && wrong++ == 0) ADD_FAILURE() << "element " << i << ": expected " << want << ", got " << got;
        right += good ? 1 : 0;
        last = i;
        far += good && i > int64_t{1} << 31 ? 1 : 0;
      }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(right, far) << "nothing in front of the 2^31st";
    EXPECT_GT(far, 0) << "nothing behind the 2^31st: the last is " << last;
  }

 private:
  Mapping memory_;

 public:
  Array array;
};

class CudaHuge : public ::testing::Test {
 protected:
  void SetUp() override {
    append_ops(runner_.ops);
    append_kernels(runner_.kernels);
    device_.multiprocessors = 132;
    device_.complaint = &complaint_;
    runner_.device = &device_;
    nn::cuda::emulated::wanted = [](uint3 block, dim3 blocks) { return block.x < 2 || block.x + 2 >= blocks.x; };
  }
  void TearDown() override { nn::cuda::emulated::wanted = nullptr; }
  void run(const std::string& op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs = {}) {
    const Outcome outcome = runner_.run(op, in, out, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
    EXPECT_EQ(complaint_.code, 0);
  }

 private:
  OpRunner runner_;
  nn_device device_{};
  nn_device_complaint complaint_{};
};

TEST_F(CudaHuge, Unary) {
  const Input x(NN_FLOAT32, {kHuge});
  const Output y(NN_FLOAT32, {kHuge});
  run("square", {&x.array}, {&y.array});
  y.expect([&](int64_t i) { return x.at(i) * x.at(i); });
}

TEST_F(CudaHuge, BroadcastBinary) {
  const int64_t rows = 65539, columns = 32771;
  const Input x(NN_INT32, {rows, columns}), bias(NN_INT32, {columns});
  const Output y(NN_INT32, {rows, columns});
  run("add", {&x.array, &bias.array}, {&y.array});
  y.expect([&](int64_t i) { return x.at(i) + bias.at(i % columns); });
}

TEST_F(CudaHuge, Cast) {
  const Input x(NN_UINT8, {kHuge});
  const Output y(NN_INT32, {kHuge});
  run("cast", {&x.array}, {&y.array});
  y.expect([&](int64_t i) { return x.at(i); });
}

TEST_F(CudaHuge, Transpose) {
  const int64_t rows = 65539, columns = 32771;
  const Input x(NN_UINT8, {rows, columns});
  const Output y(NN_UINT8, {columns, rows});
  run("transpose", {&x.array}, {&y.array}, {1, 0});
  y.expect([&](int64_t i) { return x.at(i % rows * columns + i / rows); });
}

TEST_F(CudaHuge, TransposeOfManyAxes) {
  const int64_t a = 1291, b = 3, c = 554627;  // too narrow for tiles
  const Input x(NN_UINT8, {a, b, c});
  const Output y(NN_UINT8, {b, a, c});
  run("transpose", {&x.array}, {&y.array}, {1, 0, 2});
  y.expect([&](int64_t i) { return x.at((i / c % a * b + i / c / a) * c + i % c); });
}

TEST_F(CudaHuge, Concat) {
  const int64_t rows = 65539, left = 32000, right = 771, columns = left + right;
  const Input x(NN_UINT8, {rows, left}), z(NN_UINT8, {rows, right});
  const Output y(NN_UINT8, {rows, columns});
  run("concat", {&x.array, &z.array}, {&y.array}, {1});
  y.expect([&](int64_t i) {
    const int64_t row = i / columns, column = i % columns;
    return column < left ? x.at(row * left + column) : z.at(row * right + column - left);
  });
}

TEST_F(CudaHuge, Gather) {
  const int64_t rows = 65539, columns = 32771;
  const Input x(NN_UINT8, {rows, columns});
  Array indices(NN_INT32, {rows});
  for (int64_t i = 0; i < rows; i++) indices.set(i, static_cast<double>(rows - 1 - i));
  const Output y(NN_UINT8, {rows, columns});
  run("gather", {&x.array, &indices}, {&y.array}, {0});
  y.expect([&](int64_t i) { return x.at((rows - 1 - i / columns) * columns + i % columns); });
}

TEST_F(CudaHuge, OneHot) {
  const int64_t rows = 21474837, depth = 101;
  const Input x(NN_INT32, {rows});
  const Output y(NN_UINT8, {rows, depth});
  run("oneHot", {&x.array}, {&y.array}, Attrs().add_float(5).add_float(2));
  y.expect([&](int64_t i) { return x.at(i / depth) == static_cast<double>(i % depth) ? 5 : 2; });
}

TEST_F(CudaHuge, RandomNumbers) {
  Array state(NN_INT32, {4}, {3, 5, 7, 0});
  const Output y(NN_FLOAT32, {kHuge});
  run("randomUniform", {&state}, {&y.array}, Attrs{0}.add_float(1).add_float(2));
  const nn::math::RandomStream stream = nn::cuda::random_stream(state.as<int32_t>(), 0);
  y.expect([&](int64_t i) {
    const uint32_t word = nn::cuda::words_of_block(stream, static_cast<uint64_t>(i / 4)).v[i % 4];
    return static_cast<double>(nn::math::uniform_between(word, 1.0f, 1.0f, 2.0f, 1.9999999f));
  });
}

TEST_F(CudaHuge, SumsOfRows) {
  const int64_t columns = 3, rows = kHuge / columns + columns;
  const Input x(NN_INT32, {rows, columns});
  // fewer outputs than 2^31, from elements far behind it
  const Output y(NN_INT32, {rows});
  run("sum", {&x.array}, {&y.array}, {2});
  EXPECT_EQ(y.array.get(rows - 1), x.at(rows * 3 - 3) + x.at(rows * 3 - 2) + x.at(rows * 3 - 1));
  EXPECT_EQ(y.array.get(0), x.at(0) + x.at(1) + x.at(2));
}

TEST_F(CudaHuge, SoftmaxOfRows) {
  const int64_t rows = 65539, columns = 32771;
  const Input x(NN_FLOAT32, {rows, columns}, 7);
  const Output y(NN_FLOAT32, {rows, columns});
  run("softmax", {&x.array}, {&y.array});
  int64_t known = -1;
  double sum = 0;
  y.expect(
      [&](int64_t i) {
        if (const int64_t row = i / columns; row != known) {
          sum = 0;
          for (int64_t k = 0; k < columns; k++) sum += std::exp(x.at(row * columns + k) - 7);
          known = row;
        }
        return std::exp(x.at(i) - 7) / sum;
      },
      1e-4);
}

TEST_F(CudaHuge, OptimizerStep) {
  Array rate(NN_FLOAT64, {});
  rate.set(0, 0.5);
  const Input gradient(NN_FLOAT32, {kHuge});
  const Output weights(NN_FLOAT32, {kHuge});
  run("sgdUpdate", {&rate, &gradient.array}, {&weights.array}, Attrs{1}.add_float(0).add(0).add_float(0));
  weights.expect([&](int64_t i) { return -0.5 * gradient.at(i); });
}

}  // namespace
}  // namespace nn_test
