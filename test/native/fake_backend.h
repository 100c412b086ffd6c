// A backend for tests that behaves as badly as a device may: work is done late and elsewhere, fresh and freed memory is poison, and
// anything fails when it is told to. The arithmetic is the CPU backend's, so results can be compared bit for bit.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/abi.h"

namespace nn {

struct FakeOptions {
  bool asynchronous = true;            // false: host memory, work done within the call
  bool graphs = false;                 // records and replays (asynchronous only)
  int delay_us = 20;                   // each piece of work starts up to this much later
  std::set<std::string> without = {};  // ops that it has no kernel for
};

// One at a time: a backend's open() has no argument that could tell instances apart. Outlives every Device made from it.
class FakeBackend {
 public:
  explicit FakeBackend(FakeOptions options = {});
  ~FakeBackend();
  FakeBackend(const FakeBackend&) = delete;
  FakeBackend& operator=(const FakeBackend&) = delete;
  const nn_backend_api* api() const { return &api_; }
  // The next instance may be made: for a library that opens several devices, one after the other.
  static void detach() { current = nullptr; }

  // The n-th from now, counted from 1, and those after it: the allocator tries again when it has emptied its cache.
  void fail_alloc(int nth, int times = 1);
  // In the call, or late: while the work is done, to be told by the next notify or synchronize.
  void fail_kernel(const std::string& op, int nth, bool late = false);
  void fail_prepare(const std::string& op);
  void lose_device();

  // Nothing is done between hold and release, however long the host goes on.
  void hold();
  void release();
  void drain();

  // Sentences about misuse: freed or unwritten memory used, operands that overlap, calls that cannot be recorded.
  std::vector<std::string> violations();
  int64_t kernels_run() const { return kernels_run_; }
  int64_t graphs_recorded() const { return graphs_recorded_; }
  int64_t graph_launches() const { return graph_launches_; }
  int64_t live_plans() const { return live_plans_; }
  int64_t live_allocations();
  // Called on the worker before each kernel.
  std::function<void(const std::string& op)> on_kernel;

 private:
  struct Plan;
  struct Allocation {
    size_t bytes;
    std::vector<bool> written;
  };
  using Work = std::function<void()>;
  struct Graph {
    std::vector<Work> work;
  };
  static FakeBackend* current;
  static FakeBackend* self(nn_device* device) { return reinterpret_cast<FakeBackend*>(device); }
  static int32_t fail(nn_error* error, int32_t code, const std::string& message);
  template <size_t Kernel>
  static int32_t prepare_at(nn_device*, const nn_args*, void** plan, size_t* workspace, nn_error*);
  template <size_t... Kernels>
  void wrap_kernels(std::index_sequence<Kernels...>);
  int32_t prepare(size_t kernel, const nn_args*, void** plan, size_t* workspace, nn_error*);
  int32_t run_kernel(const nn_args*, Plan*, void* workspace, nn_error*);
  void compute(const nn_args&, const Plan&, void* workspace);
  int32_t enqueue(Work work, nn_error* error);
  int32_t refuse_when_lost(nn_error* error);
  void loop();
  void violate(const std::string& sentence);
  std::map<char*, Allocation>::iterator allocation_of(const void* data, size_t bytes);
  void mark_written(void* data, size_t bytes);
  bool check_range(const std::string& what, const void* data, size_t bytes, bool is_read);
  void check_operands(const nn_args&, const Plan&, void* workspace);
  void fill_api();
  void fill_memory_api();
  void fill_graph_api();

  FakeOptions options_;
  nn_backend_api api_{};
  const nn_backend_api* base_;
  nn_device* base_device_ = nullptr;
  std::vector<nn_kernel> kernels_;

  std::mutex memory_mutex_;
  std::map<char*, Allocation> allocations_;
  std::vector<std::pair<char*, size_t>> graveyard_;  // freed, still poisoned, returned to the system when the device closes
  int allocs_until_failure_ = 0, failing_allocs_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<Work> queue_;
  bool busy_ = false, held_ = false, stopping_ = false;
  std::vector<std::string> violations_;
  std::map<std::string, std::pair<int, bool>> kernel_failures_;  // op: how many more, late
  std::set<std::string> prepare_failures_;
  nn_error late_{};
  std::unique_ptr<Graph> recording_;
  std::set<Graph*> graphs_;
  std::atomic<bool> lost_{false};
  std::atomic<int64_t> kernels_run_{0}, graphs_recorded_{0}, graph_launches_{0}, live_plans_{0};
  std::minstd_rand random_{7};
  std::thread worker_;
};

}  // namespace nn
