// Compiled for each level of the instruction set, see kernels.cmake.
#include "backends/cpu/kernels/softmax_tiles.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

const SoftmaxFunctions<float> float32_softmax = softmax_table<float>();
const SoftmaxFunctions<float> float32_softmax_tiles = softmax_tile_table<float>();

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
