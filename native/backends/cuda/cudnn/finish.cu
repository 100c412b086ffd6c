#include "backends/cuda/cudnn/finish.h"
#include "backends/cuda/launch.h"

namespace nn {
namespace cudnn {
namespace {

using cuda::first_index;
using cuda::Grid;
using cuda::grid_for;
using cuda::index_stride;
using cuda::launch;

__global__ void finish(float* y, const float* bias, const float* residual, bool relu, int64_t n, int64_t channels) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    float value = y[i];
    if (residual != nullptr) value += residual[i];
    if (bias != nullptr) value += bias[i % channels];
    // a NaN stays one, as in our own relu
    y[i] = relu && value < 0.0f ? 0.0f : value;
  }
}

// In double, as the one is the other's inverse and a small deviation would lose digits.
__global__ void to_inverse(const float* variance, float* to, double epsilon, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride())
    to[i] = static_cast<float>(1.0 / sqrt(static_cast<double>(variance[i]) + epsilon));
}
__global__ void to_variance(const float* inverse, float* to, double epsilon, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    const double deviation = 1.0 / static_cast<double>(inverse[i]), variance = deviation * deviation - epsilon;
    to[i] = variance < 0.0 ? 0.0f : static_cast<float>(variance);
  }
}

}  // namespace

int32_t finish_convolution(nn_device* device, float* y, const float* bias, const float* residual, bool relu, int64_t rows, int64_t channels,
                           nn_error* error) {
  const int64_t n = rows * channels;
  if (n == 0 || (bias == nullptr && residual == nullptr && !relu)) return NN_OK;
  return launch(device, "finish_convolution", finish, grid_for(device, n), error, y, bias, residual, relu, n, channels);
}

int32_t inverse_deviation(nn_device* device, const float* variance, float* to, double epsilon, int64_t n, nn_error* error) {
  return launch(device, "inverse_deviation", to_inverse, grid_for(device, n), error, variance, to, epsilon, n);
}

int32_t variance_of(nn_device* device, const float* inverse, float* to, double epsilon, int64_t n, nn_error* error) {
  return launch(device, "variance_of", to_variance, grid_for(device, n), error, inverse, to, epsilon, n);
}

}  // namespace cudnn
}  // namespace nn
