// cuBLASLt's part of a device: handle, workspace and the algorithms that its heuristics chose.
#pragma once

#include "backends/cuda/device.h"

namespace nn {

// NN_OK also where the library is not to be had: then device->cublas stays null and our own kernels serve. A failure of the library itself
// is NN_LIBRARY with its own words.
int32_t cublas_open(nn_device* device, nn_error* error);
void cublas_close(nn_device* device);
// "13.1.0"; empty where the library is not to be had.
const char* cublas_version_text();
// Why: one sentence; empty where it is.
const char* cublas_trouble();

}  // namespace nn
