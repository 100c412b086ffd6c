#include "core/fusion.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "math/fused.h"

namespace nn {
namespace {

// Longer groups gain nothing: what they save in memory traffic they lose to the cache that their operands need.
constexpr size_t kMaxInstructions = 32, kMaxInputs = 16, kMaxOutputs = 8;
static_assert(kMaxInstructions <= kFusedMaxRegisters && kMaxInputs <= kFusedMaxInputs && kMaxOutputs <= kFusedMaxOutputs,
              "one register an instruction");
// Below this, two commands that merely read the same tensor are left alone.
constexpr int64_t kBigInput = 1024;

// What a storage holds between two writes. In-place commands make values mutable; versions are not.
struct Version {
  int32_t storage;
  int32_t writer = -1;    // node; -1: held before the first node
  int32_t previous = -1;  // the version that this one replaced
  int32_t next = -1;      // the version that replaced this one
  std::vector<int32_t> readers;
};

class Fuser {
 public:
  Fuser(std::vector<Node>* nodes, const std::vector<Value>& values, const OpSchema* fused, bool launches)
      : nodes_(*nodes), values_(values), fused_(fused), launches_(launches) {}

  void run() {
    number_versions();
    order_.resize(nodes_.size());
    std::iota(order_.begin(), order_.end(), 0);
    place_ = group_ = order_;
    members_.resize(nodes_.size());
    for (size_t i = 0; i < nodes_.size(); i++) members_[i] = {static_cast<int32_t>(i)};
    join_producers();
    join_siblings();
    join_small();
    emit();
  }

 private:
  struct Access {
    std::vector<int32_t> in, out;  // versions
    int code;                      // of the bytecode, -1: cannot be fused
  };

  const nn_tensor& tensor(int32_t value) const { return values_[value].tensor; }
  const nn_tensor& shape_of(int32_t node) const { return tensor(nodes_[node].out[0]); }
  // A dropout's generator state is not data: every element reads all of it.
  static bool is_state(int code, size_t operand) { return code == math::code_dropout && operand == 1; }

  int32_t new_version(int32_t storage, int32_t writer, int32_t previous) {
    int32_t version = static_cast<int32_t>(versions_.size());
    versions_.push_back(Version{storage, writer, previous, -1, {}});
    if (previous >= 0) versions_[previous].next = version;
    return version;
  }

  void number_versions() {
    int32_t storages = 0;
    for (const Value& value : values_) storages = std::max(storages, value.storage + 1);
    stored_.assign(storages, false);
    outside_.assign(storages, false);
    for (const Value& value : values_) {
      if (value.is_output || value.outside) stored_[value.storage] = true;
      if (value.outside) outside_[value.storage] = true;
    }
    std::vector<int32_t> current(storages, -1);
    edges_.resize(nodes_.size());
    for (size_t i = 0; i < nodes_.size(); i++) {
      const Node& node = nodes_[i];
      int32_t n = static_cast<int32_t>(i);
      Access access;
      access.code = code_of(node);
      for (int32_t value : node.in) {
        int32_t& version = current[values_[value].storage];
        if (version < 0) version = new_version(values_[value].storage, -1, -1);
        access.in.push_back(version);
        versions_[version].readers.push_back(n);
        depend(versions_[version].writer, n);
      }
      for (int32_t value : node.out) {
        int32_t& version = current[values_[value].storage];
        if (version >= 0) {
          depend(versions_[version].writer, n);
          for (int32_t reader : versions_[version].readers) depend(reader, n);
        }
        version = new_version(values_[value].storage, n, version);
        access.out.push_back(version);
      }
      access_.push_back(std::move(access));
    }
  }

  void depend(int32_t first, int32_t then) {
    if (first >= 0 && first != then) edges_[first].push_back(then);
  }

  int code_of(const Node& node) const {
    if (node.out.size() != 1 || node.in.empty()) return -1;
    const nn_tensor& full = tensor(node.out[0]);
    int code = full.size == 0 ? -1 : fusable_code(node.op->name);
    for (size_t i = 0; i < node.in.size(); i++) {
      const nn_tensor& operand = tensor(node.in[i]);
      if (!is_state(code, i) && !same_shape(operand, full) && !is_scalar_or_row(operand, full)) return -1;
    }
    return code;
  }

  static bool is_scalar_or_row(const nn_tensor& t, const nn_tensor& full) {
    if (t.rank > full.rank) return false;
    return t.size == 1 || (t.rank > 0 && t.size == t.dims[t.rank - 1] && t.size == full.dims[full.rank - 1]);
  }

  bool inside(const std::vector<int32_t>& members, int32_t node) const { return std::binary_search(members.begin(), members.end(), node); }

