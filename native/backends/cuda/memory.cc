#include "backends/cuda/memory.h"

#include <cstdio>

#include "backends/cuda/device.h"

namespace nn {
namespace {

// What the pool keeps of freed memory. The core keeps freed buffers itself, so that this only has to bridge its trimming.
constexpr uint64_t kKeep = uint64_t{64} << 20;

}  // namespace

int32_t DeviceMemory::open(nn_error* error) {
  if (!device_->properties.memoryPoolsSupported) return NN_OK;
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = device_->index;
  cudaError_t status = cudaMemPoolCreate(&pool_, &properties);
  uint64_t keep = kKeep;
  if (status == cudaSuccess) status = cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep);
  return loss_->check(status, "making a pool of device memory", error);
}

void DeviceMemory::close() {
  if (pool_) cudaMemPoolDestroy(pool_);
  pool_ = nullptr;
}

cudaError_t DeviceMemory::take(size_t bytes, void** out) {
  cudaError_t status = pool_ ? cudaMallocFromPoolAsync(out, bytes, pool_, device_->stream) : cudaMalloc(out, bytes);
  if (status != cudaErrorMemoryAllocation || !pool_) return status;
  // Freed memory that the stream has not come to yet, and pieces of the wrong size: let go of both, and try once more.
  cudaGetLastError();
  if (cudaError_t waited = cudaStreamSynchronize(device_->stream)) return waited;
  cudaMemPoolTrimTo(pool_, 0);
  return cudaMallocFromPoolAsync(out, bytes, pool_, device_->stream);
}

int32_t DeviceMemory::allocate(size_t bytes, void** out, nn_error* error) {
  if (int32_t code = loss_->refuse(error)) return code;
  if (recording_here()) {
    error->code = NN_INVALID;
    snprintf(error->message, sizeof error->message, "expected no memory to be asked for while a graph is recorded");
    return NN_INVALID;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  cudaSetDevice(device_->index);
  cudaError_t status = take(bytes, out);
  if (status != cudaErrorMemoryAllocation) return loss_->check(status, "cudaMallocAsync", error);
  size_t free_bytes = 0, total_bytes = 0;
  cudaMemGetInfo(&free_bytes, &total_bytes);
  cudaGetLastError();
  error->code = NN_OUT_OF_MEMORY;
  snprintf(error->message, sizeof error->message, "the device has %zu of %zu MB free", free_bytes >> 20, total_bytes >> 20);
  return NN_OUT_OF_MEMORY;
}

void DeviceMemory::give(void* data) {
  // In stream order. Errors of a lost device are no news, and there is nobody to tell.
  cudaError_t status = pool_ ? cudaFreeAsync(data, device_->stream) : cudaFree(data);
  nn_error ignored{};
  if (status != cudaSuccess) loss_->check(status, "cudaFreeAsync", &ignored);
}

void DeviceMemory::free(void* data) {
  if (recording_here()) return freed_while_recording_.push_back(data);
  std::lock_guard<std::mutex> lock(mutex_);
  cudaSetDevice(device_->index);
  give(data);
}

void DeviceMemory::begin_recording() {
  mutex_.lock();
  recorder_ = std::this_thread::get_id();
}

void DeviceMemory::end_recording() {
  recorder_ = std::thread::id();
  for (void* data : freed_while_recording_) give(data);
  freed_while_recording_.clear();
  mutex_.unlock();
}

}  // namespace nn
