// What goes to the device and comes back: uploads, copies between devices, reads, and waiting.
#include <chrono>
#include <cstring>
#include <future>
#include <utility>

#include "core/context.h"

namespace nn {

namespace {

// That another device was lost is no reason for this one to stop.
FailurePtr from_elsewhere(const FailurePtr& failure) {
  if (!failure || failure->code != NN_DEVICE_LOST) return failure;
  return make_failure(NN_LIBRARY, failure->op, "the device that the tensor came from was lost: " + failure->message, failure->operands);
}

}  // namespace

void Context::upload(int32_t handle, const nn_tensor& tensor, const void* data) {
  size_t bytes = static_cast<size_t>(bytes_of(tensor));
  Entry entry{tensor, nullptr, nullptr};
  FailurePtr failure;
  entry.buffer = device_->allocator().allocate(bytes, &failure);
  if (!entry.buffer) {
    entry.failure = failure;
  } else {
    entry.tensor.data = entry.buffer->data();
  }
  if (!entry.buffer || device_->api()->host_memory) {
    // A cached buffer may still be read by commands in the queue that were given before it was freed; those frees are in the queue as
    // well, so a buffer in the cache has no reader left.
    if (entry.buffer && bytes > 0) std::memcpy(entry.tensor.data, data, bytes);
    enqueue(
        [this, handle, entry] {
          if (entry.failure) note(entry.failure);
          bind(handle, entry);
        },
        64);
    return;
  }
  const char* source = static_cast<const char*>(data);
  enqueue([this, handle, entry, bytes, copy = std::vector<char>(source, source + bytes)] { make(handle, entry, copy.data(), bytes); },
          bytes + 64);
}

// On the device thread: the tensor of a handle, filled from host memory.
void Context::make(int32_t handle, Entry entry, const void* data, size_t bytes) {
  nn_error error{};
  int32_t code = device_->api()->upload(device_->raw(), entry.tensor.data, data, bytes, &error);
  if (code != NN_OK) {
    entry.failure = make_failure(code, "upload", error.message, std::string(dtype_name(entry.tensor.dtype)) + shape_text(entry.tensor));
    entry.buffer = nullptr;
    note(entry.failure);
  }
  bind(handle, std::move(entry));
}

void Context::receive(Context& source, int32_t source_handle, int32_t handle, const nn_tensor& tensor) {
  const auto size = static_cast<size_t>(bytes_of(tensor));
  auto bytes = std::make_shared<std::vector<char>>();
  // Held by the source's work alone: dropped with it, the promise is broken, and nobody waits for ever.
  auto promise = std::make_shared<std::promise<FailurePtr>>();
  std::shared_future<FailurePtr> arrived = promise->get_future().share();
  source.enqueue(
      [&source, source_handle, size, bytes, promise = std::move(promise)] {
        const Entry* entry = source.handles_.find(source_handle);
        bytes->resize(size);
        FailurePtr failure = entry == nullptr ? unknown_handle(source_handle)
                             : entry->failure ? entry->failure
                                              : source.download(*entry, bytes->data(), size);
        if (failure) return promise->set_value(failure);
        source.after_device([promise](FailurePtr late) { promise->set_value(std::move(late)); });
      },
      64);
  enqueue(
      [this, handle, tensor, size, bytes, arrived] {
        Entry entry{tensor, nullptr, nullptr};
        try {
          while (arrived.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
            std::lock_guard<std::mutex> lock(mutex_);
            if (stopping_) return;
          }
          entry.failure = from_elsewhere(arrived.get());
        } catch (const std::future_error&) {
          entry.failure = make_failure(NN_CANCELLED, "to", "the device that the tensor was on was closed");
        }
        FailurePtr full;
        if (!entry.failure) entry.buffer = device_->allocator().allocate(size, &full);
        if (full) {
          note(full);
          entry.failure = full;
        }
        if (entry.failure) {
          bind(handle, std::move(entry));
          return;
        }
        entry.tensor.data = entry.buffer->data();
        make(handle, std::move(entry), bytes->data(), size);
      },
      64);
}

FailurePtr Context::start_read(int32_t handle, void* target, size_t bytes) {
  const Entry* entry = handles_.find(handle);
  if (entry != nullptr && entry->failure) {
    if (pending_ == entry->failure) pending_ = nullptr;
    return entry->failure;
  }
  if (pending_) return std::exchange(pending_, nullptr);
  if (entry == nullptr) return unknown_handle(handle);
  return download(*entry, target, bytes);
}

FailurePtr Context::download(const Entry& entry, void* target, size_t bytes) {
  if (static_cast<size_t>(bytes_of(entry.tensor)) != bytes) {
    return make_failure(NN_INVALID, "read",
                        "expected " + std::to_string(bytes_of(entry.tensor)) + " bytes of room, got " + std::to_string(bytes));
  }
  if (bytes == 0) return nullptr;
  nn_error error{};
  int32_t code = device_->api()->download(device_->raw(), target, entry.tensor.data, bytes, &error);
  return code == NN_OK ? nullptr : make_failure(code, "read", error.message);
}

// Hands a completion over once the device has done what was given to it before.
void Context::complete_after_device(Completion completion) {
  if (completion.failure) return complete_(std::move(completion));
  after_device([this, completion = std::move(completion)](FailurePtr failure) mutable {
    completion.failure = std::move(failure);
    complete_(std::move(completion));
  });
}

// Calls `done` when the device has done what was given to it before, with what failed meanwhile.
void Context::after_device(std::function<void(FailurePtr)> done) {
  if (device_->api()->host_memory) return done(nullptr);
  using Done = std::function<void(FailurePtr)>;
  auto* waiting = new Done(std::move(done));
  nn_error error{};
  int32_t code = device_->api()->notify(
      device_->raw(),
      [](void* argument, int32_t status, const char* message) {
        std::unique_ptr<Done> finished(static_cast<Done*>(argument));
        (*finished)(status == NN_OK ? nullptr : make_failure(status, "device", message ? message : ""));
      },
      waiting, &error);
  if (code == NN_OK) return;
  std::unique_ptr<Done> failed(waiting);
  (*failed)(make_failure(code, "device", error.message));
}

void Context::read(int32_t handle, void* target, size_t bytes, int64_t id) {
  enqueue(
      [this, handle, target, bytes, id] {
        Completion completion;
        completion.id = id;
        completion.failure = start_read(handle, target, bytes);
        complete_after_device(std::move(completion));
      },
      64);
}

FailurePtr Context::read_sync(int32_t handle, void* target, size_t bytes) {
  std::promise<FailurePtr> promise;
  std::future<FailurePtr> result = promise.get_future();
  enqueue(
      [this, handle, target, bytes, &promise] {
        FailurePtr failure = start_read(handle, target, bytes);
        nn_error error{};
        int32_t code = failure ? NN_OK : device_->api()->synchronize(device_->raw(), &error);
        promise.set_value(code == NN_OK ? failure : make_failure(code, "read", error.message));
      },
      64);
  return result.get();
}

void Context::sync(int64_t id) {
  enqueue(
      [this, id] {
        Completion completion;
        completion.id = id;
        completion.failure = std::exchange(pending_, nullptr);
        complete_after_device(std::move(completion));
      },
      64);
}

}  // namespace nn
