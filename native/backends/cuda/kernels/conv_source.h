// Convolutions and their gradients as products of matrices, see tile_product.h: groups are the products.
#pragma once

#include "backends/cuda/kernels/conv_walk.h"
#include "backends/cuda/kernels/tile_product.h"

namespace nn {
namespace cuda {

// What comes after the sum: y = activation(sum + bias + residual), where there are any.
template <class T>
struct ConvEnd {
  const T *bias, *residual;
  bool relu;
  NN_HD T finish(T value, int64_t at, int64_t filter) const {
    if (bias != nullptr) value += bias[filter];
    if (residual != nullptr) value += residual[at];
    return relu_if(value, relu);
  }
};

// y: pixels x filters, summed over taps (cells, then channels).
template <class T>
struct ConvSource {
  static constexpr bool kLeftAlongSteps = true, kRightAlongSteps = true;
  struct LeftLine {
    ConvPlace corner;
    const T* x;  // the first channel of the image's group; null beyond the last pixel
  };
  struct LeftStep {
    ConvPlace cell;
    int64_t channel;
  };
  using RightLine = const T*;
  int64_t rows, columns, batches;
  ConvWalk walk;
  const T *x, *filter;
  ConvEnd<T> end;
  T* y;

  ConvSource(const ConvWalk& w, const T* image, const T* weights, const ConvEnd<T>& after, T* out)
      : rows(w.pixels()), columns(w.per_group), batches(w.groups), walk(w), x(image), filter(weights), end(after), y(out) {}
  __device__ __forceinline__ TileRange range(int64_t) const { return {0, walk.taps()}; }
  __device__ __forceinline__ LeftLine left_line(int64_t group, int64_t pixel) const {
    LeftLine line{walk.corner(pixel < rows ? pixel : 0), nullptr};
    if (pixel < rows) line.x = x + line.corner.n * walk.image_size() * walk.channels + group * walk.depth;
    line.corner.n = 0;
    return line;
  }
  __device__ __forceinline__ LeftStep left_step(int64_t, int64_t tap) const {
    const int64_t channel = walk.by_depth.split(&tap);
    return {walk.cell(tap), channel};
  }
  __device__ __forceinline__ T left(const LeftLine& line, const LeftStep& step) const {
    const int64_t voxel = line.x != nullptr ? walk.voxel_under(line.corner, step.cell) : -1;
    return voxel >= 0 ? line.x[voxel * walk.channels + step.channel] : T(0);
  }
  __device__ __forceinline__ RightLine right_line(int64_t group, int64_t column) const {
    return column < columns ? filter + (group * columns + column) * walk.taps() : nullptr;
  }
  __device__ __forceinline__ int64_t right_step(int64_t, int64_t tap) const { return tap; }
  __device__ __forceinline__ T right(RightLine line, int64_t tap) const { return line != nullptr ? line[tap] : T(0); }
  __device__ __forceinline__ void store(int64_t group, int64_t pixel, int64_t column, T value) const {
    const int64_t o = group * columns + column;
    const int64_t at = pixel * walk.filters + o;
    y[at] = end.finish(value, at, o);
  }
};

// dx: voxels x channels, summed over cells and filters.
template <class T>
struct ConvInputSource {
  static constexpr bool kLeftAlongSteps = true, kRightAlongSteps = false;
  struct LeftLine {
    ConvPlace voxel;
    const T* dy;
  };
  struct LeftStep {
    ConvPlace cell;
    int64_t filter;
  };
  using RightLine = const T*;
  int64_t rows, columns, batches;
  ConvWalk walk;
  const T *dy, *filter;
  T* dx;

