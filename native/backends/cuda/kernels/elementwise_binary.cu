// Kernels of float32 ops of two or three operands.
#include "backends/cuda/kernels/elementwise_single.h"

namespace nn {
namespace cuda {

const SingleKernel binary_kernels[math::kElementwiseCodes] = {NN_ELEMENTWISE_OPS(NN_SINGLE_BINARY)};

}  // namespace cuda
}  // namespace nn
