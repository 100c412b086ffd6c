// Random fills and dropout. A thread takes one counter of the generator, which is four elements.
#include <cmath>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/random_words.h"
#include "math/draws.h"

namespace nn {
namespace cuda {

namespace {

// From four words four elements.
template <class T>
struct Uniform {
  T low, width, high, last;
  NN_HD void fill(const uint32_t* words, T* y) const {
    for (int k = 0; k < 4; k++) y[k] = math::uniform_between(words[k], low, width, high, last);
  }
};
template <class T>
struct Normal {
  double mean, deviation;
  NN_HD void fill(const uint32_t* words, T* y) const {
    for (int k = 0; k < 4; k += 2) {
      const math::NormalPair pair = math::normal_pair(words[k], words[k + 1]);
      y[k] = static_cast<T>(math::scaled(deviation, pair.first, mean));
      y[k + 1] = static_cast<T>(math::scaled(deviation, pair.second, mean));
    }
  }
};
template <class T>
struct TruncatedNormal {
  double mean, deviation;
  NN_HD void fill(const uint32_t* words, T* y) const {
    for (int k = 0; k < 4; k++) y[k] = static_cast<T>(math::scaled(deviation, math::truncated_normal(words[k]), mean));
  }
};
template <class T>
struct Integers {
  int32_t low;
  uint32_t count;
  NN_HD void fill(const uint32_t* words, T* y) const {
    for (int k = 0; k < 4; k++) y[k] = math::integer_from(words[k], low, count);
  }
};

template <class T>
__device__ __forceinline__ void write_four(T* y, int64_t i, int64_t n, const Pack<T, 4>& values) {
  if (i + 4 <= n) {
    *reinterpret_cast<Pack<T, 4>*>(y + i) = values;
    return;
  }
  for (int k = 0; k < 3; k++) {
    if (i + k < n) y[i + k] = values.v[k];
  }
}

template <class Distribution, class T>
__global__ void __launch_bounds__(kBlock) fill_random(const int32_t* state, int32_t offset, T* y, int64_t n, Distribution distribution) {
  const math::RandomStream stream = random_stream(state, offset);
  for (int64_t block = first_index(); block * 4 < n; block += index_stride()) {
    const Pack<uint32_t, 4> words = words_of_block(stream, static_cast<uint64_t>(block));
    Pack<T, 4> values;
    distribution.fill(words.v, values.v);
    write_four(y, block * 4, n, values);
  }
}

template <class T>
__global__ void __launch_bounds__(kBlock)
    drop(const int32_t* state, int32_t offset, const T* x, T* y, int64_t n, uint32_t threshold, T scale) {
  const math::RandomStream stream = random_stream(state, offset);
  for (int64_t block = first_index(); block * 4 < n; block += index_stride()) {
    const int64_t i = block * 4;
    Pack<T, 4> values;
    if (i + 4 <= n) {
      values = *reinterpret_cast<const Pack<T, 4>*>(x + i);
    } else {
#pragma unroll
      for (int k = 0; k < 4; k++) values.v[k] = i + k < n ? x[i + k] : T(0);
    }
    const Pack<uint32_t, 4> words = words_of_block(stream, static_cast<uint64_t>(block));
#pragma unroll
    for (int k = 0; k < 4; k++) values.v[k] = math::dropout(values.v[k], words.v[k], threshold, scale);
    write_four(y, i, n, values);
  }
}

template <class T, class Distribution>
int32_t run_fill(nn_device* device, const nn_args* a, const char* name, const Distribution& distribution, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  return launch(device, name, fill_random<Distribution, T>, grid_for(device, y.size, 4), error, static_cast<const int32_t*>(a->in[0].data),
                a->attrs[0], static_cast<T*>(y.data), y.size, distribution);
}

template <class T>
int32_t run_uniform(nn_device* device, const nn_args* a, nn_error* error) {
  const T low = static_cast<T>(attr_float(a->attrs + 1)), high = static_cast<T>(attr_float(a->attrs + 3));
  const T last = high > low ? std::nextafter(high, low) : low;
  return run_fill<T>(device, a, "randomUniform", Uniform<T>{low, high - low, high, last}, error);
}
template <class T>
int32_t run_normal(nn_device* device, const nn_args* a, nn_error* error) {
  return run_fill<T>(device, a, "randomNormal", Normal<T>{attr_float(a->attrs + 1), attr_float(a->attrs + 3)}, error);
}
template <class T>
int32_t run_truncated(nn_device* device, const nn_args* a, nn_error* error) {
  return run_fill<T>(device, a, "truncatedNormal", TruncatedNormal<T>{attr_float(a->attrs + 1), attr_float(a->attrs + 3)}, error);
}

int32_t run_int(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const int32_t low = a->attrs[1];
  const uint32_t count = static_cast<uint32_t>(a->attrs[2]) - static_cast<uint32_t>(low);
  return run_fill<int32_t>(device, a, "randomInt", Integers<int32_t>{low, count}, error);
}

template <class T>
int32_t run_dropout(nn_device* device, const nn_args* a, nn_error* error) {
  const nn_tensor &x = a->in[0], &y = a->out[0];
  if (y.size == 0) return NN_OK;
  const double rate = attr_float(a->attrs + 1);
  return launch(device, "dropout", drop<T>, grid_for(device, y.size, 4), error, static_cast<const int32_t*>(a->in[1].data), a->attrs[0],
                static_cast<const T*>(x.data), static_cast<T*>(y.data), y.size, math::dropout_threshold(rate),
                rate < 1 ? static_cast<T>(1 / (1 - rate)) : T(0));
}

template <class T>
__global__ void __launch_bounds__(kBlock)
    draw_gamma(const T* shape, const int32_t* state, int32_t offset, T* y, int64_t n, bool logarithm) {
  const math::RandomStream stream = random_stream(state, offset);
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    const double drawn = math::log_gamma_draw(shape[i], stream, static_cast<uint64_t>(i));
    y[i] = static_cast<T>(logarithm ? drawn : ::exp(drawn));
  }
}

template <class T>
__global__ void __launch_bounds__(kBlock)
    draw_binomial(const T* counts, const T* probabilities, const int32_t* state, int32_t offset, T* y, int64_t n) {
  const math::RandomStream stream = random_stream(state, offset);
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    y[i] = static_cast<T>(math::binomial_draw(counts[i], probabilities[i], stream, static_cast<uint64_t>(i)));
  }
}

template <class T>
int32_t run_gamma(nn_device* device, const nn_args* a, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  return launch(device, "randomGamma", draw_gamma<T>, grid_for(device, y.size, 1), error, static_cast<const T*>(a->in[0].data),
                static_cast<const int32_t*>(a->in[1].data), a->attrs[0], static_cast<T*>(y.data), y.size, a->attrs[1] != 0);
}
template <class T>
int32_t run_binomial(nn_device* device, const nn_args* a, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  return launch(device, "randomBinomial", draw_binomial<T>, grid_for(device, y.size, 1), error, static_cast<const T*>(a->in[0].data),
                static_cast<const T*>(a->in[1].data), static_cast<const int32_t*>(a->in[2].data), a->attrs[0], static_cast<T*>(y.data),
                y.size);
}

template <int32_t (*Float)(nn_device*, const nn_args*, nn_error*), int32_t (*Double)(nn_device*, const nn_args*, nn_error*)>
int32_t run_either(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return a->out[0].dtype == NN_FLOAT32 ? Float(device, a, error) : Double(device, a, error);
}

}  // namespace

void append_random_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"randomUniform", kFloats, nullptr, run_either<run_uniform<float>, run_uniform<double>>, nullptr});
  kernels.push_back({"randomNormal", kFloats, nullptr, run_either<run_normal<float>, run_normal<double>>, nullptr});
  kernels.push_back({"truncatedNormal", kFloats, nullptr, run_either<run_truncated<float>, run_truncated<double>>, nullptr});
  kernels.push_back({"randomInt", kI32, nullptr, run_int, nullptr});
  kernels.push_back({"dropout", kFloats, nullptr, run_either<run_dropout<float>, run_dropout<double>>, nullptr});
  kernels.push_back({"randomGamma", kFloats, nullptr, run_either<run_gamma<float>, run_gamma<double>>, nullptr});
  kernels.push_back({"randomBinomial", kFloats, nullptr, run_either<run_binomial<float>, run_binomial<double>>, nullptr});
}

}  // namespace cuda
}  // namespace nn
