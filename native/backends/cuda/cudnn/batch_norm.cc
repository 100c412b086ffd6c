// Batch normalisation of float32 by cuDNN, which keeps 1 / deviation where our op gives out the variance: one small kernel of ours beside.
#include "backends/cuda/cudnn/graphs.h"
#include "backends/cuda/cudnn/state.h"
#include "backends/cuda/epilogue.h"
#include "core/op.h"

namespace nn {
namespace cudnn {
namespace {

using PlanPointer = std::unique_ptr<cuda::KernelPlan>;

class Forward : public cuda::KernelPlan {
 public:
  Forward(std::unique_ptr<GraphPlan> graph, size_t inverse_at, double epsilon)
      : graph_(std::move(graph)), inverse_at_(inverse_at), epsilon_(epsilon) {
    workspace = graph_->workspace;
  }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    if (int32_t code = graph_->run(device, a, memory, error); code != NN_OK) return code;
    return cuda::variance_of(device, reinterpret_cast<const float*>(memory + inverse_at_), static_cast<float*>(a.out[2].data), epsilon_,
                             a.out[2].size, error);
  }

 private:
  std::unique_ptr<GraphPlan> graph_;
  size_t inverse_at_;
  double epsilon_;
};

class Backward : public cuda::KernelPlan {
 public:
  Backward(std::unique_ptr<GraphPlan> graph, size_t inverse_at, double epsilon)
      : graph_(std::move(graph)), inverse_at_(inverse_at), epsilon_(epsilon) {
    workspace = graph_->workspace;
  }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    const int32_t code = cuda::inverse_deviation(device, static_cast<const float*>(a.in[4].data),
                                                 reinterpret_cast<float*>(memory + inverse_at_), epsilon_, a.in[4].size, error);
    return code == NN_OK ? graph_->run(device, a, memory, error) : code;
  }

 private:
  std::unique_ptr<GraphPlan> graph_;
  size_t inverse_at_;
  double epsilon_;
};

std::unique_ptr<GraphPlan> library_plan(nn_device* device, const char* op, const nn_tensor& x, bool backward) {
  if (device->cudnn == nullptr || device->own_batch_norm || x.size == 0) return nullptr;
  const int64_t channels = x.dims[x.rank - 1];
  BatchNormGraph norm;
  norm.backward = backward;
  // The library's choice of a kernel looks at images; anything else is rows of channels.
  norm.x = x.rank == 4 ? Dims{x.dims[0], channels, x.dims[1], x.dims[2]} : Dims{x.size / channels, channels, 1, 1};
  if (!has_batch_norm(norm, state_of(device)->capability)) return nullptr;
  try {
    Graph graph = make_graph(state_of(device)->session, norm);
    Rules rules;
    rules.deterministic = device->deterministic;
    rules.workspace_limit = device->workspace_limit;
    return std::make_unique<GraphPlan>(device, op, choose_plan(device, graph, rules));
  } catch (const Failure&) {
    return nullptr;
  }
}

// x, gamma, beta -> y, mean, variance
PlanPointer forward(nn_device* device, const nn_args& a, nn_error* error) {
  auto plan = library_plan(device, "batchNorm", a.in[0], false);
  if (plan == nullptr) return cuda::own_kernel(device, "batchNorm", a, error);
  const double epsilon = attr_float(a.attrs);
  plan->in(0).in(1).in(2).scalar(static_cast<float>(epsilon)).out(0).out(1);
  const size_t inverse_at = plan->scratch(sizeof(float) * static_cast<size_t>(a.out[2].size));
  return std::make_unique<Forward>(std::move(plan), inverse_at, epsilon);
}

// x, dy, gamma, mean, variance -> dx, dgamma, dbeta
PlanPointer backward(nn_device* device, const nn_args& a, nn_error* error) {
  auto plan = library_plan(device, "batchNormBackward", a.in[0], true);
  if (plan == nullptr) return cuda::own_kernel(device, "batchNormBackward", a, error);
  plan->in(0).in(1).in(2).in(3);
  const size_t inverse_at = plan->scratch(sizeof(float) * static_cast<size_t>(a.in[4].size));
  plan->out(0).out(1).out(2);
  return std::make_unique<Backward>(std::move(plan), inverse_at, attr_float(a.attrs));
}

}  // namespace

void append_batch_norm_kernels(std::vector<nn_kernel>& kernels) {
  using cuda::destroy_plan;
  using cuda::prepare_plan;
  using cuda::run_plan;
  kernels.push_back({"batchNorm", kF32, prepare_plan<forward>, run_plan, destroy_plan});
  kernels.push_back({"batchNormBackward", kF32, prepare_plan<backward>, run_plan, destroy_plan});
}

}  // namespace cudnn
}  // namespace nn
