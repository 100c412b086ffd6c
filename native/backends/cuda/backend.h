// The table of the CUDA backend.
#pragma once

#include "core/abi.h"

namespace nn {

const nn_backend_api* cuda_backend();

}  // namespace nn
