#include "backends/cuda/completion.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <string>

#include "backends/cuda/device.h"

namespace nn {
namespace {

// A short wait is answered sooner by asking again and again; a long one must not burn a core.
constexpr auto kSpin = std::chrono::microseconds(50);

}  // namespace

void Completion::open() {
  thread_ = std::thread([this] { loop(); });
}

void Completion::close() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (cudaEvent_t event : idle_events_) cudaEventDestroy(event);
  idle_events_.clear();
}

cudaError_t Completion::take_event(cudaEvent_t* event) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_events_.empty()) {
      *event = idle_events_.back();
      idle_events_.pop_back();
      return cudaSuccess;
    }
  }
  return cudaEventCreateWithFlags(event, cudaEventDisableTiming | cudaEventBlockingSync);
}

int32_t Completion::after_stream(std::vector<Arrival> arrivals, Notify notify, void* argument, nn_error* error) {
  if (int32_t code = loss_->refuse(error)) return code;
  Item item{nullptr, std::move(arrivals), notify, argument};
  if (int32_t code = loss_->check(take_event(&item.event), "cudaEventCreate", error)) return code;
  int32_t code = loss_->check(cudaEventRecord(item.event, device_->stream), "cudaEventRecord", error);
  std::lock_guard<std::mutex> lock(mutex_);
  if (code != NN_OK) {
    idle_events_.push_back(item.event);
    return code;
  }
  items_.push_back(std::move(item));
  wake_.notify_all();
  return NN_OK;
}

int32_t Completion::drain(std::vector<Arrival> arrivals, nn_error* error) {
  std::promise<int32_t> done;
  struct Answer {
    std::promise<int32_t>* done;
    nn_error* error;
  } answer{&done, error};
  auto fn = [](void* argument, int32_t code, const char* message) {
    auto* to = static_cast<Answer*>(argument);
    to->error->code = code;
    if (code != NN_OK) snprintf(to->error->message, sizeof to->error->message, "%s", message);
    to->done->set_value(code);
  };
  int32_t code = after_stream(std::move(arrivals), fn, &answer, error);
  if (code == NN_OK) return done.get_future().get();
  // A lost device still owes its callbacks.
  std::unique_lock<std::mutex> lock(mutex_);
  wake_.wait(lock, [&] { return items_.empty(); });
  return code;
}

void Completion::loop() {
  cudaSetDevice(device_->index);
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || !items_.empty(); });
    if (items_.empty()) return;
    Item& item = items_.front();  // stays there while it is dealt with, so that an empty queue means that all is done
    lock.unlock();
    finish(item);
    lock.lock();
    idle_events_.push_back(item.event);
    items_.pop_front();
    if (items_.empty()) wake_.notify_all();
  }
}

cudaError_t Completion::wait_for(cudaEvent_t event) {
  for (auto end = std::chrono::steady_clock::now() + kSpin; std::chrono::steady_clock::now() < end;) {
    cudaError_t status = cudaEventQuery(event);
    if (status != cudaErrorNotReady) return status;
  }
  return cudaEventSynchronize(event);
}

void Completion::finish(Item& item) {
  nn_error error{};
  int32_t code = loss_->refuse(&error);
  if (code == NN_OK) code = loss_->check(wait_for(item.event), "waiting for the device", &error);
  if (code == NN_OK) {
    for (const Arrival& arrival : item.arrivals) std::memcpy(arrival.target, arrival.source, arrival.bytes);
    code = take_complaint(&error);
  }
  item.arrivals.clear();
  if (item.notify) item.notify(item.argument, code, code == NN_OK ? nullptr : error.message);
}

int32_t Completion::take_complaint(nn_error* error) {
  volatile nn_device_complaint* complaint = device_->complaint;
  if (complaint == nullptr || complaint->code == static_cast<int32_t>(Complaint::kNone)) return NN_OK;
  bool is_row = complaint->code == static_cast<int32_t>(Complaint::kRowOutside);
  long long limit = complaint->limit;
  int32_t value = complaint->value;
  complaint->code = static_cast<int32_t>(Complaint::kNone);
  error->code = NN_INVALID;
  if (is_row) {
    snprintf(error->message, sizeof error->message, "rows: expected a position from 0 to %lld, got %d; the result of that command is zeros",
             limit, value);
  } else {
    snprintf(error->message, sizeof error->message, "index: expected an index below %lld, got %d; its elements of the result are zeros",
             limit, value);
  }
  return NN_INVALID;
}

}  // namespace nn
