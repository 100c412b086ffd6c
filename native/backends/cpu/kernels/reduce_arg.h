#pragma once

#include <vector>

#include "core/abi.h"

namespace nn {
namespace cpu {

void append_arg_kernels(std::vector<nn_kernel>& kernels);

}  // namespace cpu
}  // namespace nn
