// Convolutions: oneDNN's and our float32 kernels against the float64 reference, and the reference against what convolution means.
#include "ops/conv2d.h"

#include <omp.h>

#include <cmath>
#include <memory>

#include "backends/cpu/device.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "op_runner.h"

namespace {

using nn_test::Array;
using nn_test::Attrs;
using nn_test::Dims;
using nn_test::OpRunner;
using nn_test::Outcome;

class Conv2d : public testing::Test {
 protected:
  Conv2d() {
    nn::append_conv2d_ops(runner_.ops);
    nn::append_compound_kernels(runner_.kernels);
    nn::append_dnnl_kernels(runner_.kernels);
    nn::append_reference_kernels(runner_.kernels);
    runner_.device = &device_;
    use_threads(2);
    nn_error error{};
    EXPECT_EQ(nn::dnnl_open(&device_, &error), NN_OK) << error.message;
  }
  ~Conv2d() override {
    nn::dnnl_close(&device_);
    nn::cpu::use_arch(nn::cpu::best_arch());
  }
  void use_threads(int threads) {
    device_.threads = threads;
    omp_set_num_threads(threads);
  }
  void ok(const std::string& op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
    const Outcome outcome = runner_.run(op, in, out, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << op << ": " << outcome.message;
  }

  nn_device device_;
  OpRunner runner_;
};

struct Shape {
  int n, h, w, c, filters, kh, kw;
  int sh = 1, sw = 1, top = 0, left = 0, bottom = 0, right = 0, dh = 1, dw = 1, groups = 1;

