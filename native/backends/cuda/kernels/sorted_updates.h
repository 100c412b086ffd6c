// The updates of a scatter in the order of their targets, made by a stable radix sort: what goes to one target stays in the order of the
// updates, so that sums do not depend on how threads run.
#pragma once

#include <cstddef>

#include "backends/cuda/kernels/parts.h"

namespace nn {
namespace cuda {

struct SortedUpdates {
  // Target `size` stands for indices that point outside; its updates come last.
  const int32_t* target;  // sorted
  const int32_t* update;  // the number of the update with that target
  const int32_t* start;   // of each target's updates; start[size] is how many have a target
};

size_t sort_workspace(int64_t count, int64_t size);
int32_t sort_updates(nn_device* device, const int32_t* indices, int64_t count, int64_t size, void* workspace, SortedUpdates* sorted,
                     nn_error* error);

}  // namespace cuda
}  // namespace nn
