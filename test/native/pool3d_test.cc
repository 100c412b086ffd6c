// Pooling of volumes against plain loops over windows.
#include "ops/pool3d.h"

#include <omp.h>

#include <cmath>

#include "backends/cpu/kernels.h"
#include "op_runner.h"

namespace {

using nn_test::Array;
using nn_test::Attrs;
using nn_test::Dims;
using nn_test::OpRunner;
using nn_test::Outcome;

struct Shape {
  int n, c;
  int image[3], pool[3];
  int stride[3] = {1, 1, 1}, before[3] = {0, 0, 0}, after[3] = {0, 0, 0};

  int out(int i) const { return (image[i] + before[i] + after[i] - pool[i]) / stride[i] + 1; }
  Dims x() const { return {n, image[0], image[1], image[2], c}; }
  Dims y() const { return {n, out(0), out(1), out(2), c}; }
  bool valid() const {
    for (int i = 0; i < 3; i++) {
      if (image[i] + before[i] + after[i] < pool[i] || before[i] >= pool[i] || after[i] >= pool[i]) return false;
    }
    return true;
  }
  int window() const { return pool[0] * pool[1] * pool[2]; }
  Attrs attrs() const {
    Attrs words({});
    for (const auto* three : {&pool, &stride, &before, &after}) {
      for (int word : *three) words.add(word);
    }
    return words;
  }
  Attrs attrs(int include) const { return attrs().add(include); }
};

class Pool3d : public testing::Test {
 protected:
  Pool3d() {
    nn::append_pool3d_ops(runner_.ops);
    nn::append_pool3d_kernels(runner_.kernels);
    omp_set_num_threads(2);
  }
  ~Pool3d() override { omp_set_num_threads(2); }
  void ok(const std::string& op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
    const Outcome outcome = runner_.run(op, in, out, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << op << ": " << outcome.message;
  }

  // Calls f(element of y, element of x, place in the window, elements of the window inside the volume) for all that a window covers.
  template <class F>
  static void for_windows(const Shape& s, F&& f) {
    const Dims y = s.y();
    for (int64_t i = 0; i < nn_test::product(y); i++) {
      const int64_t c = i % s.c, n = i / (y[1] * y[2] * y[3] * s.c);
      const int64_t at[3] = {i / (s.c * y[3] * y[2]) % y[1], i / (s.c * y[3]) % y[2], i / s.c % y[3]};
      std::vector<std::pair<int64_t, int64_t>> covered;
      for (int64_t place = 0; place < s.window(); place++) {
        const int64_t cell[3] = {place / (s.pool[1] * s.pool[2]), place / s.pool[2] % s.pool[1], place % s.pool[2]};
        int64_t voxel = n;
        bool inside = true;
        for (int a = 0; a < 3; a++) {
          const int64_t side = at[a] * s.stride[a] - s.before[a] + cell[a];
          inside = inside && side >= 0 && side < s.image[a];
          voxel = voxel * s.image[a] + side;
        }
        if (inside) covered.push_back({voxel * s.c + c, place});
      }
      for (const auto& [element, place] : covered) f(i, element, place, static_cast<int64_t>(covered.size()));
    }
  }

  void compare(const Shape& s, int dtype, int index_dtype, std::mt19937& random) {
    SCOPED_TRACE(testing::PrintToString(s.x()) + testing::PrintToString(s.attrs().words()));
    ASSERT_TRUE(s.valid());
    Array x(dtype, s.x()), dy(dtype, s.y());
    x.fill_random(random, -2, 2);  // many ties
    dy.fill_random(random);
    const auto outputs = static_cast<size_t>(dy.size());
    std::vector<double> best(outputs, -INFINITY), sum(outputs, 0), part(outputs, 0), place(outputs, -1), from(outputs, -1);
    for_windows(s, [&](int64_t i, int64_t element, int64_t at, int64_t inside) {
      const auto o = static_cast<size_t>(i);
      sum[o] += x.get(element);
      part[o] = static_cast<double>(inside);
      if (x.get(element) > best[o]) best[o] = x.get(element), place[o] = static_cast<double>(at), from[o] = static_cast<double>(element);
    });
    const Array y(dtype, s.y()), index(index_dtype, s.y()), dx(dtype, s.x());
    ok("maxPool3d", {&x}, {&y}, s.attrs());
    EXPECT_EQ(y.values(), best);
    ok("maxPool3d", {&x}, {&y, &index}, s.attrs());
    EXPECT_EQ(y.values(), best);
    EXPECT_EQ(index.values(), place);
    ok("maxPool3dBackward", {&dy, &index}, {&dx}, s.attrs());
    std::vector<double> wanted(static_cast<size_t>(x.size()), 0);
    for (size_t o = 0; o < outputs; o++) wanted[static_cast<size_t>(from[o])] += dy.get(static_cast<int64_t>(o));
    EXPECT_EQ(dx.values(), wanted);

    for (int include = 0; include < 2; include++) {
      ok("avgPool3d", {&x}, {&y}, s.attrs(include));
      ok("avgPool3dBackward", {&dy}, {&dx}, s.attrs(include));
      std::fill(wanted.begin(), wanted.end(), 0);
      const auto count = [&](size_t o) { return include ? s.window() : part[o]; };
      for_windows(s, [&](int64_t i, int64_t element, int64_t, int64_t) {
        wanted[static_cast<size_t>(element)] += dy.get(i) / count(static_cast<size_t>(i));
      });
      for (size_t o = 0; o < outputs; o++) ASSERT_NEAR(y.get(static_cast<int64_t>(o)), sum[o] / count(o), 1e-6) << "average " << o;
      for (size_t i = 0; i < wanted.size(); i++) ASSERT_NEAR(dx.get(static_cast<int64_t>(i)), wanted[i], 1e-5) << "gradient " << i;
    }
  }

  OpRunner runner_;
};

TEST_F(Pool3d, EqualsPlainLoops) {
  std::mt19937 random(1);
  const Shape shapes[] = {
      {2, 8, {4, 6, 8}, {2, 2, 2}, {2, 2, 2}},
      {2, 3, {5, 7, 5}, {2, 2, 2}, {2, 2, 2}},                        // a slice, a row and a column in no window
      {1, 5, {5, 6, 7}, {3, 2, 3}, {1, 2, 2}, {1, 0, 1}, {1, 1, 1}},  // overlapping, padded
      {1, 4, {3, 4, 5}, {3, 4, 5}},                                   // the whole volume
      {1, 2, {1, 1, 1}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},  // nearly all padding
      {1, 2, {7, 3, 7}, {2, 1, 3}, {4, 2, 4}},                        // gaps between windows
  };
  for (const Shape& shape : shapes) {
    for (int index : {NN_UINT8, NN_INT32}) {
      compare(shape, NN_FLOAT32, index, random);
      compare(shape, NN_FLOAT64, index, random);
    }
  }
}

TEST_F(Pool3d, EqualsPlainLoopsOnRandomShapes) {
  std::mt19937 random(2);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int done = 0; done < 80;) {
    Shape s{draw(0, 2), draw(1, 9), {}, {}};
    for (int i = 0; i < 3; i++) {
      s.image[i] = draw(1, 7), s.pool[i] = draw(1, 3), s.stride[i] = draw(1, 3);
      s.before[i] = draw(0, s.pool[i] - 1), s.after[i] = draw(0, s.pool[i] - 1);
    }
    if (!s.valid()) continue;
    done++;
    omp_set_num_threads(draw(1, 3));
    compare(s, draw(0, 1) ? NN_FLOAT32 : NN_FLOAT64, draw(0, 1) ? NN_UINT8 : NN_INT32, random);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Pool3d, TheFirstMaximumAndTheFirstNaNWin) {
  const double nan = std::nan("");
  const Array x(NN_FLOAT32, {1, 2, 1, 4, 1}, {1., 5., nan, 1., 5., 5., 2., nan});
  const Array y(NN_FLOAT32, {1, 1, 1, 2, 1}), index(NN_UINT8, {1, 1, 1, 2, 1}), dx(NN_FLOAT32, {1, 2, 1, 4, 1});
  const Attrs attrs({2, 1, 2, 2, 1, 2, 0, 0, 0, 0, 0, 0});
  ok("maxPool3d", {&x}, {&y, &index}, attrs);
  EXPECT_EQ(index.values(), (std::vector<double>{1, 0}));
  EXPECT_EQ(y.get(0), 5);
  EXPECT_TRUE(std::isnan(y.get(1)));
  const Array dy(NN_FLOAT32, {1, 1, 1, 2, 1}, {3., 4.});
  ok("maxPool3dBackward", {&dy, &index}, {&dx}, attrs);
  EXPECT_EQ(dx.values(), (std::vector<double>{0, 3, 4, 0, 0, 0, 0, 0}));
}

TEST_F(Pool3d, AnIndexThatPointsNowhereDoesNothing) {
  const Array dy(NN_FLOAT32, {1, 1, 1, 2, 1}, {1., 2.}), dx(NN_FLOAT32, {1, 2, 1, 4, 1});
  const Array index = Array::ints({1, 1, 1, 2, 1}, {INT32_MIN, 4});
  ok("maxPool3dBackward", {&dy, &index}, {&dx}, Attrs({2, 1, 2, 2, 1, 2, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(dx.values(), std::vector<double>(8, 0.0));
}

TEST_F(Pool3d, TheCheckRefusesWhatDoesNotFit) {
  const Array x(NN_FLOAT32, {1, 8, 8, 8, 2}), y(NN_FLOAT32, {1, 4, 4, 4, 2}), flat(NN_FLOAT32, {8, 8, 8, 2});
  const auto sentence = [&](const Array& a, const Array& b, std::initializer_list<int32_t> words) {
    return runner_.check("maxPool3d", {&a}, {&b}, Attrs(words));
  };
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0}), "");
  EXPECT_EQ(sentence(x, y, {0, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0}), "expected a window depth of 1 to 32767, got 0");
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0}), "expected an output width of 7, got 4");
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 2, 0}), "expected paddings of 0 to 1, less than the window, got 0 and 2");
  EXPECT_EQ(sentence(flat, y, {2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0}), "expected volumes of five axes, got [8, 8, 8, 2] and [1, 4, 4, 4, 2]");
  EXPECT_EQ(runner_.check("maxPool3d", {&x}, {&y, &y}, Attrs({2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0})),
            "expected an index of uint8 or int32, got float32");
  EXPECT_EQ(runner_.check("avgPool3d", {&x}, {&y}, Attrs({2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 2})),
            "expected includePadding of 0 or 1, got 2");
}

}  // namespace
