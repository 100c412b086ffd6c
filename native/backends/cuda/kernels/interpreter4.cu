// The interpreter for programs of float32, int32, uint8 and bool.
#include "backends/cuda/kernels/interpreter_kernel.h"

namespace nn {
namespace cuda {

int32_t interpret_words4(nn_device* device, const ProgramParameters& program, const Grid& grid, nn_error* error) {
  return launch(device, "elementwise program", interpret<uint32_t>, grid, error, program);
}

}  // namespace cuda
}  // namespace nn
