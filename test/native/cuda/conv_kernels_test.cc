// The CUDA kernels of convolutions against the plain loops of the CPU.
#include "backends/cpu/reference/reference.h"
#include "backends/cuda/kernels/conv_walk.h"
#include "twins.h"

namespace nn_test {
namespace {

template <class T>
const T* in(const nn_args* a, int i) {
  return i < a->n_in ? static_cast<const T*>(a->in[i].data) : nullptr;
}
template <class T>
T* out(const nn_args* a, int i) {
  return i < a->n_out ? static_cast<T*>(a->out[i].data) : nullptr;
}

template <class T>
void append_reference(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  using namespace nn;
  const auto add = [&](const char* op, int32_t (*run)(nn_device*, const nn_args*, void*, void*, nn_error*)) {
    kernels.push_back({op, dtype, nullptr, run, nullptr});
  };
  add("conv2d", [](nn_device*, const nn_args* a, void*, void*, nn_error*) -> int32_t {
    const Conv2dGeometry g = conv2d_geometry(a->in[0], a->in[1], a->out[0], a->attrs);
    const bool relu = a->attrs[9] != 0;
    reference::conv2d(g, in<T>(a, 0), in<T>(a, 1), in<T>(a, 2), relu && a->n_in < 4, out<T>(a, 0));
    for (int64_t i = 0; a->n_in > 3 && i < a->out[0].size; i++) {
      const T sum = out<T>(a, 0)[i] + in<T>(a, 3)[i];
      out<T>(a, 0)[i] = relu && sum < 0 ? T(0) : sum;
    }
    return NN_OK;
  });
  add("conv2dBackwardInput", [](nn_device*, const nn_args* a, void*, void*, nn_error*) -> int32_t {
    const Conv2dGeometry g = conv2d_geometry(a->out[0], a->in[1], a->in[0], a->attrs);
    reference::conv2d_backward_input(g, in<T>(a, 0), in<T>(a, 1), out<T>(a, 0));
    return NN_OK;
  });
  add("conv2dBackwardFilter", [](nn_device*, const nn_args* a, void*, void*, nn_error*) -> int32_t {
    const Conv2dGeometry g = conv2d_geometry(a->in[0], a->out[0], a->in[1], a->attrs);
    reference::conv2d_backward_filter(g, in<T>(a, 0), in<T>(a, 1), out<T>(a, 0), out<T>(a, 1));
    return NN_OK;
  });
  add("conv3d", [](nn_device*, const nn_args* a, void*, void*, nn_error*) -> int32_t {
    const Conv3dGeometry g = conv3d_geometry(a->in[0], a->in[1], a->out[0], a->attrs);
    reference::conv3d(g, in<T>(a, 0), in<T>(a, 1), in<T>(a, 2), a->attrs[13] != 0, out<T>(a, 0));
    return NN_OK;
  });
  add("conv3dBackwardInput", [](nn_device*, const nn_args* a, void*, void*, nn_error*) -> int32_t {
    const Conv3dGeometry g = conv3d_geometry(a->out[0], a->in[1], a->in[0], a->attrs);
    reference::conv3d_backward_input(g, in<T>(a, 0), in<T>(a, 1), out<T>(a, 0));
    return NN_OK;
  });
  add("conv3dBackwardFilter", [](nn_device*, const nn_args* a, void*, void*, nn_error*) -> int32_t {
    const Conv3dGeometry g = conv3d_geometry(a->in[0], a->out[0], a->in[1], a->attrs);
    reference::conv3d_backward_filter(g, in<T>(a, 0), in<T>(a, 1), out<T>(a, 0), out<T>(a, 1));
    return NN_OK;
  });
}

Twins& twins() {
  static Twins t(
      [](std::vector<nn::OpSchema>& ops) {
        nn::append_conv2d_ops(ops);
        nn::append_conv3d_ops(ops);
      },
      [](std::vector<nn_kernel>& kernels) {
        append_reference<float>(kernels, nn::kF32);
        append_reference<double>(kernels, nn::kF64);
      },
      nn::cuda::append_conv_kernels);
  return t;
}

struct Case {
  Dims x;  // batch, sides..., channels
  int64_t filters;
  std::vector<int> kernel, stride, before, after, dilation;
  int groups;
};

void expect_convolution(const Case& c, int dtype, std::mt19937& random) {
  const size_t sides = c.kernel.size();
  Dims y = c.x, filter = c.x;
  y.back() = filter[0] = c.filters;
  filter.back() = c.x.back() / c.groups;
  for (size_t i = 0; i < sides; i++) {
    y[i + 1] = (c.x[i + 1] + c.before[i] + c.after[i] - (c.kernel[i] - 1) * c.dilation[i] - 1) / c.stride[i] + 1;
    filter[i + 1] = c.kernel[i];
  }
  Attrs attrs;
  attrs.add_all(c.stride).add_all(c.before).add_all(c.after).add_all(c.dilation).add(c.groups);
  const std::string op = sides == 2 ? "conv2d" : "conv3d";
  const auto tolerance = [&](int64_t terms) { return (dtype == NN_FLOAT32 ? 1.5e-6 : 1e-14) * std::sqrt(static_cast<double>(terms) + 1); };
  const int64_t cells = product(filter) / std::max<int64_t>(1, filter[0] * filter.back());
  const Array x = normal(dtype, c.x, random), w = normal(dtype, filter, random), b = normal(dtype, {c.filters}, random);
  const Array dy = normal(dtype, y, random);
  SCOPED_TRACE(op + " " + std::to_string(c.x.back()) + " to " + std::to_string(c.filters) + " in " + std::to_string(c.groups));
  for (int relu : {0, 1}) {
    Attrs fused = attrs;
    fused.add(relu);
    twins().expect_same(op, {&x, &w}, {{dtype, y}}, fused, tolerance(cells * filter.back()));
    twins().expect_same(op, {&x, &w, &b}, {{dtype, y}}, fused, tolerance(cells * filter.back()));
    if (sides == 2) twins().expect_same(op, {&x, &w, &b, &dy}, {{dtype, y}}, fused, tolerance(cells * filter.back()));
  }
  twins().expect_same(op + "BackwardInput", {&dy, &w}, {{dtype, c.x}}, attrs, tolerance(cells * c.filters / c.groups));
  const double long_sum = tolerance(product(y) / std::max<int64_t>(1, c.filters));
  twins().expect_same(op + "BackwardFilter", {&x, &dy}, {{dtype, filter}}, attrs, long_sum);
  twins().expect_same(op + "BackwardFilter", {&x, &dy}, {{dtype, filter}, {dtype, {c.filters}}}, attrs, long_sum);
}

TEST(CudaConv, Images) {
  std::mt19937 random(1);
  const std::vector<Case> cases = {
      {{2, 7, 8, 3}, 5, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1},     {{2, 9, 8, 4}, 20, {3, 2}, {2, 1}, {0, 1}, {1, 0}, {1, 1}, 1},
      {{1, 12, 11, 17}, 18, {3, 3}, {2, 3}, {2, 0}, {1, 4}, {2, 3}, 1}, {{3, 6, 6, 70}, 66, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, 1},
      {{2, 8, 8, 12}, 12, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 12},  // depthwise
      {{2, 8, 7, 6}, 12, {3, 3}, {2, 2}, {0, 0}, {1, 1}, {1, 1}, 6},    {{2, 8, 7, 40}, 36, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 2},
      {{1, 30, 40, 2}, 3, {5, 4}, {1, 1}, {2, 2}, {2, 2}, {1, 1}, 1},  // pixels in chunks
      {{1, 5, 5, 2}, 3, {2, 2}, {4, 4}, {0, 0}, {0, 0}, {1, 1}, 1},    // pixels that no window covers
      {{1, 2, 2, 2}, 16, {1, 1}, {1, 1}, {6, 5}, {0, 3}, {1, 1}, 1},   // windows in the padding
  };
  for (const Case& c : cases) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64}) expect_convolution(c, dtype, random);
  }
}

