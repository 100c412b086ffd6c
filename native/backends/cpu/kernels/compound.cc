// Ops that a GPU's library does in one pass and that are two or three kernels here: matmul with a gelu, matmul with the sums of its right
// operand's columns, conv2d with a residual. Each step is the kernel that the parts have as ops of their own, so results are the same.
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "backends/cpu/kernels.h"
#include "core/op.h"

namespace nn {
namespace {

struct Operand {
  bool output;
  int index;
};
constexpr Operand in(int i) { return {false, i}; }
constexpr Operand out(int i) { return {true, i}; }

const std::vector<nn_kernel>& parts() {
  static const std::vector<nn_kernel> kernels = [] {
    std::vector<nn_kernel> made;
    append_dnnl_kernels(made);
    append_reference_kernels(made);
    append_elementwise_kernels(made);
    append_reduce_kernels(made);
    return made;
  }();
  return kernels;
}

class Step {
 public:
  Step(const char* op, std::vector<Operand> inputs, Operand output, std::vector<int32_t> attrs)
      : op_(op), attrs_(std::move(attrs)), operands_(std::move(inputs)) {
    operands_.push_back(output);
    tensors_.resize(operands_.size());
  }
  ~Step() {
    if (state_ != nullptr && kernel_->destroy != nullptr) kernel_->destroy(state_);
  }
  Step(Step&& other) noexcept
      : op_(other.op_),
        attrs_(std::move(other.attrs_)),
        operands_(std::move(other.operands_)),
        tensors_(std::move(other.tensors_)),
        kernel_(other.kernel_),
        state_(std::exchange(other.state_, nullptr)) {}

  int32_t prepare(nn_device* device, const nn_args& args, size_t* workspace, nn_error* error) {
    const nn_args own = bind(args);
    for (const nn_kernel& kernel : parts()) {
      if (std::strcmp(kernel.op, op_) != 0 || (kernel.dtypes >> own.in[0].dtype & 1) == 0) continue;
      kernel_ = &kernel;
      size_t bytes = 0;
      const int32_t code = kernel.prepare == nullptr ? NN_OK : kernel.prepare(device, &own, &state_, &bytes, error);
      if (*workspace < bytes) *workspace = bytes;  // one step after the other: they share it
      return code;
    }
    error->code = NN_UNSUPPORTED;
    std::snprintf(error->message, sizeof error->message, "%s: no kernel for %s", op_, dtype_name(own.in[0].dtype));
    return NN_UNSUPPORTED;
  }
  // Where it is the only step, it is the op itself.
  int32_t run_whole(nn_device* device, const nn_args* args, void* workspace, nn_error* error) const {
    return kernel_->run(device, args, state_, workspace, error);
  }
  int32_t run(nn_device* device, const nn_args& args, void* workspace, nn_error* error) {
    const nn_args own = bind(args);
    return kernel_->run(device, &own, state_, workspace, error);
  }

 private:
  nn_args bind(const nn_args& args) {
    for (size_t i = 0; i < operands_.size(); i++) tensors_[i] = (operands_[i].output ? args.out : args.in)[operands_[i].index];
    const int32_t inputs = static_cast<int32_t>(operands_.size()) - 1;
    return {tensors_.data(), tensors_.data() + inputs, attrs_.data(), inputs, 1, static_cast<int32_t>(attrs_.size())};
  }
  const char* op_;
  std::vector<int32_t> attrs_;
  std::vector<Operand> operands_;
  std::vector<nn_tensor> tensors_;
  const nn_kernel* kernel_ = nullptr;
  void* state_ = nullptr;
};

using Steps = std::vector<Step>;

// a, b, bias? -> c, before?
Steps matmul_steps(const nn_args& a) {
  Steps steps;
  std::vector<Operand> operands = {in(0), in(1)};
  if (a.n_in > 2) operands.push_back(in(2));
  const bool gelu = a.attrs[2] == 2;
  const Operand product = a.n_out > 1 ? out(1) : out(0);
  steps.emplace_back("matmul", operands, product, std::vector<int32_t>{a.attrs[0], a.attrs[1], gelu ? 0 : a.attrs[2]});
  if (gelu) steps.emplace_back("geluTanh", std::vector<Operand>{product}, out(0), std::vector<int32_t>{});
  return steps;
}

// a, b -> c, sums
Steps matmul_with_sums_steps(const nn_args& a) {
  Steps steps;
  steps.emplace_back("matmul", std::vector<Operand>{in(0), in(1)}, out(0), std::vector<int32_t>{a.attrs[0], a.attrs[1], 0});
  steps.emplace_back("sum", std::vector<Operand>{in(1)}, out(1), std::vector<int32_t>{a.attrs[1] != 0 ? 2 : 1});
  return steps;
}

// x, filter, bias?, residual? -> y
Steps conv2d_steps(const nn_args& a) {
  Steps steps;
  std::vector<int32_t> attrs(a.attrs, a.attrs + a.n_attrs);
  const bool residual = a.n_in > 3, relu = attrs[9] != 0;
  if (residual) attrs[9] = 0;
  std::vector<Operand> operands = {in(0), in(1)};
  if (a.n_in > 2) operands.push_back(in(2));
  steps.emplace_back("conv2d", operands, out(0), attrs);
  if (residual) steps.emplace_back("add", std::vector<Operand>{out(0), in(3)}, out(0), std::vector<int32_t>{});
  if (residual && relu) steps.emplace_back("relu", std::vector<Operand>{out(0)}, out(0), std::vector<int32_t>{});
  return steps;
}

template <Steps (*make)(const nn_args&)>
int32_t prepare(nn_device* device, const nn_args* args, void** plan, size_t* workspace, nn_error* error) {
  auto steps = std::make_unique<Steps>(make(*args));
  *workspace = 0;
  for (Step& step : *steps) {
    if (const int32_t code = step.prepare(device, *args, workspace, error); code != NN_OK) return code;
  }
  *plan = steps.release();
  return NN_OK;
}

int32_t run(nn_device* device, const nn_args* args, void* plan, void* workspace, nn_error* error) {
  Steps& steps = *static_cast<Steps*>(plan);
  if (steps.size() == 1) return steps[0].run_whole(device, args, workspace, error);
  for (Step& step : steps) {
    if (const int32_t code = step.run(device, *args, workspace, error); code != NN_OK) return code;
  }
  return NN_OK;
}

void destroy(void* plan) { delete static_cast<Steps*>(plan); }

}  // namespace

void append_compound_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"matmul", kFloats, prepare<matmul_steps>, run, destroy});
  kernels.push_back({"matmulWithSums", kFloats, prepare<matmul_with_sums_steps>, run, destroy});
  kernels.push_back({"conv2d", kFloats, prepare<conv2d_steps>, run, destroy});
}

}  // namespace nn
