// The CPU as a backend: linked into the addon, always there.
#pragma once

#include "core/abi.h"

namespace nn {

const nn_backend_api* cpu_backend();

}  // namespace nn
