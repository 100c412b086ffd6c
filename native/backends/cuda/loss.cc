#include "backends/cuda/loss.h"

#include <cstdio>

#include "backends/cuda/device.h"

namespace nn {

int32_t Loss::check(cudaError_t status, const char* call, nn_error* error) {
  if (status == cudaSuccess) return NN_OK;
  int32_t code = cuda_failure(status, call, error);
  if (code != NN_DEVICE_LOST) return code;
  std::lock_guard<std::mutex> lock(mutex_);
  if (!lost_) why_ = error->message;
  lost_.store(true, std::memory_order_release);
  return code;
}

int32_t Loss::refuse(nn_error* error) const {
  if (!lost()) return NN_OK;
  std::lock_guard<std::mutex> lock(mutex_);
  error->code = NN_DEVICE_LOST;
  snprintf(error->message, sizeof error->message,
           "expected a live device, got one lost to an earlier failure (%s); restart the process or use the CPU", why_.c_str());
  return NN_DEVICE_LOST;
}

}  // namespace nn
