// Index arithmetic: where an element comes from, and keys that put numbers in NumPy's order.
#pragma once

#include <stdint.h>
#include <string.h>

#include "math/config.h"

namespace nn {
namespace math {

NN_HD bool index_inside(int64_t index, int64_t size) { return index >= -size && index < size; }
// A negative index counts from the end.
NN_HD int64_t wrap_index(int64_t index, int64_t size) { return index < 0 ? index + size : index; }

enum PadMode : int32_t { kPadConstant = 0, kPadReflect = 1, kPadSymmetric = 2, kPadEdge = 3 };

// Where `position` (0 is the first element, negative before it) of a padded axis reads; -1: the constant. `size` > 0 for mirrors.
NN_HD int64_t pad_source(int32_t mode, int64_t position, int64_t size) {
  if (position >= 0 && position < size) return position;
  if (mode == kPadConstant) return -1;
  if (mode == kPadEdge || size == 1) return position < 0 ? 0 : size - 1;
  const int64_t period = mode == kPadReflect ? 2 * (size - 1) : 2 * size;
  int64_t phase = position % period;
  if (phase < 0) phase += period;
  if (phase < size) return phase;
  return mode == kPadReflect ? period - phase : period - 1 - phase;
}

// The first position of a padded axis, from `from` on, for which pad_source gives `target`; kPadNowhere: there is none.
constexpr int64_t kPadNowhere = INT64_MAX;
NN_HD int64_t pad_next(int32_t mode, int64_t from, int64_t target, int64_t size) {
  if (mode != kPadConstant && size == 1) return from;
  if (mode == kPadConstant || mode == kPadEdge) {
    if (mode == kPadEdge && target == 0 && from <= 0) return from;
    if (mode == kPadEdge && target == size - 1 && from >= target) return from;
    return from <= target ? target : kPadNowhere;
  }
  const int64_t period = mode == kPadReflect ? 2 * (size - 1) : 2 * size;
  const int64_t mirrored = mode == kPadReflect ? period - target : period - 1 - target;
  int64_t ahead = (target - from) % period, ahead_mirrored = (mirrored - from) % period;
  if (ahead < 0) ahead += period;
  if (ahead_mirrored < 0) ahead_mirrored += period;
  return from + (ahead < ahead_mirrored ? ahead : ahead_mirrored);
}

// Unsigned keys whose order is that of the numbers; NaN comes last, whatever its bits, and -0 equals 0.
NN_HD uint32_t order_key(float value) {
  if (!(value == value)) return 0xffffffffu;
  value += 0.0f;  // -0 becomes 0
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
NN_HD uint64_t order_key(double value) {
  if (!(value == value)) return 0xffffffffffffffffull;
  value += 0.0;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | 0x8000000000000000ull;
}
NN_HD uint32_t order_key(int32_t value) { return static_cast<uint32_t>(value) ^ 0x80000000u; }
NN_HD uint32_t order_key(uint8_t value) { return value; }

}  // namespace math
}  // namespace nn
