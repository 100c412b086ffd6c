#include "backends/cuda/plan.h"

namespace nn {
namespace cuda {

int32_t run_plan(nn_device* device, const nn_args* args, void* plan, void* workspace, nn_error* error) {
  return static_cast<KernelPlan*>(plan)->run(device, *args, static_cast<char*>(workspace), error);
}

void destroy_plan(void* plan) { delete static_cast<KernelPlan*>(plan); }

}  // namespace cuda
}  // namespace nn
