// The C table of the fake backend: memory, copies, notifications and graphs.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fake_backend.h"

namespace nn {
namespace {

constexpr unsigned char kPoison = 0xDD;

}  // namespace

// The table. Every function finds its instance behind the device.
void FakeBackend::fill_api() {
  api_.abi_version = NN_ABI_VERSION;
  api_.struct_size = sizeof api_;
  api_.name = "fake";
  api_.host_memory = options_.asynchronous ? 0 : 1;
  api_.kernels = kernels_.data();
  api_.n_kernels = static_cast<int32_t>(kernels_.size());
  api_.device_count = [](nn_error*) -> int32_t { return 1; };
  api_.open = [](const nn_open_options* options, nn_device** out, nn_error* error) -> int32_t {
    FakeBackend* fake = current;
    if (!fake || fake->base_device_) return fail(error, NN_INVALID, "expected one fake device at a time");
    int32_t code = fake->base_->open(options, &fake->base_device_, error);
    if (code != NN_OK) return code;
    if (fake->options_.asynchronous) fake->worker_ = std::thread([fake] { fake->loop(); });
    *out = reinterpret_cast<nn_device*>(fake);
    return NN_OK;
  };
  api_.close = [](nn_device* device) {
    FakeBackend* fake = self(device);
    fake->release();
    {
      std::lock_guard<std::mutex> lock(fake->mutex_);
      fake->stopping_ = true;
      fake->wake_.notify_all();
    }
    if (fake->worker_.joinable()) fake->worker_.join();
    for (auto& [data, bytes] : fake->graveyard_) {
      for (size_t i = 0; i < bytes; i++) {
        if (static_cast<unsigned char>(data[i]) == kPoison) continue;
        fake->violate("freed memory was written");
        break;
      }
      std::free(data);
    }
    fake->graveyard_.clear();
    fake->base_->close(std::exchange(fake->base_device_, nullptr));
  };
  api_.attach = [](nn_device* device) {
    FakeBackend* fake = self(device);
    if (fake->base_->attach) fake->base_->attach(fake->base_device_);
  };
  api_.describe = [](nn_device*, char* json, size_t length) { snprintf(json, length, "{\"description\": \"fake\"}"); };
  api_.memory_info = [](nn_device*, int64_t* free_bytes, int64_t* total_bytes) { *free_bytes = *total_bytes = int64_t{1} << 30; };
  api_.notify = [](nn_device* device, void (*fn)(void*, int32_t, const char*), void* argument, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (fake->recording_) fake->violate("notify: expected none while recording");
    return fake->enqueue(
        [fake, fn, argument] {
          nn_error late{};
          {
            std::lock_guard<std::mutex> lock(fake->mutex_);
            late = std::exchange(fake->late_, nn_error{});
          }
          fn(argument, late.code, late.code == NN_OK ? nullptr : late.message);
        },
        error);
  };
  api_.synchronize = [](nn_device* device, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (fake->recording_) fake->violate("synchronize: expected none while recording");
    fake->drain();
    if (int32_t code = fake->refuse_when_lost(error)) return code;
    std::lock_guard<std::mutex> lock(fake->mutex_);
    nn_error late = std::exchange(fake->late_, nn_error{});
    return late.code == NN_OK ? int32_t{NN_OK} : fail(error, late.code, late.message);
  };
  fill_memory_api();
  if (options_.graphs && options_.asynchronous) fill_graph_api();
}

void FakeBackend::fill_memory_api() {
  api_.alloc = [](nn_device* device, size_t bytes, void** out, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (int32_t code = fake->refuse_when_lost(error)) return code;
    std::lock_guard<std::mutex> lock(fake->memory_mutex_);
    if (fake->allocs_until_failure_ > 0) fake->allocs_until_failure_--;
    if (fake->allocs_until_failure_ == 0 && fake->failing_allocs_ > 0) {
      fake->failing_allocs_--;
      return fail(error, NN_OUT_OF_MEMORY, "the fake is full");
    }
    size_t rounded = (bytes + NN_ALIGNMENT) / NN_ALIGNMENT * NN_ALIGNMENT;
    char* data = static_cast<char*>(std::aligned_alloc(NN_ALIGNMENT, rounded));
    std::memset(data, kPoison, rounded);
    fake->allocations_[data] = {bytes, std::vector<bool>(bytes, false)};
    *out = data;
    return NN_OK;
  };
  api_.free = [](nn_device* device, void* data) {
    FakeBackend* fake = self(device);
    if (fake->recording_) fake->violate("free: expected none while recording");
    auto bury = [fake, data] {
      std::lock_guard<std::mutex> lock(fake->memory_mutex_);
      auto found = fake->allocations_.find(static_cast<char*>(data));
      if (found == fake->allocations_.end()) std::abort();  // freed twice
      std::memset(data, kPoison, found->second.bytes);
      fake->graveyard_.emplace_back(found->first, found->second.bytes);
      fake->allocations_.erase(found);
    };
    nn_error ignored{};
    if (fake->enqueue(bury, &ignored) != NN_OK) bury();
  };
  api_.upload = [](nn_device* device, void* to, const void* from, size_t bytes, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (!fake->check_range("upload", to, bytes, false)) return fail(error, NN_LIBRARY, "upload to bad memory");
    if (fake->recording_) fake->violate("upload: expected none while recording");
    const char* source = static_cast<const char*>(from);
    return fake->enqueue(
        [fake, to, copy = std::vector<char>(source, source + bytes)] {
          if (!copy.empty()) std::memcpy(to, copy.data(), copy.size());
          fake->mark_written(to, copy.size());
        },
        error);
  };
  api_.download = [](nn_device* device, void* to, const void* from, size_t bytes, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (fake->recording_) fake->violate("download: expected none while recording");
    return fake->enqueue(
        [fake, to, from, bytes] {
          if (bytes > 0 && fake->check_range("download", from, bytes, true)) std::memcpy(to, from, bytes);
        },
        error);
  };
  api_.copy = [](nn_device* device, void* to, const void* from, size_t bytes, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    return fake->enqueue(
        [fake, to, from, bytes] {
          if (bytes == 0 || !fake->check_range("copy", from, bytes, true) || !fake->check_range("copy", to, bytes, false)) return;
          std::memmove(to, from, bytes);
          fake->mark_written(to, bytes);
        },
        error);
  };
}

void FakeBackend::fill_graph_api() {
  api_.graph_begin = [](nn_device* device, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (int32_t code = fake->refuse_when_lost(error)) return code;
    std::lock_guard<std::mutex> lock(fake->mutex_);
    if (fake->recording_) return fail(error, NN_LIBRARY, "already recording");
    fake->recording_ = std::make_unique<Graph>();
    return NN_OK;
  };
  api_.graph_end = [](nn_device* device, void** graph, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    std::lock_guard<std::mutex> lock(fake->mutex_);
    if (!fake->recording_) return fail(error, NN_LIBRARY, "not recording");
    fake->graphs_recorded_++;
    fake->graphs_.insert(fake->recording_.get());
    *graph = fake->recording_.release();
    return NN_OK;
  };
  api_.next_row = [](nn_device* device, void* to, void* rows, size_t bytes, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    if (bytes % 16 != 0) fake->violate("next_row: expected rows of a multiple of 16 bytes");
    return fake->enqueue(
        [fake, to, rows, bytes] {
          if (!fake->check_range("next_row", rows, NN_ROWS_HEADER / 16, true) || !fake->check_range("next_row", to, bytes, false)) return;
          auto* head = static_cast<int64_t*>(rows);
          const char* row = static_cast<const char*>(rows) + NN_ROWS_HEADER + static_cast<size_t>(head[0]) * bytes;
          if (!fake->check_range("next_row", row, bytes, true)) return;
          std::memcpy(to, row, bytes);
          fake->mark_written(to, bytes);
          if (head[0] + 1 < head[1]) head[0]++;
        },
        error);
  };
  api_.graph_launch = [](nn_device* device, void* graph, nn_error* error) -> int32_t {
    FakeBackend* fake = self(device);
    {
      std::lock_guard<std::mutex> lock(fake->mutex_);
      if (!fake->graphs_.count(static_cast<Graph*>(graph))) return fail(error, NN_LIBRARY, "no such graph");
    }
    fake->graph_launches_++;
    for (const Work& work : static_cast<Graph*>(graph)->work) {
      if (int32_t code = fake->enqueue(work, error)) return code;
    }
    return NN_OK;
  };
  api_.graph_destroy = [](nn_device* device, void* graph) {
    FakeBackend* fake = self(device);
    std::lock_guard<std::mutex> lock(fake->mutex_);
    if (fake->graphs_.erase(static_cast<Graph*>(graph)) == 0) std::abort();  // destroyed twice
    delete static_cast<Graph*>(graph);
  };
}

}  // namespace nn
