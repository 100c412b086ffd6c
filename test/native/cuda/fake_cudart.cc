#include "fake_cudart.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "backends/cuda/emulate.h"
#include "fake_state.h"

namespace nn {
namespace fake {
namespace {

thread_local cudaError_t last_error = cudaSuccess;
thread_local int current_device = 0;

// What the emulated plugin is told by whoever starts its process: devices=2,driver=12080,memory=1000000,delay=20,pools=0,fault=5
void read_environment(State& s) {
  const char* text = std::getenv("NODE_CUDNN_FAKE_CUDA");
  std::string rest = text == nullptr ? "" : text;
  while (!rest.empty()) {
    size_t comma = rest.find(','), equal = rest.find('=');
    std::string one = rest.substr(0, comma);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    if (equal == std::string::npos || equal >= one.size()) continue;
    std::string name = one.substr(0, equal);
    long long value = std::atoll(one.c_str() + equal + 1);
    if (name == "devices") s.machine.devices = static_cast<int>(value);
    if (name == "driver") s.machine.driver = static_cast<int>(value);
    if (name == "memory") s.machine.memory = value;
    if (name == "pools") s.machine.pools = value != 0;
    if (name == "delay") s.machine.delay_us = static_cast<int>(value);
    if (name == "fault") s.kernels_until_fault = static_cast<int>(value), s.fault = cudaErrorIllegalAddress;
  }
}

cudaError_t submit(cudaStream_t stream, const char* name, std::function<void()> work) {
  if (stream == nullptr) {  // a test of a kernel alone
    work();
    return cudaSuccess;
  }
  FAKE_ENTER("cudaLaunchKernelEx");
  s.log.push_back(std::string("launch ") + name);
  return remember(enqueue(s, stream, Work{name, std::move(work)}));
}

}  // namespace

State& state() {
  static State* made = [] {
    auto* fresh = new State();
    read_environment(*fresh);
    cuda::emulated::submit = submit;
    return fresh;
  }();
  return *made;
}

namespace {
// Before the first launch, which need not come after another call.
[[maybe_unused]] const bool started = (state(), true);
}  // namespace

void violate(State& s, const std::string& sentence) {
  s.violations.push_back(sentence);
  std::fprintf(stderr, "fake CUDA: %s\n", sentence.c_str());
}

cudaError_t remember(cudaError_t status) {
  if (status != cudaSuccess && status != cudaErrorNotReady) last_error = status;
  return status;
}

cudaError_t enter(State& s, const char* function) {
  s.calls[function]++;
  if (s.log.size() < 1000000) s.log.push_back(function);
  auto failing = s.failures.find(function);
  if (failing != s.failures.end()) {
    Failure& failure = failing->second;
    if (failure.until > 0) failure.until--;
    if (failure.until == 0) {
      cudaError_t status = failure.status;
      if (--failure.times == 0) s.failures.erase(failing);
      return status;
    }
  }
  if (s.machine.driver < s.machine.runtime) return cudaErrorInsufficientDriver;
  if (s.machine.devices == 0) return cudaErrorNoDevice;
  return s.sticky;
}

void reset(const Machine& machine) {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  if (s.sticky != cudaSuccess) forget_device_memory(s);
  s.machine = machine;
  s.random.seed(machine.seed);
  s.sticky = cudaSuccess;
  s.held = false;
  s.kernels_until_fault = 0;
  s.failures.clear();
  s.calls.clear();
  s.log.clear();
  s.violations.clear();
  s.kernels_run = 0;
  last_error = cudaSuccess;
}

void fail(const std::string& function, int nth, cudaError_t status, int times) {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  s.failures[function] = {nth, times, status};
}

void fault_after(int kernels, cudaError_t status) {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  s.kernels_until_fault = kernels;
  s.fault = status;
}

void hold() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  s.held = true;
}

void release() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  s.held = false;
  s.changed.notify_all();
}

std::vector<std::string> take_log() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  return std::exchange(s.log, {});
}
std::vector<std::string> take_violations() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  check_graves(s);
  return std::exchange(s.violations, {});
}
int64_t count_calls(const std::string& function) {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  auto found = s.calls.find(function);
  return found == s.calls.end() ? 0 : found->second;
}
int64_t kernels_run() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  return s.kernels_run;
}
int64_t live_device_bytes() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  return s.device_bytes;
}
int64_t live_objects() {
  State& s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  size_t pinned = 0;
  for (auto& [at, allocation] : s.allocations) pinned += allocation.pinned ? 1 : 0;
  return static_cast<int64_t>(s.streams.size() + s.events.size() + s.graphs.size() + s.executables.size() + s.pools.size() + pinned);
}

}  // namespace fake
}  // namespace nn

using namespace nn::fake;

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return last_error; }

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = state().machine.runtime;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = state().machine.driver;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  FAKE_ENTER("cudaGetDeviceCount");
  *count = s.machine.devices;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  FAKE_ENTER("cudaSetDevice");
  if (device < 0 || device >= s.machine.devices) return remember(cudaErrorInvalidDevice);
  current_device = device;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  FAKE_ENTER("cudaGetDeviceProperties");
  if (device < 0 || device >= s.machine.devices) return remember(cudaErrorInvalidDevice);
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "Emulated \"GPU\" %d", device);
  properties->major = 9;
  properties->multiProcessorCount = 2;
  properties->totalGlobalMem = static_cast<size_t>(s.machine.memory);
  properties->memoryPoolsSupported = s.machine.pools;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->sharedMemPerBlock = 48 << 10;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  FAKE_ENTER("cudaDeviceGetAttribute");
  if (device < 0 || device >= s.machine.devices) return remember(cudaErrorInvalidDevice);
  *value = attribute == cudaDevAttrMemoryPoolsSupported ? s.machine.pools : attribute == cudaDevAttrMultiProcessorCount ? 2 : 0;
  return cudaSuccess;
}
