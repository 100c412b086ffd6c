// The interpreter for programs with float64.
#include "backends/cuda/kernels/interpreter_kernel.h"

namespace nn {
namespace cuda {

int32_t interpret_words8(nn_device* device, const ProgramParameters& program, const Grid& grid, nn_error* error) {
  return launch(device, "elementwise program with float64", interpret<uint64_t>, grid, error, program);
}

}  // namespace cuda
}  // namespace nn
