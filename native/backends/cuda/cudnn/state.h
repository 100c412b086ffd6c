// cuDNN's handle of a device, how its graphs are fitted into kernels, and which plan a graph gets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/cuda/cudnn/graph.h"
#include "backends/cuda/plan.h"

namespace nn {
namespace cudnn {

struct State {
  Session session;
  std::string device_name;  // with library version: what a remembered choice is good for
  int capability = 0;       // 90 is 9.0
  int pooling_index = -1;   // whether indices of max pooling are ours: -1 not asked yet
};
inline State* state_of(nn_device* device) { return static_cast<State*>(device->cudnn); }

// Makes the handle, on the device's stream. `api` has to outlive the device.
int32_t attach(nn_device* device, const Api& api, nn_error* error);

// A failure of the library, with its words; the device's own where it is the reason.
int32_t report(const Failure& failure, const char* what, nn_error* error);

// The first plan that can be built, or with autotune the fastest of the first few. Throws Failure.
Plan choose_plan(nn_device* device, Graph& graph, const Rules& rules);

// One execution plan with where its operands come from.
class GraphPlan : public cuda::KernelPlan {
 public:
  GraphPlan(nn_device* device, const char* op, Plan plan) : state_(*state_of(device)), op_(op), plan_(std::move(plan)) {
    workspace = cuda::aligned(plan_.workspace());
  }
  // In the order of the graph's tensors.
  GraphPlan& in(int index) { return add({Source::kIn, index, 0}); }
  GraphPlan& out(int index) { return add({Source::kOut, index, 0}); }
  GraphPlan& scalar(float value) {
    scalar_ = value;
    return add({Source::kScalar, 0, 0});
  }
  // Device memory that lives for one run. Returns its place in the workspace.
  size_t scratch(size_t bytes) {
    const size_t at = workspace;
    add({Source::kScratch, 0, at});
    workspace += cuda::aligned(bytes);
    return at;
  }
  int32_t run(nn_device* device, const nn_args& args, char* memory, nn_error* error) override;

 private:
  enum class Source { kIn, kOut, kScalar, kScratch };
  struct Operand {
    Source source;
    int index;
    size_t offset;
  };
  GraphPlan& add(Operand operand) {
    operands_.push_back(operand);
    return *this;
  }
  State& state_;
  const char* op_;
  Plan plan_;
  float scalar_ = 0;
  std::vector<Operand> operands_;
  std::vector<void*> data_;
};

void append_convolution_kernels(std::vector<nn_kernel>& kernels);
void append_pooling_kernels(std::vector<nn_kernel>& kernels);
void append_batch_norm_kernels(std::vector<nn_kernel>& kernels);
void append_softmax_kernels(std::vector<nn_kernel>& kernels);

}  // namespace cudnn
}  // namespace nn
