#pragma once

#include "core/abi.h"

namespace nn {

int32_t open_device(const nn_open_options* options, nn_device** out, nn_error* error);
// Waits for what is under way, unless the device is lost, and calls back for all that is pending.
void close_device(nn_device* device);

}  // namespace nn
