// Compiled for each level of the instruction set, see kernels.cmake.
#include "backends/cpu/kernels/fold_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

const FoldFunctions* const float32_folds = FloatFoldTable<float>::functions;

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
