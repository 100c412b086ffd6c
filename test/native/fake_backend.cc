#include "fake_backend.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "backends/cpu/backend.h"
#include "core/op.h"

namespace nn {
namespace {

constexpr size_t kMostKernels = 1024;

// Copies of what a call gave: the host may reuse its arrays as soon as the call returns.
struct Call {
  explicit Call(const nn_args& args)
      : in(args.in, args.in + args.n_in), out(args.out, args.out + args.n_out), attrs(args.attrs, args.attrs + args.n_attrs) {}
  nn_args args() const {
    return {in.data(),
            out.data(),
            attrs.data(),
            static_cast<int32_t>(in.size()),
            static_cast<int32_t>(out.size()),
            static_cast<int32_t>(attrs.size())};
  }
  std::vector<nn_tensor> in, out;
  std::vector<int32_t> attrs;
};

}  // namespace

struct FakeBackend::Plan {
  FakeBackend* owner;
  const nn_kernel* kernel;
  size_t workspace = 0;
  bool warmed_up = false;
  // Work in flight may outlast the plan that it was made with.
  std::shared_ptr<void> state;
};

FakeBackend* FakeBackend::current = nullptr;

int32_t FakeBackend::fail(nn_error* error, int32_t code, const std::string& message) {
  error->code = code;
  snprintf(error->message, sizeof error->message, "%s", message.c_str());
  return code;
}

FakeBackend::FakeBackend(FakeOptions options) : options_(options), base_(cpu_backend()) {
  if (current) std::abort();
  current = this;
  wrap_kernels(std::make_index_sequence<kMostKernels>());
  fill_api();
}

FakeBackend::~FakeBackend() { current = nullptr; }

template <size_t Kernel>
int32_t FakeBackend::prepare_at(nn_device* device, const nn_args* args, void** plan, size_t* workspace, nn_error* error) {
  return self(device)->prepare(Kernel, args, plan, workspace, error);
}

template <size_t... Kernels>
void FakeBackend::wrap_kernels(std::index_sequence<Kernels...>) {
  using Prepare = int32_t (*)(nn_device*, const nn_args*, void**, size_t*, nn_error*);
  static constexpr Prepare prepares[] = {&FakeBackend::prepare_at<Kernels>...};
  if (base_->n_kernels > static_cast<int32_t>(kMostKernels)) std::abort();
  for (int32_t k = 0; k < base_->n_kernels; k++) {
    nn_kernel kernel = base_->kernels[k];
    if (options_.without.count(kernel.op)) kernel.op = "none";
    kernel.prepare = prepares[k];
    kernel.run = [](nn_device* device, const nn_args* args, void* plan, void* workspace, nn_error* error) {
      return self(device)->run_kernel(args, static_cast<Plan*>(plan), workspace, error);
    };
    kernel.destroy = [](void* plan) {
      static_cast<Plan*>(plan)->owner->live_plans_--;
      delete static_cast<Plan*>(plan);
    };
    kernels_.push_back(kernel);
  }
}

int32_t FakeBackend::prepare(size_t index, const nn_args* args, void** plan, size_t* workspace, nn_error* error) {
  const nn_kernel& kernel = base_->kernels[index];
  if (prepare_failures_.count(kernel.op)) return fail(error, NN_LIBRARY, std::string(kernel.op) + " cannot be prepared");
  auto made = std::make_unique<Plan>();
  made->owner = this;
  made->kernel = &kernel;
  *workspace = 0;
  if (kernel.prepare) {
    void* state = nullptr;
    int32_t code = kernel.prepare(base_device_, args, &state, workspace, error);
    if (code != NN_OK) return code;
    auto destroy = kernel.destroy;
    made->state = std::shared_ptr<void>(state, [destroy](void* s) {
      if (s && destroy) destroy(s);
    });
  }
  made->workspace = *workspace;
  live_plans_++;
  *plan = made.release();
  return NN_OK;
}

int32_t FakeBackend::run_kernel(const nn_args* args, Plan* plan, void* workspace, nn_error* error) {
  if (int32_t code = refuse_when_lost(error)) return code;
  std::string op = plan->kernel->op;
  bool late = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto due = kernel_failures_.find(op);
    if (due != kernel_failures_.end() && --due->second.first == 0) {
      late = due->second.second;
      kernel_failures_.erase(due);
      if (!late) return fail(error, NN_LIBRARY, op + " was told to fail");
    }
    if (recording_ && !plan->warmed_up) violations_.push_back(op + ": expected a first run before it is recorded");
  }
  check_operands(*args, *plan, workspace);
  plan->warmed_up = true;
  if (!options_.asynchronous) {
    compute(*args, *plan, workspace);
    nn_error result = std::exchange(late_, nn_error{});
    return result.code == NN_OK ? int32_t{NN_OK} : fail(error, result.code, result.message);
  }
  return enqueue(
      [this, call = Call(*args), plan = *plan, workspace, late, op] {
        if (late) {
          std::lock_guard<std::mutex> lock(mutex_);
          if (late_.code == NN_OK) fail(&late_, NN_LIBRARY, op + " was told to fail");
          return;
        }
        compute(call.args(), plan, workspace);
      },
      error);
}

