// Two sums of every column of a matrix [rows, columns], in chunks of rows: what batch normalisation is made of. A value that the sums are
// taken around keeps their squares from cancelling; partial sums are in T over a few rows and in float64 from there on.
#pragma once

#include "backends/cuda/kernels/pack.h"
#include "backends/cuda/kernels/reduce_walk.h"
#include "backends/cuda/launch.h"

namespace nn {
namespace cuda {

struct TwoSums {
  double first, second;
};

// Where a thread of a block stands in a tile of columns and rows.
template <int V>
struct TilePlace {
  int64_t column, chunk, begin, end;  // rows [begin, end)
  int rank;                           // of the thread among those of its column

  __device__ __forceinline__ TilePlace(const ColumnTasks& tasks, int64_t unit) {
    const int thread = static_cast<int>(threadIdx.x);
    chunk = unit;
    column = (tasks.by_tiles.split(&chunk) * tasks.width + (thread & (tasks.width - 1))) * V;
    rank = thread / tasks.width;
    begin = chunk * tasks.per_chunk;
    end = begin + tasks.per_chunk < tasks.rows ? begin + tasks.per_chunk : tasks.rows;
  }
};

// The sums of all threads of a column, in the one with rank 0.
template <int V>
__device__ __forceinline__ void join_columns(TwoSums (&sums)[V], const ColumnTasks& tasks, int rank) {
  __shared__ TwoSums shared[V * kBlock];
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int j = 0; j < V; j++) shared[j * kBlock + thread] = sums[j];
  for (int half = tasks.height / 2; half > 0; half /= 2) {
    __syncthreads();
    if (rank >= half) continue;
#pragma unroll
    for (int j = 0; j < V; j++) {
      const TwoSums other = shared[j * kBlock + thread + half * tasks.width];
      sums[j].first += other.first;
      sums[j].second += other.second;
      shared[j * kBlock + thread] = sums[j];
    }
  }
  __syncthreads();
}

// add(j, row, first, second) of every row of a thread and each of its V columns; load(row) comes before the additions of a group.
template <class T, int V, class Source>
__device__ __forceinline__ void sum_rows(TwoSums (&sums)[V], const Source& source, int64_t begin, int64_t end, int step) {
  constexpr int kGroup = 4;
  for (int64_t r = begin; r < end; r += kGroup * step) {
    typename Source::Loaded loaded[kGroup];
    T first[V] = {}, second[V] = {};
#pragma unroll
    for (int u = 0; u < kGroup; u++) {
      if (r + u * step < end) loaded[u] = source.load(r + u * step);
    }
#pragma unroll
    for (int u = 0; u < kGroup; u++) {
      if (r + u * step >= end) break;
#pragma unroll
      for (int j = 0; j < V; j++) source.add(loaded[u], j, &first[j], &second[j]);
    }
#pragma unroll
    for (int j = 0; j < V; j++) {
      sums[j].first += static_cast<double>(first[j]);
      sums[j].second += static_cast<double>(second[j]);
    }
  }
}

// The sums of a column from those of its chunks: a warp of columns side by side, 8 chunks at a time, by tasks_for_chunks().
constexpr int kJoinWidth = 32, kJoinHeight = kBlock / kJoinWidth;

template <class Sums>
__device__ __forceinline__ TwoSums join_chunks(int64_t chunks, int64_t column, bool live, const Sums& sums_of) {
  __shared__ TwoSums shared[kBlock];
  const int thread = static_cast<int>(threadIdx.x), rank = thread / kJoinWidth;
  TwoSums sums{0, 0};
  for (int64_t chunk = rank; live && chunk < chunks; chunk += kJoinHeight) {
    const TwoSums more = sums_of(chunk, column);
    sums.first += more.first;
    sums.second += more.second;
  }
  __syncthreads();
  shared[thread] = sums;
  __syncthreads();
  sums = {0, 0};
#pragma unroll
  for (int k = 0; k < kJoinHeight; k++) {
    const TwoSums more = shared[k * kJoinWidth + thread % kJoinWidth];
    sums.first += more.first;
    sums.second += more.second;
  }
  return sums;
}
inline Grid grid_for_chunks(int64_t columns) { return grid_of_blocks((columns + kJoinWidth - 1) / kJoinWidth); }

}  // namespace cuda
}  // namespace nn
