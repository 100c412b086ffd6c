// Compiled for each level of the instruction set, see kernels.cmake.
#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/kernels/random_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

const RandomFunctions<float> float32_random = {dropout_loop<float>, uniform_loop<float>};

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
