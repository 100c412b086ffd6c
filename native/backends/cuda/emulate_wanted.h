// Tests of tensors that are too large to be computed whole run a few blocks of each grid.
#pragma once

#include <vector_types.h>

namespace nn {
namespace cuda {
namespace emulated {

// Whether a block of a grid is run; all are where it is null.
using Wanted = bool (*)(uint3 block, dim3 blocks);
extern Wanted wanted;

}  // namespace emulated
}  // namespace cuda
}  // namespace nn
