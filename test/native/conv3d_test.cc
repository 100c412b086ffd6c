// Convolutions of volumes: oneDNN's float32 kernels against the float64 reference, and the reference against what convolution means.
#include "ops/conv3d.h"

#include <omp.h>

#include "backends/cpu/device.h"
#include "backends/cpu/kernels.h"
#include "op_runner.h"

namespace {

using nn_test::Array;
using nn_test::Attrs;
using nn_test::Dims;
using nn_test::OpRunner;
using nn_test::Outcome;

struct Shape {
  int n, c, filters;
  int image[3], kernel[3];
  int stride[3] = {1, 1, 1}, before[3] = {0, 0, 0}, after[3] = {0, 0, 0}, dilation[3] = {1, 1, 1};
  int groups = 1;

  int out(int i) const {
    const int rest = image[i] + before[i] + after[i] - (kernel[i] - 1) * dilation[i] - 1;
    return rest < 0 ? 0 : rest / stride[i] + 1;
  }
  Dims x() const { return {n, image[0], image[1], image[2], c}; }
  Dims filter() const { return {filters, kernel[0], kernel[1], kernel[2], c / groups}; }
  Dims y() const { return {n, out(0), out(1), out(2), filters}; }
  bool valid() const { return out(0) > 0 && out(1) > 0 && out(2) > 0 && c % groups == 0 && filters % groups == 0; }
  Attrs attrs() const {
    Attrs words({});
    for (const auto* three : {&stride, &before, &after, &dilation}) {
      for (int word : *three) words.add(word);
    }
    return words.add(groups);
  }
  Attrs attrs(int activation) const { return attrs().add(activation); }
};

Array as_double(const Array& a) {
  Array d(NN_FLOAT64, a.dims());
  for (int64_t i = 0; i < a.size(); i++) d.set(i, a.get(i));
  return d;
}

class Conv3d : public testing::Test {
 protected:
  Conv3d() {
    nn::append_conv3d_ops(runner_.ops);
    nn::append_dnnl_kernels(runner_.kernels);
    nn::append_reference_conv3d_kernels(runner_.kernels);
    runner_.device = &device_;
    device_.threads = 2;
    omp_set_num_threads(2);
    nn_error error{};
    EXPECT_EQ(nn::dnnl_open(&device_, &error), NN_OK) << error.message;
  }
  ~Conv3d() override { nn::dnnl_close(&device_); }
  void ok(const std::string& op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
    const Outcome outcome = runner_.run(op, in, out, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << op << ": " << outcome.message;
  }

  // Calls f(element of y, element of x, element of the filter) for every product that the convolution is made of.
  template <class F>
  static void for_products(const Shape& s, F&& f) {
    const Dims y = s.y();
    const int64_t depth = s.c / s.groups, per_group = s.filters / s.groups;
    for (int64_t i = 0; i < nn_test::product(y); i++) {
      const int64_t o = i % y[4], n = i / (y[1] * y[2] * y[3] * y[4]);
      const int64_t at[3] = {i / (y[4] * y[3] * y[2]) % y[1], i / (y[4] * y[3]) % y[2], i / y[4] % y[3]};
      for (int64_t k = 0; k < int64_t{s.kernel[0]} * s.kernel[1] * s.kernel[2]; k++) {
        const int64_t cell[3] = {k / (s.kernel[1] * s.kernel[2]), k / s.kernel[2] % s.kernel[1], k % s.kernel[2]};
        int64_t voxel = n;
        bool inside = true;
        for (int a = 0; a < 3; a++) {
          const int64_t place = at[a] * s.stride[a] - s.before[a] + cell[a] * s.dilation[a];
          inside = inside && place >= 0 && place < s.image[a];
          voxel = voxel * s.image[a] + place;
        }
        if (!inside) continue;
        for (int64_t c = 0; c < depth; c++) {
          f(i, voxel * s.c + o / per_group * depth + c, (o * s.kernel[0] * s.kernel[1] * s.kernel[2] + k) * depth + c);
        }
      }
    }
  }

  // Small integers: every sum is exact, whatever its order, so results have to be equal.
  void compare(const Shape& s, std::mt19937& random) {
    SCOPED_TRACE(testing::PrintToString(s.x()) + " by " + testing::PrintToString(s.filter()) + testing::PrintToString(s.attrs().words()));
    ASSERT_TRUE(s.valid());
    Array x(NN_FLOAT32, s.x()), filter(NN_FLOAT32, s.filter()), bias(NN_FLOAT32, {s.filters}), dy(NN_FLOAT32, s.y());
    for (Array* a : {&x, &filter, &bias, &dy}) a->fill_random(random);
    std::vector<double> y(static_cast<size_t>(dy.size()), 0), dx(static_cast<size_t>(x.size()), 0),
        df(static_cast<size_t>(filter.size()), 0);
    std::vector<double> db(static_cast<size_t>(s.filters), 0);
    for_products(s, [&](int64_t i, int64_t from, int64_t tap) {
      y[static_cast<size_t>(i)] += x.get(from) * filter.get(tap);
      dx[static_cast<size_t>(from)] += dy.get(i) * filter.get(tap);
      df[static_cast<size_t>(tap)] += dy.get(i) * x.get(from);
    });
    for (int64_t i = 0; i < dy.size(); i++) db[static_cast<size_t>(i % s.filters)] += dy.get(i);
    std::vector<double> fused;
    for (size_t i = 0; i < y.size(); i++) fused.push_back(std::max(0.0, y[i] + bias.get(static_cast<int64_t>(i) % s.filters)));

    for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
      const bool wide = dtype == NN_FLOAT64;
      const Array x64 = as_double(x), f64 = as_double(filter), b64 = as_double(bias), dy64 = as_double(dy);
      const Array &xs = wide ? x64 : x, &fs = wide ? f64 : filter, &bs = wide ? b64 : bias, &dys = wide ? dy64 : dy;
      const Array ys(dtype, s.y()), dxs(dtype, s.x()), dfs(dtype, s.filter()), dbs(dtype, {s.filters});
      ok("conv3d", {&xs, &fs}, {&ys}, s.attrs(0));
      EXPECT_EQ(ys.values(), y);
      ok("conv3d", {&xs, &fs, &bs}, {&ys}, s.attrs(1));
      EXPECT_EQ(ys.values(), fused);
      ok("conv3dBackwardInput", {&dys, &fs}, {&dxs}, s.attrs());
      EXPECT_EQ(dxs.values(), dx);
      ok("conv3dBackwardFilter", {&xs, &dys}, {&dfs}, s.attrs());
      EXPECT_EQ(dfs.values(), df);
      ok("conv3dBackwardFilter", {&xs, &dys}, {&dfs, &dbs}, s.attrs());
      EXPECT_EQ(dfs.values(), df);
      EXPECT_EQ(dbs.values(), db);
    }
  }

