// What single and fused element-wise ops share.
#pragma once

#include <vector>

#include "backends/cpu/kernels/functions.h"
#include "core/abi.h"

namespace nn {
namespace cpu {

// Of one element, in float32 additions.
int elementwise_cost(int code, int dtype);

void append_fused_kernels(std::vector<nn_kernel>& kernels);

}  // namespace cpu
}  // namespace nn