void FakeBackend::compute(const nn_args& args, const Plan& plan, void* workspace) {
  if (on_kernel) on_kernel(plan.kernel->op);
  for (int i = 0; i < args.n_in; i++) {
    check_range(std::string(plan.kernel->op) + " input " + std::to_string(i), args.in[i].data, static_cast<size_t>(bytes_of(args.in[i])),
                true);
  }
  nn_error error{};
  int32_t code = plan.kernel->run(base_device_, &args, plan.state.get(), workspace, &error);
  for (int o = 0; o < args.n_out; o++) {
    mark_written(args.out[o].data, static_cast<size_t>(bytes_of(args.out[o])));
  }
  kernels_run_++;
  if (code == NN_OK) return;
  std::lock_guard<std::mutex> lock(mutex_);
  if (late_.code == NN_OK) late_ = error, late_.code = code;
}

void FakeBackend::mark_written(void* data, size_t bytes) {
  std::lock_guard<std::mutex> lock(memory_mutex_);
  auto at = allocation_of(data, bytes);
  if (at == allocations_.end() || bytes == 0) return;
  auto first = at->second.written.begin() + (static_cast<char*>(data) - at->first);
  std::fill(first, first + static_cast<std::ptrdiff_t>(bytes), true);
}

std::map<char*, FakeBackend::Allocation>::iterator FakeBackend::allocation_of(const void* data, size_t bytes) {
  char* at = static_cast<char*>(const_cast<void*>(data));
  auto next = allocations_.upper_bound(at);
  if (next == allocations_.begin()) return allocations_.end();
  auto found = std::prev(next);
  return at + bytes <= found->first + found->second.bytes ? found : allocations_.end();
}

bool FakeBackend::check_range(const std::string& what, const void* data, size_t bytes, bool is_read) {
  if (bytes == 0) return true;
  std::string wrong;
  {
    std::lock_guard<std::mutex> lock(memory_mutex_);
    auto found = allocation_of(data, bytes);
    if (found == allocations_.end()) {
      wrong = "memory that is not allocated";
    } else if (is_read && options_.asynchronous) {  // host memory may be written without a call
      auto first = found->second.written.begin() + (static_cast<const char*>(data) - found->first);
      if (std::find(first, first + static_cast<std::ptrdiff_t>(bytes), false) != first + static_cast<std::ptrdiff_t>(bytes)) {
        wrong = "memory that nobody has written";
      }
    }
  }
  if (!wrong.empty()) violate(what + ": " + wrong);
  return wrong.empty();
}

