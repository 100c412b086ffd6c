// What the CPU backend keeps for one open device.
#pragma once

#include "core/abi.h"

struct nn_device {
  int threads = 1;
  void* dnnl = nullptr;  // oneDNN's engine and stream
};

namespace nn {

int32_t dnnl_open(nn_device* device, nn_error* error);
void dnnl_close(nn_device* device);
const char* dnnl_version_text();

}  // namespace nn
