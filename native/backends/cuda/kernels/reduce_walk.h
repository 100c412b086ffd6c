// How the kernels of reductions find their elements, and how their work is cut up: by shapes alone, so that results are the same for
// every device and every run.
#pragma once

#include <algorithm>

#include "math/divider.h"
#include "ops/reduce_shape.h"

namespace nn {
namespace cuda {

// Offsets of ReduceShape without divisions.
struct ReduceWalk {
  static constexpr int kMost = NN_MAX_RANK / 2;  // kept and reduced axes alternate
  int32_t n_kept = 0, n_reduced = 0;
  int64_t columns = 1;
  math::Divider rows;
  math::Divider kept[kMost], reduced[kMost];
  int64_t kept_stride[kMost], reduced_stride[kMost];

  explicit ReduceWalk(const ReduceShape& s) : n_kept(s.n_kept), n_reduced(s.n_reduced), columns(s.columns) {
    const int64_t length = s.repeats * s.rows;
    if (s.rows > 0) rows = math::Divider(s.rows, length);
    for (int d = 0; d < n_kept; d++) kept[d] = math::Divider(s.kept_dim[d], s.outputs), kept_stride[d] = s.kept_stride[d];
    for (int d = 0; d < n_reduced; d++) reduced[d] = math::Divider(s.reduced_dim[d], s.repeats), reduced_stride[d] = s.reduced_stride[d];
  }
  // The first element of an output.
  NN_HD int64_t kept_offset(int64_t output) const {
    int64_t at = 0;
#pragma unroll 1
    for (int d = n_kept - 1; d >= 0; d--) at += kept[d].split(&output) * kept_stride[d];
    return at;
  }
  // From there to the row with this number, counted over all repeats.
  NN_HD int64_t row_offset(int64_t row) const {
    if (n_reduced == 0) return row * columns;
    int64_t at = rows.split(&row) * columns;
#pragma unroll 1
    for (int d = n_reduced - 1; d >= 0; d--) at += reduced[d].split(&row) * reduced_stride[d];
    return at;
  }
};

// Enough blocks to fill a large GPU, so few that joining them costs nothing.
constexpr int64_t kReduceBlocks = 512;

// Reductions to one column: teams of threads, a power of two, take an output or a chunk of one. Blocks have 256 threads.
struct RowTasks {
  int64_t units, packs, per_chunk;  // packs of elements in an output and in a chunk of it
  int64_t chunks;
  math::Divider by_chunks;
  int32_t team;
  double divisor;

  RowTasks(int64_t outputs, int64_t length, int vector, double divide_by) : packs(length / vector), chunks(1), team(1), divisor(divide_by) {
    constexpr int kBlockThreads = 256;
    while (team < 32 && packs > 2 * team) team *= 2;
    if (length > 1024) {
      team = kBlockThreads;
      chunks = std::clamp<int64_t>(kReduceBlocks / outputs, 1, std::max<int64_t>(1, length / 4096));
    }
    per_chunk = (packs + chunks - 1) / chunks;
    if (packs > 0) chunks = (packs + per_chunk - 1) / per_chunk;  // none is empty
    units = outputs * chunks;
    by_chunks = math::Divider(chunks, units);
  }
};

// Reductions to several columns: tiles of `width` threads along the columns and `height` along the rows.
struct ColumnTasks {
  int64_t units, chunks, rows, per_chunk;
  math::Divider by_chunks, by_tiles;
  int32_t width, height;
  double divisor;

  ColumnTasks(int64_t outputs, int64_t length, int64_t columns, int vector, double divide_by) : rows(length), divisor(divide_by) {
    constexpr int kBlockThreads = 256;
    const int64_t packs = columns / vector;
    width = 1;
    while (width < packs && width < (length >= 32 ? 32 : kBlockThreads)) width *= 2;
    height = kBlockThreads / width;
    const int64_t tiles = (packs + width - 1) / width;
    chunks = std::clamp<int64_t>(kReduceBlocks / (outputs * tiles), 1, std::max<int64_t>(1, length / (16 * height)));
    per_chunk = (rows + chunks - 1) / chunks;
    if (rows > 0) chunks = (rows + per_chunk - 1) / per_chunk;  // none is empty
    units = outputs * tiles * chunks;
    by_chunks = math::Divider(chunks, units);
    by_tiles = math::Divider(tiles, units);
  }
};

}  // namespace cuda
}  // namespace nn
