#include <algorithm>

#include "backends/cpu/kernels.h"
#include "backends/cpu/parallel.h"
#include "backends/cpu/reference/reference.h"

namespace nn {
namespace reference {

namespace {

// Where the kernel's cell `k` falls on the image when the window stands at place `o`; -1 outside.
int64_t under(const Conv3dGeometry& g, int axis, int64_t o, int64_t k) {
  const int64_t at = o * g.stride[axis] - g.before[axis] + k * g.dilation[axis];
  return at < g.image[axis] ? at : -1;
}

// The place of the window whose cell `k` falls on the image at `at`; -1 where there is none.
int64_t above(const Conv3dGeometry& g, int axis, int64_t at, int64_t k) {
  const int64_t from = at + g.before[axis] - k * g.dilation[axis];
  if (from < 0 || from % g.stride[axis] != 0) return -1;
  return from / g.stride[axis] < g.out[axis] ? from / g.stride[axis] : -1;
}

// f(cell of the kernel, voxel of the other side) for all cells whose counterpart exists.
template <class At, class F>
void for_cells(const Conv3dGeometry& g, const int64_t* sides, At&& at, F&& f) {
  for (int64_t d = 0; d < g.kernel[0]; d++) {
    const int64_t slice = at(0, d);
    if (slice < 0) continue;
    for (int64_t h = 0; h < g.kernel[1]; h++) {
      const int64_t row = at(1, h);
      if (row < 0) continue;
      for (int64_t w = 0; w < g.kernel[2]; w++) {
        const int64_t column = at(2, w);
        if (column >= 0) f((d * g.kernel[1] + h) * g.kernel[2] + w, (slice * sides[1] + row) * sides[2] + column);
      }
    }
  }
}

int64_t volume(const int64_t* sides) { return sides[0] * sides[1] * sides[2]; }

}  // namespace

template <class T>
void conv3d(const Conv3dGeometry& g, const T* x, const T* filter, const T* bias, bool relu, T* y) {
  if (g.batch == 0 || g.filters == 0) return;
  const int64_t depth = g.group_channels(), per_group = g.group_filters(), places = volume(g.out), size = volume(g.image);
  parallel_for(g.batch * places, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t at[3] = {i % places / (g.out[1] * g.out[2]), i / g.out[2] % g.out[1], i % g.out[2]};
      const T* image = x + i / places * size * g.channels;
      for (int64_t o = 0; o < g.filters; o++) {
        double sum = bias ? static_cast<double>(bias[o]) : 0.0;
        if (depth > 0) {
          for_cells(
              g, g.image, [&](int axis, int64_t k) { return under(g, axis, at[axis], k); },
              [&](int64_t cell, int64_t voxel) {
                const T* f = filter + (o * g.cells() + cell) * depth;
                const T* v = image + voxel * g.channels + o / per_group * depth;
                for (int64_t c = 0; c < depth; c++) sum += static_cast<double>(v[c]) * f[c];
              });
        }
        y[i * g.filters + o] = static_cast<T>(relu && sum < 0 ? 0.0 : sum);
      }
    }
  });
}

template <class T>
void conv3d_backward_input(const Conv3dGeometry& g, const T* dy, const T* filter, T* dx) {
  const int64_t size = volume(g.image), places = volume(g.out);
  if (g.batch == 0 || size == 0 || g.channels == 0) return;
  const int64_t depth = g.group_channels(), per_group = g.group_filters();
  parallel_for(g.batch * size, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t at[3] = {i % size / (g.image[1] * g.image[2]), i / g.image[2] % g.image[1], i % g.image[2]};
      const T* from = dy + i / size * places * g.filters;
      for (int64_t c = 0; c < g.channels; c++) {
        const int64_t first = c / depth * per_group;
        double sum = 0;
        if (per_group > 0) {
          for_cells(
              g, g.out, [&](int axis, int64_t k) { return above(g, axis, at[axis], k); },
              [&](int64_t cell, int64_t voxel) {
                const T* d = from + voxel * g.filters + first;
                const T* f = filter + (first * g.cells() + cell) * depth + c % depth;
                const int64_t step = g.taps();
                for (int64_t o = 0; o < per_group; o++) sum += static_cast<double>(d[o]) * f[o * step];
              });
        }
        dx[i * g.channels + c] = static_cast<T>(sum);
      }
    }
  });
}