  // The fused node of these members, which are in order; false when they do not make one.
  bool compose(const std::vector<int32_t>& members, Node* fused) const {
    if (members.size() > kMaxInstructions) return false;
    const nn_tensor& full = shape_of(members[0]);
    std::vector<int32_t> changed;  // storages
    for (int32_t m : members) changed.push_back(versions_[access_[m].out[0]].storage);
    std::vector<std::pair<int32_t, int32_t>> inputs;  // version, value
    std::vector<int32_t> registers;                   // version
    std::vector<std::vector<int32_t>> sources;        // per member: an input, or -1 - register
    for (int32_t m : members) {
      const Node& node = nodes_[m];
      sources.emplace_back();
      for (size_t i = 0; i < node.in.size(); i++) {
        int32_t version = access_[m].in[i];
        bool whole = !is_state(access_[m].code, i) && same_shape(tensor(node.in[i]), full);
        // Memory that the group writes can be read only element by element, so that each is read before it is overwritten.
        if (!whole && std::count(changed.begin(), changed.end(), versions_[version].storage)) return false;
        auto made = std::find(registers.begin(), registers.end(), version);
        if (made != registers.end()) {
          sources.back().push_back(-1 - static_cast<int32_t>(made - registers.begin()));
          continue;
        }
        auto known = std::find_if(inputs.begin(), inputs.end(), [&](const std::pair<int32_t, int32_t>& input) {
          return input.first == version && same_shape(tensor(input.second), tensor(node.in[i]));
        });
        sources.back().push_back(static_cast<int32_t>(known - inputs.begin()));
        if (known == inputs.end()) inputs.emplace_back(version, node.in[i]);
      }
      registers.push_back(access_[m].out[0]);
    }
    if (inputs.size() > kMaxInputs) return false;

    std::vector<int32_t> kept;  // registers
    for (size_t r = 0; r < members.size(); r++) {
      if (is_stored(versions_[registers[r]], members)) kept.push_back(static_cast<int32_t>(r));
    }
    if (kept.empty() || kept.size() > kMaxOutputs) return false;
    if (fused) write(members, inputs, sources, kept, fused);
    return true;
  }

  // Whether anything but the members needs this version, which one of them writes.
  bool is_stored(const Version& version, const std::vector<int32_t>& members) const {
    if (version.next >= 0) {
      if (inside(members, versions_[version.next].writer)) return false;
      return true;  // who writes next may read before it does
    }
    if (stored_[version.storage]) return true;
    return std::any_of(version.readers.begin(), version.readers.end(), [&](int32_t reader) { return !inside(members, reader); });
  }

  void write(const std::vector<int32_t>& members, const std::vector<std::pair<int32_t, int32_t>>& inputs,
             const std::vector<std::vector<int32_t>>& sources, const std::vector<int32_t>& kept, Node* fused) const {
    int32_t n_in = static_cast<int32_t>(inputs.size());
    fused->op = fused_;
    for (const auto& input : inputs) fused->in.push_back(input.second);
    std::vector<int32_t>& words = fused->attrs;
    words.push_back(static_cast<int32_t>(members.size()));
    for (size_t r = 0; r < members.size(); r++) {
      const Node& node = nodes_[members[r]];
      words.push_back(access_[members[r]].code);
      words.push_back(static_cast<int32_t>(r));
      words.push_back(static_cast<int32_t>(sources[r].size()));
      for (int32_t source : sources[r]) words.push_back(source >= 0 ? source : n_in - 1 - source);
      bool cast = access_[members[r]].code == math::code_cast;
      std::vector<int32_t> attrs = cast ? std::vector<int32_t>{tensor(node.out[0]).dtype} : node.attrs;
      words.push_back(static_cast<int32_t>(attrs.size()));
      words.insert(words.end(), attrs.begin(), attrs.end());
      fused->label += (r ? ", " : "") + std::string(node.op->name);
    }
    words.push_back(static_cast<int32_t>(kept.size()));
    for (int32_t r : kept) {
      words.push_back(r);
      fused->out.push_back(nodes_[members[r]].out[0]);
      fused->in_place.push_back(existed_before(access_[members[r]].out[0], members));
    }
  }

  bool existed_before(int32_t version, const std::vector<int32_t>& members) const {
    if (outside_[versions_[version].storage]) return true;
    for (int32_t v = versions_[version].previous; v >= 0; v = versions_[v].previous) {
      if (!inside(members, versions_[v].writer)) return true;
    }
    return false;
  }

  void join_producers() {
    for (size_t i = 0; i < nodes_.size(); i++) {
      if (access_[i].code < 0) continue;
      for (int32_t version : access_[i].in) {
        if (versions_[version].writer >= 0) join(versions_[version].writer, static_cast<int32_t>(i));
      }
    }
  }

  void join_siblings() {
    for (const Version& version : versions_) {
      int32_t last = -1;
      for (int32_t reader : version.readers) {
        if (access_[reader].code < 0 || shape_of(reader).size < kBigInput || !reads_whole(reader, version)) continue;
        if (last >= 0) join(last, reader);
        last = reader;
      }
    }
  }

