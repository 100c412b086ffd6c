// The emulation itself: the places of threads, shared memory, barriers and warp functions, and what it says of kernels that break them.
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "backends/cuda/launch.h"
#include "backends/cuda/warp.h"

namespace nn {
namespace cuda {
namespace {

class Emulate : public ::testing::Test {
 protected:
  template <class... Parameters, class... Arguments>
  std::string run(void (*kernel)(Parameters...), Grid grid, Arguments... arguments) {
    nn_error error{};
    int32_t code = launch(&device, "kernel", kernel, grid, &error, arguments...);
    EXPECT_EQ(code, error.code);
    return error.message;
  }
  static Grid grid_of(dim3 blocks, dim3 threads, bool cooperative) {
    Grid grid;
    grid.blocks = blocks;
    grid.threads = threads;
    grid.cooperative = cooperative;
    return grid;
  }
  nn_device device{};
};

template <class T>
__global__ void scale(const T* __restrict__ x, T* __restrict__ y, int64_t n, T factor) {
  for (int64_t i = first_index(); i < n; i += index_stride()) y[i] = x[i] * factor;
}

TEST_F(Emulate, GridStrideLoopsVisitEachElementOnce) {
  device.multiprocessors = 1;
  for (int64_t n : {0, 1, 255, 257, 100003}) {
    std::vector<float> x(static_cast<size_t>(n)), y(x.size(), -1);
    std::iota(x.begin(), x.end(), 0.0f);
    ASSERT_EQ(run(scale<float>, grid_for(&device, n), x.data(), y.data(), n, 2.0f), "");
    for (size_t i = 0; i < y.size(); i++) ASSERT_EQ(y[i], 2 * x[i]) << i;
  }
}

__global__ void places(int* count, unsigned* sum) {
  atomicAdd(count, 1);
  atomicAdd(sum, threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z + 1000 * blockIdx.x + 10000 * blockIdx.y + 100000 * blockIdx.z +
                     (blockDim.x == 4 && blockDim.y == 2 && blockDim.z == 2 && gridDim.x == 3 && gridDim.y == 2 && gridDim.z == 2 ? 0 : 1));
}

TEST_F(Emulate, ThreadsAndBlocksHaveThreeAxes) {
  for (bool cooperative : {false, true}) {
    int count = 0;
    unsigned sum = 0;
    ASSERT_EQ(run(places, grid_of(dim3(3, 2, 2), dim3(4, 2, 2), cooperative), &count, &sum), "");
    EXPECT_EQ(count, 192);
    EXPECT_EQ(sum, 192 / 2 * (3 + 10 + 100 + 2000 + 10000 + 100000));
  }
}

template <int N>
__global__ void reverse_blocks(const int* x, int* y) {
  __shared__ int held[N];
  held[threadIdx.x] = x[first_index()];
  __syncthreads();
  y[first_index()] = held[N - 1 - threadIdx.x];
}

TEST_F(Emulate, SharedMemoryIsOfOneBlock) {
  std::vector<int> x(128 * 5), y(x.size());
  std::iota(x.begin(), x.end(), 0);
  ASSERT_EQ(run(reverse_blocks<128>, grid_of(5, 128, true), x.data(), y.data()), "");
  for (size_t i = 0; i < x.size(); i++) ASSERT_EQ(y[i], static_cast<int>(i / 128 * 128 + 127 - i % 128));
}

__global__ void without_barrier(int* y, int step) {
  __shared__ int held[64];
  int t = static_cast<int>(threadIdx.x);
  held[t] = -1;
  __syncthreads();
  held[t] = t;  // no barrier here
  y[first_index()] = held[(t + step + 64) % 64];
}

TEST_F(Emulate, AMissingBarrierIsSeenWhicheverNeighbourIsRead) {
  for (int step : {1, -1}) {
    std::vector<int> y(128);
    ASSERT_EQ(run(without_barrier, grid_of(2, 64, true), y.data(), step), "");
    EXPECT_GE(std::count(y.begin(), y.end(), -1), 32) << step;
  }
}

struct Lanes {
  int down[32], up[32], across[32], first[32];
  uint32_t odd[32];
  double wide[32];
};

struct Pair {
  Pair() : value(0), index(0) {}
  Pair(double v, int64_t i) : value(v), index(i) {}
  double value;
  int64_t index;
};

__global__ void lanes(Lanes* to) {
  int lane = lane_in_warp();
  to->down[lane] = shuffle_down(lane, 3);
  to->up[lane] = shuffle_up(lane, 5);
  to->across[lane] = shuffle_xor(lane, 9);
  to->first[lane] = shuffle(lane * 7, 4);
  to->odd[lane] = ballot(lane % 2 == 1);
  sync_warp();
  to->wide[lane] = shuffle(Pair(lane * 0.5, lane), 31).value;
}

TEST_F(Emulate, WarpFunctionsExchangeValues) {
  Lanes got{};
  ASSERT_EQ(run(lanes, grid_of(1, 32, true), &got), "");
  for (int lane = 0; lane < 32; lane++) {
    EXPECT_EQ(got.down[lane], lane + 3 < 32 ? lane + 3 : lane);
    EXPECT_EQ(got.up[lane], lane >= 5 ? lane - 5 : lane);
    EXPECT_EQ(got.across[lane], lane ^ 9);
    EXPECT_EQ(got.first[lane], 28);
    EXPECT_EQ(got.odd[lane], 0xaaaaaaaau);
    EXPECT_EQ(got.wide[lane], 15.5);
  }
}

__global__ void largest(const double* x, int64_t n, Pair* result, int* threads_with_it) {
  Pair best(-1e300, n);
  for (int64_t i = thread_in_block(); i < n; i += threads_in_block()) {
    if (x[i] > best.value) best = Pair(x[i], i);
  }
  Pair all = block_reduce(
      best, [](const Pair& a, const Pair& b) { return b.value > a.value || (b.value == a.value && b.index < a.index) ? b : a; });
  Pair count = block_reduce(Pair(1, 1), [](const Pair& a, const Pair& b) { return Pair(a.value + b.value, a.index + b.index); });
  *result = all;
  if (count.index == threads_in_block() && count.value == threads_in_block()) atomicAdd(threads_with_it, 1);
}

TEST_F(Emulate, BlockReduceGivesEveryThreadTheResult) {
  std::vector<double> x(1000);
  for (size_t i = 0; i < x.size(); i++) x[i] = static_cast<double>(i * 7919 % 1000 / 2);
  size_t expected = static_cast<size_t>(std::max_element(x.begin(), x.end()) - x.begin());
  for (dim3 threads : {dim3(32), dim3(64), dim3(96), dim3(256), dim3(1024), dim3(16, 16), dim3(8, 8, 8)}) {
    Pair result;
    int with_it = 0;
    ASSERT_EQ(run(largest, grid_of(1, threads, true), x.data(), int64_t{1000}, &result, &with_it), "");
    EXPECT_EQ(result.index, static_cast<int64_t>(expected));
    EXPECT_EQ(with_it, static_cast<int>(threads.x * threads.y * threads.z));
  }
}

__global__ void order_of_lanes(uint64_t* to) {
  // Not commutative: the last four lanes that were joined.
  uint64_t mine = static_cast<uint64_t>(thread_in_block());
  to[thread_in_block()] = block_reduce(mine, [](uint64_t a, uint64_t b) { return (a << 10 | (b & 1023)) & ((uint64_t{1} << 40) - 1); });
}

TEST_F(Emulate, ReductionsJoinInOneOrderInAllThreads) {
  std::vector<uint64_t> got(256);
  ASSERT_EQ(run(order_of_lanes, grid_of(1, 256, true), got.data()), "");
  for (uint64_t value : got) EXPECT_EQ(value, got[0]);
  EXPECT_EQ(got[0] & 1023, 255u);
}

template <class T>
__global__ void atomics(T* at) {
  T i = static_cast<T>(first_index());
  atomicAdd(&at[0], T{1});
  atomicMax(&at[1], i);
  atomicMin(&at[2], i);
  atomicCAS(&at[3], T{5}, i);
  atomicOr(&at[4], i);
  if (i == 3) atomicExch(&at[5], i);
  atomicAnd(&at[6], ~i);
}

template <class T>
void expect_atomics() {
  nn_device device{};
  std::vector<T> at{0, 3, 200, 5, 0, 9, 1023};
  nn_error error{};
  Grid grid;
  grid.blocks = 2;
  ASSERT_EQ(launch(&device, "atomics", atomics<T>, grid, &error, at.data()), NN_OK);
  EXPECT_EQ(at, (std::vector<T>{512, 511, 0, 0, 511, 3, 512}));
}

TEST_F(Emulate, AtomicsOfIntegers) {
  expect_atomics<int>();
  expect_atomics<unsigned>();
  expect_atomics<unsigned long long>();
}

__global__ void some_leave(int* y) {
  if (threadIdx.x == 7) return;
  __syncthreads();
  y[threadIdx.x] = 1;
}
__global__ void lanes_differ(int* y) {
  if (threadIdx.x < 16) {
    y[threadIdx.x] = shuffle(1, 0);
  } else {
    y[threadIdx.x] = static_cast<int>(ballot(true));
  }
}
__global__ void half_a_warp(int* y) {
  if (threadIdx.x < 16) y[threadIdx.x] = shuffle(1, 0);
}

TEST_F(Emulate, ThreadsThatDoNotMeetAreNamed) {
  std::vector<int> y(64, 0);
  EXPECT_EQ(run(some_leave, grid_of(1, 64, true), y.data()), "kernel: expected all 64 threads of a block at __syncthreads, got 63");
  EXPECT_EQ(run(lanes_differ, grid_of(1, 32, true), y.data()), "kernel: lanes of one warp wait in different warp functions");
  EXPECT_EQ(run(half_a_warp, grid_of(1, 64, true), y.data()), "kernel: expected all 32 lanes of a warp in a warp function, got 16");
  EXPECT_EQ(run(half_a_warp, grid_of(1, 8, true), y.data()), "kernel: expected all 32 lanes of a warp in a warp function, got 8");
  EXPECT_EQ(run(some_leave, grid_of(1, 64, false), y.data()), "__syncthreads: expected a grid that was launched as cooperative");
  EXPECT_EQ(run(half_a_warp, grid_of(1, 64, false), y.data()), "a warp function: expected a grid that was launched as cooperative");
  std::vector<int> x(128), z(128);  // and the next launch is sound
  std::iota(x.begin(), x.end(), 0);
  EXPECT_EQ(run(reverse_blocks<128>, grid_of(1, 128, true), x.data(), z.data()), "");
  EXPECT_EQ(z[0], 127);
}

struct Large {
  char bytes[4096];
};
__global__ void take_large(Large large, int* y) { *y = large.bytes[0]; }

TEST_F(Emulate, WhatADeviceWouldRefuseIsRefused) {
  std::vector<int> y(1);
  for (Grid grid : {grid_of(0, 32, false), grid_of(1, 1025, false), grid_of(dim3(1, 65536), 32, false), grid_of(1, dim3(32, 64), false)}) {
    EXPECT_NE(run(places, grid, y.data(), reinterpret_cast<unsigned*>(y.data())).find("cudaErrorInvalidConfiguration"), std::string::npos);
  }
  EXPECT_NE(run(take_large, grid_of(1, 1, false), Large{}, y.data()).find("cudaErrorInvalidValue"), std::string::npos);
}

}  // namespace
}  // namespace cuda
}  // namespace nn
