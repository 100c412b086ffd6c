// A function with a stack of its own that can be left and entered again: a thread of an emulated block.
#pragma once

#ifndef __x86_64__
#include <ucontext.h>
#endif

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace nn {
namespace cuda {
namespace emulated {

// Memory with an unmapped page below it. Taken from and given to a pool of the calling thread.
class FiberStack {
 public:
  static FiberStack* take();
  static void give(FiberStack* stack);
  FiberStack();
  ~FiberStack();
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;
  char* bottom() const;
  size_t size() const;

 private:
  char* mapped_;
};

class Fiber {
 public:
  using Entry = void (*)();
  // What is still to be done there is forgotten.
  void start(FiberStack& stack, Entry entry);
  // Runs it until it yields or its entry returns.
  void resume();
  // Called inside: back to where it was resumed.
  void yield();

 private:
  static void enter();
  void switch_in();
  void switch_out(bool last);

  FiberStack* stack_ = nullptr;
  Entry entry_ = nullptr;
#ifdef __x86_64__
  void* inside_ = nullptr;  // stack pointers
  void* outside_ = nullptr;
#else
  ucontext_t inside_{}, outside_{};
#endif
  // AddressSanitizer has to know on which stack it is.
  void* fake_inside_ = nullptr;
  void* fake_outside_ = nullptr;
  const void* outside_bottom_ = nullptr;
  size_t outside_size_ = 0;
};

}  // namespace emulated
}  // namespace cuda
}  // namespace nn
