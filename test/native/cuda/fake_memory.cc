// Memory of the runtime for tests. Fresh memory is poison, freed memory too; under AddressSanitizer the latter is really freed, so that a
// kernel that still uses it is caught in the act.
#include <cstdlib>
#include <cstring>

#include "fake_state.h"

namespace nn {
namespace fake {
namespace {

constexpr unsigned char kPoison = 0xDD;
constexpr size_t kGraveyard = size_t{64} << 20;

void check_grave(State& s, char* at, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    if (static_cast<unsigned char>(at[i]) == kPoison) continue;
    violate(s, "freed memory was written");
    return;
  }
}

cudaError_t allocate(State& s, void** out, size_t bytes, bool pinned) {
  if (bytes == 0) return cudaErrorInvalidValue;
  if (!pinned && s.device_bytes + static_cast<int64_t>(bytes) > s.machine.memory) return cudaErrorMemoryAllocation;
  size_t rounded = (bytes + 255) / 256 * 256;
  char* at = static_cast<char*>(std::aligned_alloc(256, rounded));
  if (at == nullptr) return cudaErrorMemoryAllocation;
  std::memset(at, kPoison, bytes);
  s.allocations[at] = {bytes, pinned};
  if (!pinned) s.device_bytes += static_cast<int64_t>(bytes);
  *out = at;
  return cudaSuccess;
}

}  // namespace

bool inside(State& s, const void* at, size_t bytes, bool pinned) {
  char* data = static_cast<char*>(const_cast<void*>(at));
  auto next = s.allocations.upper_bound(data);
  if (next == s.allocations.begin()) return false;
  auto found = std::prev(next);
  return found->second.pinned == pinned && data + bytes <= found->first + found->second.bytes;
}

void bury(State& s, char* at, const char* function) {
  auto found = s.allocations.find(at);
  if (found == s.allocations.end()) return violate(s, std::string(function) + ": memory that is not allocated");
  size_t bytes = found->second.bytes;
  bool pinned = found->second.pinned;
  if (!pinned) s.device_bytes -= static_cast<int64_t>(bytes);
  s.allocations.erase(found);
#ifdef __SANITIZE_ADDRESS__
  std::free(at);
#else
  std::memset(at, kPoison, bytes);
  s.graveyard.emplace_back(at, bytes);
  s.graveyard_bytes += bytes;
  while (s.graveyard_bytes > kGraveyard) {
    auto [old, size] = s.graveyard.front();
    s.graveyard.pop_front();
    s.graveyard_bytes -= size;
    check_grave(s, old, size);
    std::free(old);
  }
#endif
}

void check_graves(State& s) {
  for (auto& [at, bytes] : s.graveyard) check_grave(s, at, bytes);
}

void forget_device_memory(State& s) {
  for (auto at = s.allocations.begin(); at != s.allocations.end();) {
    auto here = at++;
    if (!here->second.pinned) bury(s, here->first, "reset");
  }
}

}  // namespace fake
}  // namespace nn

using namespace nn::fake;

cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  FAKE_ENTER("cudaMemGetInfo");
  *total_bytes = static_cast<size_t>(s.machine.memory);
  *free_bytes = static_cast<size_t>(s.machine.memory - s.device_bytes);
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** out, size_t bytes) {
  FAKE_ENTER("cudaMalloc");
  if (breaks_capture(s, "cudaMalloc")) return remember(cudaErrorStreamCaptureUnsupported);
  return remember(allocate(s, out, bytes, false));
}

// Waits for all work, as the real one does.
cudaError_t cudaFree(void* at) {
  FAKE_ENTER("cudaFree");
  if (breaks_capture(s, "cudaFree")) return remember(cudaErrorStreamCaptureUnsupported);
  s.changed.wait(lock, [&] {
    for (Stream* stream : s.streams) {
      if (stream->busy || !stream->queue.empty()) return false;
    }
    return true;
  });
  if (at != nullptr) bury(s, static_cast<char*>(at), "cudaFree");
  return remember(s.sticky);
}

cudaError_t cudaHostAlloc(void** out, size_t bytes, unsigned) {
  FAKE_ENTER("cudaHostAlloc");
  if (breaks_capture(s, "cudaHostAlloc")) return remember(cudaErrorStreamCaptureUnsupported);
  return remember(allocate(s, out, bytes, true));
}

