#include "backends/cuda/kernels/index_parts.h"
#include "backends/cuda/kernels/sorted_updates.h"
#include "backends/cuda/plan.h"
#include "backends/cuda/warp.h"

namespace nn {
namespace cuda {

namespace {

constexpr int kDigitBits = 8, kDigits = 1 << kDigitBits, kWarps = kBlock / warp_size;
constexpr int64_t kTile = 8 * kBlock;  // what a block sorts in one pass
static_assert(kDigits == kBlock, "a thread for each digit");

__device__ __forceinline__ int count_bits(uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __popc(bits);
#else
  return __builtin_popcount(bits);
#endif
}

// What is sorted in a pass: the indices themselves in the first one.
struct Keys {
  const int32_t *target, *update;
  int64_t count, size;
  int32_t shift;
  bool first;
};
__device__ __forceinline__ int32_t target_of(const Keys& keys, int64_t i) {
  if (!keys.first) return keys.target[i];
  const int32_t index = keys.target[i];
  return static_cast<int32_t>(math::index_inside(index, keys.size) ? math::wrap_index(index, keys.size) : keys.size);
}

// counts[digit][tile]
__global__ void __launch_bounds__(kBlock) count_digits(Keys keys, int32_t* counts, int64_t tiles, nn_device_complaint* complaint) {
  __shared__ int32_t found[kDigits];
  for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    found[threadIdx.x] = 0;
    __syncthreads();
    for (int64_t i = tile * kTile + threadIdx.x; i < keys.count && i < (tile + 1) * kTile; i += kBlock) {
      if (keys.first) checked_index(keys.target[i], keys.size, complaint);
      atomicAdd(&found[target_of(keys, i) >> keys.shift & (kDigits - 1)], 1);
    }
    __syncthreads();
    counts[threadIdx.x * tiles + tile] = found[threadIdx.x];
    __syncthreads();
  }
}

// The sum of the values of all threads before this one. `total`: of all of them.
__device__ __forceinline__ int32_t sum_before(int32_t value, int32_t* total) {
  __shared__ int32_t of_warp[kWarps];
  const int lane = lane_in_warp(), warp = thread_in_block() / warp_size;
  int32_t sum = value;
  for (int delta = 1; delta < warp_size; delta *= 2) {
    const int32_t before = shuffle_up(sum, delta);
    if (lane >= delta) sum += before;
  }
  if (lane == warp_size - 1) of_warp[warp] = sum;
  __syncthreads();
  int32_t before = 0, all = 0;
  for (int w = 0; w < kWarps; w++) {
    if (w < warp) before += of_warp[w];
    all += of_warp[w];
  }
  __syncthreads();
  *total = all;
  return before + sum - value;
}

// Each digit's counts become the sums of those before, and all of them together its total.
__global__ void __launch_bounds__(kBlock) sum_counts(int32_t* counts, int64_t tiles, int32_t* totals) {
  int32_t* row = counts + blockIdx.x * tiles;
  int32_t sum = 0;
  for (int64_t first = 0; first < tiles; first += kBlock) {
    const int64_t i = first + threadIdx.x;
    int32_t all = 0;
    const int32_t before = sum_before(i < tiles ? row[i] : 0, &all);
    if (i < tiles) row[i] = sum + before;
    sum += all;
  }
  if (threadIdx.x == 0) totals[blockIdx.x] = sum;
}

// Puts every key behind those of smaller digits and those of its own digit that come before it.
__global__ void __launch_bounds__(kBlock)
    place_keys(Keys keys, const int32_t* counts, const int32_t* totals, int64_t tiles, int32_t* target, int32_t* update) {
  __shared__ int32_t next[kDigits];             // where the next key of a digit goes
  __shared__ int32_t of_warp[kWarps][kDigits];  // how many keys of a digit a warp has, then where the first of them goes
  const int lane = lane_in_warp(), warp = thread_in_block() / warp_size;
  int32_t all = 0;
  const int32_t digit_start = sum_before(totals[threadIdx.x], &all);
  for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    next[threadIdx.x] = digit_start + counts[threadIdx.x * tiles + tile];
    for (int64_t first = tile * kTile; first < keys.count && first < (tile + 1) * kTile; first += kBlock) {
      for (int w = 0; w < kWarps; w++) of_warp[w][threadIdx.x] = 0;
      __syncthreads();
      const int64_t i = first + threadIdx.x;
      const bool there = i < keys.count;
      const int32_t key = there ? target_of(keys, i) : 0, digit = key >> keys.shift & (kDigits - 1);
      uint32_t alike = ballot(there);  // lanes with the same digit
      for (int bit = 0; bit < kDigitBits; bit++) {
        const bool one = (digit >> bit & 1) != 0;
        const uint32_t ones = ballot(one);
        alike &= one ? ones : ~ones;
      }
      const int rank = count_bits(alike & ((1u << lane) - 1));
      if (there && rank == 0) of_warp[warp][digit] = count_bits(alike);
      __syncthreads();
      int32_t at = next[threadIdx.x];
      for (int w = 0; w < kWarps; w++) {
        const int32_t mine = of_warp[w][threadIdx.x];
        of_warp[w][threadIdx.x] = at;
        at += mine;
      }
      next[threadIdx.x] = at;
      __syncthreads();
      if (there) {
        const int32_t place = of_warp[warp][digit] + rank;
        target[place] = key;
        update[place] = keys.first ? static_cast<int32_t>(i) : keys.update[i];
      }
      __syncthreads();
    }
  }
}

__global__ void __launch_bounds__(kBlock) find_starts(const int32_t* target, int64_t count, int32_t* start, int64_t size) {
  for (int64_t t = first_index(); t <= size; t += index_stride()) {
    int64_t low = 0, high = count;  // the first place whose target is not below t
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (target[middle] < t)
        low = middle + 1;
      else
        high = middle;
    }
    start[t] = static_cast<int32_t>(low);
  }
}

