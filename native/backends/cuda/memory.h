// Device memory in the order of the compute stream: what is freed may still be read by work that was given before.
#pragma once

#include <cuda_runtime_api.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "backends/cuda/loss.h"

struct nn_device;

namespace nn {

// From any thread. While the device thread records a graph, others wait: their calls would become part of it.
class DeviceMemory {
 public:
  DeviceMemory(nn_device* device, Loss* loss) : device_(device), loss_(loss) {}
  int32_t open(nn_error* error);
  void close();

  int32_t allocate(size_t bytes, void** out, nn_error* error);
  void free(void* data);

  // Around a recording, on the device thread.
  void begin_recording();
  void end_recording();

 private:
  cudaError_t take(size_t bytes, void** out);
  void give(void* data);
  bool recording_here() const { return recorder_.load() == std::this_thread::get_id(); }

  nn_device* device_;
  Loss* loss_;
  cudaMemPool_t pool_ = nullptr;  // null where the device has none: then cudaMalloc serves
  std::mutex mutex_;
  std::atomic<std::thread::id> recorder_{};
  std::vector<void*> freed_while_recording_;
};

}  // namespace nn
