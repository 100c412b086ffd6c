// sort and topK along the last axis. Rows, or tiles of longer ones, are sorted in shared memory by a bitonic network, several short rows in
// one block. Sorted runs of a long row are then merged two by two: each item finds by bisection how many of the other run come before it.
// Of topK's runs only the first k items go on.
#include <algorithm>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/scan.h"
#include "backends/cuda/kernels/sort_keys.h"
#include "backends/cuda/launch.h"
#include "core/op.h"
#include "math/divider.h"

namespace nn {
namespace cuda {
namespace {

constexpr int kTile = 1024;  // items that a block sorts

// A row of `length` elements is cut into `runs` tiles; `width`, a power of two, items of the network belong to one of them.
struct TileSort {
  int64_t rows, length, runs;
  int64_t kept, items;  // kept of each run, and of a row's runs together: the last one may be shorter
  int32_t width;
  bool descending;
  math::Divider by_runs;

  TileSort(int64_t n_rows, int64_t n, int64_t k, bool down)
      : rows(n_rows), length(n), runs((n + kTile - 1) / kTile), width(2), descending(down) {
    while (width < kTile && width < length) width *= 2;
    kept = std::min<int64_t>(k, kTile);
    items = (runs - 1) * kept + std::min(length - (runs - 1) * kTile, kept);
    by_runs = math::Divider(runs, rows * runs);
  }
  int64_t blocks() const { return (rows * runs + kTile / width - 1) / (kTile / width); }
};

// Where a row's results go, at place i of the sorted row.
template <class T>
struct Sorted {
  const T* x;
  T* values;
  int32_t* places;
  int64_t length, kept;
  __device__ __forceinline__ void put(int64_t row, int64_t i, int32_t place) const {
    if (i >= kept) return;
    values[row * kept + i] = x[row * length + place];
    places[row * kept + i] = place;
  }
};

// Puts `items` into order within each `width` of them.
template <class Item>
__device__ __forceinline__ void bitonic_sort(Item* items, int width) {
  for (int size = 2; size <= width; size *= 2) {
    for (int step = size / 2; step > 0; step /= 2) {
      for (int pair = static_cast<int>(threadIdx.x); pair < kTile / 2; pair += kBlock) {
        const int low = (pair / step) * 2 * step + pair % step, high = low + step;
        const bool up = (low & size & (width - 1)) == 0;  // the last stage of all goes upwards
        const Item a = items[low], b = items[high];
        if ((b < a) == up) {
          items[low] = b;
          items[high] = a;
        }
      }
      __syncthreads();
    }
  }
}

// Rows of one tile are finished; of longer ones each tile leaves its run, of `kept` items, in `runs`.
template <class T>
__global__ void __launch_bounds__(kBlock, 2) sort_tiles(TileSort sort, Sorted<T> out, typename SortItem<T>::Type* runs) {
  using Item = typename SortItem<T>::Type;
  __shared__ Item items[kTile];
  const int64_t tiles = kTile / sort.width;
  const int64_t units = sort.rows * sort.runs;
  for (int64_t first = blockIdx.x * tiles; first < units; first += gridDim.x * tiles) {
    for (int i = static_cast<int>(threadIdx.x); i < kTile; i += kBlock) {
      int64_t row = first + i / sort.width;
      const bool live = row < units;
      const int64_t place = sort.by_runs.split(&row) * kTile + i % sort.width;
      items[i] = live && place < sort.length ? SortItem<T>::make(out.x[row * sort.length + place], place, sort.descending) : Item::last();
    }
    __syncthreads();
    bitonic_sort(items, sort.width);
    for (int i = static_cast<int>(threadIdx.x); i < kTile; i += kBlock) {
      const int64_t unit = first + i / sort.width;
      int64_t row = unit;
      const int64_t run = sort.by_runs.split(&row), at = i % sort.width;
      if (unit >= units || run * kTile + at >= sort.length || at >= sort.kept) continue;
      if (sort.runs == 1)
        out.put(row, at, items[i].place());
      else
        runs[row * sort.items + run * sort.kept + at] = items[i];
    }
    __syncthreads();
  }
}

// Runs of a row stand `pitch` items apart; all have `pitch` items but the last, and the row has `items` in all.
struct RunMerge {
  int64_t rows, items, pitch, kept;  // kept: of each merged run, which is then their distance
  math::Divider by_items, by_pairs;
  int64_t merged;  // items of a row afterwards
  RunMerge(int64_t n_rows, int64_t n, int64_t run, int64_t k) : rows(n_rows), items(n), pitch(run), kept(std::min(2 * run, k)) {
    by_items = math::Divider(items, rows * items);
    by_pairs = math::Divider(2 * pitch, items);
    const int64_t pairs = items / (2 * pitch), rest = items - pairs * 2 * pitch;
    merged = pairs * kept + std::min(rest, kept);
  }
};

template <class T>
__global__ void __launch_bounds__(kBlock)
    merge_runs(RunMerge merge, Sorted<T> out, const typename SortItem<T>::Type* from, typename SortItem<T>::Type* to, bool last) {
  const int64_t size = merge.rows * merge.items;
  for (int64_t i = first_index(); i < size; i += index_stride()) {
    int64_t row = i;
    const int64_t at = merge.by_items.split(&row), pair = merge.by_pairs.quotient(at), start = pair * 2 * merge.pitch;
    const int64_t middle = start + merge.pitch < merge.items ? start + merge.pitch : merge.items;
    const int64_t end = middle + merge.pitch < merge.items ? middle + merge.pitch : merge.items;
    const auto* items = from + row * merge.items;
    const auto item = items[at];
    const int64_t place = at < middle ? at - start + count_before(items + middle, end - middle, item)
                                      : at - middle + count_before(items + start, middle - start, item);
    if (place >= merge.kept) continue;
    if (last)
      out.put(row, place, item.place());
    else
      to[row * merge.merged + pair * merge.kept + place] = item;
  }
}

template <class T>
size_t workspace_of(const TileSort& sort) {
  return sort.runs > 1 ? 2 * static_cast<size_t>(sort.rows * sort.items) * sizeof(typename SortItem<T>::Type) : 0;
}

template <class T>
int32_t order(nn_device* device, const nn_args& a, bool descending, void* workspace, nn_error* error) {
  using Item = typename SortItem<T>::Type;
  const nn_tensor& x = a.in[0];
  const int64_t length = x.dims[x.rank - 1], kept = a.out[0].dims[x.rank - 1], rows = x.size / length;
  const TileSort sort(rows, length, kept, descending);
  const Sorted<T> out{static_cast<const T*>(x.data), static_cast<T*>(a.out[0].data), static_cast<int32_t*>(a.out[1].data), length, kept};
  Item *from = static_cast<Item*>(workspace), *to = from + rows * sort.items;
  int32_t code = launch(device, "sort", sort_tiles<T>, grid_of_blocks(sort.blocks()), error, sort, out, from);
  int64_t pitch = sort.kept, items = sort.items;
  while (code == NN_OK && sort.runs > 1) {
    const RunMerge merge(rows, items, pitch, kept);
    const bool last = items <= 2 * pitch;
    code = launch(device, "sort", merge_runs<T>, grid_for(device, rows * items), error, merge, out, from, to, last);
    if (last) break;
    std::swap(from, to);
    items = merge.merged;
    pitch = merge.kept;
  }
  return code;
}

template <class T>
int32_t prepare(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  const nn_tensor& x = a->in[0];
  *workspace = 0;
  if (a->out[0].size == 0) return NN_OK;
  const int64_t length = x.dims[x.rank - 1];
  *workspace = workspace_of<T>(TileSort(x.size / length, length, a->out[0].dims[x.rank - 1], false));
  return NN_OK;
}
template <class T>
int32_t run_sort(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  return a->out[0].size > 0 ? order<T>(device, *a, a->attrs[0] != 0, workspace, error) : NN_OK;
}
template <class T>
int32_t run_top_k(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  return a->out[0].size > 0 ? order<T>(device, *a, true, workspace, error) : NN_OK;
}

template <class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype) {
  kernels.push_back({"sort", dtype, prepare<T>, run_sort<T>, nullptr});
  kernels.push_back({"topK", dtype, prepare<T>, run_top_k<T>, nullptr});
}

}  // namespace

void append_sort_kernels(std::vector<nn_kernel>& kernels) {
  append<float>(kernels, kF32);
  append<double>(kernels, kF64);
  append<int32_t>(kernels, kI32);
  append<uint8_t>(kernels, kU8);
  append_scan_kernels(kernels);
}

}  // namespace cuda
}  // namespace nn
