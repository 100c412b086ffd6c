#include "core/liveness.h"

#include <algorithm>

#include "core/planner.h"

namespace nn {
namespace {

size_t aligned(size_t bytes) { return (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT; }

struct Life {
  size_t bytes = 0;
  int32_t first = -1, last = -1;  // nodes
  int32_t home = -1;              // the storage whose memory this one takes over, or itself
};

class Lives {
 public:
  explicit Lives(const Recording& r) : r_(r), lives_(r.storages.size()) {
    int32_t end = static_cast<int32_t>(r.nodes.size());
    for (size_t s = 0; s < lives_.size(); s++) lives_[s].home = static_cast<int32_t>(s);
    for (const Value& value : r.values) lives_[value.storage].bytes = static_cast<size_t>(bytes_of(value.tensor));
    for (int32_t n = 0; n < end; n++) {
      for (int32_t value : r.nodes[n].out) touch(value, n);
      for (int32_t value : r.nodes[n].in) touch(value, n);
    }
    for (int32_t value : r.outputs) touch(value, end);
    for (size_t n = 0; n < r.constants; n++) {
      for (int32_t value : r.nodes[n].out) touch(value, end);
    }
  }

  // An element-wise command may write its result over an input that it is the last to read.
  void reuse_in_place() {
    for (size_t i = 0; i < r_.nodes.size(); i++) {
      const Node& node = r_.nodes[i];
      if (!(node.op->flags & kElementwise) && node.label.empty()) continue;  // a fused node is one as well
      for (int32_t out : node.out) {
        int32_t target = r_.values[out].storage;
        if (!is_temporary(target) || lives_[target].first != static_cast<int32_t>(i) || lives_[target].home != target) continue;
        for (int32_t in : node.in) {
          int32_t home = home_of(r_.values[in].storage);
          if (!can_take(node, home, out, static_cast<int32_t>(i))) continue;
          lives_[target].home = home;
          lives_[home].last = lives_[target].last;
          break;
        }
      }
    }
  }

  bool is_temporary(int32_t storage) const { return r_.storages[storage].kind == Storage::kTemporary; }
  const Life& operator[](size_t storage) const { return lives_[storage]; }
  size_t size() const { return lives_.size(); }
  int32_t home_of(int32_t storage) const {
    while (lives_[storage].home != storage) storage = lives_[storage].home;
    return storage;
  }

 private:
  void touch(int32_t value, int32_t when) {
    Life& life = lives_[r_.values[value].storage];
    if (life.first < 0) life.first = when;
    life.last = std::max(life.last, when);
  }

  bool can_take(const Node& node, int32_t home, int32_t out, int32_t when) const {
    if (!is_temporary(home) || lives_[home].first >= when || lives_[home].last != when) return false;
    const nn_tensor& result = r_.values[out].tensor;
    for (int32_t in : node.in) {  // broadcast elements are read more than once
      const nn_tensor& operand = r_.values[in].tensor;
      if (home_of(r_.values[in].storage) != home) continue;
      if (!same_shape(operand, result) || dtype_bytes(operand.dtype) != dtype_bytes(result.dtype)) return false;
    }
    return std::none_of(node.out.begin(), node.out.end(),
                        [&](int32_t other) { return other != out && home_of(r_.values[other].storage) == home; });
  }

  const Recording& r_;
  std::vector<Life> lives_;
};

}  // namespace

MemoryPlan plan_memory(const Recording& recording, const std::vector<size_t>& workspaces) {
  MemoryPlan plan;
  plan.storages.assign(recording.storages.size(), kNotInArena);
  plan.workspaces.assign(recording.nodes.size(), kNotInArena);
  int32_t end = static_cast<int32_t>(recording.nodes.size());

  Lives lives(recording);
  std::vector<Interval> intervals;
  std::vector<size_t*> places;  // where each interval's offset goes
  auto add = [&](size_t bytes, int32_t first, int32_t last, size_t* place) {
    plan.unplanned += aligned(bytes);
    intervals.push_back(Interval{bytes, first, last, 0});
    places.push_back(place);
  };

  for (size_t s = 0; s < lives.size(); s++) {
    if (recording.storages[s].kind == Storage::kUniform) {
      plan.storages[s] = plan.uniform_bytes;
      plan.uniform_bytes += aligned(lives[s].bytes);
    } else if (lives.is_temporary(static_cast<int32_t>(s)) && lives[s].first >= 0) {
      plan.unplanned += aligned(lives[s].bytes);
    }
  }
  lives.reuse_in_place();
  for (size_t s = 0; s < lives.size(); s++) {
    const Life& life = lives[s];
    if (!lives.is_temporary(static_cast<int32_t>(s)) || life.first < 0 || life.home != static_cast<int32_t>(s)) continue;
    intervals.push_back(Interval{life.bytes, life.first, life.last, 0});
    places.push_back(&plan.storages[s]);
  }
  for (size_t n = 0; n < workspaces.size(); n++) {
    if (workspaces[n] > 0) add(workspaces[n], static_cast<int32_t>(n), static_cast<int32_t>(n), &plan.workspaces[n]);
  }
  if (plan.uniform_bytes > 0) add(plan.uniform_bytes, 0, end, &plan.uniforms);

  plan.arena = plan_arena(&intervals);
  for (size_t i = 0; i < intervals.size(); i++) *places[i] = intervals[i].offset;
  for (size_t s = 0; s < lives.size(); s++) {
    if (recording.storages[s].kind == Storage::kUniform) plan.storages[s] += plan.uniforms;
    if (!lives.is_temporary(static_cast<int32_t>(s)) || lives[s].first < 0) continue;
    plan.storages[s] = plan.storages[lives.home_of(static_cast<int32_t>(s))];
  }
  return plan;
}

}  // namespace nn
