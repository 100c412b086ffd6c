// Convolutions of volumes: x [batch, depth, height, width, channels], filter [filters, kernelDepth, kernelHeight, kernelWidth, channels /
// groups].
#pragma once

#include <string>
#include <vector>

#include "core/op.h"
#include "ops/conv2d.h"

namespace nn {

// Arrays are depth, height, width.
struct Conv3dGeometry {
  int64_t batch = 0, channels = 0, filters = 0, groups = 1;
  int64_t image[3] = {}, kernel[3] = {}, out[3] = {}, stride[3] = {}, before[3] = {}, after[3] = {}, dilation[3] = {};

  int64_t extent(int axis) const { return (kernel[axis] - 1) * dilation[axis] + 1; }
  int64_t group_channels() const { return channels / groups; }
  int64_t group_filters() const { return filters / groups; }
  int64_t cells() const { return kernel[0] * kernel[1] * kernel[2]; }
  int64_t taps() const { return cells() * group_channels(); }
};

// x, filter and y may be any that passed the check; rank 5 is all that is read.
inline Conv3dGeometry conv3d_geometry(const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
  Conv3dGeometry g;
  g.batch = x.dims[0], g.channels = x.dims[4], g.filters = filter.dims[0], g.groups = attrs[12];
  for (int i = 0; i < 3; i++) {
    g.image[i] = x.dims[i + 1], g.kernel[i] = filter.dims[i + 1], g.out[i] = y.dims[i + 1];
    g.stride[i] = attrs[i], g.before[i] = attrs[3 + i], g.after[i] = attrs[6 + i], g.dilation[i] = attrs[9 + i];
  }
  return g;
}

namespace conv3d_ops {

inline std::string check_conv(const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
  if (!is_float(x.dtype)) return std::string("expected floats, got ") + dtype_name(x.dtype);
  if (filter.dtype != x.dtype || y.dtype != x.dtype) {
    return std::string("expected one dtype, got ") + dtype_name(x.dtype) + ", " + dtype_name(filter.dtype) + " and " + dtype_name(y.dtype);
  }
  if (x.rank != 5 || filter.rank != 5 || y.rank != 5) {
    return "expected volumes and filters of five axes, got " + shape_text(x) + ", " + shape_text(filter) + " and " + shape_text(y);
  }
  const Conv3dGeometry g = conv3d_geometry(x, filter, y, attrs);
  if (g.groups < 1 || g.channels % g.groups != 0 || g.filters % g.groups != 0) {
    return "expected groups that divide " + std::to_string(g.channels) + " channels and " + std::to_string(g.filters) + " filters, got " +
           std::to_string(g.groups);
  }
  if (filter.dims[4] != g.group_channels()) {
    return "expected filters over " + std::to_string(g.group_channels()) + " channels, got " + shape_text(filter);
  }
  if (y.dims[0] != g.batch || y.dims[4] != g.filters) {
    return "expected an output of [" + std::to_string(g.batch) + ", ..., " + std::to_string(g.filters) + "], got " + shape_text(y);
  }
  constexpr const char* names[] = {"depth", "height", "width"};
  for (int i = 0; i < 3; i++) {
    std::string e =
        conv2d_ops::check_axis(names[i], g.image[i], g.out[i], g.kernel[i], g.stride[i], g.before[i], g.after[i], g.dilation[i]);
    if (!e.empty()) return e;
  }
  // The product of three kernel axes alone may be beyond what an int holds where a filter has no channels.
  if (g.cells() > (int64_t{1} << 31)) return "expected a kernel of at most 2^31 cells, got " + shape_text(filter);
  return {};
}

inline std::string check_bias(const nn_tensor& bias, const nn_tensor& y) {
  if (bias.dtype == y.dtype && bias.rank == 1 && bias.dims[0] == y.dims[4]) return {};
  return std::string("expected a bias of ") + dtype_name(y.dtype) + "[" + std::to_string(y.dims[4]) + "], got " + dtype_name(bias.dtype) +
         shape_text(bias);
}

inline std::string check_conv3d(const nn_args& a) {
  if (std::string e = check_conv(a.in[0], a.in[1], a.out[0], a.attrs); !e.empty()) return e;
  if (a.attrs[13] != 0 && a.attrs[13] != 1) return "expected an activation of 0 or 1, got " + std::to_string(a.attrs[13]);
  return a.n_in > 2 ? check_bias(a.in[2], a.out[0]) : std::string();
}
inline std::string check_backward_input(const nn_args& a) { return check_conv(a.out[0], a.in[1], a.in[0], a.attrs); }
inline std::string check_backward_filter(const nn_args& a) {
  if (std::string e = check_conv(a.in[0], a.out[0], a.in[1], a.attrs); !e.empty()) return e;
  return a.n_out > 1 ? check_bias(a.out[1], a.in[1]) : std::string();
}

}  // namespace conv3d_ops

inline void append_conv3d_ops(std::vector<OpSchema>& t) {
  using namespace conv3d_ops;
  const std::vector<const char*> geometry = {"strideD",   "strideH",  "strideW",   "padFront",  "padTop",    "padLeft", "padBack",
                                             "padBottom", "padRight", "dilationD", "dilationH", "dilationW", "groups"};
  std::vector<const char*> fused = geometry;
  fused.push_back("activation");
  // x, filter, bias? -> y. activation: 0 none, 1 relu.
  t.push_back({"conv3d", 2, 3, 1, 1, fused, 0, 0, check_conv3d});
  // dy, filter -> dx: also the forward of a transposed convolution.
  t.push_back({"conv3dBackwardInput", 2, 2, 1, 1, geometry, 0, 0, check_backward_input});
  // x, dy -> dfilter, dbias?
  t.push_back({"conv3dBackwardFilter", 2, 2, 1, 2, geometry, 0, 0, check_backward_filter});
}

}  // namespace nn
