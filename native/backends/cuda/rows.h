// The values that change from step to step, without a call of the host between two steps.
#pragma once

#include <cstddef>

#include "core/abi.h"

namespace nn {
namespace cuda {

// nn_backend_api::next_row.
int32_t next_row(nn_device* device, void* destination, void* rows, size_t bytes, nn_error* error);

}  // namespace cuda
}  // namespace nn
