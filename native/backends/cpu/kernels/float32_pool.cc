#include "backends/cpu/kernels/pool_loops.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

extern const PoolLoops<float> float32_pool = pool_loops<float>;

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
