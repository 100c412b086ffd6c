// The emulation of blocks whose threads wait for one another. Each thread is a fiber with a stack of its own; the scheduler runs each until
// it waits, and lets them go on when all that it waits for have come.
#ifdef NN_EMULATED_CUDA

#include "backends/cuda/emulate.h"

#include <stdexcept>

#include "backends/cuda/device.h"
#include "backends/cuda/emulate_fiber.h"
#include "backends/cuda/emulate_wanted.h"

namespace nn {
namespace cuda {
namespace emulated {
namespace {

constexpr unsigned kWarp = 32;

enum class State { kReady, kWaiting, kDone };

struct Thread {
  Fiber fiber;
  State state = State::kReady;
  Meeting waits_for = Meeting::kNone;
  uint3 index{};
};

// What the lanes of a warp left for one another: two sets, since a fast lane may leave the next value before a slow one has read.
struct Warp {
  alignas(16) char slots[2][kWarp][16];
  unsigned exchanges[kWarp];
};

class Block;
thread_local Block* current = nullptr;

class Block {
 public:
  Block(const char* name, dim3 threads, const Body& body) : name_(name), size_(threads.x * threads.y * threads.z), body_(body) {
    threads_.resize(size_);
    warps_.resize((size_ + kWarp - 1) / kWarp);
    stacks_.reserve(size_);
    for (unsigned i = 0; i < size_; i++) {
      stacks_.push_back(FiberStack::take());
      threads_[i].index = {i % threads.x, i / threads.x % threads.y, i / (threads.x * threads.y)};
    }
  }
  ~Block() {
    for (FiberStack* stack : stacks_) FiberStack::give(stack);
  }

  void run(unsigned number) {
    current = this;
    for (Warp& warp : warps_) warp = Warp{};
    for (unsigned i = 0; i < size_; i++) {
      threads_[i].state = State::kReady;
      threads_[i].fiber.start(*stacks_[i], [] { current->body_of_fiber(); });
    }
    // From the first thread up and from the last one down by turns: a barrier that is missing shows in one of them.
    unsigned turn = number;
    do {
      for (unsigned w = 0; w < warps_.size(); w++) run_warp(turn % 2 == 0 ? w : static_cast<unsigned>(warps_.size()) - 1 - w, turn);
      turn++;
    } while (release_block());
    current = nullptr;
  }

  void wait(Meeting kind) {
    Thread& self = threads_[running_];
    self.waits_for = kind;
    self.state = State::kWaiting;
    self.fiber.yield();
  }

  const char* exchange(Meeting kind, const void* value, size_t bytes) {
    unsigned lane = running_ % kWarp;
    Warp& warp = warps_[running_ / kWarp];
    unsigned set = warp.exchanges[lane]++ % 2;
    if (bytes > 0) std::memcpy(warp.slots[set][lane], value, bytes);
    wait(kind);
    return warp.slots[set][0];
  }

 private:
  void body_of_fiber() {
    body_();
    threads_[running_].state = State::kDone;
  }

  // Until every thread of the warp is done or waits for the whole block.
  void run_warp(unsigned w, unsigned turn) {
    unsigned first = w * kWarp, end = std::min(first + kWarp, size_);
    for (bool again = true; again;) {
      for (unsigned i = first; i < end; i++) {
        unsigned t = turn % 2 == 0 ? i : first + end - 1 - i;
        if (threads_[t].state != State::kReady) continue;
        running_ = t;
        place.thread = threads_[t].index;
        threads_[t].fiber.resume();
      }
      turn++;
      again = release_warp(first, end);
    }
  }

