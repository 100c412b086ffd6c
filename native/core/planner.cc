#include "core/planner.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/abi.h"

namespace nn {
namespace {

size_t aligned(size_t bytes) { return (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT; }

size_t place(std::vector<Interval>& intervals, const std::vector<size_t>& order) {
  std::vector<size_t> placed;  // by offset
  placed.reserve(order.size());
  size_t total = 0;
  for (size_t index : order) {
    Interval& one = intervals[index];
    size_t bytes = aligned(one.bytes);
    size_t end = 0;  // of what lives at the same time and lies lower
    size_t best = std::numeric_limits<size_t>::max(), best_gap = best;
    for (size_t other : placed) {
      const Interval& o = intervals[other];
      if (o.last < one.first || one.last < o.first) continue;
      if (o.offset > end && o.offset - end >= bytes && o.offset - end < best_gap) {
        best_gap = o.offset - end;
        best = end;
      }
      end = std::max(end, o.offset + aligned(o.bytes));
    }
    one.offset = best_gap == std::numeric_limits<size_t>::max() ? end : best;
    total = std::max(total, one.offset + bytes);
    auto at = std::upper_bound(placed.begin(), placed.end(), index,
                               [&](size_t a, size_t b) { return intervals[a].offset < intervals[b].offset; });
    placed.insert(at, index);
  }
  return total;
}

}  // namespace

size_t plan_arena(std::vector<Interval>* intervals) {
  std::vector<size_t> order;
  for (size_t i = 0; i < intervals->size(); i++) {
    (*intervals)[i].offset = 0;
    if ((*intervals)[i].bytes > 0) order.push_back(i);
  }
  auto longer = [&](size_t a, size_t b) {
    const Interval &x = (*intervals)[a], &y = (*intervals)[b];
    return x.last - x.first > y.last - y.first;
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    size_t x = (*intervals)[a].bytes, y = (*intervals)[b].bytes;
    return x != y ? x > y : longer(a, b);
  });
  size_t by_size = place(*intervals, order);

  // In a training step the long-lived activations stack up and short-lived ones fit between them: there the order of birth can be
  // better than the order of size, and trying it costs nothing that a replay would see.
  std::vector<Interval> second = *intervals;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    int32_t x = second[a].first, y = second[b].first;
    return x != y ? x < y : longer(a, b);
  });
  size_t by_birth = place(second, order);
  if (by_birth >= by_size) return by_size;
  *intervals = std::move(second);
  return by_birth;
}

}  // namespace nn
