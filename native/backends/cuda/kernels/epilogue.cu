#include "backends/cuda/epilogue.h"
#include "backends/cuda/launch.h"
#include "math/activation.h"

namespace nn {
namespace cuda {
namespace {

template <class T>
__global__ void finish(T* y, const T* bias, const T* residual, T* before, Activation activation, int64_t n, int64_t channels) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    T value = y[i];
    if (residual != nullptr) value += residual[i];
    if (bias != nullptr) value += bias[i % channels];
    if (before != nullptr) before[i] = value;
    if (activation == Activation::kRelu) value = math::relu(value);
    if (activation == Activation::kGeluTanh) value = value * math::sigmoid(math::gelu_tanh_2u(value));
    y[i] = value;
  }
}

template <class T>
int32_t finish_typed(nn_device* device, void* y, const void* bias, const void* residual, void* before, Activation activation, int64_t n,
                     int64_t channels, nn_error* error) {
  return launch(device, "finish_rows", finish<T>, grid_for(device, n), error, static_cast<T*>(y), static_cast<const T*>(bias),
                static_cast<const T*>(residual), static_cast<T*>(before), activation, n, channels);
}

// In double, as the one is the other's inverse and a small deviation would lose digits.
__global__ void to_inverse(const float* variance, float* to, double epsilon, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    to[i] = static_cast<float>(1.0 / sqrt(static_cast<double>(variance[i]) + epsilon));
  }
}
__global__ void to_variance(const float* inverse, float* to, double epsilon, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    const double deviation = 1.0 / static_cast<double>(inverse[i]), variance = deviation * deviation - epsilon;
    to[i] = variance < 0.0 ? 0.0f : static_cast<float>(variance);
  }
}

}  // namespace

int32_t finish_rows(nn_device* device, int32_t dtype, void* y, const void* bias, const void* residual, void* before, Activation activation,
                    int64_t rows, int64_t channels, nn_error* error) {
  const int64_t n = rows * channels;
  if (n == 0 || (bias == nullptr && residual == nullptr && before == nullptr && activation == Activation::kNone)) return NN_OK;
  if (dtype == NN_FLOAT64) return finish_typed<double>(device, y, bias, residual, before, activation, n, channels, error);
  return finish_typed<float>(device, y, bias, residual, before, activation, n, channels, error);
}

int32_t inverse_deviation(nn_device* device, const float* variance, float* to, double epsilon, int64_t n, nn_error* error) {
  return launch(device, "inverse_deviation", to_inverse, grid_for(device, n), error, variance, to, epsilon, n);
}

int32_t variance_of(nn_device* device, const float* inverse, float* to, double epsilon, int64_t n, nn_error* error) {
  return launch(device, "variance_of", to_variance, grid_for(device, n), error, inverse, to, epsilon, n);
}

}  // namespace cuda
}  // namespace nn
