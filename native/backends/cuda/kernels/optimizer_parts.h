// The files that make up the kernels of ops/optimizer.h.
#pragma once

#include "core/abi.h"

namespace nn {
namespace cuda {

int32_t run_rule(nn_device* device, const nn_args* a, void*, void*, nn_error* error);

}  // namespace cuda
}  // namespace nn
