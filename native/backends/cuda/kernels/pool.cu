// Pooling of images and volumes: a thread for each pack of channels of a voxel that is written. Gradients gather what the windows above a
// voxel give it, so that nothing is added twice and the order is always the same. What an image is, is a volume of one slice.
#include <type_traits>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/pack.h"
#include "backends/cuda/kernels/pool_walk.h"
#include "backends/cuda/launch.h"
#include "core/op.h"
#include "math/bits.h"

namespace nn {
namespace cuda {
namespace {

template <class T, int V, class I>
__global__ void __launch_bounds__(kBlock, 3) max_pool(PoolWalk walk, const T* x, T* y, I* index) {
  for (int64_t i = first_index(); i < walk.outputs; i += index_stride()) {
    const PoolPlace at = walk.output(i);
    const PoolRange d = walk.inside(0, at.d), h = walk.inside(1, at.h), w = walk.inside(2, at.w);
    T best[V];
    int32_t place[V];
#pragma unroll
    for (int j = 0; j < V; j++) {
      best[j] = math::Number<T>::lowest();
      place[j] = walk.place(at, d.begin, h.begin, w.begin);
    }
    for (int64_t id = d.begin; id < d.end; id++) {
      for (int64_t ih = h.begin; ih < h.end; ih++) {
        for (int64_t iw = w.begin; iw < w.end; iw++) {
          const Pack<T, V> value = load_pack<V>(x + walk.image_offset(at.n, id, ih, iw) + at.c);
          const int32_t here = walk.place(at, id, ih, iw);
#pragma unroll
          for (int j = 0; j < V; j++) {
            const bool better = !(value.v[j] <= best[j]) && best[j] == best[j];  // larger, or the first NaN
            best[j] = better ? value.v[j] : best[j];
            place[j] = better ? here : place[j];
          }
        }
      }
    }
    Pack<T, V> value;
    Pack<I, V> places;
#pragma unroll
    for (int j = 0; j < V; j++) value.v[j] = best[j], places.v[j] = static_cast<I>(place[j]);
    store_pack(y + i * V, value);
    if (index != nullptr) store_pack(index + i * V, places);
  }
}

template <class T, int V, class I>
__global__ void __launch_bounds__(kBlock, 3) max_pool_backward(PoolWalk walk, const T* dy, const I* index, T* dx) {
  for (int64_t i = first_index(); i < walk.inputs; i += index_stride()) {
    const PoolPlace at = walk.input(i);
    const PoolRange d = walk.covering(0, at.d), h = walk.covering(1, at.h), w = walk.covering(2, at.w);
    Pack<T, V> sum{};
    for (int64_t od = d.begin; od < d.end; od++) {
      for (int64_t oh = h.begin; oh < h.end; oh++) {
        int64_t from = walk.output_offset(at.n, od, oh, w.begin) + at.c;
        int32_t here = walk.place(PoolPlace{at.n, od, oh, w.begin, at.c}, at.d, at.h, at.w);
        for (int64_t ow = w.begin; ow < w.end; ow++, from += walk.channels, here -= walk.stride[2]) {
          const Pack<T, V> gradient = load_pack<V>(dy + from);
          const Pack<I, V> places = load_pack<V>(index + from);
#pragma unroll
          for (int j = 0; j < V; j++) sum.v[j] += places.v[j] == static_cast<I>(here) ? gradient.v[j] : T(0);
        }
      }
    }
    store_pack(dx + i * V, sum);
  }
}

template <class T, int V>
__global__ void __launch_bounds__(kBlock, 3) average_pool(PoolWalk walk, const T* x, T* y) {
  for (int64_t i = first_index(); i < walk.outputs; i += index_stride()) {
    const PoolPlace at = walk.output(i);
    const PoolRange d = walk.inside(0, at.d), h = walk.inside(1, at.h), w = walk.inside(2, at.w);
    Pack<T, V> sum{};
    for (int64_t id = d.begin; id < d.end; id++) {
      for (int64_t ih = h.begin; ih < h.end; ih++) {
        for (int64_t iw = w.begin; iw < w.end; iw++) {
          const Pack<T, V> value = load_pack<V>(x + walk.image_offset(at.n, id, ih, iw) + at.c);
#pragma unroll
          for (int j = 0; j < V; j++) sum.v[j] += value.v[j];
        }
      }
    }
    const T share = walk.share<T>(d, h, w);
#pragma unroll
    for (int j = 0; j < V; j++) sum.v[j] *= share;
    store_pack(y + i * V, sum);
  }
}

template <class T, int V>
__global__ void __launch_bounds__(kBlock, 3) average_pool_backward(PoolWalk walk, const T* dy, T* dx) {
  for (int64_t i = first_index(); i < walk.inputs; i += index_stride()) {
    const PoolPlace at = walk.input(i);
    const PoolRange d = walk.covering(0, at.d), h = walk.covering(1, at.h), w = walk.covering(2, at.w);
    Pack<T, V> sum{};
    for (int64_t od = d.begin; od < d.end; od++) {
      for (int64_t oh = h.begin; oh < h.end; oh++) {
        for (int64_t ow = w.begin; ow < w.end; ow++) {
          const T share = walk.share<T>(walk.inside(0, od), walk.inside(1, oh), walk.inside(2, ow));
          const Pack<T, V> gradient = load_pack<V>(dy + walk.output_offset(at.n, od, oh, ow) + at.c);
#pragma unroll
          for (int j = 0; j < V; j++) sum.v[j] += gradient.v[j] * share;
        }
      }
    }
    store_pack(dx + i * V, sum);
  }
}

// How an op's attributes are read: both kinds have the same four ops.
struct Images {
  static constexpr int kFlag = 8;
  static Pool3dGeometry geometry(const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) {
    const Pool2dGeometry p = pool2d_geometry(x, y, attrs);
    Pool3dGeometry g;
    g.batch = p.batch, g.channels = p.channels;
    const int64_t image[] = {1, p.height, p.width}, out[] = {1, p.out_h, p.out_w}, pool[] = {1, p.pool_h, p.pool_w};
    const int64_t stride[] = {1, p.stride_h, p.stride_w}, before[] = {0, p.pad_top, p.pad_left}, after[] = {0, p.pad_bottom, p.pad_right};
    for (int i = 0; i < 3; i++) {
      g.image[i] = image[i], g.out[i] = out[i], g.pool[i] = pool[i];
      g.stride[i] = stride[i], g.before[i] = before[i], g.after[i] = after[i];
    }
    return g;
  }
};
struct Volumes {
  static constexpr int kFlag = 12;
  static Pool3dGeometry geometry(const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) { return pool3d_geometry(x, y, attrs); }
};

// f(number of elements in a pack): only float32 is worth packs.
template <class T, class F>
int32_t with_pack(const Pool3dGeometry& g, const F& f) {
  if constexpr (std::is_same<T, float>::value) {
    if (g.channels % 4 == 0) return f(std::integral_constant<int, 4>());
  }
  return f(std::integral_constant<int, 1>());
}
template <class F>
int32_t with_index(const nn_tensor* index, const F& f) {
  if (index != nullptr && index->dtype == NN_INT32) return f(static_cast<int32_t*>(index->data));
  return f(index != nullptr ? static_cast<uint8_t*>(index->data) : nullptr);
}

template <class Kind, class T>
int32_t run_max(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const Pool3dGeometry g = Kind::geometry(x, y, a->attrs);
  return with_pack<T>(g, [&](auto pack) {
    return with_index(a->n_out > 1 ? &a->out[1] : nullptr, [&](auto* index) {
      constexpr int V = decltype(pack)::value;
      using I = std::remove_pointer_t<decltype(index)>;
      return launch(device, "maxPool", max_pool<T, V, I>, grid_for(device, y.size / V), error, PoolWalk(g, V, false),
                    static_cast<const T*>(x.data), static_cast<T*>(y.data), index);
    });
  });
}

template <class Kind, class T>
int32_t run_max_backward(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &dy = a->in[0], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  const Pool3dGeometry g = Kind::geometry(dx, dy, a->attrs);
  return with_pack<T>(g, [&](auto pack) {
    return with_index(&a->in[1], [&](auto* index) {
      constexpr int V = decltype(pack)::value;
      using I = std::remove_pointer_t<decltype(index)>;
      return launch(device, "maxPoolBackward", max_pool_backward<T, V, I>, grid_for(device, dx.size / V), error, PoolWalk(g, V, false),
                    static_cast<const T*>(dy.data), index, static_cast<T*>(dx.data));
    });
  });
}

template <class Kind, class T>
int32_t run_average(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const Pool3dGeometry g = Kind::geometry(x, y, a->attrs);
  return with_pack<T>(g, [&](auto pack) {
    constexpr int V = decltype(pack)::value;
    return launch(device, "avgPool", average_pool<T, V>, grid_for(device, y.size / V), error, PoolWalk(g, V, a->attrs[Kind::kFlag] != 0),
                  static_cast<const T*>(x.data), static_cast<T*>(y.data));
  });
}

template <class Kind, class T>
int32_t run_average_backward(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor &dy = a->in[0], &dx = a->out[0];
  if (dx.size == 0) return NN_OK;
  const Pool3dGeometry g = Kind::geometry(dx, dy, a->attrs);
  return with_pack<T>(g, [&](auto pack) {
    constexpr int V = decltype(pack)::value;
    return launch(device, "avgPoolBackward", average_pool_backward<T, V>, grid_for(device, dx.size / V), error,
                  PoolWalk(g, V, a->attrs[Kind::kFlag] != 0), static_cast<const T*>(dy.data), static_cast<T*>(dx.data));
  });
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"maxPool2d", dtype, nullptr, run_max<Images, T>, nullptr});
  kernels.push_back({"maxPool2dBackward", dtype, nullptr, run_max_backward<Images, T>, nullptr});
  kernels.push_back({"avgPool2d", dtype, nullptr, run_average<Images, T>, nullptr});
  kernels.push_back({"avgPool2dBackward", dtype, nullptr, run_average_backward<Images, T>, nullptr});
  kernels.push_back({"maxPool3d", dtype, nullptr, run_max<Volumes, T>, nullptr});
  kernels.push_back({"maxPool3dBackward", dtype, nullptr, run_max_backward<Volumes, T>, nullptr});
  kernels.push_back({"avgPool3d", dtype, nullptr, run_average<Volumes, T>, nullptr});
  kernels.push_back({"avgPool3dBackward", dtype, nullptr, run_average_backward<Volumes, T>, nullptr});
}

}  // namespace

void append_pool_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
}

}  // namespace cuda
}  // namespace nn
