// What the parts of the runtime for tests share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "fake_cudart.h"

namespace nn {
namespace fake {

struct Work {
  std::string name;  // of a kernel; empty for what is none
  std::function<void()> run;
};

// One recording of an event: the wait of whoever waits for it is for this one, whatever becomes of the event.
struct Mark {
  bool done = false;
};

struct Graph {
  std::vector<Work> work;
};

struct Executable {
  std::shared_ptr<const Graph> graph;
  int in_flight = 0;
};

struct Event {
  std::shared_ptr<Mark> mark;
};

struct Stream {
  std::deque<Work> queue;
  bool busy = false, stopping = false;
  std::shared_ptr<Graph> capture;
  bool capture_broken = false;
  std::thread::id capturing_thread;
  std::thread worker;
};

struct Pool {
  int device = 0;
};

struct Allocation {
  size_t bytes;
  bool pinned;
};

struct Failure {
  int until, times;
  cudaError_t status;
};

// Never destroyed: threads of streams may outlive main().
struct State {
  std::mutex mutex;
  std::condition_variable changed;
  Machine machine;
  std::mt19937 random{1};
  cudaError_t sticky = cudaSuccess;
  bool held = false;
  int kernels_until_fault = 0;
  cudaError_t fault = cudaSuccess;
  std::map<std::string, Failure> failures;
  std::map<std::string, int64_t> calls;
  std::vector<std::string> log, violations;
  int64_t kernels_run = 0, device_bytes = 0;
  std::map<char*, Allocation> allocations;
  std::deque<std::pair<char*, size_t>> graveyard;
  size_t graveyard_bytes = 0;
  std::set<Stream*> streams;
  std::set<void*> events, graphs, executables, pools;
};

State& state();
void violate(State& s, const std::string& sentence);
// Of every call: counts it, and gives the error that it has to fail with, if any. Under the mutex.
cudaError_t enter(State& s, const char* function);
cudaError_t remember(cudaError_t status);  // for cudaGetLastError, by thread
cudaError_t enqueue(State& s, cudaStream_t stream, Work work);
// The stream that this thread records, if any: calls that would wait for the device break it.
bool breaks_capture(State& s, const char* function);
bool inside(State& s, const void* at, size_t bytes, bool pinned);
void bury(State& s, char* at, const char* function);
void check_graves(State& s);
void forget_device_memory(State& s);  // of a device that was lost
cudaError_t check_stream(State& s, cudaStream_t stream);

#define FAKE_ENTER(name)                      \
  ::nn::fake::State& s = ::nn::fake::state(); \
  std::unique_lock<std::mutex> lock(s.mutex); \
  if (cudaError_t failed = ::nn::fake::enter(s, name)) return ::nn::fake::remember(failed)

}  // namespace fake
}  // namespace nn
