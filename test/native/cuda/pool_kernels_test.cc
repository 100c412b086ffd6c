// The CUDA kernels of pooling against the CPU's.
#include "backends/cuda/kernels/pool_walk.h"
#include "ops/pool2d.h"
#include "ops/pool3d.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins t(
      [](std::vector<nn::OpSchema>& ops) {
        nn::append_pool2d_ops(ops);
        nn::append_pool3d_ops(ops);
      },
      [](std::vector<nn_kernel>& kernels) {
        nn::append_pool_kernels(kernels);
        nn::append_pool3d_kernels(kernels);
      },
      nn::cuda::append_pool_kernels);
  return t;
}

// Of each spatial axis.
struct Window {
  std::vector<int> pool, stride, before, after;
};

Dims pooled(const Dims& x, const Window& w) {
  Dims y = x;
  for (size_t i = 0; i < w.pool.size(); i++) y[i + 1] = (x[i + 1] + w.before[i] + w.after[i] - w.pool[i]) / w.stride[i] + 1;
  return y;
}

void expect_pooling(const Array& x, const Window& w, std::mt19937& random) {
  const std::string kind = w.pool.size() == 2 ? "2d" : "3d";
  SCOPED_TRACE(kind + " channels " + std::to_string(x.dims().back()));
  const Dims dims = pooled(x.dims(), w);
  Attrs attrs;
  attrs.add_all(w.pool).add_all(w.stride).add_all(w.before).add_all(w.after);
  const Made y{x.dtype(), dims}, dx{x.dtype(), x.dims()};
  const Array dy = normal(x.dtype(), dims, random);
  const double tolerance = x.dtype() == NN_FLOAT32 ? 1e-6 : 1e-14;
  twins().expect_same("maxPool" + kind, {&x}, {y}, attrs, 0);
  for (int dtype : {NN_UINT8, NN_INT32}) {
    if (dtype == NN_UINT8 && product(Dims(w.pool.begin(), w.pool.end())) > 256) continue;
    twins().expect_same("maxPool" + kind, {&x}, {y, {dtype, dims}}, attrs, 0);
    const std::vector<Array> forward = twins().on_cpu("maxPool" + kind, {&x}, {y, {dtype, dims}}, attrs);
    twins().expect_same("maxPool" + kind + "Backward", {&dy, &forward[1]}, {dx}, attrs, tolerance);
  }
  for (int include : {0, 1}) {
    Attrs average = attrs;
    average.add(include);
    twins().expect_same("avgPool" + kind, {&x}, {y}, average, tolerance);
    twins().expect_same("avgPool" + kind + "Backward", {&dy}, {dx}, average, tolerance);
  }
}

const std::vector<Window>& windows() {
  static const std::vector<Window> list = {{{2, 2}, {2, 2}, {0, 0}, {0, 0}}, {{3, 3}, {2, 2}, {1, 1}, {1, 1}},
                                           {{3, 2}, {1, 1}, {1, 0}, {0, 1}}, {{1, 1}, {3, 2}, {0, 0}, {0, 0}},
                                           {{4, 5}, {3, 1}, {3, 2}, {1, 4}}, {{9, 7}, {9, 7}, {0, 0}, {0, 0}}};
  return list;
}

TEST(CudaPool, ImagesAndTheirGradients) {
  std::mt19937 random(1);
  for (const Window& w : windows()) {
    for (int64_t channels : {1, 3, 8, 20}) {
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) expect_pooling(normal(dtype, {3, 9, 11, channels}, random), w, random);
    }
  }
  expect_pooling(normal(NN_FLOAT32, {1, 20, 20, 4}, random), {{17, 18}, {2, 1}, {3, 4}, {5, 0}}, random);  // more than bytes count
  expect_pooling(normal(NN_FLOAT32, {40, 13, 12, 16}, random), windows()[1], random);                      // more than the grid has threads
}

TEST(CudaPool, VolumesAndTheirGradients) {
  std::mt19937 random(2);
  for (const Window& w : std::vector<Window>{{{2, 2, 2}, {2, 2, 2}, {0, 0, 0}, {0, 0, 0}},
                                             {{3, 2, 3}, {1, 2, 2}, {1, 0, 2}, {0, 1, 1}},
                                             {{5, 6, 7}, {5, 6, 7}, {0, 0, 0}, {0, 0, 0}},
                                             {{1, 3, 1}, {2, 1, 3}, {0, 2, 0}, {0, 0, 0}}}) {
    for (int64_t channels : {1, 4, 7}) {
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) expect_pooling(normal(dtype, {2, 5, 6, 8, channels}, random), w, random);
    }
  }
}

// The first of equals, and of NaN before all others.
TEST(CudaPool, EqualsAndNotANumber) {
  std::mt19937 random(3);
  for (const Window& w : windows()) {
    for (int64_t channels : {1, 4}) {
      Array x(NN_FLOAT32, {2, 9, 11, channels});
      x.fill_random(random, -1, 1);
      expect_pooling(x, w, random);
      for (int64_t i = 0; i < x.size(); i++) {
        if (random() % 3 == 0) x.set(i, random() % 2 ? NAN : -INFINITY);
      }
      expect_pooling(x, w, random);
    }
  }
}

TEST(CudaPool, NoImages) {
  std::mt19937 random(4);
  expect_pooling(Array(NN_FLOAT32, {0, 9, 11, 3}), windows()[0], random);
  expect_pooling(Array(NN_FLOAT32, {2, 9, 11, 0}), windows()[1], random);
}

TEST(CudaPool, PlacesInHugeTensors) {
  nn::Pool3dGeometry g;
  g.batch = 3, g.channels = 4;
  for (int i = 0; i < 3; i++) {
    const int64_t image[] = {70, 30000, 20001};
    g.image[i] = image[i], g.pool[i] = 3, g.stride[i] = 2, g.before[i] = 1, g.after[i] = 1;
    g.out[i] = (g.image[i] + 2 - 3) / 2 + 1;
  }
  const nn::cuda::PoolWalk walk(g, 4, false);
  ASSERT_GT(walk.inputs, int64_t{1} << 35);
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; i++) {
    const int64_t number = i == 0 ? walk.inputs - 1 : static_cast<int64_t>(random() % static_cast<uint64_t>(walk.inputs));
    const nn::cuda::PoolPlace at = walk.input(number);
    ASSERT_EQ((walk.image_offset(at.n, at.d, at.h, at.w) + at.c) / 4, number);
    ASSERT_TRUE(at.n < 3 && at.d < 70 && at.h < 30000 && at.w < 20001);
    // every window that covers it has it inside, and no other
    const nn::cuda::PoolRange windows = walk.covering(1, at.h);
    for (int64_t o = std::max<int64_t>(0, windows.begin - 1); o <= std::min(windows.end, g.out[1] - 1); o++) {
      const nn::cuda::PoolRange inside = walk.inside(1, o);
      ASSERT_EQ(o >= windows.begin && o < windows.end, at.h >= inside.begin && at.h < inside.end);
    }
    const int64_t out = static_cast<int64_t>(random() % static_cast<uint64_t>(walk.outputs));
    const nn::cuda::PoolPlace o = walk.output(out);
    ASSERT_EQ((walk.output_offset(o.n, o.d, o.h, o.w) + o.c) / 4, out);
  }
}

}  // namespace
}  // namespace nn_test
