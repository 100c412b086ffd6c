// Compiled for each level of the instruction set, see kernels.cmake.
#include "backends/cpu/kernels/elementwise_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

const ElementwiseFn* const float32_elementwise = ElementwiseTable<float, 0>::functions;

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
