// Kernels of float32 ops of one operand.
#include "backends/cuda/kernels/elementwise_single.h"

namespace nn {
namespace cuda {

const SingleKernel unary_kernels[math::kElementwiseCodes] = {NN_ELEMENTWISE_OPS(NN_SINGLE_UNARY)};

int32_t launch_single(nn_device* device, int code, const SingleParameters& parameters, const Grid& grid, nn_error* error) {
  const SingleKernel kernel = unary_kernels[code] ? unary_kernels[code] : binary_kernels[code];
  return launch(device, math::kElementwiseInfo[code].name, kernel, grid, error, parameters);
}

}  // namespace cuda
}  // namespace nn
