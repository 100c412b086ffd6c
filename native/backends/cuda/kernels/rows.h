// Kernels that look at a whole row at a time. A team of threads has the row in its registers: part of a warp for short rows, a block for
// longer ones; rows that are longer than that are read again for each step. One body serves all three.
#pragma once

#include "backends/cuda/launch.h"
#include "backends/cuda/warp.h"
#include "core/op.h"
#include "math/reduce.h"
#include "math/softmax.h"

namespace nn {
namespace cuda {

// A power of two of threads: lanes of a warp, or all of the block. Size 0: a number that is known when the kernel runs, at most a warp.
template <int Size>
struct Team {
  int size, rank;
  __device__ __forceinline__ Team(int size_now, int rank_now) : size(Size > 0 ? Size : size_now), rank(rank_now) {}

  template <class T, class Op>
  __device__ __forceinline__ T reduce(T value, const Op& op) const {
    if constexpr (Size > warp_size) return block_reduce(value, op);
    const int lane = lane_in_warp();
    for (int mask = 1; mask < size; mask *= 2) {
      const T other = shuffle_xor(value, mask);
      value = (lane & mask) != 0 ? op(other, value) : op(value, other);
    }
    return value;
  }
  template <class T>
  __device__ __forceinline__ T sum(T value) const {
    return reduce(value, [](T a, T b) { return a + b; });
  }
};

// The columns of a thread: `Held` of them in registers, or any number with Held = 0. Teams that have no row go along with n = 0.
template <int Size, int Held>
struct Columns {
  static constexpr int kHeld = Held;
  int64_t n;
  Team<Size> team;

  // f(slot, column) for each.
  template <class F>
  __device__ __forceinline__ void each(const F& f) const {
    if constexpr (Held > 0) {
#pragma unroll
      for (int k = 0; k < Held; k++) {
        const int column = team.rank + k * team.size;
        if (column < n) f(k, column);
      }
    } else {
      for (int64_t column = team.rank; column < n; column += team.size) f(0, column);
    }
  }
  // The sum of f(slot, column) over the whole row. Registers are few enough for T; long rows are summed in groups that go into a float64.
  template <class T, class F>
  __device__ __forceinline__ T sum(const F& f) const {
    if constexpr (Held > 0) {
      T own = 0;
      each([&](int k, int64_t column) { own += f(k, column); });
      return team.sum(own);
    } else {
      constexpr int kGroup = sizeof(T) == 4 ? 8 : 4;
      double own = 0;
      for (int64_t begin = team.rank; begin < n; begin += kGroup * team.size) {
        T group = 0;
#pragma unroll
        for (int k = 0; k < kGroup; k++) {
          const int64_t column = begin + k * team.size;
          if (column < n) group += f(0, column);
        }
        own += static_cast<double>(group);
      }
      return static_cast<T>(team.sum(own));
    }
  }
};

// A row's elements, read once where they are held.
template <class T, class C>
struct Row {
  const T* data;
  T held[C::kHeld > 0 ? C::kHeld : 1];

  __device__ __forceinline__ Row(const T* row, const C& columns) : data(row) {
    if constexpr (C::kHeld > 0) columns.each([&](int k, int64_t column) { held[k] = row[column]; });
  }
  __device__ __forceinline__ T at(int k, int64_t column) const {
    if constexpr (C::kHeld > 0)
      return held[k];
    else
      return data[column];
  }
};

// The greatest logit of a row, and the sum of exp(logit - greatest). A NaN is not lost: it makes a NaN of the sum, as +Infinity does, and
// as a row of nothing but -Infinity does when it is divided by its sum of 0.
template <class T, class C>
struct Exponentials {
  T greatest, sum;

