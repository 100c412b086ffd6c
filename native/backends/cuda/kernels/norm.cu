// Batch normalisation of rows of channels: sums by chunks of rows, their join into numbers of each channel, and a pass that applies these.
#include <type_traits>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/norm_columns.h"
#include "core/op.h"
#include "math/unary.h"

namespace nn {
namespace cuda {
namespace {

// Of a chunk: the mean and the sum of the squares of the distances from it.
using Moments = TwoSums;

template <class T, int V>
struct DistanceSource {
  using Loaded = Pack<T, V>;
  const T* x;
  int64_t channels;
  T near[V];
  __device__ __forceinline__ Loaded load(int64_t row) const { return load_pack<V>(x + row * channels); }
  __device__ __forceinline__ void add(const Loaded& v, int j, T* first, T* second) const {
    const T d = v.v[j] - near[j];
    *first += d;
    *second += d * d;
  }
};

template <class T, int V>
__global__ void __launch_bounds__(kBlock, 2) chunk_moments(ColumnTasks tasks, int64_t channels, const T* x, Moments* moments) {
  for (int64_t unit = blockIdx.x; unit < tasks.units; unit += gridDim.x) {
    const TilePlace<V> at(tasks, unit);
    const bool live = at.column < channels;
    DistanceSource<T, V> source{x + at.column, channels, {}};
    TwoSums sums[V] = {};
    if (live) {
      // The mean of a few rows is near enough for the squares of differences to lose nothing.
      const int64_t few = at.begin + 4 < at.end ? at.begin + 4 : at.end;
      const T share = T(1) / static_cast<T>(few - at.begin);
      for (int64_t r = at.begin; r < few; r++) {
        const Pack<T, V> v = source.load(r);
#pragma unroll
        for (int j = 0; j < V; j++) source.near[j] += v.v[j] * share;
      }
      sum_rows<T, V>(sums, source, at.begin + at.rank, at.end, tasks.height);
    }
    join_columns<V>(sums, tasks, at.rank);
    if (!live || at.rank != 0) continue;
    const double n = static_cast<double>(at.end - at.begin);
#pragma unroll
    for (int j = 0; j < V; j++) {
      const double away = sums[j].first / n;
      moments[at.chunk * channels + at.column + j] = {static_cast<double>(source.near[j]) + away, sums[j].second - away * sums[j].first};
    }
  }
}

template <class T>
__global__ void __launch_bounds__(kBlock) join_moments(ColumnTasks tasks, int64_t channels, const Moments* moments, T* mean, T* variance) {
  const int64_t rows = tasks.rows, per_chunk = tasks.per_chunk;
  const auto count = [=](int64_t chunk) {
    return static_cast<double>(rows - chunk * per_chunk < per_chunk ? rows - chunk * per_chunk : per_chunk);
  };
  for (int64_t first = int64_t{blockIdx.x} * kJoinWidth; first < channels; first += int64_t{gridDim.x} * kJoinWidth) {
    const int64_t c = first + threadIdx.x % kJoinWidth;
    const bool live = c < channels;
    const double n = static_cast<double>(rows);
    const TwoSums total = join_chunks(rows > 0 ? tasks.chunks : 0, c, live, [=](int64_t chunk, int64_t column) {
      return TwoSums{count(chunk) * moments[chunk * channels + column].first, 0};
    });
    const double middle = total.first / n;  // NaN of no rows, as the mean of nothing is in NumPy
    const TwoSums squares = join_chunks(rows > 0 ? tasks.chunks : 0, c, live, [=](int64_t chunk, int64_t column) {
      const Moments m = moments[chunk * channels + column];
      return TwoSums{m.second + count(chunk) * (m.first - middle) * (m.first - middle), 0};
    });
    if (!live || threadIdx.x >= kJoinWidth) continue;
    const double wide = squares.first / n;
    mean[c] = static_cast<T>(middle);
    variance[c] = static_cast<T>(wide < 0 ? 0 : wide);  // rounding; NaN stays
  }
}

template <class T, int V>
__global__ void __launch_bounds__(kBlock, 3) normalize(ColumnTasks tasks, int64_t channels, T epsilon, const T* x, const T* gamma,
                                                       const T* beta, const T* mean, const T* variance, T* y) {
  for (int64_t unit = blockIdx.x; unit < tasks.units; unit += gridDim.x) {
    const TilePlace<V> at(tasks, unit);
    if (at.column >= channels) continue;
    const Pack<T, V> middle = load_pack<V>(mean + at.column), shift = load_pack<V>(beta + at.column);
    Pack<T, V> scale = load_pack<V>(gamma + at.column);
    const Pack<T, V> wide = load_pack<V>(variance + at.column);
#pragma unroll
    for (int j = 0; j < V; j++) scale.v[j] /= math::root(wide.v[j] + epsilon);
    for (int64_t r = at.begin + at.rank; r < at.end; r += tasks.height) {
      Pack<T, V> v = load_pack<V>(x + r * channels + at.column);
#pragma unroll
      for (int j = 0; j < V; j++) v.v[j] = (v.v[j] - middle.v[j]) * scale.v[j] + shift.v[j];
      store_pack(y + r * channels + at.column, v);
    }
  }
}

template <class T, int V>
struct GradientSource {
  struct Loaded {
    Pack<T, V> x, dy;
  };
  const T *x, *dy;
  int64_t channels;
  Pack<T, V> mean;
  __device__ __forceinline__ Loaded load(int64_t row) const {
    return {load_pack<V>(x + row * channels), load_pack<V>(dy + row * channels)};
  }
  __device__ __forceinline__ void add(const Loaded& v, int j, T* first, T* second) const {
    *first += v.dy.v[j];
    *second += v.dy.v[j] * (v.x.v[j] - mean.v[j]);
  }
};

// Of a chunk: the sums of dy and of dy * (x - mean).
template <class T, int V>
__global__ void __launch_bounds__(kBlock, 2)
    chunk_gradients(ColumnTasks tasks, int64_t channels, const T* x, const T* dy, const T* mean, TwoSums* partials) {
  for (int64_t unit = blockIdx.x; unit < tasks.units; unit += gridDim.x) {
    const TilePlace<V> at(tasks, unit);
    const bool live = at.column < channels;
    TwoSums sums[V] = {};
    if (live) {
      const GradientSource<T, V> source{x + at.column, dy + at.column, channels, load_pack<V>(mean + at.column)};
      sum_rows<T, V>(sums, source, at.begin + at.rank, at.end, tasks.height);
    }
    join_columns<V>(sums, tasks, at.rank);
    if (!live || at.rank != 0) continue;
#pragma unroll
    for (int j = 0; j < V; j++) partials[at.chunk * channels + at.column + j] = sums[j];
  }
}

// dgamma and dbeta; and in `factors` three rows of numbers of each channel, by which dx = scale * (dy - share - (x - mean) * slope).
template <class T>
__global__ void __launch_bounds__(kBlock) join_gradients(ColumnTasks tasks, int64_t channels, double epsilon, const TwoSums* partials,
                                                         const T* gamma, const T* variance, T* dgamma, T* dbeta, T* factors) {
  for (int64_t first = int64_t{blockIdx.x} * kJoinWidth; first < channels; first += int64_t{gridDim.x} * kJoinWidth) {
    const int64_t c = first + threadIdx.x % kJoinWidth;
    const bool live = c < channels;
    const TwoSums sums = join_chunks(tasks.rows > 0 ? tasks.chunks : 0, c, live,
                                     [=](int64_t chunk, int64_t column) { return partials[chunk * channels + column]; });
    if (!live || threadIdx.x >= kJoinWidth) continue;
    const double inverse = 1 / math::root(static_cast<double>(variance[c]) + epsilon), rows = static_cast<double>(tasks.rows);
    dbeta[c] = static_cast<T>(sums.first);
    dgamma[c] = static_cast<T>(sums.second * inverse);
    factors[c] = static_cast<T>(static_cast<double>(gamma[c]) * inverse);
    factors[channels + c] = static_cast<T>(sums.first / rows);
    factors[2 * channels + c] = static_cast<T>(sums.second * inverse * inverse / rows);
  }
}

template <class T, int V>
__global__ void __launch_bounds__(kBlock, 3)
    apply_gradients(ColumnTasks tasks, int64_t channels, const T* x, const T* dy, const T* mean, const T* factors, T* dx) {
  for (int64_t unit = blockIdx.x; unit < tasks.units; unit += gridDim.x) {
    const TilePlace<V> at(tasks, unit);
    if (at.column >= channels) continue;
    Pack<T, V> middle = load_pack<V>(mean + at.column), scale, share, slope;
#pragma unroll
    for (int j = 0; j < V; j++) {  // the rows of `factors` start anywhere
      scale.v[j] = factors[at.column + j];
      share.v[j] = factors[channels + at.column + j];
      slope.v[j] = factors[2 * channels + at.column + j];
    }
    for (int64_t r = at.begin + at.rank; r < at.end; r += tasks.height) {
      const int64_t i = r * channels + at.column;
      const Pack<T, V> v = load_pack<V>(x + i);
      Pack<T, V> d = load_pack<V>(dy + i);
#pragma unroll
      for (int j = 0; j < V; j++) d.v[j] = scale.v[j] * (d.v[j] - share.v[j] - (v.v[j] - middle.v[j]) * slope.v[j]);
      store_pack(dx + i, d);
    }
  }
}

struct Matrix {
  int64_t channels, rows;
  explicit Matrix(const nn_tensor& x) : channels(x.dims[x.rank - 1]), rows(channels > 0 ? x.size / channels : 0) {}
  ColumnTasks sums(int vector) const { return ColumnTasks(1, rows, channels, vector, 1); }
  // For passes that only apply: few rows a thread, so that all of the device takes part.
  ColumnTasks passes(int vector) const {
    ColumnTasks tasks = sums(vector);
    const int64_t tiles = tasks.units / tasks.chunks;
    tasks.per_chunk = int64_t{8} * tasks.height;
    tasks.chunks = std::max<int64_t>(1, (rows + tasks.per_chunk - 1) / tasks.per_chunk);
    tasks.units = tiles * tasks.chunks;
    tasks.by_tiles = math::Divider(tiles, tasks.units);
    return tasks;
  }
};

// f(number of elements in a pack): only float32 is worth packs.
template <class T, class F>
auto with_pack(const Matrix& m, const F& f) {
  if constexpr (std::is_same<T, float>::value) {
    if (m.channels % 4 == 0) return f(std::integral_constant<int, 4>());
  }
  return f(std::integral_constant<int, 1>());
}

template <class T>
size_t partial_bytes(const Matrix& m) {
  const auto chunks = with_pack<T>(m, [&](auto pack) { return m.sums(pack).chunks; });
  return static_cast<size_t>(chunks * m.channels) * sizeof(TwoSums);
}

template <class T>
int32_t prepare(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  const Matrix m(a->in[0]);
  *workspace = m.channels > 0 ? partial_bytes<T>(m) + static_cast<size_t>(3 * m.channels) * sizeof(T) : 0;
  return NN_OK;
}

template <class T>
int32_t run_forward(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  const Matrix m(a->in[0]);
  if (m.channels == 0) return NN_OK;
  const T *x = static_cast<const T*>(a->in[0].data), *gamma = static_cast<const T*>(a->in[1].data);
  const T* beta = static_cast<const T*>(a->in[2].data);
  T *y = static_cast<T*>(a->out[0].data), *mean = static_cast<T*>(a->out[1].data), *variance = static_cast<T*>(a->out[2].data);
  auto* moments = static_cast<Moments*>(workspace);
  return with_pack<T>(m, [&](auto pack) {
    constexpr int V = decltype(pack)::value;
    const ColumnTasks sums = m.sums(V), passes = m.passes(V);
    int32_t code = NN_OK;
    if (m.rows > 0)
      code = launch(device, "batchNorm", chunk_moments<T, V>, grid_of_blocks(sums.units), error, sums, m.channels, x, moments);
    if (code == NN_OK)
      code = launch(device, "batchNorm", join_moments<T>, grid_for_chunks(m.channels), error, sums, m.channels, moments, mean, variance);
    if (code != NN_OK || m.rows == 0) return code;
    return launch(device, "batchNorm", normalize<T, V>, grid_of_blocks(passes.units), error, passes, m.channels,
                  static_cast<T>(attr_float(a->attrs)), x, gamma, beta, mean, variance, y);
  });
}

template <class T>
int32_t run_backward(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  const Matrix m(a->in[0]);
  if (m.channels == 0) return NN_OK;
  const T *x = static_cast<const T*>(a->in[0].data), *dy = static_cast<const T*>(a->in[1].data);
  const T *gamma = static_cast<const T*>(a->in[2].data), *mean = static_cast<const T*>(a->in[3].data);
  const T* variance = static_cast<const T*>(a->in[4].data);
  T *dx = static_cast<T*>(a->out[0].data), *dgamma = static_cast<T*>(a->out[1].data), *dbeta = static_cast<T*>(a->out[2].data);
  auto* partials = static_cast<TwoSums*>(workspace);
  T* factors = reinterpret_cast<T*>(static_cast<char*>(workspace) + partial_bytes<T>(m));
  return with_pack<T>(m, [&](auto pack) {
    constexpr int V = decltype(pack)::value;
    const ColumnTasks sums = m.sums(V), passes = m.passes(V);
    int32_t code = NN_OK;
    if (m.rows > 0) {
      code = launch(device, "batchNormBackward", chunk_gradients<T, V>, grid_of_blocks(sums.units), error, sums, m.channels, x, dy, mean,
                    partials);
    }
    if (code == NN_OK) {
      code = launch(device, "batchNormBackward", join_gradients<T>, grid_for_chunks(m.channels), error, sums, m.channels,
                    attr_float(a->attrs), partials, gamma, variance, dgamma, dbeta, factors);
    }
    if (code != NN_OK || m.rows == 0) return code;
    return launch(device, "batchNormBackward", apply_gradients<T, V>, grid_of_blocks(passes.units), error, passes, m.channels, x, dy, mean,
                  factors, dx);
  });
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"batchNorm", dtype, prepare<T>, run_forward<T>, nullptr});
  kernels.push_back({"batchNormBackward", dtype, prepare<T>, run_backward<T>, nullptr});
}

}  // namespace

void append_norm_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
}

}  // namespace cuda
}  // namespace nn
