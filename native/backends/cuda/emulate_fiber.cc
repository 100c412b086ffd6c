#ifdef NN_EMULATED_CUDA

#include "backends/cuda/emulate_fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#ifdef __x86_64__
// What a called function has to keep goes onto the old stack, comes from the new one. swapcontext would ask the kernel for the signal mask
// each time.
extern "C" __attribute__((visibility("hidden"))) void nn_emulated_switch(void** save, void* load);
asm(R"(
.text
.hidden nn_emulated_switch
.globl nn_emulated_switch
.type nn_emulated_switch, @function
nn_emulated_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size nn_emulated_switch, .-nn_emulated_switch
)");
#endif

namespace nn {
namespace cuda {
namespace emulated {
namespace {

constexpr size_t kGuard = 4096;
// Room for a kernel's 4 KB of parameters in frames that a sanitizer has widened.
constexpr size_t kStack = size_t{256} << 10;

thread_local std::vector<std::unique_ptr<FiberStack>> idle_stacks;
thread_local Fiber* entered = nullptr;

}  // namespace

FiberStack::FiberStack() {
  void* made = mmap(nullptr, kGuard + kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) throw std::bad_alloc();
  mapped_ = static_cast<char*>(made);
  mprotect(mapped_, kGuard, PROT_NONE);
}

FiberStack::~FiberStack() { munmap(mapped_, kGuard + kStack); }

char* FiberStack::bottom() const { return mapped_ + kGuard; }
size_t FiberStack::size() const { return kStack; }

FiberStack* FiberStack::take() {
  if (idle_stacks.empty()) return new FiberStack();
  FiberStack* stack = idle_stacks.back().release();
  idle_stacks.pop_back();
  return stack;
}

void FiberStack::give(FiberStack* stack) { idle_stacks.emplace_back(stack); }

void Fiber::enter() {
  Fiber* self = entered;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self->outside_bottom_, &self->outside_size_);
#endif
  self->entry_();
  self->switch_out(true);
  std::abort();  // a fiber that is done is not resumed
}

void Fiber::start(FiberStack& stack, Entry entry) {
  stack_ = &stack;
  entry_ = entry;
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(stack.bottom(), stack.size());  // frames of a fiber that was left
#endif
#ifdef __x86_64__
  // As if enter() had been called by nobody and had switched away at once: six registers, then the address to return to.
  auto* top = reinterpret_cast<void**>(stack.bottom() + stack.size());
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(&Fiber::enter);
  for (int i = 0; i < 6; i++) *--top = nullptr;
  inside_ = top;
#else
  getcontext(&inside_);
  inside_.uc_stack.ss_sp = stack.bottom();
  inside_.uc_stack.ss_size = stack.size();
  inside_.uc_link = nullptr;
  makecontext(&inside_, &Fiber::enter, 0);
#endif
}

void Fiber::switch_in() {
#ifdef __x86_64__
  nn_emulated_switch(&outside_, inside_);
#else
  swapcontext(&outside_, &inside_);
#endif
}

void Fiber::switch_out(bool last) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(last ? nullptr : &fake_inside_, outside_bottom_, outside_size_);
#endif
#ifdef __x86_64__
  nn_emulated_switch(&inside_, outside_);
#else
  swapcontext(&inside_, &outside_);
#endif
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_inside_, &outside_bottom_, &outside_size_);
#endif
}

void Fiber::resume() {
  entered = this;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&fake_outside_, stack_->bottom(), stack_->size());
#endif
  switch_in();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_outside_, nullptr, nullptr);
#endif
}

void Fiber::yield() { switch_out(false); }

}  // namespace emulated
}  // namespace cuda
}  // namespace nn

#endif