  bool release_warp(unsigned first, unsigned end) {
    Meeting kind = Meeting::kNone;
    unsigned waiting = 0;
    for (unsigned t = first; t < end; t++) {
      const Thread& thread = threads_[t];
      if (thread.state != State::kWaiting || thread.waits_for == Meeting::kBlock) continue;
      if (kind != Meeting::kNone && kind != thread.waits_for) wrong("lanes of one warp wait in different warp functions");
      kind = thread.waits_for;
      waiting++;
    }
    if (waiting == 0) return false;
    if (waiting < kWarp) wrong("expected all 32 lanes of a warp in a warp function, got " + std::to_string(waiting));
    for (unsigned t = first; t < end; t++) threads_[t].state = State::kReady;
    return true;
  }

  bool release_block() {
    unsigned waiting = 0;
    for (const Thread& thread : threads_) waiting += thread.state == State::kWaiting ? 1 : 0;
    if (waiting == 0) return false;
    if (waiting < size_) {
      wrong("expected all " + std::to_string(size_) + " threads of a block at __syncthreads, got " + std::to_string(waiting));
    }
    for (Thread& thread : threads_) thread.state = State::kReady;
    return true;
  }

  [[noreturn]] void wrong(const std::string& sentence) {
    current = nullptr;  // the fibers are left where they stand: a kernel's frames own nothing
    throw std::logic_error(std::string(name_) + ": " + sentence);
  }

  const char* name_;
  unsigned size_;
  const Body& body_;
  std::vector<Thread> threads_;
  std::vector<FiberStack*> stacks_;
  std::vector<Warp> warps_;
  unsigned running_ = 0;
};

Block& block_of(const char* what) {
  if (current == nullptr) throw std::logic_error(std::string(what) + ": expected a grid that was launched as cooperative");
  return *current;
}

void run_block(const Body& body) {
  const dim3 threads = place.threads;
  for (place.thread.z = 0; place.thread.z < threads.z; place.thread.z++) {
    for (place.thread.y = 0; place.thread.y < threads.y; place.thread.y++) {
      for (place.thread.x = 0; place.thread.x < threads.x; place.thread.x++) body();
    }
  }
}

}  // namespace

Submit submit = [](cudaStream_t, const char*, std::function<void()> work) {
  work();
  return cudaSuccess;
};

Wanted wanted = nullptr;

cudaStream_t stream_of(const nn_device* device) { return device == nullptr ? nullptr : device->stream; }

void wait_for_block() { block_of("__syncthreads").wait(Meeting::kBlock); }

const char* exchange(Meeting kind, const void* value, size_t bytes) { return block_of("a warp function").exchange(kind, value, bytes); }

cudaError_t check_grid(dim3 blocks, dim3 threads, size_t parameter_bytes) {
  auto within = [](unsigned n, unsigned most) { return n >= 1 && n <= most; };
  bool fits = within(blocks.x, 2147483647) && within(blocks.y, 65535) && within(blocks.z, 65535) && within(threads.x, 1024) &&
              within(threads.y, 1024) && within(threads.z, 64) && uint64_t{threads.x} * threads.y * threads.z <= 1024;
  if (!fits) return cudaErrorInvalidConfiguration;
  return parameter_bytes <= 4096 ? cudaSuccess : cudaErrorInvalidValue;
}

void run_grid(const char* name, dim3 blocks, dim3 threads, bool cooperative, const Body& body) {
  place = Place{};
  place.blocks = blocks;
  place.threads = threads;
  std::unique_ptr<Block> fibers;
  if (cooperative) fibers = std::make_unique<Block>(name, threads, body);
  unsigned number = 0;
  for (place.block.z = 0; place.block.z < blocks.z; place.block.z++) {
    for (place.block.y = 0; place.block.y < blocks.y; place.block.y++) {
      for (place.block.x = 0; place.block.x < blocks.x; place.block.x++) {
        if (wanted != nullptr && !wanted(place.block, blocks)) continue;
        if (fibers) {
          fibers->run(number++);
        } else {
          run_block(body);
        }
      }
    }
  }
}

}  // namespace emulated
}  // namespace cuda
}  // namespace nn

#endif
