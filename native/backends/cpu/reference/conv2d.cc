#include <algorithm>

#include "backends/cpu/parallel.h"
#include "backends/cpu/reference/reference.h"

namespace nn {
namespace reference {

namespace {

struct Range {
  int64_t begin, end;
};

// The kernel's rows (or columns) that fall inside the image when its first one lies at `start`.
Range inside(int64_t start, int64_t image, int64_t kernel, int64_t dilation) {
  const int64_t begin = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const int64_t end = image <= start ? 0 : std::min(kernel, (image - 1 - start) / dilation + 1);
  return {begin, std::max(begin, end)};
}

}  // namespace

template <class T>
void conv2d(const Conv2dGeometry& g, const T* x, const T* filter, const T* bias, bool relu, T* y) {
  if (g.batch == 0 || g.filters == 0) return;
  const int64_t depth = g.group_channels(), per_group = g.group_filters();
  parallel_for(g.batch * g.out_h, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t n = row / g.out_h, top = row % g.out_h * g.stride_h - g.pad_top;
      const Range kh = inside(top, g.height, g.kernel_h, g.dilation_h);
      for (int64_t j = 0; j < g.out_w; j++) {
        const int64_t left = j * g.stride_w - g.pad_left;
        const Range kw = inside(left, g.width, g.kernel_w, g.dilation_w);
        for (int64_t o = 0; o < g.filters; o++) {
          double sum = bias ? static_cast<double>(bias[o]) : 0.0;
          for (int64_t h = kh.begin; depth > 0 && h < kh.end; h++) {
            for (int64_t w = kw.begin; w < kw.end; w++) {
              const T* f = filter + ((o * g.kernel_h + h) * g.kernel_w + w) * depth;
              const int64_t pixel = (n * g.height + top + h * g.dilation_h) * g.width + left + w * g.dilation_w;
              const T* v = x + pixel * g.channels + o / per_group * depth;
              for (int64_t c = 0; c < depth; c++) sum += static_cast<double>(v[c]) * f[c];
            }
          }
          y[(row * g.out_w + j) * g.filters + o] = static_cast<T>(relu && sum < 0 ? 0.0 : sum);
        }
      }
    }
  });
}

template <class T>
void conv2d_backward_input(const Conv2dGeometry& g, const T* dy, const T* filter, T* dx) {
  if (g.batch == 0 || g.height == 0 || g.width == 0 || g.channels == 0) return;
  const int64_t depth = g.group_channels(), per_group = g.group_filters();
  parallel_for(g.batch * g.height, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t n = row / g.height, below = row % g.height + g.pad_top;
      for (int64_t j = 0; j < g.width; j++) {
        const int64_t right = j + g.pad_left;
        for (int64_t c = 0; c < g.channels; c++) {
          const int64_t first = c / depth * per_group;
          double sum = 0;
          for (int64_t h = 0; per_group > 0 && h < g.kernel_h; h++) {
            const int64_t down = below - h * g.dilation_h;
            if (down < 0) break;
            if (down % g.stride_h != 0 || down / g.stride_h >= g.out_h) continue;
            for (int64_t w = 0; w < g.kernel_w; w++) {
              const int64_t across = right - w * g.dilation_w;
              if (across < 0) break;
              if (across % g.stride_w != 0 || across / g.stride_w >= g.out_w) continue;
              const T* d = dy + ((n * g.out_h + down / g.stride_h) * g.out_w + across / g.stride_w) * g.filters + first;
              const T* f = filter + ((first * g.kernel_h + h) * g.kernel_w + w) * depth + c % depth;
              const int64_t step = g.taps();
              for (int64_t o = 0; o < per_group; o++) sum += static_cast<double>(d[o]) * f[o * step];
            }
          }
          dx[(row * g.width + j) * g.channels + c] = static_cast<T>(sum);
        }
      }
    }
  });
}

template <class T>
void conv2d_backward_filter(const Conv2dGeometry& g, const T* x, const T* dy, T* dfilter, T* dbias) {
  if (g.filters == 0) return;
  const int64_t depth = g.group_channels(), per_group = g.group_filters();
  parallel_for(g.filters, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
      for (int64_t tap = 0; tap < g.taps(); tap++) {
        const int64_t c = o / per_group * depth + tap % depth;
        const int64_t w = tap / depth % g.kernel_w * g.dilation_w - g.pad_left, h = tap / depth / g.kernel_w * g.dilation_h - g.pad_top;
        double sum = 0;
        for (int64_t row = 0; row < g.batch * g.out_h; row++) {
          const int64_t n = row / g.out_h, i = row % g.out_h * g.stride_h + h;
          if (i < 0 || i >= g.height) continue;
          for (int64_t j = 0; j < g.out_w; j++) {
            const int64_t at = j * g.stride_w + w;
            if (at < 0 || at >= g.width) continue;
            sum += static_cast<double>(dy[(row * g.out_w + j) * g.filters + o]) * x[((n * g.height + i) * g.width + at) * g.channels + c];
          }
        }
        dfilter[o * g.taps() + tap] = static_cast<T>(sum);
      }
      if (dbias == nullptr) continue;
      double sum = 0;
      for (int64_t pixel = 0; pixel < g.batch * g.out_h * g.out_w; pixel++) sum += static_cast<double>(dy[pixel * g.filters + o]);
      dbias[o] = static_cast<T>(sum);
    }
  });
}

template void conv2d(const Conv2dGeometry&, const float*, const float*, const float*, bool, float*);
template void conv2d(const Conv2dGeometry&, const double*, const double*, const double*, bool, double*);
template void conv2d_backward_input(const Conv2dGeometry&, const float*, const float*, float*);
template void conv2d_backward_input(const Conv2dGeometry&, const double*, const double*, double*);
template void conv2d_backward_filter(const Conv2dGeometry&, const float*, const float*, float*, float*);
template void conv2d_backward_filter(const Conv2dGeometry&, const double*, const double*, double*, double*);

}  // namespace reference
}  // namespace nn