  __device__ __forceinline__ Exponentials(const Row<T, C>& row, const C& columns) {
    const auto larger = [](T a, T b) { return b > a ? b : a; };
    constexpr T kLowest = sizeof(T) == 4 ? T(-3.402823466e38) : T(-1.7976931348623157e308);  // finite: exp(-Infinity - kLowest) is 0
    greatest = kLowest;
    if constexpr (C::kHeld > 0) {
      columns.each([&](int k, int64_t column) { greatest = larger(greatest, row.at(k, column)); });
      greatest = columns.team.reduce(greatest, larger);
      sum = columns.template sum<T>([&](int k, int64_t column) { return math::exp(row.at(k, column) - greatest); });
    } else {
      // In one pass: what was summed is scaled whenever a group has a greater logit.
      constexpr int kGroup = sizeof(T) == 4 ? 8 : 4;
      double own = 0;
      for (int64_t begin = columns.team.rank; begin < columns.n; begin += kGroup * columns.team.size) {
        T x[kGroup], before = greatest, group = 0;
#pragma unroll
        for (int k = 0; k < kGroup; k++) {
          const int64_t column = begin + k * columns.team.size;
          x[k] = column < columns.n ? row.at(0, column) : math::Number<T>::lowest();
          greatest = larger(greatest, x[k]);
        }
#pragma unroll
        for (int k = 0; k < kGroup; k++) group += math::exp(x[k] - greatest);
        own = own * static_cast<double>(math::exp(before - greatest)) + static_cast<double>(group);
      }
      const T mine = greatest;
      greatest = columns.team.reduce(greatest, larger);
      sum = static_cast<T>(columns.team.sum(own * static_cast<double>(math::exp(mine - greatest))));
    }
  }
};

struct RowShape {
  int64_t rows, columns;
  int32_t team;
};

// Body::run(columns, row's number, live, pointers...) for every row. All threads of a team run it; those of a team that is not live meet
// the barriers and touch nothing.
template <class Body, int Size, int Held, class... Pointers>
__global__ void __launch_bounds__(kBlock, 2) for_rows(RowShape shape, Pointers... pointers) {
  const int thread = static_cast<int>(threadIdx.x), size = Size > 0 ? Size : shape.team;
  const Team<Size> team(size, thread & (size - 1));
  const int64_t teams = kBlock / size;
  for (int64_t first = blockIdx.x * teams; first < shape.rows; first += gridDim.x * teams) {
    const int64_t row = first + thread / size;
    const bool live = row < shape.rows;
    Body::run(Columns<Size, Held>{live ? shape.columns : 0, team}, live ? row : 0, live, pointers...);
  }
}

// The first of the pointers is that to the rows.
template <class Body, class T, class... Pointers>
int32_t launch_rows(nn_device* device, const char* name, int64_t rows, int64_t columns, nn_error* error, const T* x, Pointers... others) {
  if (rows == 0 || columns == 0) return NN_OK;
  const auto start = [&](auto kernel, int team) {
    const int64_t teams = kBlock / team;
    return launch(device, name, kernel, grid_of_blocks((rows + teams - 1) / teams), error, RowShape{rows, columns, team}, x, others...);
  };
  int team = 1;
  while (team < warp_size && team < columns) team *= 2;
  if (columns <= 32) return start(for_rows<Body, 0, 1, const T*, Pointers...>, team);
  if (columns <= 256) return start(for_rows<Body, 32, 8, const T*, Pointers...>, 32);
  if (columns <= 1024) return start(for_rows<Body, kBlock, 4, const T*, Pointers...>, kBlock);
  if constexpr (sizeof(T) == 4) {  // a float64 takes two registers
    if (columns <= 4096) return start(for_rows<Body, kBlock, 16, const T*, Pointers...>, kBlock);
  }
  return start(for_rows<Body, kBlock, 0, const T*, Pointers...>, kBlock);
}

inline int64_t columns_of(const nn_tensor& t) { return t.dims[t.rank - 1]; }
inline int64_t rows_of(const nn_tensor& t) { return t.size == 0 ? 0 : t.size / columns_of(t); }
template <class T>
T* data_of(const nn_tensor& t) {
  return static_cast<T*>(t.data);
}

}  // namespace cuda
}  // namespace nn
