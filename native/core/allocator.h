// A caching allocator over a backend's raw memory: size classes, statistics, a limit, and the largest tensors when it runs out.
// Thread-safe, because uploads allocate on the JavaScript thread while commands do on the device thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/abi.h"
#include "core/failure.h"

namespace nn {

class Allocator;

// Owns device memory; given back to the allocator's cache when the last owner goes.
class Buffer {
 public:
  Buffer(std::shared_ptr<Allocator> owner, void* data, size_t bytes) : owner_(std::move(owner)), data_(data), bytes_(bytes) {}
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }  // of the size class, not less than what was asked for

 private:
  std::shared_ptr<Allocator> owner_;
  void* data_;
  size_t bytes_;
};
using BufferPtr = std::shared_ptr<Buffer>;

struct MemoryStats {
  int64_t live = 0;    // bytes handed out
  int64_t peak = 0;    // the largest `live` since the start or reset_peak
  int64_t cached = 0;  // bytes held for reuse
  int64_t buffers = 0;
};

class Allocator : public std::enable_shared_from_this<Allocator> {
 public:
  Allocator(const nn_backend_api* api, nn_device* device) : api_(api), device_(device) {}
  ~Allocator();
  // Null with `failure` set when neither fresh nor cached memory is to be had. Zero bytes give a valid, smallest buffer.
  BufferPtr allocate(size_t bytes, FailurePtr* failure);
  void release_cache();
  MemoryStats stats() const;
  void reset_peak();
  void set_limit(int64_t bytes);  // 0: none
  int64_t limit() const;
  static size_t size_class(size_t bytes);

 private:
  friend class Buffer;
  void give_back(void* data, size_t bytes);
  void trim_locked(size_t keep);
  std::string largest_locked() const;

  const nn_backend_api* api_;
  nn_device* device_;
  mutable std::mutex mutex_;
  std::multimap<size_t, void*> cache_;
  std::unordered_map<void*, size_t> live_;
  MemoryStats stats_;
  int64_t limit_ = 0;
};

}  // namespace nn
