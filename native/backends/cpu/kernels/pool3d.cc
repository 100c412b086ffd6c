// Pooling of volumes: loops over windows, channels innermost. Every voxel is written once, by the thread whose part it is in.
#include "ops/pool3d.h"

#include <algorithm>

#include "backends/cpu/kernels.h"
#include "backends/cpu/parallel.h"

namespace nn {

namespace {

constexpr int64_t kWork = 16384;  // elements that are worth a thread's while

struct Range {
  int64_t begin, end;
};

// The part of the window at place `o` that lies in the volume, counted in the volume.
Range inside(const Pool3dGeometry& g, int axis, int64_t o) {
  const int64_t start = o * g.stride[axis] - g.before[axis];
  return {std::max<int64_t>(start, 0), std::min(start + g.pool[axis], g.image[axis])};
}

// The windows that cover `at`.
Range covering(const Pool3dGeometry& g, int axis, int64_t at) {
  const int64_t place = at + g.before[axis];
  const int64_t first = place < g.pool[axis] ? 0 : (place - g.pool[axis]) / g.stride[axis] + 1;
  return {first, std::min(place / g.stride[axis] + 1, g.out[axis])};
}

// Of a number of voxels, from one to the next.
template <class F>
void for_voxels(const Pool3dGeometry& g, const int64_t* sides, F&& f) {
  const int64_t size = sides[0] * sides[1] * sides[2];
  parallel_for(g.batch * size, std::max<int64_t>(1, kWork / (g.channels * g.window())), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) f(i, i / size, i % size / (sides[1] * sides[2]), i / sides[2] % sides[1], i % sides[2]);
  });
}

int64_t voxel(const int64_t* sides, int64_t n, int64_t d, int64_t h, int64_t w) {
  return ((n * sides[0] + d) * sides[1] + h) * sides[2] + w;
}

template <class T, class I>
void max_pool(const Pool3dGeometry& g, const T* x, T* y, I* index) {
  const int64_t channels = g.channels;
  for_voxels(g, g.out, [&](int64_t i, int64_t n, int64_t od, int64_t oh, int64_t ow) {
    const Range ds = inside(g, 0, od), hs = inside(g, 1, oh), ws = inside(g, 2, ow);
    T* best = y + i * channels;
    I* at = index == nullptr ? nullptr : index + i * channels;
    bool first = true;
    for (int64_t d = ds.begin; d < ds.end; d++) {
      for (int64_t h = hs.begin; h < hs.end; h++) {
        for (int64_t w = ws.begin; w < ws.end; w++, first = false) {
          const T* v = x + voxel(g.image, n, d, h, w) * channels;
          const int64_t kd = d - od * g.stride[0] + g.before[0], kh = h - oh * g.stride[1] + g.before[1],
                        kw = w - ow * g.stride[2] + g.before[2];
          const I place = static_cast<I>((kd * g.pool[1] + kh) * g.pool[2] + kw);
          for (int64_t c = 0; c < channels; c++) {
            const bool better = first || (!(v[c] <= best[c]) && best[c] == best[c]);  // larger, or the first NaN
            best[c] = better ? v[c] : best[c];
            if (at != nullptr) at[c] = better ? place : at[c];
          }
        }
      }
    }
  });
}

template <class T, class I>
void max_pool_backward(const Pool3dGeometry& g, const T* dy, const I* index, T* dx) {
  const int64_t channels = g.channels;
  for_voxels(g, g.image, [&](int64_t i, int64_t n, int64_t d, int64_t h, int64_t w) {
    T* to = dx + i * channels;
    std::fill(to, to + channels, T(0));
    const Range ds = covering(g, 0, d), hs = covering(g, 1, h), ws = covering(g, 2, w);
    for (int64_t od = ds.begin; od < ds.end; od++) {
      for (int64_t oh = hs.begin; oh < hs.end; oh++) {
        for (int64_t ow = ws.begin; ow < ws.end; ow++) {
          const int64_t kd = d - od * g.stride[0] + g.before[0], kh = h - oh * g.stride[1] + g.before[1],
                        kw = w - ow * g.stride[2] + g.before[2];
          const I place = static_cast<I>((kd * g.pool[1] + kh) * g.pool[2] + kw);
          const int64_t from = voxel(g.out, n, od, oh, ow) * channels;
          for (int64_t c = 0; c < channels; c++) to[c] += index[from + c] == place ? dy[from + c] : T(0);
        }
      }
    }
  });
}

// What an element of the window at this place weighs.
template <class T>
T share_of(const Pool3dGeometry& g, bool include_padding, int64_t od, int64_t oh, int64_t ow) {
  if (include_padding) return T(1) / static_cast<T>(g.window());
  const Range d = inside(g, 0, od), h = inside(g, 1, oh), w = inside(g, 2, ow);
  return T(1) / static_cast<T>((d.end - d.begin) * (h.end - h.begin) * (w.end - w.begin));
}

