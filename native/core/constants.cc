#include "core/constants.h"

#include <algorithm>
#include <vector>

namespace nn {
namespace {

constexpr int64_t kLargestKept = 64 << 10;

}  // namespace

size_t constants_first(Recording* recording) {
  const std::vector<Value>& values = recording->values;
  std::vector<bool> constant(recording->storages.size(), false);
  auto is_constant = [&](const Node& node) {
    if (node.op->flags & kRandom) return false;
    bool inputs = std::all_of(node.in.begin(), node.in.end(), [&](int32_t value) { return constant[values[value].storage]; });
    return inputs && std::all_of(node.out.begin(), node.out.end(), [&](int32_t value) {
             const Storage& storage = recording->storages[values[value].storage];
             return storage.kind == Storage::kTemporary && !storage.changed && bytes_of(values[value].tensor) <= kLargestKept;
           });
  };
  std::vector<Node> first, rest;
  for (Node& node : recording->nodes) {
    bool kept = is_constant(node);
    for (int32_t value : node.out) constant[values[value].storage] = kept;
    (kept ? first : rest).push_back(std::move(node));
  }
  size_t count = first.size();
  first.insert(first.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
  recording->nodes = std::move(first);
  return count;
}

}  // namespace nn