size_t ints(int64_t n) { return aligned(static_cast<size_t>(n) * sizeof(int32_t)); }
int64_t tiles_of(int64_t count) { return (count + kTile - 1) / kTile; }

}  // namespace

size_t sort_workspace(int64_t count, int64_t size) {
  return 4 * ints(count) + ints(tiles_of(count) * kDigits) + ints(kDigits) + ints(size + 1);
}

int32_t sort_updates(nn_device* device, const int32_t* indices, int64_t count, int64_t size, void* workspace, SortedUpdates* sorted,
                     nn_error* error) {
  char* at = static_cast<char*>(workspace);
  const auto take = [&at](int64_t n) {
    int32_t* place = reinterpret_cast<int32_t*>(at);
    at += ints(n);
    return place;
  };
  const int64_t tiles = tiles_of(count);
  int32_t* target[2] = {take(count), take(count)};
  int32_t* update[2] = {take(count), take(count)};
  int32_t* counts = take(tiles * kDigits);
  int32_t* totals = take(kDigits);
  int32_t* start = take(size + 1);
  Grid grid = grid_of_blocks(std::min<int64_t>(tiles, int64_t{device->multiprocessors} * 8));
  Keys keys{indices, nullptr, count, size, 0, true};
  int to = 0;
  for (; keys.first || size >> keys.shift > 0; keys.shift += kDigitBits) {
    if (int32_t code = launch(device, "count targets", count_digits, grid, error, keys, counts, tiles, device->complaint)) return code;
    if (int32_t code = launch(device, "sum counts", sum_counts, grid_of_blocks(kDigits), error, counts, tiles, totals)) return code;
    if (int32_t code = launch(device, "sort updates", place_keys, grid, error, keys, counts, totals, tiles, target[to], update[to]))
      return code;
    keys.target = target[to];
    keys.update = update[to];
    keys.first = false;
    to = 1 - to;
  }
  if (int32_t code = launch(device, "find targets", find_starts, grid_for(device, size + 1), error, keys.target, count, start, size))
    return code;
  *sorted = {keys.target, keys.update, start};
  return NN_OK;
}

}  // namespace cuda
}  // namespace nn
