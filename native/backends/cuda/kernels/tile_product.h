// Products of matrices that need not exist as such: a block makes a tile of 64 x 64 of the result from tiles of 16 that it brings to shared
// memory, 4 x 4 elements a thread. The plain way beside the libraries': for float64, and for shapes that they have no way for.
//
// A Source says what the factors are, for each of its `batches` products:
//   int64_t rows, columns, batches     of the results
//   kLeftAlongSteps, kRightAlongSteps  whether neighbours in memory are neighbours along the sum (else along the result)
//   Range range(batch)                 of the sum
//   left_line(batch, row), left_step(batch, k), left(line, step), and the same for `right` and columns: the elements, in two halves that
//                                      are worked out once for many of them
//   store(batch, row, column, value)
#pragma once

#include "backends/cuda/kernels/pack.h"
#include "backends/cuda/launch.h"
#include "math/divider.h"

namespace nn {
namespace cuda {

constexpr int kTileSide = 64, kTileDepth = 16;

struct TileRange {
  int64_t begin, end;
};

// The tiles of all products, numbered.
struct TileTasks {
  int64_t units;
  math::Divider by_columns, by_rows;
  TileTasks(int64_t rows, int64_t columns, int64_t batches) {
    const int64_t down = (rows + kTileSide - 1) / kTileSide, across = (columns + kTileSide - 1) / kTileSide;
    units = down * across * batches;
    by_columns = math::Divider(across, units);
    by_rows = math::Divider(down, units);
  }
};

// What a thread brings of one side's tiles: either always the same 4 lines of one step each time, or 4 steps of one line.
template <class T, bool AlongSteps, class Line>
struct TileLoader {
  static constexpr int kLines = AlongSteps ? 4 : 1, kSteps = AlongSteps ? 1 : 4;
  Line line[kLines];
  T held[4];
  int first_line, first_step;

  template <class MakeLine>
  __device__ __forceinline__ TileLoader(int64_t start, const MakeLine& make) {
    const int thread = static_cast<int>(threadIdx.x);
    first_line = AlongSteps ? thread / kTileDepth : thread % kTileSide;
    first_step = AlongSteps ? thread % kTileDepth : thread / kTileSide;
#pragma unroll
    for (int i = 0; i < kLines; i++) line[i] = make(start + first_line + i * (kTileSide / 4));
  }
  template <class MakeStep, class Load>
  __device__ __forceinline__ void fetch(int64_t k, int64_t end, const MakeStep& make, const Load& load) {
#pragma unroll
    for (int s = 0; s < kSteps; s++) {
      const int64_t at = k + first_step + s * (kTileDepth / 4);
      if (at < end) {
        const auto step = make(at);
#pragma unroll
        for (int i = 0; i < kLines; i++) held[s * kLines + i] = load(line[i], step);
      } else {
#pragma unroll
        for (int i = 0; i < kLines; i++) held[s * kLines + i] = T(0);
      }
    }
  }
  // Into tile[step][line].
  __device__ __forceinline__ void put(T* tile, int pitch) const {
#pragma unroll
    for (int s = 0; s < kSteps; s++) {
#pragma unroll
      for (int i = 0; i < kLines; i++) {
        tile[(first_step + s * (kTileDepth / 4)) * pitch + first_line + i * (kTileSide / 4)] = held[s * kLines + i];
      }
    }
  }
};

template <class T, class Source>
__global__ void __launch_bounds__(kBlock, sizeof(T) == 8 ? 1 : 2) tile_product(Source source, TileTasks tasks) {
  using Four = Pack<T, 4>;
  constexpr int kPitch = kTileSide / 4 + 1;  // so that columns of a tile lie in different banks
  __shared__ Four left_tile[kTileDepth * kPitch], right_tile[kTileDepth * kPitch];
  const int thread = static_cast<int>(threadIdx.x), across = thread % 16, down = thread / 16;
  for (int64_t unit = blockIdx.x; unit < tasks.units; unit += gridDim.x) {
    int64_t batch = unit;
    const int64_t first_column = tasks.by_columns.split(&batch) * kTileSide, first_row = tasks.by_rows.split(&batch) * kTileSide;
    const TileRange range = source.range(batch);
    TileLoader<T, Source::kLeftAlongSteps, typename Source::LeftLine> left(first_row,
                                                                           [&](int64_t row) { return source.left_line(batch, row); });
    TileLoader<T, Source::kRightAlongSteps, typename Source::RightLine> right(
        first_column, [&](int64_t column) { return source.right_line(batch, column); });
    const auto fetch = [&](int64_t k) {
      left.fetch(
          k, range.end, [&](int64_t at) { return source.left_step(batch, at); },
          [&](const auto& line, const auto& step) { return source.left(line, step); });
      right.fetch(
          k, range.end, [&](int64_t at) { return source.right_step(batch, at); },
          [&](const auto& line, const auto& step) { return source.right(line, step); });
    };
    T sum[4][4] = {};
    fetch(range.begin);
    for (int64_t k = range.begin; k < range.end; k += kTileDepth) {
      left.put(left_tile[0].v, 4 * kPitch);
      right.put(right_tile[0].v, 4 * kPitch);
      __syncthreads();
      if (k + kTileDepth < range.end) fetch(k + kTileDepth);
#pragma unroll
      for (int s = 0; s < kTileDepth; s++) {
        const Four a = left_tile[s * kPitch + down], b = right_tile[s * kPitch + across];
#pragma unroll
        for (int i = 0; i < 4; i++) {
#pragma unroll
          for (int j = 0; j < 4; j++) sum[i][j] += a.v[i] * b.v[j];
        }
      }
      __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int64_t row = first_row + 4 * down + i;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const int64_t column = first_column + 4 * across + j;
        if (row < source.rows && column < source.columns) source.store(batch, row, column, sum[i][j]);
      }
    }
  }
}

template <class T, class Source>
int32_t launch_product(nn_device* device, const char* name, const Source& source, nn_error* error) {
  const TileTasks tasks(source.rows, source.columns, source.batches);
  if (tasks.units == 0) return NN_OK;
  return launch(device, name, tile_product<T, Source>, grid_of_blocks(tasks.units), error, source, tasks);
}

// What comes after the sum in a dense layer or a convolution.
enum Activation : int32_t { kNoActivation = 0, kRelu = 1, kGeluTanh = 2 };

template <class T>
NN_HD T relu_if(T value, bool wanted) {
  return wanted && value < T(0) ? T(0) : value;  // a NaN stays
}

}  // namespace cuda
}  // namespace nn
