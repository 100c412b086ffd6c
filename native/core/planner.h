// Offsets in one arena for buffers whose lives are known: two that live at the same time never overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nn {

struct Interval {
  size_t bytes;
  int32_t first, last;  // commands between which it lives, both included
  size_t offset = 0;    // filled by plan_arena
};

// Returns the arena's size. Larger buffers are placed first, each at the best-fitting gap.
size_t plan_arena(std::vector<Interval>* intervals);

}  // namespace nn