  nn_device device_;
  OpRunner runner_;
};

TEST_F(Conv3d, EqualsPlainLoops) {
  std::mt19937 random(1);
  compare({2, 3, 8, {5, 6, 7}, {3, 3, 3}}, random);
  compare({1, 16, 16, {4, 5, 5}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}, random);
  compare({2, 2, 3, {6, 5, 7}, {2, 3, 1}, {2, 1, 3}}, random);                                      // strides
  compare({1, 2, 3, {4, 4, 5}, {3, 2, 3}, {1, 1, 1}, {2, 0, 1}, {0, 1, 1}}, random);                // asymmetric paddings
  compare({1, 2, 2, {7, 6, 5}, {3, 2, 2}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {2, 3, 1}}, random);     // dilation
  compare({2, 4, 6, {3, 4, 4}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {1, 1, 1}, 2}, random);  // groups
  compare({1, 4, 8, {3, 3, 4}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {1, 1, 1}, 4}, random);  // depthwise, two filters each
  compare({1, 1, 1, {2, 2, 2}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}, random);                // windows that see padding only
  compare({1, 2, 3, {3, 4, 5}, {3, 4, 5}}, random);                                                 // the kernel covers the volume
}

TEST_F(Conv3d, EqualsPlainLoopsOnRandomGeometry) {
  std::mt19937 random(2);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int done = 0; done < 60;) {
    const int groups = draw(1, 3);
    Shape s{draw(1, 2), groups * draw(1, 3), groups * draw(1, 3), {}, {}};
    s.groups = groups;
    for (int i = 0; i < 3; i++) {
      s.image[i] = draw(1, 6), s.kernel[i] = draw(1, 3), s.stride[i] = draw(1, 3), s.dilation[i] = draw(1, 2);
      s.before[i] = draw(0, 2), s.after[i] = draw(0, 2);
    }
    if (!s.valid()) continue;
    done++;
    compare(s, random);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Conv3d, EmptyTensorsAreLeftAlone) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    const Attrs attrs({1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1});
    Attrs fused = attrs;
    fused.add(0);
    const Array none(dtype, {0, 3, 3, 3, 2}), filter(dtype, {4, 2, 2, 2, 2}), y(dtype, {0, 2, 2, 2, 4});
    ok("conv3d", {&none, &filter}, {&y}, fused);
    ok("conv3dBackwardInput", {&y, &filter}, {&none}, attrs);
    ok("conv3dBackwardFilter", {&none, &y}, {&filter}, attrs);
    EXPECT_EQ(filter.values(), std::vector<double>(static_cast<size_t>(filter.size()), 0.0));
  }
}

TEST_F(Conv3d, TheCheckRefusesWhatDoesNotFit) {
  const Array x(NN_FLOAT32, {1, 4, 4, 4, 2}), filter(NN_FLOAT32, {3, 2, 2, 2, 2}), y(NN_FLOAT32, {1, 3, 3, 3, 3});
  const auto sentence = [&](const Array& a, const Array& f, const Array& b, std::initializer_list<int32_t> words) {
    return runner_.check("conv3d", {&a, &f}, {&b}, Attrs(words));
  };
  EXPECT_EQ(sentence(x, filter, y, {1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0}), "");
  EXPECT_EQ(sentence(x, filter, y, {0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0}), "expected a stride of 1 to 65535, got 0");
  EXPECT_EQ(sentence(x, filter, y, {1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0}), "expected an output width of 4, got 3");
  EXPECT_EQ(sentence(x, filter, y, {1, 1, 1, 0, 0, 0, 0, 0, 0, 5, 1, 1, 1, 0}), "expected a padded depth of at least 6, got 4");
  EXPECT_EQ(sentence(x, filter, y, {1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0}),
            "expected groups that divide 2 channels and 3 filters, got 2");
  EXPECT_EQ(sentence(x, filter, y, {1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2}), "expected an activation of 0 or 1, got 2");
  EXPECT_EQ(runner_.check("conv3d", {&x, &filter, &y}, {&y}, Attrs({1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0})),
            "expected a bias of float32[3], got float32[1, 3, 3, 3, 3]");
}

}  // namespace
