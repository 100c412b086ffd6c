// A device of any kind with a few tensors, and what a test of programs does with them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/backend.h"
#include "core/program.h"
#include "fake_backend.h"
#include "words.h"

namespace nn {

enum Mode { kCpu, kFakeSync, kFakeAsync, kFakeGraph };

inline std::string mode_name(const testing::TestParamInfo<Mode>& info) {
  const char* names[] = {"cpu", "sync", "async", "graph"};
  return names[info.param];
}

class Rig {
 public:
  explicit Rig(Mode mode, std::set<std::string> without = {}) {
    if (mode != kCpu) fake = std::make_unique<FakeBackend>(FakeOptions{mode != kFakeSync, mode == kFakeGraph, 20, std::move(without)});
    open(fake ? fake->api() : cpu_backend());
  }
  explicit Rig(const nn_backend_api* api) { open(api); }
  ~Rig() {
    handles.clear();
    device.reset();
    if (!fake) return;
    EXPECT_EQ(fake->violations(), std::vector<std::string>());
    EXPECT_EQ(fake->live_plans(), 0);
    EXPECT_EQ(fake->live_allocations(), 0);
  }

  template <typename T>
  void put(int32_t handle, int dtype, const std::vector<int64_t>& dims, const std::vector<T>& data) {
    ASSERT_TRUE(handles.insert(handle, make_entry(*device, dtype, dims, data.data())));
  }
  void put(int32_t handle, const std::vector<int64_t>& dims, const std::vector<float>& data) { put(handle, NN_FLOAT32, dims, data); }

  std::vector<float> get(int32_t handle) { return floats(*handles.find(handle)); }
  std::vector<float> floats(const Entry& entry) { return values<float>(entry); }
  template <typename T>
  std::vector<T> values(const Entry& entry) {
    std::vector<char> bytes = read_entry(*device, entry);
    std::vector<T> result(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }

  std::unique_ptr<Program> build(const ProgramSpec& spec) {
    failure = nullptr;
    return Program::build(*device, handles, spec, &failure);
  }
  bool run(Program& program, const std::vector<int32_t>& inputs = {}, const std::vector<double>& rows = {}, int32_t count = 1) {
    std::vector<Entry> entries;
    for (int32_t handle : inputs) entries.push_back(*handles.find(handle));
    failure = nullptr;
    return program.run(entries, rows.data(), count, cancel, &done, &failure);
  }
  std::vector<Entry> outputs(Program& program) {
    std::vector<Entry> entries;
    failure = nullptr;
    EXPECT_TRUE(program.outputs(&entries, &failure)) << failure->message;
    return entries;
  }

  void open(const nn_backend_api* api) {
    nn_error error{};
    nn_open_options options{0, 2};
    device = Device::open(api, options, &error);
    EXPECT_TRUE(device) << error.message;
    if (device->api()->attach) device->api()->attach(device->raw());
  }

  std::unique_ptr<FakeBackend> fake;
  std::unique_ptr<Device> device;
  HandleTable handles;
  FailurePtr failure;
  std::atomic<bool> cancel{false};
  int32_t done = -1;
};

}  // namespace nn
