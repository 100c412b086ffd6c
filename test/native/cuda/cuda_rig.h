// An open emulated device for tests, and what must be true when it is closed: nothing left, nothing violated.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "backends/cuda/backend.h"
#include "backends/cuda/launch.h"
#include "fake_cudart.h"

namespace nn {

template <class T>
__global__ void add_to(const T* x, T* y, int64_t n, T value) {
  for (int64_t i = cuda::first_index(); i < n; i += cuda::index_stride()) y[i] = x[i] + value;
}

// What a notify said.
struct Notice {
  std::atomic<int> calls{0};
  int32_t code = -1;
  std::string message;
  static void take(void* argument, int32_t code, const char* message) {
    auto* notice = static_cast<Notice*>(argument);
    notice->code = code;
    notice->message = message == nullptr ? "" : message;
    notice->calls++;
  }
  bool wait() const {
    for (int i = 0; i < 20000 && calls == 0; i++) std::this_thread::sleep_for(std::chrono::microseconds(500));
    return calls == 1;
  }
};

class CudaRig : public ::testing::Test {
 protected:
  const nn_backend_api* api = cuda::backend();
  nn_device* device = nullptr;
  nn_error error{};

  void open(const fake::Machine& machine = {}, int32_t index = 0) {
    fake::reset(machine);
    nn_open_options options{index, 0};
    ASSERT_EQ(api->open(&options, &device, &error), NN_OK) << error.message;
    api->attach(device);
  }
  void close() {
    if (device) api->close(device);
    device = nullptr;
    fake::release();
    EXPECT_EQ(fake::live_objects(), 0);
    EXPECT_EQ(fake::live_device_bytes(), 0);
    EXPECT_EQ(fake::take_violations(), std::vector<std::string>());
  }
  void TearDown() override { close(); }

  void* allocate(size_t bytes) {
    void* data = nullptr;
    EXPECT_EQ(api->alloc(device, bytes, &data, &error), NN_OK) << error.message;
    return data;
  }
  template <class T>
  void upload(void* to, const std::vector<T>& from) {
    ASSERT_EQ(api->upload(device, to, from.data(), from.size() * sizeof(T), &error), NN_OK) << error.message;
  }
  template <class T>
  std::vector<T> read(const void* from, size_t count) {
    std::vector<T> to(count);
    EXPECT_EQ(api->download(device, to.data(), from, count * sizeof(T), &error), NN_OK) << error.message;
    EXPECT_EQ(api->synchronize(device, &error), NN_OK) << error.message;
    return to;
  }
  int32_t add(void* x, void* y, int64_t n, float value) {
    return cuda::launch(device, "add", add_to<float>, cuda::grid_for(device, n), &error, static_cast<const float*>(x),
                        static_cast<float*>(y), n, value);
  }
};

}  // namespace nn
