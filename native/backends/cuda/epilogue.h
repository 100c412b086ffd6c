// What follows a library's convolution or product where the library cannot do it in the same pass.
#pragma once

#include "backends/cuda/device.h"

namespace nn {
namespace cuda {

enum class Activation : int32_t { kNone = 0, kRelu = 1, kGeluTanh = 2 };  // the attribute's values

// y = activation(y + residual + bias) in place for a y of [rows, channels], each part where it is wanted; bias and residual may be null.
// `before`, where not null, gets what the activation was applied to. float32 and float64.
int32_t finish_rows(nn_device* device, int32_t dtype, void* y, const void* bias, const void* residual, void* before, Activation activation,
                    int64_t rows, int64_t channels, nn_error* error);

// to = 1 / sqrt(variance + epsilon), and back. cuDNN's batch normalisation keeps the one, our op gives out the other.
int32_t inverse_deviation(nn_device* device, const float* variance, float* to, double epsilon, int64_t n, nn_error* error);
int32_t variance_of(nn_device* device, const float* inverse_deviation, float* to, double epsilon, int64_t n, nn_error* error);

}  // namespace cuda
}  // namespace nn
