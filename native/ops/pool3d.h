// Pooling of volumes [batch, depth, height, width, channels].
#pragma once

#include <climits>
#include <string>
#include <vector>

#include "core/op.h"
#include "ops/pool2d.h"

namespace nn {

// Arrays are depth, height, width.
struct Pool3dGeometry {
  int64_t batch = 0, channels = 0;
  int64_t image[3] = {}, out[3] = {}, pool[3] = {}, stride[3] = {}, before[3] = {}, after[3] = {};

  int64_t window() const { return pool[0] * pool[1] * pool[2]; }
};

inline Pool3dGeometry pool3d_geometry(const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) {
  Pool3dGeometry g;
  g.batch = x.dims[0], g.channels = x.dims[4];
  for (int i = 0; i < 3; i++) {
    g.image[i] = x.dims[i + 1], g.out[i] = y.dims[i + 1];
    g.pool[i] = attrs[i], g.stride[i] = attrs[3 + i], g.before[i] = attrs[6 + i], g.after[i] = attrs[9 + i];
  }
  return g;
}

namespace pool3d_ops {

inline std::string check_pool(const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) {
  if (!is_float(x.dtype)) return std::string("expected floats, got ") + dtype_name(x.dtype);
  if (y.dtype != x.dtype) return std::string("expected ") + dtype_name(x.dtype) + ", got " + dtype_name(y.dtype);
  if (x.rank != 5 || y.rank != 5) return "expected volumes of five axes, got " + shape_text(x) + " and " + shape_text(y);
  if (x.dims[0] != y.dims[0] || x.dims[4] != y.dims[4]) {
    return "expected the same batch and channels, got " + shape_text(x) + " and " + shape_text(y);
  }
  const Pool3dGeometry g = pool3d_geometry(x, y, attrs);
  constexpr const char* names[] = {"depth", "height", "width"};
  for (int i = 0; i < 3; i++) {
    std::string e = pool2d_ops::check_axis(names[i], g.image[i], g.out[i], g.pool[i], g.stride[i], g.before[i], g.after[i]);
    if (!e.empty()) return e;
  }
  // A place in the window has to fit an int32 index.
  if (g.window() > INT_MAX) return "expected a window of at most 2^31 - 1 elements, got " + std::to_string(g.window());
  return {};
}

inline std::string check_index(const nn_tensor& index, const nn_tensor& y, const int32_t* attrs) {
  if (!same_shape(index, y)) return "expected an index of " + shape_text(y) + ", got " + shape_text(index);
  if (index.dtype != NN_UINT8 && index.dtype != NN_INT32)
    return std::string("expected an index of uint8 or int32, got ") + dtype_name(index.dtype);
  const int64_t window = int64_t{attrs[0]} * attrs[1] * attrs[2];
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
inline std::string check_average(const nn_args& a) {
  if (std::string e = pool2d_ops::check_flag(a.attrs[12]); !e.empty()) return e;
  return check_pool(a.in[0], a.out[0], a.attrs);
}
inline std::string check_average_backward(const nn_args& a) {
  if (std::string e = pool2d_ops::check_flag(a.attrs[12]); !e.empty()) return e;
  return check_pool(a.out[0], a.in[0], a.attrs);
}

}  // namespace pool3d_ops

inline void append_pool3d_ops(std::vector<OpSchema>& t) {
  using namespace pool3d_ops;
  const std::vector<const char*> window = {"poolD",    "poolH",  "poolW",   "strideD", "strideH",   "strideW",
                                           "padFront", "padTop", "padLeft", "padBack", "padBottom", "padRight"};
  std::vector<const char*> average = window;
  average.push_back("includePadding");
  // x -> y, index?: the place ((slice * poolH + row) * poolW + column) of the first maximum in its window; padding never wins, NaN does.
  t.push_back({"maxPool3d", 1, 1, 1, 2, window, 0, 0, check_max});
  t.push_back({"maxPool3dBackward", 2, 2, 1, 1, window, 0, 0, check_max_backward});
  t.push_back({"avgPool3d", 1, 1, 1, 1, average, 0, 0, check_average});
  t.push_back({"avgPool3dBackward", 1, 1, 1, 1, average, 0, 0, check_average_backward});
}

}  // namespace nn