  ConvInputSource(const ConvWalk& w, const T* gradient, const T* weights, T* out)
      : rows(w.voxels()), columns(w.depth), batches(w.groups), walk(w), dy(gradient), filter(weights), dx(out) {}
  __device__ __forceinline__ TileRange range(int64_t) const { return {0, walk.cells * walk.per_group}; }
  __device__ __forceinline__ LeftLine left_line(int64_t group, int64_t voxel) const {
    LeftLine line{walk.padded_voxel(voxel < rows ? voxel : 0), nullptr};
    if (voxel < rows) line.dy = dy + line.voxel.n * walk.out_size() * walk.filters + group * walk.per_group;
    line.voxel.n = 0;
    return line;
  }
  __device__ __forceinline__ LeftStep left_step(int64_t, int64_t k) const {
    const int64_t o = walk.by_per_group.split(&k);
    return {walk.cell(k), o};
  }
  __device__ __forceinline__ T left(const LeftLine& line, const LeftStep& step) const {
    const int64_t pixel = line.dy != nullptr ? walk.pixel_over(line.voxel, step.cell) : -1;
    return pixel >= 0 ? line.dy[pixel * walk.filters + step.filter] : T(0);
  }
  __device__ __forceinline__ RightLine right_line(int64_t group, int64_t channel) const {
    return channel < columns ? filter + group * walk.per_group * walk.taps() + channel : nullptr;
  }
  __device__ __forceinline__ int64_t right_step(int64_t, int64_t k) const {
    const int64_t o = walk.by_per_group.split(&k);
    return (o * walk.cells + k) * walk.depth;
  }
  __device__ __forceinline__ T right(RightLine line, int64_t step) const { return line != nullptr ? line[step] : T(0); }
  __device__ __forceinline__ void store(int64_t group, int64_t voxel, int64_t channel, T value) const {
    dx[voxel * walk.channels + group * columns + channel] = value;
  }
};

// dfilter: filters x taps, summed over pixels in chunks: the batches are chunks of groups, and each makes a whole of its own.
template <class T>
struct ConvFilterSource {
  static constexpr bool kLeftAlongSteps = false, kRightAlongSteps = false;
  using LeftLine = const T*;
  struct RightLine {
    ConvPlace cell;
    const T* x;
  };
  int64_t rows, columns, batches;
  ConvWalk walk;
  int64_t per_chunk;
  math::Divider by_groups;
  const T *x, *dy;
  T* wholes;

  ConvFilterSource(const ConvWalk& w, int64_t chunks, const T* image, const T* gradient, T* out)
      : rows(w.per_group),
        columns(w.taps()),
        batches(w.groups * chunks),
        walk(w),
        per_chunk((w.pixels() + chunks - 1) / chunks),
        by_groups(w.groups, w.groups * chunks),
        x(image),
        dy(gradient),
        wholes(out) {}
  __device__ __forceinline__ TileRange range(int64_t batch) const {
    const int64_t begin = by_groups.quotient(batch) * per_chunk, end = begin + per_chunk, all = walk.pixels();
    return {begin, end < all ? end : all};
  }
  __device__ __forceinline__ int64_t group_of(int64_t batch) const { return by_groups.split(&batch); }
  __device__ __forceinline__ LeftLine left_line(int64_t batch, int64_t row) const {
    return row < rows ? dy + group_of(batch) * rows + row : nullptr;
  }
  __device__ __forceinline__ int64_t left_step(int64_t, int64_t pixel) const { return pixel * walk.filters; }
  __device__ __forceinline__ T left(LeftLine line, int64_t step) const { return line != nullptr ? line[step] : T(0); }
  __device__ __forceinline__ RightLine right_line(int64_t batch, int64_t tap) const {
    if (tap >= columns) return {ConvPlace{0, 0, 0, 0}, nullptr};
    const int64_t channel = walk.by_depth.split(&tap);
    return {walk.cell(tap), x + group_of(batch) * walk.depth + channel};
  }
  __device__ __forceinline__ ConvPlace right_step(int64_t, int64_t pixel) const { return walk.corner(pixel); }
  __device__ __forceinline__ T right(const RightLine& line, const ConvPlace& corner) const {
    const int64_t voxel = line.x != nullptr ? walk.voxel_under(corner, line.cell) : -1;
    return voxel >= 0 ? line.x[voxel * walk.channels] : T(0);
  }
  __device__ __forceinline__ void store(int64_t batch, int64_t row, int64_t tap, T value) const {
    int64_t chunk = batch;
    const int64_t group = by_groups.split(&chunk);
    wholes[((chunk * walk.groups + group) * rows + row) * columns + tap] = value;
  }
};

}  // namespace cuda
}  // namespace nn
