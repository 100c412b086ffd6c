// What follows a convolution where the library's graph for all of it does not exist or is slow.
#pragma once

#include "backends/cuda/device.h"

namespace nn {
namespace cudnn {

// y = relu(y + residual + bias) in place, each part where it is wanted; y is [rows, channels], bias and residual may be null.
int32_t finish_convolution(nn_device* device, float* y, const float* bias, const float* residual, bool relu, int64_t rows, int64_t channels,
                           nn_error* error);

// to = 1 / sqrt(variance + epsilon), and back. cuDNN keeps the one, our op gives out the other.
int32_t inverse_deviation(nn_device* device, const float* variance, float* to, double epsilon, int64_t n, nn_error* error);
int32_t variance_of(nn_device* device, const float* inverse_deviation, float* to, double epsilon, int64_t n, nn_error* error);

}  // namespace cudnn
}  // namespace nn
