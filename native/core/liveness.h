// Which memory of a program lives when, and where all of it lies in one arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/recording.h"

namespace nn {

constexpr size_t kNotInArena = static_cast<size_t>(-1);

struct MemoryPlan {
  std::vector<size_t> storages;    // by storage: its offset, or kNotInArena
  std::vector<size_t> workspaces;  // by node
  size_t uniforms = 0;             // offset of the uniform block, where all uniforms lie one after the other
  size_t uniform_bytes = 0;
  size_t arena = 0;      // bytes
  size_t unplanned = 0;  // bytes if nothing shared memory
};

// `workspaces` are bytes by node.
MemoryPlan plan_memory(const Recording& recording, const std::vector<size_t>& workspaces);

}  // namespace nn