TEST(CudaConv, Volumes) {
  std::mt19937 random(2);
  const std::vector<Case> cases = {
      {{2, 4, 5, 6, 3}, 4, {2, 3, 2}, {1, 1, 1}, {0, 1, 1}, {1, 1, 0}, {1, 1, 1}, 1},
      {{1, 6, 7, 5, 18}, 17, {3, 2, 2}, {2, 1, 2}, {1, 0, 0}, {0, 1, 1}, {1, 2, 1}, 1},
      {{2, 3, 4, 5, 8}, 8, {2, 2, 2}, {1, 2, 1}, {0, 0, 0}, {0, 0, 0}, {1, 1, 2}, 4},
  };
  for (const Case& c : cases) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64}) expect_convolution(c, dtype, random);
  }
}

TEST(CudaConv, NoImagesNoChannelsNoFilters) {
  std::mt19937 random(3);
  for (const auto& [batch, channels, filters] :
       {std::array<int64_t, 3>{0, 3, 4}, {0, 3, 40}, {2, 0, 4}, {2, 0, 40}, {2, 3, 0}, {2, 30, 0}}) {
    expect_convolution({{batch, 5, 6, channels}, filters, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1}, NN_FLOAT32, random);
  }
}

TEST(CudaConv, PlacesInHugeTensors) {
  nn::Conv3dGeometry g;
  g.batch = 3, g.channels = 8, g.filters = 4, g.groups = 2;
  const int64_t image[] = {40, 30000, 20001};
  for (int i = 0; i < 3; i++) {
    g.image[i] = image[i], g.kernel[i] = 3, g.stride[i] = i + 1, g.before[i] = 1, g.after[i] = 2, g.dilation[i] = 2;
    g.out[i] = (g.image[i] + 3 - g.extent(i)) / g.stride[i] + 1;
  }
  const nn::cuda::ConvWalk walk(g);
  ASSERT_GT(walk.voxels(), int64_t{1} << 35);
  std::mt19937_64 random(4);
  int64_t found = 0;
  for (int i = 0; i < 5000; i++) {
    const int64_t pixel = i == 0 ? walk.pixels() - 1 : static_cast<int64_t>(random() % static_cast<uint64_t>(walk.pixels()));
    const nn::cuda::ConvPlace corner = walk.corner(pixel), cell = walk.cell(static_cast<int64_t>(random() % 27));
    const int64_t voxel = walk.voxel_under(corner, cell);
    if (voxel < 0) continue;
    found++;
    ASSERT_LT(voxel, walk.voxels());
    // and back: over this voxel the same cell belongs to that pixel
    ASSERT_EQ(walk.pixel_over(walk.padded_voxel(voxel), cell), pixel);
  }
  EXPECT_GT(found, 4000);
}

}  // namespace
}  // namespace nn_test
