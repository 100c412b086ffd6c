// The kernels of reductions, and how a pass over a tensor starts them.
#pragma once

#include "backends/cuda/kernels/pack.h"
#include "backends/cuda/kernels/reduce_fold.h"
#include "backends/cuda/kernels/reduce_walk.h"
#include "backends/cuda/launch.h"
#include "backends/cuda/warp.h"

namespace nn {
namespace cuda {

// Packs [begin, end) of an output in steps of `step`, several loads under way at a time. offset(pack) is that of its first element.
template <class F, int V, int kUnroll, class Offset>
__device__ __forceinline__ typename F::Value fold_packs(const typename F::In* x, typename F::Aux known, int64_t begin, int64_t end,
                                                        int64_t step, const Offset& offset) {
  using In = typename F::In;
  typename F::Value value = F::first();
  int64_t p = begin;
  for (; p + (kUnroll - 1) * step < end; p += kUnroll * step) {
    Pack<In, V> packs[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; u++) packs[u] = load_pack<V>(x + offset(p + u * step));
    typename F::Partial partial = F::start();
#pragma unroll
    for (int u = 0; u < kUnroll; u++) {
#pragma unroll
      for (int j = 0; j < V; j++) partial = F::take(partial, packs[u].v[j], known, (p + u * step) * V + j);
    }
    value = F::flush(value, partial);
  }
  for (; p < end; p += step) {
    const Pack<In, V> pack = load_pack<V>(x + offset(p));
    typename F::Partial partial = F::start();
#pragma unroll
    for (int j = 0; j < V; j++) partial = F::take(partial, pack.v[j], known, p * V + j);
    value = F::flush(value, partial);
  }
  return value;
}

// Of a team that is part of a warp, or the whole block. In every thread the same bits.
template <class F>
__device__ __forceinline__ typename F::Value join_team(typename F::Value value, int team) {
  const auto join = [](typename F::Value a, typename F::Value b) { return F::join(a, b); };
  if (team > warp_size) return block_reduce(value, join);
  const int lane = lane_in_warp();
  for (int mask = 1; mask < team; mask *= 2) {
    const typename F::Value other = shuffle_xor(value, mask);
    value = (lane & mask) != 0 ? join(other, value) : join(value, other);
  }
  return value;
}

// Outputs go to `out`, or values of chunks to `partials`.
template <class F, int V>
__global__ void __launch_bounds__(kBlock, sizeof(typename F::In) >= 8 ? 3 : 4)
    reduce_rows(const typename F::In* x, const typename F::Aux* aux, typename F::Out* out, typename F::Value* partials, ReduceWalk walk,
                RowTasks tasks) {
  const int thread = static_cast<int>(threadIdx.x), rank = thread & (tasks.team - 1);
  constexpr int kLoads = V > 1 ? 4 : sizeof(typename F::In) >= 8 ? 2 : 8, kFarLoads = kLoads / 2;  // in flight
  const int64_t teams = kBlock / tasks.team;
  for (int64_t first = blockIdx.x * teams; first < tasks.units; first += gridDim.x * teams) {
    const int64_t unit = first + thread / tasks.team;
    const bool live = unit < tasks.units;
    typename F::Value value = F::first();
    typename F::Aux known{};
    if (live) {
      int64_t output = unit;
      const int64_t begin = tasks.by_chunks.split(&output) * tasks.per_chunk;
      const int64_t end = begin + tasks.per_chunk < tasks.packs ? begin + tasks.per_chunk : tasks.packs;
      const typename F::In* from = x + walk.kept_offset(output);
      if (F::kHasAux) known = aux[output];
      if (walk.n_reduced == 0)
        value = fold_packs<F, V, kLoads>(from, known, begin + rank, end, tasks.team, [](int64_t p) { return p * V; });
      else
        value = fold_packs<F, V, kFarLoads>(from, known, begin + rank, end, tasks.team, [&](int64_t p) { return walk.row_offset(p * V); });
    }
    value = join_team<F>(value, tasks.team);
    if (!live || rank != 0) continue;
    if (tasks.chunks == 1)
      out[unit] = F::finish(value, known, tasks.divisor);
    else
      partials[unit] = value;
  }
}

template <class F, int V>
__global__ void __launch_bounds__(kBlock, 4) reduce_columns(const typename F::In* x, const typename F::Aux* aux, typename F::Out* out,
                                                            typename F::Value* partials, ReduceWalk walk, ColumnTasks tasks) {
  using Value = typename F::Value;
  __shared__ Value shared[V * kBlock];
  const int thread = static_cast<int>(threadIdx.x), x_rank = thread & (tasks.width - 1), y_rank = thread / tasks.width;
  for (int64_t unit = blockIdx.x; unit < tasks.units; unit += gridDim.x) {
    int64_t rest = unit;
    const int64_t column = (tasks.by_tiles.split(&rest) * tasks.width + x_rank) * V;
    int64_t output = rest;
    const int64_t begin = tasks.by_chunks.split(&output) * tasks.per_chunk;
    const bool live = column < walk.columns;
    Value value[V];
    typename F::Aux known[V] = {};
#pragma unroll
    for (int j = 0; j < V; j++) value[j] = F::first();
    if (live) {
      constexpr int kUnroll = 4;
      const typename F::In* from = x + walk.kept_offset(output) + column;
      const int64_t end = begin + tasks.per_chunk < tasks.rows ? begin + tasks.per_chunk : tasks.rows, step = tasks.height;
      int64_t r = begin + y_rank;
      for (int j = 0; F::kHasAux && j < V; j++) known[j] = aux[output * walk.columns + column + j];
      for (; r + (kUnroll - 1) * step < end; r += kUnroll * step) {
        Pack<typename F::In, V> packs[kUnroll];
#pragma unroll
        for (int u = 0; u < kUnroll; u++) packs[u] = load_pack<V>(from + walk.row_offset(r + u * step));
#pragma unroll
        for (int j = 0; j < V; j++) {
          typename F::Partial partial = F::start();
#pragma unroll
          for (int u = 0; u < kUnroll; u++) partial = F::take(partial, packs[u].v[j], known[j], r + u * step);
          value[j] = F::flush(value[j], partial);
        }
      }
      for (; r < end; r += step) {
        const Pack<typename F::In, V> pack = load_pack<V>(from + walk.row_offset(r));
#pragma unroll
        for (int j = 0; j < V; j++) value[j] = F::flush(value[j], F::take(F::start(), pack.v[j], known[j], r));
      }
    }
    if (tasks.height > 1) {
#pragma unroll
      for (int j = 0; j < V; j++) shared[j * kBlock + thread] = value[j];
      for (int half = tasks.height / 2; half > 0; half /= 2) {
        __syncthreads();
        if (y_rank >= half) continue;
#pragma unroll
        for (int j = 0; j < V; j++) {
          value[j] = F::join(value[j], shared[j * kBlock + thread + half * tasks.width]);
          shared[j * kBlock + thread] = value[j];
        }
      }
      __syncthreads();
    }
    if (!live || y_rank != 0) continue;
#pragma unroll
    for (int j = 0; j < V; j++) {
      if (tasks.chunks == 1)
        out[output * walk.columns + column + j] = F::finish(value[j], known[j], tasks.divisor);
      else
        partials[rest * walk.columns + column + j] = value[j];
    }
  }
}

// Only float32 is worth packs; rows of any length and start must fall into whole ones.
template <class F>
constexpr int reduce_pack = std::is_same<typename F::In, float>::value ? 4 : 1;

inline bool reduces_in_packs(const ReduceShape& s, int vector) { return (s.columns > 1 ? s.columns : s.rows) % vector == 0; }

// How many chunks an output is cut into.
inline int64_t reduce_chunks(const ReduceShape& s, int vector) {
  if (!reduces_in_packs(s, vector)) vector = 1;
  if (s.columns > 1) return ColumnTasks(s.outputs, s.repeats * s.rows, s.columns, vector, 1).chunks;
  return RowTasks(s.outputs, s.repeats * s.rows, vector, 1).chunks;
}

// Bytes of the chunks' values.
template <class F>
size_t reduce_workspace(const ReduceShape& s) {
  const int64_t chunks = reduce_chunks(s, reduce_pack<F>);
  return chunks > 1 ? static_cast<size_t>(s.outputs * chunks * s.columns) * sizeof(typename F::Value) : 0;
}

template <class F, int V>
int32_t reduce_step(nn_device* device, const char* name, const ReduceShape& s, const typename F::In* x, const typename F::Aux* aux,
                    typename F::Out* out, typename F::Value* partials, double divisor, nn_error* error) {
  const int64_t length = s.repeats * s.rows;
  if (s.columns > 1) {
    const ColumnTasks tasks(s.outputs, length, s.columns, V, divisor);
    return launch(device, name, reduce_columns<F, V>, grid_of_blocks(tasks.units), error, x, aux, out, partials, ReduceWalk(s), tasks);
  }
  const RowTasks tasks(s.outputs, length, V, divisor);
  const int64_t teams = kBlock / tasks.team;
  return launch(device, name, reduce_rows<F, V>, grid_of_blocks((tasks.units + teams - 1) / teams), error, x, aux, out, partials,
                ReduceWalk(s), tasks);
}

// One pass over the tensor: `aux` has a number for each output, or is null; `divisor` is for finish().
template <class F>
int32_t reduce_pass(nn_device* device, const char* name, const ReduceShape& s, const void* x, const void* aux, void* out, void* workspace,
                    double divisor, nn_error* error) {
  constexpr int V = reduce_pack<F>;
  const auto* from = static_cast<const typename F::In*>(x);
  const auto* known = static_cast<const typename F::Aux*>(aux);
  auto* to = static_cast<typename F::Out*>(out);
  auto* partials = static_cast<typename F::Value*>(workspace);
  const bool packs = reduces_in_packs(s, V);
  int32_t code = packs ? reduce_step<F, V>(device, name, s, from, known, to, partials, divisor, error)
                       : reduce_step<F, 1>(device, name, s, from, known, to, partials, divisor, error);
  const int64_t chunks = reduce_chunks(s, V);
  if (code != NN_OK || chunks == 1) return code;
  ReduceShape joined = s;
  joined.rows = chunks;
  joined.repeats = 1;
  joined.n_reduced = 0;
  joined.n_kept = s.outputs > 1 ? 1 : 0;
  joined.kept_dim[0] = s.outputs;
  joined.kept_stride[0] = chunks * s.columns;
  return reduce_step<JoinOf<typename F::Joined>, 1>(device, name, joined, partials, known, to, nullptr, divisor, error);
}

}  // namespace cuda
}  // namespace nn
