// What a library's kernel prepares for its shapes. It may also leave the work, or a part of it, to our own kernel for an op.
#pragma once

#include <cstddef>
#include <memory>

#include "backends/cuda/device.h"

namespace nn {
namespace cuda {

class KernelPlan {
 public:
  virtual ~KernelPlan() = default;
  // May be captured: issues work on the device's stream and returns.
  virtual int32_t run(nn_device* device, const nn_args& args, char* workspace, nn_error* error) = 0;
  size_t workspace = 0;  // bytes
};

inline size_t aligned(size_t bytes) { return (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT; }

// The kernel of kernels.h for this op, prepared for these operands; null with `error` filled where there is none or it refuses.
std::unique_ptr<KernelPlan> own_kernel(nn_device* device, const char* op, const nn_args& args, nn_error* error);

// Fits `make(device, args, error)`, which returns a std::unique_ptr<KernelPlan> or null with `error` filled, into the table of kernels.
template <std::unique_ptr<KernelPlan> (*make)(nn_device*, const nn_args&, nn_error*)>
int32_t prepare_plan(nn_device* device, const nn_args* args, void** plan, size_t* workspace, nn_error* error) {
  std::unique_ptr<KernelPlan> made = make(device, *args, error);
  if (made == nullptr) return error->code;
  *workspace = made->workspace;
  *plan = made.release();
  return NN_OK;
}
int32_t run_plan(nn_device* device, const nn_args* args, void* plan, void* workspace, nn_error* error);
void destroy_plan(void* plan);

}  // namespace cuda
}  // namespace nn
