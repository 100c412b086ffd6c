#include <cstdio>
#include <cstring>
#include <vector>

#include "backends/cuda/kernels.h"
#include "backends/cuda/plan.h"

namespace nn {
namespace cuda {
namespace {

// Only of the ops that a library serves.
const std::vector<nn_kernel>& own_kernels() {
  static const std::vector<nn_kernel> kernels = [] {
    std::vector<nn_kernel> made;
    append_conv_kernels(made);
    append_matmul_kernels(made);
    append_pool_kernels(made);
    append_norm_kernels(made);
    append_softmax_kernels(made);
    append_reduce_kernels(made);
    return made;
  }();
  return kernels;
}

class OwnKernel : public KernelPlan {
 public:
  OwnKernel(const nn_kernel& kernel, void* state, size_t bytes) : kernel_(kernel), state_(state) { workspace = bytes; }
  ~OwnKernel() override {
    if (state_ != nullptr && kernel_.destroy != nullptr) kernel_.destroy(state_);
  }
  int32_t run(nn_device* device, const nn_args& args, char* memory, nn_error* error) override {
    return kernel_.run(device, &args, state_, memory, error);
  }

 private:
  const nn_kernel& kernel_;
  void* state_;
};

}  // namespace

std::unique_ptr<KernelPlan> own_kernel(nn_device* device, const char* op, const nn_args& args, nn_error* error) {
  for (const nn_kernel& kernel : own_kernels()) {
    if (std::strcmp(kernel.op, op) != 0 || (kernel.dtypes >> args.in[0].dtype & 1) == 0) continue;
    void* state = nullptr;
    size_t bytes = 0;
    if (kernel.prepare != nullptr && kernel.prepare(device, &args, &state, &bytes, error) != NN_OK) return nullptr;
    return std::make_unique<OwnKernel>(kernel, state, bytes);
  }
  error->code = NN_UNSUPPORTED;
  std::snprintf(error->message, sizeof error->message, "%s: neither a library nor a kernel of our own does this", op);
  return nullptr;
}

}  // namespace cuda
}  // namespace nn