void FakeBackend::check_operands(const nn_args& args, const Plan& plan, void* workspace) {
  struct Range {
    std::string what;
    const char* data;
    size_t bytes;
  };
  std::string op = plan.kernel->op;
  const OpSchema* schema = find_op(op.c_str());
  bool elementwise = (schema && (schema->flags & kElementwise)) || op == "fusedElementwise";
  std::vector<Range> inputs, outputs;
  auto range = [&](const char* kind, int index, const nn_tensor& t) {
    return Range{op + kind + std::to_string(index), static_cast<const char*>(t.data), static_cast<size_t>(bytes_of(t))};
  };
  for (int i = 0; i < args.n_in; i++) inputs.push_back(range(" input ", i, args.in[i]));
  for (int o = 0; o < args.n_out; o++) outputs.push_back(range(" output ", o, args.out[o]));
  if (plan.workspace) outputs.push_back({op + " workspace", static_cast<const char*>(workspace), plan.workspace});
  for (const std::vector<Range>* list : {&inputs, &outputs}) {
    for (const Range& one : *list) {
      if (!check_range(one.what, one.data, one.bytes, false)) return;
      if (one.bytes && reinterpret_cast<uintptr_t>(one.data) % NN_ALIGNMENT) violate(one.what + ": memory that is not aligned");
    }
  }
  auto overlap = [](const Range& a, const Range& b) { return a.data < b.data + b.bytes && b.data < a.data + a.bytes; };
  for (size_t o = 0; o < outputs.size(); o++) {
    for (size_t other = 0; other < o; other++) {
      if (overlap(outputs[o], outputs[other])) violate(outputs[o].what + " overlaps " + outputs[other].what);
    }
    for (const Range& input : inputs) {
      bool same = outputs[o].data == input.data && outputs[o].bytes == input.bytes;
      if (overlap(outputs[o], input) && !(elementwise && same)) violate(outputs[o].what + " overlaps " + input.what);
    }
  }
}

int32_t FakeBackend::refuse_when_lost(nn_error* error) {
  return lost_ ? fail(error, NN_DEVICE_LOST, "the fake device is gone") : int32_t{NN_OK};
}

int32_t FakeBackend::enqueue(Work work, nn_error* error) {
  if (int32_t code = refuse_when_lost(error)) return code;
  if (!options_.asynchronous) {
    work();
    return NN_OK;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  if (recording_) {
    recording_->work.push_back(std::move(work));
  } else {
    queue_.push_back(std::move(work));
    wake_.notify_one();
  }
  return NN_OK;
}

void FakeBackend::loop() {
  if (base_->attach) base_->attach(base_device_);
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return (stopping_ && queue_.empty()) || (!queue_.empty() && !held_); });
    if (queue_.empty()) return;
    Work work = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    int delay = options_.delay_us > 0 ? static_cast<int>(random_() % static_cast<unsigned>(options_.delay_us)) : 0;
    lock.unlock();
    if (delay > 0) std::this_thread::sleep_for(std::chrono::microseconds(delay));
    work();
    work = nullptr;
    lock.lock();
    busy_ = false;
    idle_.notify_all();
  }
}

void FakeBackend::violate(const std::string& sentence) {
  std::lock_guard<std::mutex> lock(mutex_);
  violations_.push_back(sentence);
}

void FakeBackend::fail_alloc(int nth, int times) {
  std::lock_guard<std::mutex> lock(memory_mutex_);
  allocs_until_failure_ = nth;
  failing_allocs_ = times;
}
void FakeBackend::fail_kernel(const std::string& op, int nth, bool late) {
  std::lock_guard<std::mutex> lock(mutex_);
  kernel_failures_[op] = {nth, late};
}
void FakeBackend::fail_prepare(const std::string& op) { prepare_failures_.insert(op); }
void FakeBackend::lose_device() { lost_ = true; }

void FakeBackend::hold() {
  std::lock_guard<std::mutex> lock(mutex_);
  held_ = true;
}
void FakeBackend::release() {
  std::lock_guard<std::mutex> lock(mutex_);
  held_ = false;
  wake_.notify_all();
}
void FakeBackend::drain() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [&] { return queue_.empty() && !busy_; });
}

std::vector<std::string> FakeBackend::violations() {
  std::lock_guard<std::mutex> lock(mutex_);
  return violations_;
}
int64_t FakeBackend::live_allocations() {
  std::lock_guard<std::mutex> lock(memory_mutex_);
  return static_cast<int64_t>(allocations_.size());
}

}  // namespace nn
