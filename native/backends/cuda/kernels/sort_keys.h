// What the kernels of sort and topK order: keys whose order is that of the numbers, with the place behind them, so that no two are equal:
// any way of sorting is stable then.
#pragma once

#include "math/index.h"

namespace nn {
namespace cuda {

// Of numbers of 32 bits or fewer: key and place in one word.
struct NarrowItem {
  uint64_t bits;
  NN_HD bool operator<(const NarrowItem& other) const { return bits < other.bits; }
  NN_HD int32_t place() const { return static_cast<int32_t>(bits & 0xffffffffu); }
  static NN_HD NarrowItem last() { return {~uint64_t{0}}; }  // after every other
};
struct WideItem {
  uint64_t key;
  int64_t at;
  NN_HD bool operator<(const WideItem& other) const { return key != other.key ? key < other.key : at < other.at; }
  NN_HD int32_t place() const { return static_cast<int32_t>(at); }
  static NN_HD WideItem last() { return {~uint64_t{0}, INT64_MAX}; }
};

template <class T>
struct SortItem {
  using Type = NarrowItem;
  static NN_HD NarrowItem make(T x, int64_t place, bool descending) {
    const uint32_t key = math::order_key(x);
    return {static_cast<uint64_t>(descending ? ~key : key) << 32 | static_cast<uint64_t>(place)};
  }
};
template <>
struct SortItem<double> {
  using Type = WideItem;
  static NN_HD WideItem make(double x, int64_t place, bool descending) {
    const uint64_t key = math::order_key(x);
    return {descending ? ~key : key, place};
  }
};

// How many of the ordered items lie before `item`.
template <class Item>
NN_HD int64_t count_before(const Item* items, int64_t n, const Item& item) {
  int64_t low = 0, high = n;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (items[middle] < item)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace cuda
}  // namespace nn