cudaError_t cudaFreeHost(void* at) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  cudaError_t failed = enter(s, "cudaFreeHost");
  if (at != nullptr) bury(s, static_cast<char*>(at), "cudaFreeHost");  // so that nothing leaks where a device is lost
  return remember(failed);
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties) {
  FAKE_ENTER("cudaMemPoolCreate");
  if (!s.machine.pools) return remember(cudaErrorNotSupported);
  auto* made = new Pool{properties->location.id};
  s.pools.insert(made);
  *pool = reinterpret_cast<cudaMemPool_t>(made);
  return cudaSuccess;
}

cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool) {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  cudaError_t failed = enter(s, "cudaMemPoolDestroy");
  if (s.pools.erase(pool) == 0) return remember(cudaErrorInvalidValue);
  delete reinterpret_cast<Pool*>(pool);
  return remember(failed);
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr, void*) {
  FAKE_ENTER("cudaMemPoolSetAttribute");
  return remember(s.pools.count(pool) ? cudaSuccess : cudaErrorInvalidValue);
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, size_t) {
  FAKE_ENTER("cudaMemPoolTrimTo");
  return remember(s.pools.count(pool) ? cudaSuccess : cudaErrorInvalidValue);
}

cudaError_t cudaMallocFromPoolAsync(void** out, size_t bytes, cudaMemPool_t pool, cudaStream_t stream) {
  FAKE_ENTER("cudaMallocFromPoolAsync");
  if (!s.pools.count(pool)) return remember(cudaErrorInvalidValue);
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  if (reinterpret_cast<Stream*>(stream)->capture) {
    violate(s, "cudaMallocFromPoolAsync: expected a stream that is not being recorded");
    return remember(cudaErrorStreamCaptureUnsupported);
  }
  return remember(allocate(s, out, bytes, false));
}

cudaError_t cudaFreeAsync(void* at, cudaStream_t stream) {
  FAKE_ENTER("cudaFreeAsync");
  if (cudaError_t wrong = check_stream(s, stream)) return remember(wrong);
  if (reinterpret_cast<Stream*>(stream)->capture) {
    violate(s, "cudaFreeAsync: expected a stream that is not being recorded");
    return remember(cudaErrorStreamCaptureUnsupported);
  }
  return remember(enqueue(s, stream, Work{"", [at] {
                                            State& then = state();
                                            std::lock_guard<std::mutex> held(then.mutex);
                                            bury(then, static_cast<char*>(at), "cudaFreeAsync");
                                          }}));
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  FAKE_ENTER("cudaMemcpyAsync");
  bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (kind != cudaMemcpyHostToDevice && kind != cudaMemcpyDeviceToHost && kind != cudaMemcpyDeviceToDevice) {
    return remember(cudaErrorInvalidMemcpyDirection);
  }
  if (bytes == 0) return cudaSuccess;
  if (!inside(s, to, bytes, !to_device) || !inside(s, from, bytes, !from_device)) {
    violate(s, "cudaMemcpyAsync: expected device memory and pinned memory of the size, got other memory");
    return remember(cudaErrorInvalidValue);
  }
  return remember(enqueue(s, stream, Work{"", [=] {
                                            State& then = state();
                                            {
                                              std::lock_guard<std::mutex> held(then.mutex);
                                              if (!inside(then, to, bytes, !to_device) || !inside(then, from, bytes, !from_device)) {
                                                violate(then, "cudaMemcpyAsync: memory that was freed before its turn");
                                                then.sticky = cudaErrorIllegalAddress;
                                                return;
                                              }
                                            }
                                            std::memmove(to, from, bytes);
                                          }}));
}

cudaError_t cudaMemsetAsync(void* at, int value, size_t bytes, cudaStream_t stream) {
  FAKE_ENTER("cudaMemsetAsync");
  if (bytes == 0) return cudaSuccess;
  if (!inside(s, at, bytes, false)) {
    violate(s, "cudaMemsetAsync: expected device memory, got other memory");
    return remember(cudaErrorInvalidValue);
  }
  return remember(enqueue(s, stream, Work{"", [=] { std::memset(at, value, bytes); }}));
}