template <class T>
void conv3d_backward_filter(const Conv3dGeometry& g, const T* x, const T* dy, T* dfilter, T* dbias) {
  if (g.filters == 0) return;
  const int64_t depth = g.group_channels(), per_group = g.group_filters(), places = volume(g.out), size = volume(g.image);
  parallel_for(g.filters, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
      for (int64_t tap = 0; tap < g.taps(); tap++) {
        const int64_t cell = tap / depth, c = o / per_group * depth + tap % depth;
        const int64_t k[3] = {cell / (g.kernel[1] * g.kernel[2]), cell / g.kernel[2] % g.kernel[1], cell % g.kernel[2]};
        double sum = 0;
        for (int64_t i = 0; i < g.batch * places; i++) {
          const int64_t slice = under(g, 0, i % places / (g.out[1] * g.out[2]), k[0]), row = under(g, 1, i / g.out[2] % g.out[1], k[1]),
                        column = under(g, 2, i % g.out[2], k[2]);
          if (slice < 0 || row < 0 || column < 0) continue;
          const int64_t voxel = i / places * size + (slice * g.image[1] + row) * g.image[2] + column;
          sum += static_cast<double>(dy[i * g.filters + o]) * x[voxel * g.channels + c];
        }
        dfilter[o * g.taps() + tap] = static_cast<T>(sum);
      }
      if (dbias == nullptr) continue;
      double sum = 0;
      for (int64_t i = 0; i < g.batch * places; i++) sum += static_cast<double>(dy[i * g.filters + o]);
      dbias[o] = static_cast<T>(sum);
    }
  });
}

template void conv3d(const Conv3dGeometry&, const float*, const float*, const float*, bool, float*);
template void conv3d(const Conv3dGeometry&, const double*, const double*, const double*, bool, double*);
template void conv3d_backward_input(const Conv3dGeometry&, const float*, const float*, float*);
template void conv3d_backward_input(const Conv3dGeometry&, const double*, const double*, double*);
template void conv3d_backward_filter(const Conv3dGeometry&, const float*, const float*, float*, float*);
template void conv3d_backward_filter(const Conv3dGeometry&, const double*, const double*, double*, double*);

}  // namespace reference

namespace {

const double* in(const nn_args& a, int i) { return i < a.n_in ? static_cast<const double*>(a.in[i].data) : nullptr; }
double* out(const nn_args& a, int i) { return i < a.n_out ? static_cast<double*>(a.out[i].data) : nullptr; }

int32_t run_conv3d(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  reference::conv3d(conv3d_geometry(a.in[0], a.in[1], a.out[0], a.attrs), in(a, 0), in(a, 1), in(a, 2), a.attrs[13] != 0, out(a, 0));
  return NN_OK;
}

int32_t run_backward_input(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  reference::conv3d_backward_input(conv3d_geometry(a.out[0], a.in[1], a.in[0], a.attrs), in(a, 0), in(a, 1), out(a, 0));
  return NN_OK;
}

int32_t run_backward_filter(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  reference::conv3d_backward_filter(conv3d_geometry(a.in[0], a.out[0], a.in[1], a.attrs), in(a, 0), in(a, 1), out(a, 0), out(a, 1));
  return NN_OK;
}

}  // namespace

void append_reference_conv3d_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"conv3d", kF64, nullptr, run_conv3d, nullptr});
  kernels.push_back({"conv3dBackwardInput", kF64, nullptr, run_backward_input, nullptr});
  kernels.push_back({"conv3dBackwardFilter", kF64, nullptr, run_backward_filter, nullptr});
}

}  // namespace nn
