// Pooling of images [batch, height, width, channels].
#pragma once

#include <string>
#include <vector>

#include "core/op.h"

namespace nn {

struct Pool2dGeometry {
  int64_t batch = 0, height = 0, width = 0, channels = 0, out_h = 0, out_w = 0;
  int64_t pool_h = 1, pool_w = 1, stride_h = 1, stride_w = 1, pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

inline Pool2dGeometry pool2d_geometry(const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) {
  Pool2dGeometry g;
  g.batch = x.dims[0], g.height = x.dims[1], g.width = x.dims[2], g.channels = x.dims[3];
  g.out_h = y.dims[1], g.out_w = y.dims[2];
  g.pool_h = attrs[0], g.pool_w = attrs[1], g.stride_h = attrs[2], g.stride_w = attrs[3];
  g.pad_top = attrs[4], g.pad_left = attrs[5], g.pad_bottom = attrs[6], g.pad_right = attrs[7];
  return g;
}

namespace pool2d_ops {

constexpr int64_t kMaxStep = 32767, kMaxAxis = int64_t{1} << 40;

inline std::string check_axis(const char* name, int64_t image, int64_t out, int64_t pool, int64_t stride, int64_t before, int64_t after) {
  if (pool < 1 || pool > kMaxStep) return std::string("expected a window ") + name + " of 1 to 32767, got " + std::to_string(pool);
  if (stride < 1 || stride > kMaxStep) return std::string("expected a stride of 1 to 32767, got ") + std::to_string(stride);
  // So that every window covers at least one element of the image.
  if (before < 0 || before >= pool || after < 0 || after >= pool) {
    return "expected paddings of 0 to " + std::to_string(pool - 1) + ", less than the window, got " + std::to_string(before) + " and " +
           std::to_string(after);
  }
  if (image < 1 || image > kMaxAxis) return std::string("expected an image ") + name + " of 1 to 2^40, got " + std::to_string(image);
  const int64_t padded = image + before + after;
  if (padded < pool)
    return std::string("expected a padded ") + name + " of at least " + std::to_string(pool) + ", got " + std::to_string(padded);
  const int64_t wanted = (padded - pool) / stride + 1;
  if (out != wanted) return std::string("expected an output ") + name + " of " + std::to_string(wanted) + ", got " + std::to_string(out);
  return {};
}

inline std::string check_pool(const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) {
  if (!is_float(x.dtype)) return std::string("expected floats, got ") + dtype_name(x.dtype);
  if (y.dtype != x.dtype) return std::string("expected ") + dtype_name(x.dtype) + ", got " + dtype_name(y.dtype);
  if (x.rank != 4 || y.rank != 4) return "expected images of four axes, got " + shape_text(x) + " and " + shape_text(y);
  if (x.dims[0] != y.dims[0] || x.dims[3] != y.dims[3]) {
    return "expected the same batch and channels, got " + shape_text(x) + " and " + shape_text(y);
  }
  const Pool2dGeometry g = pool2d_geometry(x, y, attrs);
  std::string e = check_axis("height", g.height, g.out_h, g.pool_h, g.stride_h, g.pad_top, g.pad_bottom);
  if (e.empty()) e = check_axis("width", g.width, g.out_w, g.pool_w, g.stride_w, g.pad_left, g.pad_right);
  return e;
}

inline std::string check_index(const nn_tensor& index, const nn_tensor& y, const int32_t* attrs) {
  if (!same_shape(index, y)) return "expected an index of " + shape_text(y) + ", got " + shape_text(index);
  if (index.dtype != NN_UINT8 && index.dtype != NN_INT32)
    return std::string("expected an index of uint8 or int32, got ") + dtype_name(index.dtype);
  const int64_t window = int64_t{attrs[0]} * attrs[1];
  if (index.dtype == NN_UINT8 && window > 256) {
    return "expected an index of int32 for a window of " + std::to_string(window) + " elements, got uint8";
  }
  return {};
}

inline std::string check_max(const nn_args& a) {
  if (std::string e = check_pool(a.in[0], a.out[0], a.attrs); !e.empty()) return e;
  return a.n_out > 1 ? check_index(a.out[1], a.out[0], a.attrs) : std::string();
}
inline std::string check_max_backward(const nn_args& a) {
  if (std::string e = check_pool(a.out[0], a.in[0], a.attrs); !e.empty()) return e;
  return check_index(a.in[1], a.in[0], a.attrs);
}
inline std::string check_flag(int32_t word) {
  return word == 0 || word == 1 ? std::string() : "expected includePadding of 0 or 1, got " + std::to_string(word);
}
inline std::string check_average(const nn_args& a) {
  if (std::string e = check_flag(a.attrs[8]); !e.empty()) return e;
  return check_pool(a.in[0], a.out[0], a.attrs);
}
inline std::string check_average_backward(const nn_args& a) {
  if (std::string e = check_flag(a.attrs[8]); !e.empty()) return e;
  return check_pool(a.out[0], a.in[0], a.attrs);
}

}  // namespace pool2d_ops

inline void append_pool2d_ops(std::vector<OpSchema>& t) {
  using namespace pool2d_ops;
  const std::vector<const char*> window = {"poolH", "poolW", "strideH", "strideW", "padTop", "padLeft", "padBottom", "padRight"};
  std::vector<const char*> average = window;
  average.push_back("includePadding");
  // x -> y, index?: the place (row * poolW + column) of the first maximum in its window; padding never wins, NaN does.
  t.push_back({"maxPool2d", 1, 1, 1, 2, window, 0, 0, check_max});
  t.push_back({"maxPool2dBackward", 2, 2, 1, 1, window, 0, 0, check_max_backward});
  t.push_back({"avgPool2d", 1, 1, 1, 1, average, 0, 0, check_average});
  t.push_back({"avgPool2dBackward", 1, 1, 1, 1, average, 0, 0, check_average_backward});
}

}  // namespace nn
