// Lets g++ compile a .cu file and run its kernels on the CPU, for tests: CUDA's words, and grids that are walked thread after thread. A
// block whose threads wait for one another has a fiber for each (emulate.cc).
#pragma once

#ifndef NN_EMULATED_CUDA
#error "emulate.h is for builds with NN_EMULATED_CUDA; launch.h includes it where it is due"
#endif

#include <cuda_runtime_api.h>
#include <vector_functions.h>
#include <vector_types.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <type_traits>

#include "core/abi.h"

// The toolkit's headers give these names to attributes that g++ does not know.
#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __launch_bounds__
#undef __forceinline__
#define __global__
#define __device__
#define __host__
// Blocks run one after another on the thread of their stream, so a block's memory may be a static of that thread.
#define __shared__ static thread_local
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))

struct nn_device;

namespace nn {
int32_t cuda_failure(cudaError_t status, const char* call, nn_error* error);

namespace cuda {
namespace emulated {

struct Place {
  uint3 thread, block;
  dim3 threads, blocks;
};
inline thread_local Place place{};

using Body = std::function<void()>;  // what one thread of the grid does
// Walks the grid on the calling thread. Throws std::logic_error, in words, where threads of a block do not meet at their barriers.
void run_grid(const char* name, dim3 blocks, dim3 threads, bool cooperative, const Body& body);
// What the runtime would refuse.
cudaError_t check_grid(dim3 blocks, dim3 threads, size_t parameter_bytes);

// Runs the work at once, or, where a runtime for tests has put itself in this place, when its stream comes to it.
using Submit = cudaError_t (*)(cudaStream_t stream, const char* name, std::function<void()> work);
extern Submit submit;
cudaStream_t stream_of(const nn_device* device);

enum class Meeting { kNone, kBlock, kShuffle, kBallot, kWarp };
void wait_for_block();
// Leaves up to 16 bytes for the other lanes of the warp, waits for theirs and gives all 32, each 16 bytes from the next.
const char* exchange(Meeting kind, const void* value, size_t bytes);

}  // namespace emulated

template <class... Parameters>
int32_t emulate_launch(nn_device* device, const char* name, void (*kernel)(Parameters...), dim3 blocks, dim3 threads, bool cooperative,
                       nn_error* error, std::common_type_t<Parameters>... parameters) {
  cudaError_t status = emulated::check_grid(blocks, threads, (sizeof(Parameters) + ... + 0));
  if (status != cudaSuccess) return cuda_failure(status, name, error);
  std::string label = name;
  auto work = [=] { emulated::run_grid(label.c_str(), blocks, threads, cooperative, [&] { kernel(parameters...); }); };
  try {
    status = emulated::submit(emulated::stream_of(device), name, std::move(work));
  } catch (const std::exception& wrong) {
    error->code = NN_LIBRARY;
    std::strncpy(error->message, wrong.what(), sizeof error->message - 1);
    return NN_LIBRARY;
  }
  return status == cudaSuccess ? int32_t{NN_OK} : cuda_failure(status, name, error);
}

}  // namespace cuda
}  // namespace nn

#define threadIdx (::nn::cuda::emulated::place.thread)
#define blockIdx (::nn::cuda::emulated::place.block)
#define blockDim (::nn::cuda::emulated::place.threads)
#define gridDim (::nn::cuda::emulated::place.blocks)

inline void __syncthreads() { ::nn::cuda::emulated::wait_for_block(); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

template <class T>
inline T __ldg(const T* at) {
  return *at;
}

// Integers only, as everywhere here: the order in which floats are added would change from run to run.
#define NN_EMULATED_ATOMICS(T)                                                                                          \
  inline T atomicAdd(T* at, T value) { return __atomic_fetch_add(at, value, __ATOMIC_RELAXED); }                        \
  inline T atomicExch(T* at, T value) { return __atomic_exchange_n(at, value, __ATOMIC_RELAXED); }                      \
  inline T atomicCAS(T* at, T expected, T value) {                                                                      \
    __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                       \
    return expected;                                                                                                    \
  }                                                                                                                     \
  inline T atomicMax(T* at, T value) {                                                                                  \
    T seen = __atomic_load_n(at, __ATOMIC_RELAXED);                                                                     \
    while (seen < value && !__atomic_compare_exchange_n(at, &seen, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
    }                                                                                                                   \
    return seen;                                                                                                        \
  }                                                                                                                     \
  inline T atomicMin(T* at, T value) {                                                                                  \
    T seen = __atomic_load_n(at, __ATOMIC_RELAXED);                                                                     \
    while (value < seen && !__atomic_compare_exchange_n(at, &seen, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
    }                                                                                                                   \
    return seen;                                                                                                        \
  }                                                                                                                     \
  inline T atomicOr(T* at, T value) { return __atomic_fetch_or(at, value, __ATOMIC_RELAXED); }                          \
  inline T atomicAnd(T* at, T value) { return __atomic_fetch_and(at, value, __ATOMIC_RELAXED); }
NN_EMULATED_ATOMICS(int)
NN_EMULATED_ATOMICS(unsigned)
NN_EMULATED_ATOMICS(unsigned long long)
#undef NN_EMULATED_ATOMICS
