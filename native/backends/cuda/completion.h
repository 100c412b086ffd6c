// What happens on the host when the device has come to a point of its stream: a thread waits for the events, copies what was downloaded to
// where it was wanted, and calls back.
#pragma once

#include <cuda_runtime_api.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "backends/cuda/loss.h"

struct nn_device;

namespace nn {

// The last leg of a download. `staged` keeps the pinned memory from being used again.
struct Arrival {
  void* target;
  const void* source;
  size_t bytes;
  std::shared_ptr<void> staged;
};

class Completion {
 public:
  using Notify = void (*)(void*, int32_t code, const char* message);

  Completion(nn_device* device, Loss* loss) : device_(device), loss_(loss) {}
  void open();
  // Calls back for all that is pending first.
  void close();

  // On the device thread. Once the stream has done all that was given to it: the arrivals, then the call, with an error in their place
  // where there is one. `notify` may be null.
  int32_t after_stream(std::vector<Arrival> arrivals, Notify notify, void* argument, nn_error* error);
  // Waits for the stream and for every call that is pending; the error, if any.
  int32_t drain(std::vector<Arrival> arrivals, nn_error* error);

 private:
  struct Item {
    cudaEvent_t event;
    std::vector<Arrival> arrivals;
    Notify notify;
    void* argument;
  };
  void loop();
  void finish(Item& item);
  cudaError_t wait_for(cudaEvent_t event);
  int32_t take_complaint(nn_error* error);
  cudaError_t take_event(cudaEvent_t* event);

  nn_device* device_;
  Loss* loss_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_;
  std::vector<cudaEvent_t> idle_events_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace nn