  int out(int image, int kernel, int stride, int padding, int dilation) const {
    const int rest = image + padding - (kernel - 1) * dilation - 1;
    return rest < 0 ? 0 : rest / stride + 1;
  }
  Dims x() const { return {n, h, w, c}; }
  Dims filter() const { return {filters, kh, kw, c / groups}; }
  Dims y() const { return {n, out(h, kh, sh, top + bottom, dh), out(w, kw, sw, left + right, dw), filters}; }
  bool valid() const { return y()[1] > 0 && y()[2] > 0 && c % groups == 0 && filters % groups == 0; }
  Attrs attrs() const { return Attrs({sh, sw, top, left, bottom, right, dh, dw, groups}); }
  Attrs attrs(int activation) const { return attrs().add(activation); }
  std::string text() const {
    std::string s = "x " + std::to_string(n) + "x" + std::to_string(h) + "x" + std::to_string(w) + "x" + std::to_string(c) + ", " +
                    std::to_string(filters) + " filters " + std::to_string(kh) + "x" + std::to_string(kw) + ", attributes";
    const Attrs words = attrs();
    for (int word : words.words()) s += " " + std::to_string(word);
    return s;
  }
};

Array as_double(const Array& a) {
  Array d(NN_FLOAT64, a.dims());
  for (int64_t i = 0; i < a.size(); i++) d.set(i, a.get(i));
  return d;
}

// Small integers: every sum is exact, whatever its order, so results have to be equal.
void expect_equal(const Array& got, const Array& wanted, const std::string& what) {
  ASSERT_EQ(got.dims(), wanted.dims());
  for (int64_t i = 0; i < got.size(); i++) ASSERT_EQ(got.get(i), wanted.get(i)) << what << ", element " << i;
}

class Conv2dShapes : public Conv2d {
 protected:
  void compare(const Shape& shape, std::mt19937& random) {
    SCOPED_TRACE(shape.text());
    ASSERT_TRUE(shape.valid());
    Array x(NN_FLOAT32, shape.x()), filter(NN_FLOAT32, shape.filter()), bias(NN_FLOAT32, {shape.filters}), y(NN_FLOAT32, shape.y());
    x.fill_random(random);
    filter.fill_random(random);
    bias.fill_random(random);
    const Array x64 = as_double(x), filter64 = as_double(filter), bias64 = as_double(bias), y64(NN_FLOAT64, shape.y());
    for (int variant = 0; variant < 4; variant++) {
      std::vector<const Array*> in = {&x, &filter}, in64 = {&x64, &filter64};
      if (variant & 1) in.push_back(&bias), in64.push_back(&bias64);
      ok("conv2d", in, {&y}, shape.attrs(variant >> 1));
      ok("conv2d", in64, {&y64}, shape.attrs(variant >> 1));
      expect_equal(y, y64, "forward " + std::to_string(variant));
    }
    Array residual(NN_FLOAT32, shape.y());
    residual.fill_random(random);
    const Array residual64 = as_double(residual), plain(NN_FLOAT64, shape.y());
    ok("conv2d", {&x64, &filter64, &bias64}, {&plain}, shape.attrs(0));
    for (int relu = 0; relu < 2; relu++) {
      ok("conv2d", {&x, &filter, &bias, &residual}, {&y}, shape.attrs(relu));
      ok("conv2d", {&x64, &filter64, &bias64, &residual64}, {&y64}, shape.attrs(relu));
      expect_equal(y, y64, "forward with a residual");
      for (int64_t i = 0; i < plain.size(); i++) {
        const double sum = plain.get(i) + residual.get(i);
        ASSERT_EQ(y64.get(i), relu && sum < 0 ? 0 : sum) << "element " << i << " with a residual";
      }
    }
    Array dy(NN_FLOAT32, shape.y());
    dy.fill_random(random);
    const Array dy64 = as_double(dy);
    const Array dx(NN_FLOAT32, shape.x()), dx64(NN_FLOAT64, shape.x());
    ok("conv2dBackwardInput", {&dy, &filter}, {&dx}, shape.attrs());
    ok("conv2dBackwardInput", {&dy64, &filter64}, {&dx64}, shape.attrs());
    expect_equal(dx, dx64, "backward input");
    const Array df(NN_FLOAT32, shape.filter()), df64(NN_FLOAT64, shape.filter());
    const Array db(NN_FLOAT32, {shape.filters}), db64(NN_FLOAT64, {shape.filters});
    ok("conv2dBackwardFilter", {&x, &dy}, {&df}, shape.attrs());
    ok("conv2dBackwardFilter", {&x64, &dy64}, {&df64}, shape.attrs());
    expect_equal(df, df64, "backward filter");
    ok("conv2dBackwardFilter", {&x, &dy}, {&df, &db}, shape.attrs());
    ok("conv2dBackwardFilter", {&x64, &dy64}, {&df64, &db64}, shape.attrs());
    expect_equal(df, df64, "backward filter with bias");
    expect_equal(db, db64, "backward bias");
  }
};

TEST_F(Conv2dShapes, EqualTheReferenceOnTheTutorialsLayers) {
  std::mt19937 random(1);
  compare({3, 28, 28, 1, 32, 3, 3}, random);
  compare({2, 28, 28, 1, 30, 5, 5}, random);
  compare({2, 12, 12, 30, 15, 3, 3}, random);
  compare({2, 14, 14, 32, 64, 3, 3, 1, 1, 1, 1, 1, 1}, random);
  compare({2, 32, 32, 3, 32, 3, 3, 1, 1, 1, 1, 1, 1}, random);
  compare({1, 15, 15, 64, 64, 3, 3}, random);
}

TEST_F(Conv2dShapes, EqualTheReferenceOnUnusualGeometry) {
  std::mt19937 random(2);
  compare({2, 9, 11, 5, 7, 3, 3, 2, 3}, random);                         // strides
  compare({2, 9, 11, 5, 7, 3, 2, 1, 1, 2, 0, 1, 1}, random);             // asymmetric paddings
  compare({1, 12, 12, 4, 6, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2}, random);      // dilation
  compare({2, 8, 8, 6, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 3}, random);     // groups
  compare({2, 8, 8, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 32}, random);  // depthwise
  compare({2, 8, 8, 5, 10, 3, 3, 2, 2, 0, 1, 1, 0, 1, 1, 5}, random);    // depthwise, two filters each
  compare({4, 1, 1, 3, 8, 1, 1}, random);                                // a dense layer
  compare({2, 7, 6, 3, 4, 7, 6}, random);                                // the kernel covers the image
  compare({1, 5, 5, 1, 1, 3, 3, 1, 1, 3, 3, 3, 3}, random);              // windows that see padding only
  compare({1, 6, 6, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1}, random);              // 1x1 with padding
  compare({1, 40, 3, 1, 70, 11, 3, 4, 1}, random);                       // more filters than two vectors hold
  compare({1, 300, 300, 1, 2, 3, 3, 1, 1, 1, 1, 1, 1}, random);          // several blocks of rows
  compare({1, 4, 4, 1, 3, 2, 2, 5, 5}, random);                          // strides beyond the image
}

TEST_F(Conv2dShapes, EqualTheReferenceOnRandomGeometry) {
  std::mt19937 random(3);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  int done = 0;
  while (done < 150) {
    const int channels[] = {1, 1, 2, 3, 3, 4, 6, 8, 15, 16, 30}, filters[] = {1, 2, 5, 8, 15, 16, 17, 30, 32, 33, 64};
    Shape s{draw(1, 4), draw(1, 14), draw(1, 14), channels[draw(0, 10)], filters[draw(0, 10)], draw(1, 5), draw(1, 5)};
    s.sh = draw(1, 3), s.sw = draw(1, 3);
    s.top = draw(0, 3), s.left = draw(0, 3), s.bottom = draw(0, 3), s.right = draw(0, 3);
    if (draw(0, 3) == 0) s.dh = draw(1, 3), s.dw = draw(1, 3);
    if (draw(0, 2) == 0) s.groups = draw(0, 1) ? s.c : draw(1, 4);
    if (!s.valid()) continue;
    done++;
    use_threads(draw(1, 2));
    compare(s, random);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Conv2dShapes, EveryInstructionSetGivesTheSameOnFewChannels) {
  for (nn::cpu::Arch arch : {nn::cpu::Arch::kBase, nn::cpu::Arch::kX86V3, nn::cpu::Arch::kX86V4}) {
    if (arch > nn::cpu::best_arch()) continue;
    nn::cpu::use_arch(arch);
    std::mt19937 random(4);
    compare({2, 28, 28, 1, 32, 3, 3}, random);
    compare({2, 14, 13, 1, 30, 5, 5, 1, 1, 2, 2, 2, 2}, random);
    compare({1, 16, 15, 3, 17, 3, 3, 2, 1, 0, 1, 1, 0}, random);
    compare({1, 9, 9, 4, 64, 3, 3}, random);
    compare({1, 9, 9, 8, 40, 4, 2}, random);
    compare({2, 12, 12, 1, 1, 7, 7, 1, 1, 3, 3, 3, 3}, random);
  }
}

TEST_F(Conv2dShapes, EmptyImagesChannelsAndFiltersAreFine) {
  std::mt19937 random(5);
  compare({0, 5, 5, 3, 4, 3, 3}, random);
  compare({2, 5, 5, 0, 4, 3, 3}, random);
  compare({2, 5, 5, 3, 0, 3, 3}, random);
  compare({0, 5, 5, 0, 0, 1, 1}, random);
  compare({1, 0, 0, 3, 4, 2, 2, 1, 1, 1, 1, 1, 1}, random);
}

// What a convolution is, by hand: the edge filter on a small picture.
TEST_F(Conv2d, MatchesAHandMadeExample) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    Array x(dtype, {1, 3, 4, 1}, {1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 13.});
    Array filter(dtype, {1, 3, 3, 1}, {0., 1., 0., 1., -4., 1., 0., 1., 0.});
    Array y(dtype, {1, 1, 2, 1}), same(dtype, {1, 3, 4, 1});
    ok("conv2d", {&x, &filter}, {&y}, Attrs({1, 1, 0, 0, 0, 0, 1, 1, 1, 0}));
    EXPECT_EQ(y.values(), (std::vector<double>{0, 0}));
    ok("conv2d", {&x, &filter}, {&same}, Attrs({1, 1, 1, 1, 1, 1, 1, 1, 1, 0}));
    EXPECT_EQ(same.values(), (std::vector<double>{3, 2, 1, -5, -4, 0, 0, -8, -21, -14, -14, -33}));
    ok("conv2d", {&x, &filter}, {&same}, Attrs({1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(same.values(), (std::vector<double>{3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  }
}

// A convolution is linear in each operand, so differences over a whole unit are its derivatives.
TEST_F(Conv2d, GradientsAreTheDerivativesOfTheReference) {
  std::mt19937 random(6);
  for (const Shape& s : {Shape{2, 6, 5, 4, 6, 3, 2, 2, 1, 1, 0, 2, 1, 1, 2, 2}, Shape{1, 5, 5, 1, 3, 3, 3},
                         Shape{1, 4, 6, 3, 3, 2, 2, 1, 3, 0, 1, 0, 1, 1, 1, 3}}) {
    SCOPED_TRACE(s.text());
    Array x(NN_FLOAT64, s.x()), filter(NN_FLOAT64, s.filter()), bias(NN_FLOAT64, {s.filters}), y(NN_FLOAT64, s.y()), dy(NN_FLOAT64, s.y());
    x.fill_random(random), filter.fill_random(random), bias.fill_random(random), dy.fill_random(random);
    const auto loss = [&] {
      ok("conv2d", {&x, &filter, &bias}, {&y}, s.attrs(0));
      double sum = 0;
      for (int64_t i = 0; i < y.size(); i++) sum += y.get(i) * dy.get(i);
      return sum;
    };
    const Array dx(NN_FLOAT64, s.x()), df(NN_FLOAT64, s.filter()), db(NN_FLOAT64, {s.filters});
    ok("conv2dBackwardInput", {&dy, &filter}, {&dx}, s.attrs());
    ok("conv2dBackwardFilter", {&x, &dy}, {&df, &db}, s.attrs());
    const double before = loss();
    for (auto [operand, gradient] : {std::pair<Array*, const Array*>{&x, &dx}, {&filter, &df}, {&bias, &db}}) {
      for (int64_t i = 0; i < operand->size(); i++) {
        const double value = operand->get(i);
        operand->set(i, value + 1);
        ASSERT_EQ(gradient->get(i), loss() - before) << "element " << i;
        operand->set(i, value);
      }
    }
  }
}

TEST_F(Conv2d, RealNumbersStayCloseAndRepeatable) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  for (const Shape& s : {Shape{8, 28, 28, 1, 32, 3, 3}, Shape{4, 14, 14, 32, 64, 3, 3, 1, 1, 1, 1, 1, 1}, Shape{4, 16, 16, 3, 33, 3, 3}}) {
    SCOPED_TRACE(s.text());
    Array x(NN_FLOAT32, s.x()), filter(NN_FLOAT32, s.filter()), bias(NN_FLOAT32, {s.filters}), dy(NN_FLOAT32, s.y());
    for (Array* a : {&x, &filter, &bias, &dy}) {
      for (int64_t i = 0; i < a->size(); i++) a->set(i, normal(random));
    }
    const Array x64 = as_double(x), filter64 = as_double(filter), bias64 = as_double(bias), dy64 = as_double(dy);
    struct Results {
      Results(const Shape& s, int dtype) : y(dtype, s.y()), dx(dtype, s.x()), df(dtype, s.filter()), db(dtype, {s.filters}) {}
      Array y, dx, df, db;
    };
    const auto all = [&](const Array& a, const Array& f, const Array& b, const Array& d, const Results& r) {
      ok("conv2d", {&a, &f, &b}, {&r.y}, s.attrs(1));
      ok("conv2dBackwardInput", {&d, &f}, {&r.dx}, s.attrs());
      ok("conv2dBackwardFilter", {&a, &d}, {&r.df, &r.db}, s.attrs());
    };
    const Results wanted(s, NN_FLOAT64), first(s, NN_FLOAT32), again(s, NN_FLOAT32), alone(s, NN_FLOAT32);
    all(x64, filter64, bias64, dy64, wanted);
    all(x, filter, bias, dy, first);
    all(x, filter, bias, dy, again);
    use_threads(1);
    all(x, filter, bias, dy, alone);
    use_threads(2);
    const auto close = [&](const Array& got, const Array& reference, double terms) {
      for (int64_t i = 0; i < got.size(); i++) ASSERT_NEAR(got.get(i), reference.get(i), 5e-6 * std::sqrt(terms)) << "element " << i;
    };
    const double taps = s.kh * s.kw, pixels = static_cast<double>(s.n) * s.y()[1] * s.y()[2];
    for (const Results* r : {&first, &alone}) {
      close(r->y, wanted.y, taps * s.c);
      close(r->dx, wanted.dx, taps * s.filters);
      close(r->df, wanted.df, 4 * pixels);
      close(r->db, wanted.db, 4 * pixels);
    }
    EXPECT_TRUE(first.y.same(again.y) && first.dx.same(again.dx) && first.df.same(again.df) && first.db.same(again.db));
    // Our own kernels do not depend on the number of threads either.
    if (s.c <= 4) {
      EXPECT_TRUE(first.y.same(alone.y) && first.df.same(alone.df) && first.db.same(alone.db));
    }
  }
}

// Ours: oneDNN's fused relu is max(x, 0) in the order of operands that makes NaN 0.
TEST_F(Conv2d, NaNIsNotHiddenByReluOnFewChannels) {
  Array x(NN_FLOAT32, {1, 4, 4, 1}), filter(NN_FLOAT32, {16, 1, 1, 1}), y(NN_FLOAT32, {1, 4, 4, 16});
  for (int64_t i = 0; i < x.size(); i++) x.set(i, -1);
  for (int64_t i = 0; i < filter.size(); i++) filter.set(i, 1);
  x.set(0, std::nan(""));
  ok("conv2d", {&x, &filter}, {&y}, Attrs({1, 1, 0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_TRUE(std::isnan(y.get(0)));
  EXPECT_EQ(y.get(16), 0);
}

TEST_F(Conv2d, TheCheckRefusesWhatDoesNotFit) {
  const Array x(NN_FLOAT32, {2, 8, 8, 4}), filter(NN_FLOAT32, {6, 3, 3, 4}), bias(NN_FLOAT32, {6}), y(NN_FLOAT32, {2, 6, 6, 6});
  const auto sentence = [&](const std::vector<const Array*>& in, const std::vector<const Array*>& out,
                            std::initializer_list<int32_t> words) { return runner_.check("conv2d", in, out, Attrs(words)); };
  EXPECT_EQ(sentence({&x, &filter, &bias}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}), "");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {0, 1, 0, 0, 0, 0, 1, 1, 1, 0}), "expected a stride of 1 to 65535, got 0");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, -1, 0, 0, 0, 1, 1, 1, 0}), "expected paddings of 0 to 65535, got -1 and 0");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1 << 30, 1, 0}), "expected a dilation of 1 to 65535, got 1073741824");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 4, 1, 1, 0}), "expected a padded height of at least 9, got 8");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 3, 0}), "expected groups that divide 4 channels and 6 filters, got 3");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 0, 0}), "expected groups that divide 4 channels and 6 filters, got 0");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 2, 0}), "expected filters over 2 channels, got [6, 3, 3, 4]");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {2, 1, 0, 0, 0, 0, 1, 1, 1, 0}), "expected an output height of 3, got 6");
  EXPECT_EQ(sentence({&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 2}), "expected an activation of 0 or 1, got 2");
  EXPECT_EQ(sentence({&x, &filter, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}),
            "expected a bias of float32[6], got float32[6, 3, 3, 4]");
  const Array ints(NN_INT32, {2, 8, 8, 4}), flat(NN_FLOAT32, {2, 8, 32}), doubles(NN_FLOAT64, {6, 3, 3, 4});
  EXPECT_EQ(sentence({&ints, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}), "expected floats, got int32");
  EXPECT_EQ(sentence({&x, &doubles}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}), "expected one dtype, got float32, float64 and float32");
  EXPECT_NE(sentence({&flat, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}), "");
}