template <class T>
void average_pool(const Pool3dGeometry& g, bool include_padding, const T* x, T* y) {
  const int64_t channels = g.channels;
  for_voxels(g, g.out, [&](int64_t i, int64_t n, int64_t od, int64_t oh, int64_t ow) {
    const Range ds = inside(g, 0, od), hs = inside(g, 1, oh), ws = inside(g, 2, ow);
    T* to = y + i * channels;
    std::fill(to, to + channels, T(0));
    for (int64_t d = ds.begin; d < ds.end; d++) {
      for (int64_t h = hs.begin; h < hs.end; h++) {
        for (int64_t w = ws.begin; w < ws.end; w++) {
          const T* v = x + voxel(g.image, n, d, h, w) * channels;
          for (int64_t c = 0; c < channels; c++) to[c] += v[c];
        }
      }
    }
    const T share = share_of<T>(g, include_padding, od, oh, ow);
    for (int64_t c = 0; c < channels; c++) to[c] *= share;
  });
}

template <class T>
void average_pool_backward(const Pool3dGeometry& g, bool include_padding, const T* dy, T* dx) {
  const int64_t channels = g.channels;
  for_voxels(g, g.image, [&](int64_t i, int64_t n, int64_t d, int64_t h, int64_t w) {
    T* to = dx + i * channels;
    std::fill(to, to + channels, T(0));
    const Range ds = covering(g, 0, d), hs = covering(g, 1, h), ws = covering(g, 2, w);
    for (int64_t od = ds.begin; od < ds.end; od++) {
      for (int64_t oh = hs.begin; oh < hs.end; oh++) {
        for (int64_t ow = ws.begin; ow < ws.end; ow++) {
          const T share = share_of<T>(g, include_padding, od, oh, ow);
          const T* from = dy + voxel(g.out, n, od, oh, ow) * channels;
          for (int64_t c = 0; c < channels; c++) to[c] += from[c] * share;
        }
      }
    }
  });
}

template <class T>
int32_t run_max(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const Pool3dGeometry g = pool3d_geometry(x, y, a->attrs);
  const auto* from = static_cast<const T*>(x.data);
  auto* to = static_cast<T*>(y.data);
  if (a->n_out > 1 && a->out[1].dtype == NN_INT32)
    max_pool(g, from, to, static_cast<int32_t*>(a->out[1].data));
  else
    max_pool(g, from, to, a->n_out > 1 ? static_cast<uint8_t*>(a->out[1].data) : nullptr);
  return NN_OK;
}

template <class T>
int32_t run_max_backward(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor &dy = a->in[0], &index = a->in[1], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  const Pool3dGeometry g = pool3d_geometry(dx, dy, a->attrs);
  const auto* from = static_cast<const T*>(dy.data);
  auto* to = static_cast<T*>(dx.data);
  if (index.dtype == NN_INT32)
    max_pool_backward(g, from, static_cast<const int32_t*>(index.data), to);
  else
    max_pool_backward(g, from, static_cast<const uint8_t*>(index.data), to);
  return NN_OK;
}

template <class T>
int32_t run_average(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  average_pool(pool3d_geometry(x, y, a->attrs), a->attrs[12] != 0, static_cast<const T*>(x.data), static_cast<T*>(y.data));
  return NN_OK;
}

template <class T>
int32_t run_average_backward(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const nn_tensor &dy = a->in[0], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  average_pool_backward(pool3d_geometry(dx, dy, a->attrs), a->attrs[12] != 0, static_cast<const T*>(dy.data), static_cast<T*>(dx.data));
  return NN_OK;
}

}  // namespace

void append_pool3d_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"maxPool3d", kF32, nullptr, run_max<float>, nullptr});
  kernels.push_back({"maxPool3d", kF64, nullptr, run_max<double>, nullptr});
  kernels.push_back({"maxPool3dBackward", kF32, nullptr, run_max_backward<float>, nullptr});
  kernels.push_back({"maxPool3dBackward", kF64, nullptr, run_max_backward<double>, nullptr});
  kernels.push_back({"avgPool3d", kF32, nullptr, run_average<float>, nullptr});
  kernels.push_back({"avgPool3d", kF64, nullptr, run_average<double>, nullptr});
  kernels.push_back({"avgPool3dBackward", kF32, nullptr, run_average_backward<float>, nullptr});
  kernels.push_back({"avgPool3dBackward", kF64, nullptr, run_average_backward<double>, nullptr});
}

}  // namespace nn
