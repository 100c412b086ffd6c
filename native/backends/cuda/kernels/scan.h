#pragma once

#include <vector>

#include "core/abi.h"

namespace nn {
namespace cuda {

void append_scan_kernels(std::vector<nn_kernel>& kernels);

}  // namespace cuda
}  // namespace nn
