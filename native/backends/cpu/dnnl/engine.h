// oneDNN's engine and stream of a device, and primitives whose arguments are made once, so that a run only sets addresses.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "backends/cpu/device.h"
#include "backends/cpu/dnnl/compat.h"
#include "backends/cpu/plan.h"
#include "core/op.h"

namespace nn {
namespace onednn {

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};
inline State& state_of(nn_device* device) { return *static_cast<State*>(device->dnnl); }

// The caught exception as an error code; oneDNN's own message and status are kept.
int32_t report(nn_error* error);

// float32 is true float32 whatever the environment says, and scratchpads are ours: oneDNN's are bound to the creating thread.
dnnl::primitive_attr make_attr(bool relu);

Desc plain(const Dims& dims, const Dims& strides);
Desc any(const Dims& dims);

class Prepared {
 public:
  Prepared() = default;
  Prepared(const State& state, const dnnl::primitive& primitive) : state_(&state), primitive_(primitive) {}

  // The slot to bind this argument's address to. An argument with an empty descriptor gets none.
  int argument(int index, const Desc& desc);
  void bind(int slot, const void* data) {
    if (slot < 0 || addresses_[slot] == data) return;
    memories_[slot].set_data_handle(const_cast<void*>(data));
    addresses_[slot] = data;
  }
  void execute() const;
  size_t slots() const { return memories_.size(); }
  explicit operator bool() const { return state_ != nullptr; }

 private:
  const State* state_ = nullptr;
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<const void*> addresses_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

// One primitive with the reorders of operands whose layout it chose differently from ours.
class PrimitivePlan : public CpuPlan {
 public:
  PrimitivePlan(const State& state, const dnnl::primitive& primitive, const Desc& scratchpad, int threads);
  // `operand` counts the op's inputs or outputs; `chosen` is the primitive's layout, `given` ours.
  void input(int argument, int operand, const Desc& chosen, const Desc& given) { add(argument, operand, false, chosen, given); }
  void output(int argument, int operand, const Desc& chosen, const Desc& given) { add(argument, operand, true, chosen, given); }
  void run(const nn_args& args, char* memory) override;

 private:
  struct Operand {
    int slot, index;
    bool written;
    Prepared reorder;
    size_t copy_at, scratch_at;
  };
  void add(int argument, int operand, bool written, const Desc& chosen, const Desc& given);
  size_t reserve(size_t bytes);
  static void copy(Operand& operand, const void* from, void* to, char* memory);

  const State& state_;
  int threads_;
  Prepared primitive_;
  int scratch_slot_;
  size_t scratch_at_;
  std::vector<Operand> operands_;
};

// Fits `make(device, args)`, which returns a std::unique_ptr<CpuPlan>, into the table of kernels.
template <std::unique_ptr<CpuPlan> (*make)(nn_device*, const nn_args&)>
int32_t prepare_plan(nn_device* device, const nn_args* args, void** plan, size_t* workspace, nn_error* error) {
  try {
    std::unique_ptr<CpuPlan> made = make(device, *args);
    *workspace = made->workspace;
    *plan = made.release();
    return NN_OK;
  } catch (...) {
    return report(error);
  }
}
int32_t run_plan(nn_device* device, const nn_args* args, void* plan, void* workspace, nn_error* error);
void destroy_plan(void* plan);

void append_matmul_kernels(std::vector<nn_kernel>& kernels);
void append_conv2d_kernels(std::vector<nn_kernel>& kernels);
void append_conv3d_kernels(std::vector<nn_kernel>& kernels);

}  // namespace onednn
}  // namespace nn
