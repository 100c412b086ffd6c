// Pooling against plain loops over windows.
#include "ops/pool2d.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "op_runner.h"

namespace {

using nn_test::Array;
using nn_test::Attrs;
using nn_test::Dims;
using nn_test::OpRunner;
using nn_test::Outcome;

struct Shape {
  int n, h, w, c, ph, pw;
  int sh = 1, sw = 1, top = 0, left = 0, bottom = 0, right = 0;

  Dims x() const { return {n, h, w, c}; }
  Dims y() const { return {n, (h + top + bottom - ph) / sh + 1, (w + left + right - pw) / sw + 1, c}; }
  bool valid() const {
    return h + top + bottom >= ph && w + left + right >= pw && std::max(top, bottom) < ph && std::max(left, right) < pw;
  }
  Attrs attrs() const { return Attrs({ph, pw, sh, sw, top, left, bottom, right}); }
  Attrs attrs(int include) const { return attrs().add(include); }
  std::string text() const {
    std::string s = testing::PrintToString(x());
    const Attrs words = attrs();
    for (int word : words.words()) s += " " + std::to_string(word);
    return s;
  }
};

class Pool2d : public testing::Test {
 protected:
  Pool2d() {
    nn::append_pool2d_ops(runner_.ops);
    nn::append_pool_kernels(runner_.kernels);
    omp_set_num_threads(2);
  }
  ~Pool2d() override {
    nn::cpu::use_arch(nn::cpu::best_arch());
    omp_set_num_threads(2);
  }
  void ok(const std::string& op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
    const Outcome outcome = runner_.run(op, in, out, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << op << ": " << outcome.message;
  }

  // Calls f(element of y, element of x, place in the window, elements of the window inside the image) for all that a window covers.
  template <class F>
  static void for_windows(const Shape& s, F&& f) {
    const Dims y = s.y();
    for (int64_t i = 0; i < nn_test::product(y); i++) {
      const int64_t c = i % s.c, ow = i / s.c % y[2], oh = i / s.c / y[2] % y[1], n = i / s.c / y[2] / y[1];
      std::vector<std::pair<int64_t, int64_t>> covered;
      for (int64_t place = 0; place < s.ph * s.pw; place++) {
        const int64_t h = oh * s.sh - s.top + place / s.pw, w = ow * s.sw - s.left + place % s.pw;
        if (h >= 0 && h < s.h && w >= 0 && w < s.w) covered.push_back({((n * s.h + h) * s.w + w) * s.c + c, place});
      }
      for (const auto& [element, place] : covered) f(i, element, place, static_cast<int64_t>(covered.size()));
    }
  }

  void compare(const Shape& s, int dtype, int index_dtype, std::mt19937& random) {
    SCOPED_TRACE(s.text());
    ASSERT_TRUE(s.valid());
    Array x(dtype, s.x()), dy(dtype, s.y());
    x.fill_random(random, -2, 2);  // many ties
    dy.fill_random(random);
    const int64_t outputs = dy.size();

    std::vector<double> best(static_cast<size_t>(outputs), -INFINITY), sum(best.size(), 0), part(best.size(), 0);
    std::vector<int64_t> place(best.size(), -1), from(best.size(), -1);
    for_windows(s, [&](int64_t i, int64_t element, int64_t at, int64_t inside) {
      const auto o = static_cast<size_t>(i);
      sum[o] += x.get(element);
      part[o] = static_cast<double>(inside);
      if (x.get(element) > best[o]) best[o] = x.get(element), place[o] = at, from[o] = element;
    });

    const Array y(dtype, s.y()), alone(dtype, s.y()), index(index_dtype, s.y()), dx(dtype, s.x());
    ok("maxPool2d", {&x}, {&y, &index}, s.attrs());
    ok("maxPool2d", {&x}, {&alone}, s.attrs());
    ok("maxPool2dBackward", {&dy, &index}, {&dx}, s.attrs());
    std::vector<double> wanted(static_cast<size_t>(x.size()), 0);
    for (size_t o = 0; o < best.size(); o++) {
      const auto i = static_cast<int64_t>(o);
      ASSERT_EQ(y.get(i), best[o]) << "maximum " << o;
      ASSERT_EQ(alone.get(i), best[o]) << "maximum without index " << o;
      ASSERT_EQ(index.get(i), static_cast<double>(place[o])) << "index " << o;
      wanted[static_cast<size_t>(from[o])] += dy.get(i);
    }
    for (size_t i = 0; i < wanted.size(); i++) ASSERT_EQ(dx.get(static_cast<int64_t>(i)), wanted[i]) << "gradient of the maximum " << i;

    for (int include = 0; include < 2; include++) {
      ok("avgPool2d", {&x}, {&y}, s.attrs(include));
      ok("avgPool2dBackward", {&dy}, {&dx}, s.attrs(include));
      std::fill(wanted.begin(), wanted.end(), 0);
      const auto count = [&](size_t o) { return include ? s.ph * s.pw : part[o]; };
      for_windows(s, [&](int64_t i, int64_t element, int64_t, int64_t) {
        wanted[static_cast<size_t>(element)] += dy.get(i) / count(static_cast<size_t>(i));
      });
      for (size_t o = 0; o < sum.size(); o++) ASSERT_NEAR(y.get(static_cast<int64_t>(o)), sum[o] / count(o), 1e-6) << "average " << o;
      for (size_t i = 0; i < wanted.size(); i++) {
        ASSERT_NEAR(dx.get(static_cast<int64_t>(i)), wanted[i], 1e-5) << "gradient of the average " << i;
      }
    }
  }

  OpRunner runner_;
};

TEST_F(Pool2d, EqualsPlainLoops) {
  const Shape shapes[] = {
      {2, 26, 26, 32, 2, 2, 2, 2},  // a tutorial's
      {2, 24, 24, 30, 2, 2, 2, 2},  // channels that do not fill vectors
      {3, 13, 13, 15, 2, 2, 2, 2},  // an odd image: a row and a column in no window
      {2, 9, 7, 1, 2, 2, 2, 2},
      {2, 9, 9, 16, 3, 3, 2, 2, 1, 1, 1, 1},  // overlapping, padded
      {1, 8, 8, 5, 3, 3, 1, 1, 1, 1, 1, 1},
      {2, 11, 10, 33, 2, 3, 3, 4},             // gaps between windows
      {1, 10, 12, 4, 4, 2, 3, 1, 3, 1, 0, 0},  // asymmetric
      {2, 7, 7, 64, 7, 7},                     // the whole image
      {1, 1, 1, 3, 3, 3, 1, 1, 1, 1, 1, 1},    // nearly all padding
      {1, 5, 5, 2, 1, 1, 2, 2},                // picks every other pixel
  };
  for (nn::cpu::Arch arch : {nn::cpu::Arch::kBase, nn::cpu::Arch::kX86V3, nn::cpu::Arch::kX86V4}) {
    if (arch > nn::cpu::best_arch()) continue;
    nn::cpu::use_arch(arch);
    std::mt19937 random(1);
    for (const Shape& shape : shapes) {
      for (int index : {NN_UINT8, NN_INT32}) {
        compare(shape, NN_FLOAT32, index, random);
        compare(shape, NN_FLOAT64, index, random);
      }
    }
  }
}

TEST_F(Pool2d, EqualsPlainLoopsOnRandomShapes) {
  std::mt19937 random(2);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int done = 0; done < 300;) {
    Shape s{draw(0, 3), draw(1, 12), draw(1, 12), draw(0, 40), draw(1, 4), draw(1, 4), draw(1, 5), draw(1, 5)};
    s.top = draw(0, s.ph - 1), s.bottom = draw(0, s.ph - 1), s.left = draw(0, s.pw - 1), s.right = draw(0, s.pw - 1);
    if (!s.valid()) continue;
    done++;
    omp_set_num_threads(draw(1, 3));
    compare(s, draw(0, 1) ? NN_FLOAT32 : NN_FLOAT64, draw(0, 1) ? NN_UINT8 : NN_INT32, random);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Pool2d, WindowsOfMoreThan256ElementsCountFurther) {
  std::mt19937 random(3);
  compare({1, 20, 20, 3, 17, 17}, NN_FLOAT32, NN_INT32, random);
  const Array x(NN_FLOAT32, {1, 20, 20, 3}), y(NN_FLOAT32, {1, 4, 4, 3}), index(NN_UINT8, {1, 4, 4, 3});
  EXPECT_EQ(runner_.check("maxPool2d", {&x}, {&y, &index}, Attrs({17, 17, 1, 1, 0, 0, 0, 0})),
            "expected an index of int32 for a window of 289 elements, got uint8");
}

TEST_F(Pool2d, TheFirstMaximumAndTheFirstNaNWin) {
  const double nan = std::nan(""), inf = INFINITY;
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    const Array x(dtype, {1, 2, 8, 1},
                  {1., 5., nan, 1., -inf, -inf, inf, nan,  //
                   5., 5., 2., nan, -inf, -inf, nan, inf});
    const Array y(dtype, {1, 1, 4, 1}), index(NN_UINT8, {1, 1, 4, 1}), dx(dtype, {1, 2, 8, 1});
    ok("maxPool2d", {&x}, {&y, &index}, Attrs({2, 2, 2, 2, 0, 0, 0, 0}));
    EXPECT_EQ(index.values(), (std::vector<double>{1, 0, 0, 1}));
    EXPECT_EQ(y.get(0), 5);
    EXPECT_TRUE(std::isnan(y.get(1)));
    EXPECT_EQ(y.get(2), -inf);
    EXPECT_TRUE(std::isnan(y.get(3)));
    const Array dy(dtype, {1, 1, 4, 1}, {1., 2., 3., 4.});
    ok("maxPool2dBackward", {&dy, &index}, {&dx}, Attrs({2, 2, 2, 2, 0, 0, 0, 0}));
    EXPECT_EQ(dx.values(), (std::vector<double>{0, 1, 2, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
  }
}

TEST_F(Pool2d, AnIndexThatPointsNowhereDoesNothing) {
  const Array dy(NN_FLOAT32, {1, 2, 2, 1}, {1., 2., 3., 4.}), dx(NN_FLOAT32, {1, 4, 4, 1});
  const Array index = Array::ints({1, 2, 2, 1}, {INT32_MIN, 4, INT32_MAX, -1});
  ok("maxPool2dBackward", {&dy, &index}, {&dx}, Attrs({2, 2, 2, 2, 0, 0, 0, 0}));
  EXPECT_EQ(dx.values(), std::vector<double>(16, 0.0));
}

TEST_F(Pool2d, TheCheckRefusesWhatDoesNotFit) {
  const Array x(NN_FLOAT32, {2, 8, 8, 4}), y(NN_FLOAT32, {2, 4, 4, 4}), ints(NN_INT32, {2, 4, 4, 4}), flat(NN_FLOAT32, {8, 8, 4});
  const auto sentence = [&](const Array& a, const Array& b, std::initializer_list<int32_t> words) {
    return runner_.check("maxPool2d", {&a}, {&b}, Attrs(words));
  };
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 2, 0, 0, 0, 0}), "");
  EXPECT_EQ(sentence(x, y, {0, 2, 2, 2, 0, 0, 0, 0}), "expected a window height of 1 to 32767, got 0");
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 0, 0, 0, 0, 0}), "expected a stride of 1 to 32767, got 0");
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 2, 2, 0, 0, 0}), "expected paddings of 0 to 1, less than the window, got 2 and 0");
  EXPECT_EQ(sentence(x, y, {2, 2, 2, 2, 0, 0, 0, -1}), "expected paddings of 0 to 1, less than the window, got 0 and -1");
  EXPECT_EQ(sentence(x, y, {9, 2, 2, 2, 0, 0, 0, 0}), "expected a padded height of at least 9, got 8");
  EXPECT_EQ(sentence(x, y, {2, 2, 1, 2, 0, 0, 0, 0}), "expected an output height of 7, got 4");
  EXPECT_EQ(sentence(x, ints, {2, 2, 2, 2, 0, 0, 0, 0}), "expected float32, got int32");
  EXPECT_EQ(sentence(flat, y, {2, 2, 2, 2, 0, 0, 0, 0}), "expected images of four axes, got [8, 8, 4] and [2, 4, 4, 4]");
  EXPECT_EQ(runner_.check("maxPool2d", {&x}, {&y, &y}, Attrs({2, 2, 2, 2, 0, 0, 0, 0})),
            "expected an index of uint8 or int32, got float32");
  EXPECT_EQ(runner_.check("avgPool2d", {&x}, {&y}, Attrs({2, 2, 2, 2, 0, 0, 0, 0, 2})), "expected includePadding of 0 or 1, got 2");
  EXPECT_EQ(runner_.check("maxPool2dBackward", {&y, &y}, {&x}, Attrs({2, 2, 2, 2, 0, 0, 0, 0})),
            "expected an index of uint8 or int32, got float32");
}

}  // namespace
