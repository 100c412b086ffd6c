#include <algorithm>
#include <utility>

#include "backends/cuda/device.h"
#include "backends/cuda/staging.h"

namespace nn {

Downloader::Downloader(nn_device* device, Loss* loss, Completion* completion)
    : device_(device), loss_(loss), completion_(completion), store_(std::make_shared<Store>()) {}

void Downloader::close() {
  arrivals_.clear();
  chunk_.reset();
  for (char* data : store_->idle) cudaFreeHost(data);
  store_->idle.clear();
}

int32_t Downloader::download(void* target, const void* source, size_t bytes, nn_error* error) {
  if (int32_t code = loss_->refuse(error)) return code;
  size_t before = arrivals_.size();
  int32_t code = send(target, source, bytes, error);
  if (code == NN_OK) return NN_OK;
  // The target may be gone as soon as this returns: nothing may arrive there any more.
  arrivals_.erase(arrivals_.begin() + static_cast<std::ptrdiff_t>(std::min(before, arrivals_.size())), arrivals_.end());
  nn_error ignored{};
  completion_->drain(take_arrivals(), &ignored);
  return code;
}

int32_t Downloader::send(void* target, const void* source, size_t bytes, nn_error* error) {
  while (bytes > 0) {
    if (int32_t code = room(std::min(bytes, kChunk), error)) return code;
    size_t part = std::min(bytes, kChunk - filled_);
    char* slot = chunk_.get() + filled_;
    cudaError_t status = cudaMemcpyAsync(slot, source, part, cudaMemcpyDeviceToHost, device_->stream);
    if (int32_t code = loss_->check(status, "cudaMemcpyAsync", error)) return code;
    arrivals_.push_back({target, slot, part, chunk_});
    filled_ += (part + 63) / 64 * 64;
    target = static_cast<char*>(target) + part;
    source = static_cast<const char*>(source) + part;
    bytes -= part;
  }
  return NN_OK;
}

// Many small ones share a chunk; a large one takes chunk after chunk, and waits for the first to have arrived when all are taken.
int32_t Downloader::room(size_t bytes, nn_error* error) {
  if (chunk_ && filled_ + std::min(bytes, kChunk) <= kChunk) return NN_OK;
  chunk_.reset();
  filled_ = 0;
  std::unique_lock<std::mutex> lock(store_->mutex);
  if (store_->idle.empty() && store_->made == kMostChunks) {
    lock.unlock();
    if (int32_t code = completion_->after_stream(take_arrivals(), nullptr, nullptr, error)) return code;
    lock.lock();
    store_->changed.wait(lock, [&] { return !store_->idle.empty(); });
  }
  char* data = nullptr;
  if (!store_->idle.empty()) {
    data = store_->idle.back();
    store_->idle.pop_back();
  } else {
    cudaError_t status = cudaHostAlloc(reinterpret_cast<void**>(&data), kChunk, cudaHostAllocDefault);
    if (int32_t code = loss_->check(status, "making pinned memory for downloads", error)) return code;
    store_->made++;
  }
  lock.unlock();
  chunk_ = std::shared_ptr<char>(data, [store = store_](char* idle) {
    std::lock_guard<std::mutex> held(store->mutex);
    store->idle.push_back(idle);
    store->changed.notify_one();
  });
  return NN_OK;
}

}  // namespace nn
