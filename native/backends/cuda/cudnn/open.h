// cuDNN's part of a device. Opening one needs cuDNN and cuBLASLt: without the latter cuDNN ends the process at its first graph.
#pragma once

#include "backends/cuda/device.h"

namespace nn {

// NN_OK also where the library is not to be had: then device->cudnn stays null and our own kernels serve. A failure of the library itself
// is NN_LIBRARY with its own words.
int32_t cudnn_open(nn_device* device, nn_error* error);
void cudnn_close(nn_device* device);
// "9.19.0"; empty where the library is not to be had.
const char* cudnn_version_text();
// Why: one sentence; empty where it is.
const char* cudnn_trouble();

}  // namespace nn
