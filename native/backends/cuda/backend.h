// The table of the CUDA backend.
#pragma once

#include "core/abi.h"

namespace nn {
namespace cuda {

const nn_backend_api* backend();

}  // namespace cuda
}  // namespace nn