// Whatever the words and shapes: what passes the check runs, and nothing else does.
TEST_F(Conv2d, RandomWordsNeverReachAKernelThatTheyCouldBreak) {
  std::mt19937 random(8);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  int passed = 0, refused = 0;
  for (int i = 0; i < 20000; i++) {
    Shape s{draw(0, 2), draw(0, 4), draw(0, 4), draw(0, 3), draw(0, 3), draw(0, 3), draw(0, 3)};
    s.sh = draw(1, 2), s.sw = draw(1, 2), s.top = draw(0, 2), s.right = draw(0, 2);
    s.groups = std::max(1, draw(-3, 3));
    std::vector<Dims> dims = {s.x(), s.filter(), s.y()};
    Attrs words = s.attrs();
    std::vector<int32_t> attrs = words.words();
    if (draw(0, 1) == 0) {  // one thing wrong, or still right
      const int32_t odd[] = {INT32_MIN, INT32_MAX, 65535, -1, 0, 1, 2};
      if (draw(0, 1) == 0)
        attrs[static_cast<size_t>(draw(0, 8))] = odd[draw(0, 6)];
      else
        dims[static_cast<size_t>(draw(0, 2))][static_cast<size_t>(draw(0, 3))] = draw(0, 5);
      if (draw(0, 9) == 0) dims[static_cast<size_t>(draw(0, 2))].resize(static_cast<size_t>(draw(0, 8)), 1);
    }
    const int dtype = draw(0, 1), op = draw(0, 2);
    Array x(dtype, dims[0]), filter(draw(0, 9) ? dtype : draw(0, 4), dims[1]), y(dtype, dims[2]);
    for (Array* a : {&x, &filter, &y}) a->fill_random(random);
    if (op == 0) attrs.push_back(draw(0, 1));
    const char* names[] = {"conv2d", "conv2dBackwardInput", "conv2dBackwardFilter"};
    std::vector<const Array*> in = {&x, &filter}, out = {&y};
    if (op == 1) in[0] = &y, out[0] = &x;
    if (op == 2) in[1] = &y, out[0] = &filter;
    if (!runner_.check(names[op], in, out, Attrs().add_all(attrs)).empty()) {
      refused++;
      continue;
    }
    passed++;
    ok(names[op], in, out, Attrs().add_all(attrs));
  }
  EXPECT_GT(passed, 2000);
  EXPECT_GT(refused, 2000);
}

}  // namespace
