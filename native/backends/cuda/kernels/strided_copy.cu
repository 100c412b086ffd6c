#include <cstdlib>

#include "backends/cuda/kernels/strided_copy.h"
#include "math/divider32.h"

namespace nn {
namespace cuda {

namespace {

constexpr int kTile = 32, kTileRows = 8;
constexpr int64_t kWorthTiles = 16;  // on both axes: below, tiles would be mostly empty

template <class Index>
struct StridedAxes {
  int32_t rank;
  math::Divider_<Index> dims[math::StridedCopy::kMaxAxes];
  int64_t from[math::StridedCopy::kMaxAxes], to[math::StridedCopy::kMaxAxes];  // bytes

  explicit StridedAxes(const math::StridedCopy& plan) : rank(plan.rank) {
    for (int i = 0; i < rank; i++) {
      dims[i] = math::Divider_<Index>(plan.dims[i]);
      from[i] = plan.from[i];
      to[i] = plan.to[i];
    }
  }
  NN_HD void locate(Index number, int64_t* from_offset, int64_t* to_offset) const {
    for (int i = rank - 1; i >= 0; i--) {
      const int64_t at = static_cast<int64_t>(i > 0 ? dims[i].split(&number) : number);
      *from_offset += at * from[i];
      *to_offset += at * to[i];
    }
  }
};

template <class Unit, class Index>
__global__ void __launch_bounds__(kBlock)
    copy_units(const __grid_constant__ StridedAxes<Index> axes, const char* from, char* to, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    int64_t source = 0, target = 0;
    axes.locate(static_cast<Index>(i), &source, &target);
    *reinterpret_cast<Unit*>(to + target) = *reinterpret_cast<const Unit*>(from + source);
  }
}

struct Tiles {
  int64_t rows, columns;          // of the source
  int64_t row_step, column_step;  // bytes: between rows of the source, between rows of the target
  int64_t across, down;           // tiles
  int64_t count;                  // of all planes
};

// The innermost axis of the target is not that of the source: tiles go through shared memory, so that both sides are walked along rows.
template <class T>
__global__ void __launch_bounds__(kTile* kTileRows)
    copy_tiles(const __grid_constant__ StridedAxes<uint64_t> planes, const __grid_constant__ Tiles tiles, const char* from, char* to) {
  __shared__ T tile[kTile][kTile + 1];
  const int64_t x = threadIdx.x, y = threadIdx.y;
  for (int64_t at = blockIdx.x; at < tiles.count; at += gridDim.x) {
    int64_t source = 0, target = 0;
    planes.locate(static_cast<uint64_t>(at / (tiles.across * tiles.down)), &source, &target);
    const int64_t first_row = at / tiles.across % tiles.down * kTile, first_column = at % tiles.across * kTile;
    for (int64_t r = y; r < kTile; r += kTileRows) {
      if (first_row + r >= tiles.rows || first_column + x >= tiles.columns) continue;
      const char* place = from + source + (first_row + r) * tiles.row_step;
      tile[r][x] = reinterpret_cast<const T*>(place)[first_column + x];
    }
    __syncthreads();
    for (int64_t c = y; c < kTile; c += kTileRows) {
      if (first_column + c >= tiles.columns || first_row + x >= tiles.rows) continue;
      char* place = to + target + (first_column + c) * tiles.column_step;
      reinterpret_cast<T*>(place)[first_row + x] = tile[x][c];
    }
    __syncthreads();
  }
}

// Takes the innermost axis together into units of up to 16 bytes, where both sides have it in one run.
void use_wide_units(math::StridedCopy* plan) {
  const int inner = plan->rank - 1;
  if (inner < 0 || plan->from[inner] != plan->element || plan->to[inner] != plan->element) return;
  const int64_t run = plan->dims[inner] * plan->element;
  UnitBytes unit(run);
  unit.divides(plan->from_start).divides(plan->to_start);
  for (int i = 0; i < inner; i++) unit.divides(plan->from[i]).divides(plan->to[i]);
  plan->element = unit.bytes();
  plan->dims[inner] = run / unit.bytes();
  plan->from[inner] = plan->to[inner] = unit.bytes();
  if (plan->dims[inner] == 1) plan->rank--;
}

// The axis that is innermost in the source, where it is another one than in the target; -1: there is none.
int turned_axis(const math::StridedCopy& plan) {
  const int inner = plan.rank - 1;
  if (inner < 1 || plan.to[inner] != plan.element || plan.from[inner] == 0 || std::llabs(plan.from[inner]) == plan.element) return -1;
  for (int i = 0; i < inner; i++) {
    if (plan.from[i] == plan.element && plan.dims[i] >= kWorthTiles && plan.dims[inner] >= kWorthTiles) return i;
  }
  return -1;
}

template <class T>
int32_t run_tiles(nn_device* device, const math::StridedCopy& plan, int column, const char* from, char* to, nn_error* error) {
  const int inner = plan.rank - 1;
  math::StridedCopy planes = plan;
  planes.rank = 0;
  Tiles tiles{plan.dims[inner], plan.dims[column], plan.from[inner], plan.to[column], 0, 0, 1};
  for (int i = 0; i < inner; i++) {
    if (i == column) continue;
    planes.dims[planes.rank] = plan.dims[i];
    planes.from[planes.rank] = plan.from[i];
    planes.to[planes.rank++] = plan.to[i];
    tiles.count *= plan.dims[i];
  }
  tiles.across = (tiles.columns + kTile - 1) / kTile;
  tiles.down = (tiles.rows + kTile - 1) / kTile;
  tiles.count *= tiles.across * tiles.down;
  Grid grid;
  grid.blocks.x = static_cast<unsigned>(std::min<int64_t>(tiles.count, int64_t{device->multiprocessors} * 32));
  grid.threads = dim3(kTile, kTileRows, 1);
  grid.cooperative = true;
  return launch(device, "transpose", copy_tiles<T>, grid, error, StridedAxes<uint64_t>(planes), tiles, from, to);
}

}  // namespace

int32_t run_strided_copy(nn_device* device, const math::StridedCopy& given, const void* from_data, void* to_data, nn_error* error) {
  math::StridedCopy plan = given;
  int64_t n = 1;
  for (int i = 0; i < plan.rank; i++) n *= plan.dims[i];
  if (n == 0) return NN_OK;
  const char* from = static_cast<const char*>(from_data) + plan.from_start;
  char* to = static_cast<char*>(to_data) + plan.to_start;
  if (plan.rank == 1 && plan.from[0] == plan.element && plan.to[0] == plan.element && plan.from_start == 0 && plan.to_start == 0) {
    return copy_bytes(device, from, to, n * plan.element, error);
  }
  if (const int column = turned_axis(plan); column >= 0) {
    if (plan.element == 1) return run_tiles<uint8_t>(device, plan, column, from, to, error);
    if (plan.element == 4) return run_tiles<uint32_t>(device, plan, column, from, to, error);
    return run_tiles<uint64_t>(device, plan, column, from, to, error);
  }
  use_wide_units(&plan);
  n = 1;
  for (int i = 0; i < plan.rank; i++) n *= plan.dims[i];
  return with_unit(plan.element, [&](auto unit) {
    using Unit = decltype(unit);
    const Grid grid = grid_for(device, n);
    if (n < limit_of_32_bits)
      return launch(device, "strided copy", copy_units<Unit, uint32_t>, grid, error, StridedAxes<uint32_t>(plan), from, to, n);
    return launch(device, "strided copy", copy_units<Unit, uint64_t>, grid, error, StridedAxes<uint64_t>(plan), from, to, n);
  });
}

}  // namespace cuda
}  // namespace nn
