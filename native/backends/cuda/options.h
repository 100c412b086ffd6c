// What nn_backend_api::set_option knows. Plans that are prepared already stay as they are.
//
//   precision           float32 (true float32, the default) or tf32 (matrix products and convolutions on tensor cores)
//   deterministic       false or true: only algorithms that give the same bits from run to run
//   autotune            false or true: cuDNN's first candidates are timed once for a shape, the fastest is remembered on disk
//   workspaceLimit      bytes that one plan of a library may ask for
//   pooling, softmax, batchNormalization      cudnn (the default) or own: whose kernels, where cuDNN has a way at all
#pragma once

#include "backends/cuda/device.h"

namespace nn {

int32_t set_device_option(nn_device* device, const char* name, const char* value, nn_error* error);

}  // namespace nn
