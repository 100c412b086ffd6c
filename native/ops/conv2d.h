// Convolutions of images: x [batch, height, width, channels], filter [filters, kernelHeight, kernelWidth, channels / groups].
#pragma once

#include <string>
#include <vector>

#include "core/op.h"

namespace nn {

struct Conv2dGeometry {
  int64_t batch = 0, height = 0, width = 0, channels = 0;
  int64_t filters = 0, kernel_h = 0, kernel_w = 0, out_h = 0, out_w = 0;
  int64_t stride_h = 1, stride_w = 1, pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int64_t dilation_h = 1, dilation_w = 1, groups = 1;

  int64_t extent_h() const { return (kernel_h - 1) * dilation_h + 1; }
  int64_t extent_w() const { return (kernel_w - 1) * dilation_w + 1; }
  int64_t group_channels() const { return channels / groups; }
  int64_t group_filters() const { return filters / groups; }
  int64_t taps() const { return kernel_h * kernel_w * group_channels(); }
};

// x, filter and y may be any that passed the check; rank 4 is all that is read.
inline Conv2dGeometry conv2d_geometry(const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
  Conv2dGeometry g;
  g.batch = x.dims[0], g.height = x.dims[1], g.width = x.dims[2], g.channels = x.dims[3];
  g.filters = filter.dims[0], g.kernel_h = filter.dims[1], g.kernel_w = filter.dims[2];
  g.out_h = y.dims[1], g.out_w = y.dims[2];
  g.stride_h = attrs[0], g.stride_w = attrs[1];
  g.pad_top = attrs[2], g.pad_left = attrs[3], g.pad_bottom = attrs[4], g.pad_right = attrs[5];
  g.dilation_h = attrs[6], g.dilation_w = attrs[7], g.groups = attrs[8];
  return g;
}

namespace conv2d_ops {

// Far beyond any use, and small enough that no product below overflows.
constexpr int64_t kMaxStep = 65535, kMaxAxis = int64_t{1} << 40;

inline std::string check_axis(const char* name, int64_t image, int64_t out, int64_t kernel, int64_t stride, int64_t before, int64_t after,
                              int64_t dilation) {
  if (kernel < 1 || kernel > kMaxStep) return std::string("expected a kernel ") + name + " of 1 to 65535, got " + std::to_string(kernel);
  if (stride < 1 || stride > kMaxStep) return std::string("expected a stride of 1 to 65535, got ") + std::to_string(stride);
  if (dilation < 1 || dilation > kMaxStep) return std::string("expected a dilation of 1 to 65535, got ") + std::to_string(dilation);
  if (before < 0 || before > kMaxStep || after < 0 || after > kMaxStep) {
    return "expected paddings of 0 to 65535, got " + std::to_string(before) + " and " + std::to_string(after);
  }
  if (image > kMaxAxis) return std::string("expected a ") + name + " of at most 2^40, got " + std::to_string(image);
  const int64_t extent = (kernel - 1) * dilation + 1, padded = image + before + after;
  if (padded < extent) {
    return std::string("expected a padded ") + name + " of at least " + std::to_string(extent) + ", got " + std::to_string(padded);
  }
  const int64_t wanted = (padded - extent) / stride + 1;
  if (out != wanted) return std::string("expected an output ") + name + " of " + std::to_string(wanted) + ", got " + std::to_string(out);
  return {};
}

inline std::string check_conv(const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
  if (!is_float(x.dtype)) return std::string("expected floats, got ") + dtype_name(x.dtype);
  if (filter.dtype != x.dtype || y.dtype != x.dtype) {
    return std::string("expected one dtype, got ") + dtype_name(x.dtype) + ", " + dtype_name(filter.dtype) + " and " + dtype_name(y.dtype);
  }
  if (x.rank != 4 || filter.rank != 4 || y.rank != 4) {
    return "expected images and filters of four axes, got " + shape_text(x) + ", " + shape_text(filter) + " and " + shape_text(y);
  }
  const Conv2dGeometry g = conv2d_geometry(x, filter, y, attrs);
  if (g.groups < 1 || g.channels % g.groups != 0 || g.filters % g.groups != 0) {
    return "expected groups that divide " + std::to_string(g.channels) + " channels and " + std::to_string(g.filters) + " filters, got " +
           std::to_string(g.groups);
  }
  if (filter.dims[3] != g.group_channels()) {
    return "expected filters over " + std::to_string(g.group_channels()) + " channels, got " + shape_text(filter);
  }
  if (y.dims[0] != g.batch || y.dims[3] != g.filters) {
    return "expected an output of [" + std::to_string(g.batch) + ", ..., " + std::to_string(g.filters) + "], got " + shape_text(y);
  }
  std::string e = check_axis("height", g.height, g.out_h, g.kernel_h, g.stride_h, g.pad_top, g.pad_bottom, g.dilation_h);
  if (e.empty()) e = check_axis("width", g.width, g.out_w, g.kernel_w, g.stride_w, g.pad_left, g.pad_right, g.dilation_w);
  return e;
}

inline std::string check_bias(const nn_tensor& bias, const nn_tensor& y) {
  if (bias.dtype == y.dtype && bias.rank == 1 && bias.dims[0] == y.dims[3]) return {};
  return std::string("expected a bias of ") + dtype_name(y.dtype) + "[" + std::to_string(y.dims[3]) + "], got " + dtype_name(bias.dtype) +
         shape_text(bias);
}

inline std::string check_conv2d(const nn_args& a) {
  if (std::string e = check_conv(a.in[0], a.in[1], a.out[0], a.attrs); !e.empty()) return e;
  if (a.attrs[9] != 0 && a.attrs[9] != 1) return "expected an activation of 0 or 1, got " + std::to_string(a.attrs[9]);
  if (a.n_in > 3 && (a.in[3].dtype != a.out[0].dtype || !same_shape(a.in[3], a.out[0]))) {
    return "expected a residual like the output " + shape_text(a.out[0]) + ", got " + dtype_name(a.in[3].dtype) + shape_text(a.in[3]);
  }
  return a.n_in > 2 ? check_bias(a.in[2], a.out[0]) : std::string();
}
inline std::string check_backward_input(const nn_args& a) { return check_conv(a.out[0], a.in[1], a.in[0], a.attrs); }
inline std::string check_backward_filter(const nn_args& a) {
  if (std::string e = check_conv(a.in[0], a.out[0], a.in[1], a.attrs); !e.empty()) return e;
  return a.n_out > 1 ? check_bias(a.out[1], a.in[1]) : std::string();
}

}  // namespace conv2d_ops

inline void append_conv2d_ops(std::vector<OpSchema>& t) {
  using namespace conv2d_ops;
  const std::vector<const char*> geometry = {"strideH",  "strideW",   "padTop",    "padLeft", "padBottom",
                                             "padRight", "dilationH", "dilationW", "groups"};
  std::vector<const char*> fused = geometry;
  fused.push_back("activation");
  // x, filter, bias?, residual? -> y = activation(convolution + bias + residual). activation: 0 none, 1 relu.
  t.push_back({"conv2d", 2, 4, 1, 1, fused, 0, 0, check_conv2d});
  // dy, filter -> dx: also the forward of a transposed convolution.
  t.push_back({"conv2dBackwardInput", 2, 2, 1, 1, geometry, 0, 0, check_backward_input});
  // x, dy -> dfilter, dbias?
  t.push_back({"conv2dBackwardFilter", 2, 2, 1, 2, geometry, 0, 0, check_backward_filter});
}

}  // namespace nn
