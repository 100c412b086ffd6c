// What the CUDA backend keeps for one open device. Only the device thread issues work on it, all on one stream.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "core/abi.h"

// A kernel's complaint about the values of a tensor (an index outside, say): pinned host memory that the device can write, read where
// the host waits for the device.
struct nn_device_complaint {
  int32_t code;   // 0: none; else nn::Complaint
  int32_t value;  // what was found
  int64_t limit;  // the bound that it broke
};

struct nn_device {
  int index = 0;
  cudaStream_t stream = nullptr;
  cudaDeviceProp properties{};
  int multiprocessors = 1;
  nn_device_complaint* complaint = nullptr;  // the same address on host and device
  void* cudnn = nullptr;                     // cudnn/state.h; null where the library is not there
  void* cublas = nullptr;                    // cublas/state.h
  // options.h
  bool tf32 = false;
  bool deterministic = false;
  bool autotune = false;
  bool own_pooling = false, own_softmax = false, own_batch_norm = false;
  size_t workspace_limit = size_t{512} << 20;
  struct HostSide;  // stream, staging, graphs: backend.cc
  HostSide* host = nullptr;
};

namespace nn {

enum class Complaint : int32_t { kNone = 0, kIndexOutside = 1, kRowOutside = 2 };

// An nn_code with the runtime's own words: NN_OUT_OF_MEMORY, NN_DEVICE_LOST for what no later call survives, else NN_LIBRARY.
int32_t cuda_failure(cudaError_t status, const char* call, nn_error* error);

}  // namespace nn