  // Small passes cost what it costs to start them, so that one for several is a gain although they share nothing. A single command has a
  // kernel of its own, which on the CPU starts faster than a fused one.
  void join_small() {
    std::vector<int32_t> last;  // a group of each shape
    for (size_t i = 0; i < nodes_.size(); i++) {
      if (access_[i].code < 0 || shape_of(static_cast<int32_t>(i)).size >= kBigInput) continue;
      int32_t group = group_[i];
      if (members_[group].size() < (launches_ ? 1u : 2u)) continue;
      auto known = std::find_if(last.begin(), last.end(), [&](int32_t other) { return same_shape(shape_of(other), shape_of(group)); });
      if (known == last.end()) {
        last.push_back(group);
        continue;
      }
      join(*known, group);
      *known = group_[i];
    }
  }

  bool reads_whole(int32_t node, const Version& version) const {
    for (size_t i = 0; i < nodes_[node].in.size(); i++) {
      if (&versions_[access_[node].in[i]] == &version && !is_state(access_[node].code, i) &&
          same_shape(tensor(nodes_[node].in[i]), shape_of(node))) {
        return true;
      }
    }
    return false;
  }

  void join(int32_t a, int32_t b) {
    if (access_[a].code < 0 || access_[b].code < 0 || !same_shape(shape_of(a), shape_of(b))) return;
    a = group_[a];
    b = group_[b];
    if (a == b) return;
    if (place_[a] > place_[b]) std::swap(a, b);
    std::vector<int32_t> members;
    std::merge(members_[a].begin(), members_[a].end(), members_[b].begin(), members_[b].end(), std::back_inserter(members));
    if (!compose(members, nullptr) || !move_together(a, b)) return;
    for (int32_t m : members_[a]) group_[m] = b;
    members_[b] = std::move(members);
    members_[a].clear();
  }

  // `order_` holds the groups in an order that keeps every dependency. Whatever lies between a and b and follows from a has to go behind
  // b; if b follows from that, the two cannot be one.
  bool move_together(int32_t a, int32_t b) {
    std::vector<int32_t> before, behind;
    std::vector<bool> reached(place_[b] - place_[a] + 1, false);
    int32_t start = place_[a], end = place_[b];
    auto reach = [&](int32_t group) {
      for (int32_t member : members_[group]) {
        for (int32_t next : edges_[member]) {
          int32_t at = place_[group_[next]];
          if (at > start && at <= end) reached[at - start] = true;
        }
      }
    };
    // The one edge from a to b itself is what joins them, so a's own reach must not count for b.
    reach(a);
    reached[end - start] = false;
    for (int32_t at = start + 1; at < end; at++) {
      int32_t group = order_[at];
      if (group < 0) continue;
      if (!reached[at - start]) {
        before.push_back(group);
        continue;
      }
      behind.push_back(group);
      reach(group);
      if (reached[end - start]) return false;
    }
    int32_t at = start;
    auto put = [&](int32_t group) {
      order_[at] = group;
      if (group >= 0) place_[group] = at;
      at++;
    };
    for (int32_t group : before) put(group);
    put(b);
    for (int32_t group : behind) put(group);
    while (at <= end) put(-1);
    return true;
  }

  void emit() {
    std::vector<Node> result;
    for (int32_t group : order_) {
      if (group < 0) continue;
      const std::vector<int32_t>& members = members_[group];
      Node node;
      if (members.size() > 1) compose(members, &node);
      result.push_back(members.size() > 1 ? std::move(node) : nodes_[members[0]]);
    }
    nodes_ = std::move(result);
  }

  std::vector<Node>& nodes_;
  const std::vector<Value>& values_;
  const OpSchema* fused_;
  bool launches_;
  std::vector<Version> versions_;
  std::vector<Access> access_;               // by node
  std::vector<std::vector<int32_t>> edges_;  // node: those that must come after it
  std::vector<bool> stored_, outside_;       // by storage: read after the last node; held before the first
  std::vector<int32_t> order_;               // groups, -1: a hole
  std::vector<int32_t> place_, group_;       // group: its place in order_; node: its group
  std::vector<std::vector<int32_t>> members_;
};

}  // namespace

void fuse_elementwise(std::vector<Node>* nodes, const std::vector<Value>& values, bool launches) {
  const OpSchema* fused = find_op("fusedElementwise");
  if (fused) Fuser(nodes, values, fused, launches).run();
}

void remove_dead(std::vector<Node>* nodes, const std::vector<Value>& values) {
  std::vector<bool> needed;
  for (const Value& value : values) {
    if (static_cast<size_t>(value.storage) >= needed.size()) needed.resize(value.storage + 1, false);
    if (value.is_output) needed[value.storage] = true;
  }
  std::vector<bool> kept(nodes->size(), false);
  for (size_t i = nodes->size(); i-- > 0;) {
    const Node& node = (*nodes)[i];
    for (size_t o = 0; o < node.out.size(); o++) kept[i] = kept[i] || node.in_place[o] || needed[values[node.out[o]].storage];
    if (!kept[i]) continue;
    for (int32_t value : node.in) needed[values[value].storage] = true;
    for (int32_t value : node.out) needed[values[value].storage] = true;
  }
  size_t at = 0;
  nodes->erase(std::remove_if(nodes->begin(), nodes->end(), [&](const Node&) { return !kept[at++]; }), nodes->end());
}

}  // namespace nn
