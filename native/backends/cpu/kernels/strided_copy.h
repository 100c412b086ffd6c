// Runs a math::StridedCopy at the speed of memory.
#pragma once

#include <cstring>

#include "math/strided.h"

namespace nn {

// Both arrays have the same number of bytes an element. Nothing is read or written when a dimension is 0.
void run_strided_copy(const math::StridedCopy& plan, const void* from, void* to);

// memcpy that is inlined for the sizes of one or a few elements.
inline void copy_run(char* to, const char* from, int64_t bytes) {
  switch (bytes) {
    case 1:
      *to = *from;
      return;
    case 3:
      std::memcpy(to, from, 3);
      return;
    case 4:
      std::memcpy(to, from, 4);
      return;
    case 8:
      std::memcpy(to, from, 8);
      return;
    case 12:
      std::memcpy(to, from, 12);
      return;
    case 16:
      std::memcpy(to, from, 16);
      return;
    default:
      std::memcpy(to, from, static_cast<size_t>(bytes));
  }
}

}  // namespace nn
