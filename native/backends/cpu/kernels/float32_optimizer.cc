// Compiled for each level of the instruction set, see kernels.cmake.
#include "backends/cpu/kernels/optimizer_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

const OptimizerFunctions<float> float32_optimizer = optimizer_table<float>();

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
