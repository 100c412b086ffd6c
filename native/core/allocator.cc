#include "core/allocator.h"

#include <algorithm>
#include <functional>

namespace nn {

namespace {

std::string bytes_text(int64_t bytes) {
  static const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    unit++;
  }
  char text[32];
  snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

}  // namespace

Buffer::~Buffer() { owner_->give_back(data_, bytes_); }

Allocator::~Allocator() {
  for (auto& [bytes, data] : cache_) api_->free(device_, data);
}

// Eight classes to a power of two: at most 12.5 % is lost, and buffers of a step fit the next one's.
size_t Allocator::size_class(size_t bytes) {
  size_t rounded = (std::max<size_t>(bytes, 1) + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT;
  size_t step = NN_ALIGNMENT;
  while (step * 16 < rounded) step *= 2;
  return (rounded + step - 1) / step * step;
}

BufferPtr Allocator::allocate(size_t bytes, FailurePtr* failure) {
  if (bytes > (size_t{1} << 62)) {
    *failure = make_failure(NN_OUT_OF_MEMORY, "allocate", "expected a possible size, got " + std::to_string(bytes) + " bytes");
    return nullptr;
  }
  size_t wanted = size_class(bytes);
  std::lock_guard<std::mutex> lock(mutex_);
  // A cached buffer up to a quarter larger is better than fresh memory, whose pages have to be faulted in.
  auto cached = cache_.lower_bound(wanted);
  if (cached != cache_.end() && cached->first <= wanted + wanted / 4) {
    size_t size = cached->first;
    void* data = cached->second;
    cache_.erase(cached);
    stats_.cached -= static_cast<int64_t>(size);
    stats_.live += static_cast<int64_t>(size);
    stats_.buffers++;
    stats_.peak = std::max(stats_.peak, stats_.live);
    live_[data] = size;
    return std::make_shared<Buffer>(shared_from_this(), data, size);
  }
  auto over_limit = [&] { return limit_ > 0 && stats_.live + stats_.cached + static_cast<int64_t>(wanted) > limit_; };
  if (over_limit()) trim_locked(0);
  void* data = nullptr;
  nn_error error{};
  bool limited = over_limit();
  if (!limited && api_->alloc(device_, wanted, &data, &error) != NN_OK) {
    trim_locked(0);
    error = {};
    error.code = api_->alloc(device_, wanted, &data, &error);
    if (error.code != NN_OK) data = nullptr;
  }
  if (data == nullptr && error.code != NN_OK && error.code != NN_OUT_OF_MEMORY) {
    *failure = make_failure(error.code, "allocate", error.message);  // a lost device, say, is not short of memory
    return nullptr;
  }
  if (data == nullptr) {
    std::string message = "expected " + bytes_text(static_cast<int64_t>(wanted)) + " of memory, got none: " + bytes_text(stats_.live) +
                          " in use" + (limited ? ", limit " + bytes_text(limit_) : std::string()) + largest_locked();
    if (error.message[0] != '\0') message += std::string(" (") + error.message + ")";
    *failure = make_failure(NN_OUT_OF_MEMORY, "allocate", std::move(message));
    return nullptr;
  }
  stats_.live += static_cast<int64_t>(wanted);
  stats_.buffers++;
  stats_.peak = std::max(stats_.peak, stats_.live);
  live_[data] = wanted;
  return std::make_shared<Buffer>(shared_from_this(), data, wanted);
}

std::string Allocator::largest_locked() const {
  std::vector<size_t> sizes;
  sizes.reserve(live_.size());
  for (auto& [data, bytes] : live_) sizes.push_back(bytes);
  size_t shown = std::min<size_t>(sizes.size(), 5);
  std::partial_sort(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(shown), sizes.end(), std::greater<>());
  if (shown == 0) return "";
  std::string text = "; largest tensors: ";
  for (size_t i = 0; i < shown; i++) text += (i ? ", " : "") + bytes_text(static_cast<int64_t>(sizes[i]));
  return text;
}

void Allocator::give_back(void* data, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  live_.erase(data);
  stats_.live -= static_cast<int64_t>(bytes);
  stats_.buffers--;
  stats_.cached += static_cast<int64_t>(bytes);
  cache_.emplace(bytes, data);
  // Keep no more idle memory than was ever in use at once, beyond a small floor.
  size_t keep = std::max<size_t>(static_cast<size_t>(stats_.peak), size_t{64} << 20);
  if (static_cast<size_t>(stats_.cached) > keep) trim_locked(keep);
}

void Allocator::trim_locked(size_t keep) {
  while (!cache_.empty() && static_cast<size_t>(stats_.cached) > keep) {
    auto largest = std::prev(cache_.end());
    stats_.cached -= static_cast<int64_t>(largest->first);
    api_->free(device_, largest->second);
    cache_.erase(largest);
  }
}

void Allocator::release_cache() {
  std::lock_guard<std::mutex> lock(mutex_);
  trim_locked(0);
}

MemoryStats Allocator::stats() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return stats_;
}

void Allocator::reset_peak() {
  std::lock_guard<std::mutex> lock(mutex_);
  stats_.peak = stats_.live;
}

void Allocator::set_limit(int64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  limit_ = bytes;
}

int64_t Allocator::limit() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return limit_;
}

}  // namespace nn
