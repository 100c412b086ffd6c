#include "backends/cpu/kernels/norm_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

extern const NormLoops<float> float32_norm = norm_loops<float>;

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
