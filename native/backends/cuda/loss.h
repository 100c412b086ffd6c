// Whether a device is lost. After a sticky CUDA error nothing on it works until the process ends; every call then says so and why.
#pragma once

#include <cuda_runtime_api.h>

#include <atomic>
#include <mutex>
#include <string>

#include "core/abi.h"

namespace nn {

class Loss {
 public:
  bool lost() const { return lost_.load(std::memory_order_acquire); }
  // NN_OK for a success; else fills the error, and keeps it for all later calls where the device did not survive it.
  int32_t check(cudaError_t status, const char* call, nn_error* error);
  // NN_OK, or the error of a lost device.
  int32_t refuse(nn_error* error) const;

 private:
  std::atomic<bool> lost_{false};
  mutable std::mutex mutex_;
  std::string why_;
};

}  // namespace nn
