// A copy between two arrays whose axes lie apart by any number of bytes: broadcast, transposition, slice, reversal, tiling and
// concatenation are all of this kind. Axes that can be walked as one are joined, so that kernels see the fewest.
#pragma once

#include <stdint.h>

#include "math/config.h"

namespace nn {
namespace math {

struct StridedCopy {
  static constexpr int kMaxAxes = 16;  // tile splits each axis in two
  int rank = 0;
  int64_t dims[kMaxAxes];
  int64_t from[kMaxAxes], to[kMaxAxes];  // bytes from one element to the next; `from` may be 0 or negative
  int64_t from_start = 0, to_start = 0;  // bytes
  int64_t element = 1;                   // bytes that are copied together

  // Axes are added from the outermost to the innermost.
  void add(int64_t dim, int64_t from_step, int64_t to_step) {
    if (dim == 1) return;
    const int last = rank - 1;
    if (rank > 0 && from[last] == from_step * dim && to[last] == to_step * dim) {
      dims[last] *= dim;
      from[last] = from_step;
      to[last] = to_step;
      return;
    }
    dims[rank] = dim;
    from[rank] = from_step;
    to[rank] = to_step;
    rank++;
  }

  // Folds an innermost axis that is contiguous on both sides into the element, where the element stays small enough for one load.
  void widen() {
    if (rank == 0 || from[rank - 1] != element || to[rank - 1] != element) return;
    const int64_t bytes = dims[rank - 1] * element;
    if (bytes > 16 || (bytes & (bytes - 1)) != 0) return;
    element = bytes;
    rank--;
  }

  // Byte offsets of the element with this number, the last axis running fastest.
  NN_HD void locate(int64_t number, int64_t* from_offset, int64_t* to_offset) const {
    int64_t f = from_start, t = to_start;
    for (int i = rank - 1; i >= 0; i--) {
      const int64_t at = number % dims[i];
      number /= dims[i];
      f += at * from[i];
      t += at * to[i];
    }
    *from_offset = f;
    *to_offset = t;
  }
};

}  // namespace math
}  // namespace nn
