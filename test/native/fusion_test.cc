#include "core/fusion.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "math/fused.h"
#include "words.h"

namespace nn {
namespace {

// A program by hand: tensors are named by value numbers, and memory is what `storage` says.
class Graph {
 public:
  int32_t value(const std::vector<int64_t>& dims, bool outside = false, int dtype = NN_FLOAT32) {
    values.push_back({make_tensor(dtype, dims), storages++, outside, false});
    return static_cast<int32_t>(values.size()) - 1;
  }
  int32_t view(int32_t of, const std::vector<int64_t>& dims) {
    values.push_back({make_tensor(values[of].tensor.dtype, dims), values[of].storage, values[of].outside, false});
    return static_cast<int32_t>(values.size()) - 1;
  }
  int32_t add(const char* op, std::vector<int32_t> in, const std::vector<int64_t>& dims, std::vector<int32_t> attrs = {}) {
    int32_t out = value(dims);
    nodes.push_back({find_op(op), std::move(in), {out}, {false}, std::move(attrs), ""});
    return out;
  }
  void change(const char* op, std::vector<int32_t> in, int32_t out) {
    nodes.push_back({find_op(op), std::move(in), {out}, {true}, {}, ""});
  }
  void output(int32_t v) { values[v].is_output = true; }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const Node& node : nodes) result.push_back(node.label.empty() ? node.op->name : "(" + node.label + ")");
    return result;
  }

  std::vector<Node> nodes;
  std::vector<Value> values;
  int32_t storages = 0;
};

using Names = std::vector<std::string>;
const std::vector<int64_t> kShape{4, 6};

TEST(Fusion, ChainBecomesOnePassThatStoresItsEndOnly) {
  Graph g;
  int32_t x = g.value(kShape, true), bias = g.value({6}, true);
  int32_t sum = g.add("add", {x, bias}, kShape), y = g.add("relu", {sum}, kShape), z = g.add("multiply", {y, x}, kShape);
  g.output(z);
  fuse_elementwise(&g.nodes, g.values);
  ASSERT_EQ(g.names(), (Names{"(add, relu, multiply)"}));
  EXPECT_EQ(g.nodes[0].in, (std::vector<int32_t>{x, bias}));
  EXPECT_EQ(g.nodes[0].out, (std::vector<int32_t>{z}));
  EXPECT_EQ(g.nodes[0].in_place, (std::vector<bool>{false}));
  std::vector<int32_t> words{
      3, fusable_code("add"), 0, 2, 0, 1, 0, fusable_code("relu"), 1, 1, 2, 0, fusable_code("multiply"), 2, 2, 3, 0, 0, 1, 2};
  EXPECT_EQ(g.nodes[0].attrs, words);
}

TEST(Fusion, WhatOthersReadIsStored) {
  Graph g;
  int32_t x = g.value(kShape, true);
  int32_t a = g.add("exp", {x}, kShape), b = g.add("sin", {a}, kShape);
  int32_t total = g.add("sum", {a}, {6}, {1});
  g.output(b);
  g.output(total);
  fuse_elementwise(&g.nodes, g.values);
  ASSERT_EQ(g.names(), (Names{"(exp, sin)", "sum"}));
  EXPECT_EQ(g.nodes[0].out, (std::vector<int32_t>{a, b}));
}

TEST(Fusion, APathThroughAnotherCommandKeepsTwoApart) {
  Graph g;
  int32_t x = g.value(kShape, true);
  int32_t a = g.add("exp", {x}, kShape);
  int32_t total = g.add("sum", {a}, {6}, {1});
  g.output(g.add("divide", {a, total}, kShape));
  fuse_elementwise(&g.nodes, g.values);
  EXPECT_EQ(g.names(), (Names{"exp", "sum", "divide"}));
}

TEST(Fusion, WhatFollowsFromTheFirstMovesBehindTheGroup) {
  Graph g;
  int32_t x = g.value(kShape, true);
  int32_t a = g.add("exp", {x}, kShape);
  int32_t total = g.add("sum", {a}, {6}, {1});
  int32_t other = g.add("sum", {x}, {6}, {1});
  int32_t b = g.add("divide", {a, other}, kShape);
  g.output(total);
  g.output(b);
  fuse_elementwise(&g.nodes, g.values);
  EXPECT_EQ(g.names(), (Names{"sum", "(exp, divide)", "sum"}));
  EXPECT_EQ(g.nodes[2].out[0], total);
}

TEST(Fusion, AVariableIsChangedAfterItsLastReader) {
  Graph g;
  int32_t v = g.value(kShape, true), x = g.value(kShape, true);
  int32_t y = g.add("multiply", {v, x}, kShape);
  int32_t total = g.add("sum", {v}, {6}, {1});
  g.change("subtract", {v, y}, v);
  g.output(total);
  fuse_elementwise(&g.nodes, g.values);
  ASSERT_EQ(g.names(), (Names{"sum", "(multiply, subtract)"}));
  EXPECT_EQ(g.nodes[1].out, (std::vector<int32_t>{v}));
  EXPECT_EQ(g.nodes[1].in_place, (std::vector<bool>{true}));
}

TEST(Fusion, AChangedVariableIsReadAnewAndNotJoinedAcrossItsReaders) {
  Graph g;
  int32_t v = g.value(kShape, true), x = g.value(kShape, true);
  g.change("add", {v, x}, v);
  int32_t total = g.add("sum", {v}, {6}, {1});
  g.change("add", {v, x}, v);
  g.output(total);
  fuse_elementwise(&g.nodes, g.values);
  EXPECT_EQ(g.names(), (Names{"add", "sum", "add"}));
}

TEST(Fusion, TwoChangesInARowStoreTheSecond) {
  Graph g;
  int32_t v = g.value(kShape, true), x = g.value(kShape, true);
  g.change("exp", {x}, v);
  g.change("multiply", {v, x}, v);
  fuse_elementwise(&g.nodes, g.values);
  ASSERT_EQ(g.names(), (Names{"(exp, multiply)"}));
  EXPECT_EQ(g.nodes[0].out, (std::vector<int32_t>{v}));
  EXPECT_EQ(g.nodes[0].in_place, (std::vector<bool>{true}));
  EXPECT_EQ(g.nodes[0].attrs.back(), 1);
}

TEST(Fusion, BroadcastReadersOfWhatTheGroupWritesStayOutside) {
  Graph g;  // one row, so that a vector and a matrix have the same memory
  int32_t x = g.value({1, 6}, true);
  int32_t a = g.add("exp", {x}, {1, 6});
  int32_t row = g.view(a, {6});
  g.output(g.add("add", {x, row}, {1, 6}));
  fuse_elementwise(&g.nodes, g.values);
  EXPECT_EQ(g.names(), (Names{"exp", "add"}));
}

TEST(Fusion, OtherShapesAndOddBroadcastsAreLeftAlone) {
  Graph g;
  int32_t x = g.value(kShape, true), column = g.value({4, 1}, true), row = g.value({6}, true);
  int32_t small = g.add("exp", {row}, {6});
  int32_t wide = g.add("add", {x, small}, kShape);
  int32_t odd = g.add("add", {wide, column}, kShape);
  g.output(odd);
  fuse_elementwise(&g.nodes, g.values);
  EXPECT_EQ(g.names(), (Names{"exp", "add", "add"}));
}

TEST(Fusion, SiblingsShareAReadOfABigInputOnly) {
  for (int64_t rows : {16, 512}) {
    Graph g;
    int32_t x = g.value({rows, 16}, true);
    g.output(g.add("exp", {x}, {rows, 16}));
    g.output(g.add("sin", {x}, {rows, 16}));
    fuse_elementwise(&g.nodes, g.values);
    EXPECT_EQ(g.names(), rows == 16 ? (Names{"exp", "sin"}) : (Names{"(exp, sin)"}));
  }
}

TEST(Fusion, LongChainsAreCut) {
  Graph g;
  int32_t x = g.value(kShape, true);
  for (int i = 0; i < 40; i++) x = g.add("sin", {x}, kShape);
  g.output(x);
  fuse_elementwise(&g.nodes, g.values);
  ASSERT_EQ(g.nodes.size(), 2u);
  EXPECT_EQ(g.nodes[0].attrs[0], 32);
  EXPECT_EQ(g.nodes[1].attrs[0], 8);
}

TEST(Fusion, CastAndDropoutBringTheirOwnWords) {
  Graph g;
  int32_t x = g.value(kShape, true), rng = g.value({4}, true, NN_INT32);
  int32_t y = g.value(kShape, false, NN_FLOAT64);
  g.nodes.push_back({find_op("cast"), {x}, {y}, {false}, {}, ""});
  std::vector<int32_t> attrs = float_words({0.5});
  attrs.insert(attrs.begin(), 7);
  int32_t z = g.value(kShape, false, NN_FLOAT64);
  g.nodes.push_back({find_op("dropout"), {y, rng}, {z}, {false}, attrs, ""});
  g.output(z);
  fuse_elementwise(&g.nodes, g.values);
  ASSERT_EQ(g.names(), (Names{"(cast, dropout)"}));
  std::vector<int32_t> words{2, fusable_code("cast"), 0, 1, 0, 1, NN_FLOAT64, fusable_code("dropout"), 1, 2, 2, 1, 3};
  words.insert(words.end(), attrs.begin(), attrs.end());
  words.insert(words.end(), {1, 1});
  EXPECT_EQ(g.nodes[0].attrs, words);
}

TEST(Fusion, DeadCommandsGoAndChangesStay) {
  Graph g;
  int32_t x = g.value(kShape, true), v = g.value(kShape, true);
  int32_t a = g.add("exp", {x}, kShape);
  g.add("sin", {a}, kShape);              // nobody reads it
  int32_t b = g.add("cos", {x}, kShape);  // a change does
  g.change("add", {v, b}, v);
  int32_t c = g.add("tan", {x}, kShape);  // an output by another name
  g.output(g.view(c, {24}));
  remove_dead(&g.nodes, g.values);
  EXPECT_EQ(g.names(), (Names{"cos", "add", "tan"}));
}

// What memory holds, as a number made from everything that led to it: two runs that agree on it did the same arithmetic.
class Meaning {
 public:
  explicit Meaning(const Graph& g) : values_(g.values) {
    for (const Value& value : g.values) {
      if (value.outside) memory_[value.storage] = mix(1, static_cast<uint64_t>(value.storage));
    }
  }

  void run(const std::vector<Node>& nodes) {
    for (const Node& node : nodes) {
      if (!node.label.empty()) {
        run_fused(node);
        continue;
      }
      std::vector<uint64_t> in;
      for (int32_t value : node.in) in.push_back(operand(value, node.out[0]));
      bool overwrites = node.op->flags & kElementwise;
      if (!overwrites && node.in_place[0]) in.push_back(load(node.out[0]));
      memory_[values_[node.out[0]].storage] = result(node.op->name, in, node.attrs);
    }
  }

  // Of all memory that outlives the program.
  std::map<int32_t, uint64_t> kept() const {
    std::map<int32_t, uint64_t> result;
    for (const Value& value : values_) {
      if (value.outside || value.is_output) result[value.storage] = memory_.at(value.storage);
    }
    return result;
  }

 private:
  static uint64_t mix(uint64_t a, uint64_t b) {
    a = (a ^ b) * 0x9E3779B97F4A7C15u;
    return a ^ (a >> 29);
  }
  static uint64_t result(const std::string& op, const std::vector<uint64_t>& in, const std::vector<int32_t>& attrs) {
    uint64_t hash = std::hash<std::string>()(op);
    for (uint64_t one : in) hash = mix(hash, one);
    for (int32_t word : attrs) hash = mix(hash, static_cast<uint64_t>(word) + 77);
    return hash;
  }
  uint64_t load(int32_t value) const {
    auto found = memory_.find(values_[value].storage);
    EXPECT_NE(found, memory_.end()) << "value " << value << " is read before it is written";
    return found == memory_.end() ? 0 : found->second;
  }
  // A broadcast read is not the same as reading the whole.
  uint64_t operand(int32_t value, int32_t out) const {
    return mix(load(value), same_shape(values_[value].tensor, values_[out].tensor) ? 0 : 13);
  }

  void run_fused(const Node& node) {
    std::vector<uint64_t> slots;
    for (int32_t value : node.in) slots.push_back(operand(value, node.out[0]));
    size_t n_in = slots.size();
    slots.resize(n_in + kFusedMaxRegisters);
    size_t at = 0;
    auto next = [&] { return node.attrs.at(at++); };
    for (int32_t count = next(); count > 0; count--) {
      const char* name = math::kElementwiseInfo[next()].name;
      size_t target = n_in + static_cast<size_t>(next());
      std::vector<uint64_t> in;
      for (int32_t sources = next(); sources > 0; sources--) {
        size_t source = static_cast<size_t>(next());
        in.push_back(source < n_in ? slots[source] : mix(slots[source], 0));
      }
      std::vector<int32_t> attrs;
      for (int32_t words = next(); words > 0; words--) attrs.push_back(next());
      slots[target] = result(name, in, attrs);
    }
    ASSERT_EQ(next(), static_cast<int32_t>(node.out.size()));
    for (int32_t value : node.out) memory_[values_[value].storage] = slots[n_in + static_cast<size_t>(next())];
    EXPECT_EQ(at, node.attrs.size());
  }

  const std::vector<Value>& values_;
  std::map<int32_t, uint64_t> memory_;
};

Graph random_graph(std::mt19937& random) {
  Graph g;
  const std::vector<std::vector<int64_t>> shapes{{64, 32}, {32}, {}, {1, 32}};
  auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<int32_t> live, changeable;
  for (int i = 0; i < 6; i++) {
    live.push_back(g.value(shapes[static_cast<size_t>(pick(4))], true));
    if (i % 2) changeable.push_back(live.back());
  }
  const char* binary[] = {"add", "multiply", "maximum", "subtract"};
  const char* unary[] = {"exp", "sin", "relu", "negative"};
  int count = 3 + pick(40);
  for (int i = 0; i < count; i++) {
    int32_t a = live[static_cast<size_t>(pick(static_cast<int>(live.size())))];
    int32_t b = live[static_cast<size_t>(pick(static_cast<int>(live.size())))];
    const nn_tensor &x = g.values[a].tensor, &y = g.values[b].tensor;
    if (x.rank < y.rank) std::swap(a, b);
    std::vector<int64_t> dims(g.values[a].tensor.dims, g.values[a].tensor.dims + g.values[a].tensor.rank);
    std::vector<int32_t> in = pick(2) && (dims.size() < 2 || dims[0] > 1) ? std::vector<int32_t>{a, b} : std::vector<int32_t>{a};
    if (in.size() == 2 && g.values[b].tensor.rank == 2 && !same_shape(g.values[a].tensor, g.values[b].tensor)) in.pop_back();
    const char* op = in.size() == 2 ? binary[pick(4)] : unary[pick(4)];
    int kind = pick(10);
    if (kind < 6) {
      live.push_back(g.add(op, in, dims));
    } else if (kind < 8) {
      int32_t out = changeable[static_cast<size_t>(pick(static_cast<int>(changeable.size())))];
      bool fits = same_shape(g.values[out].tensor, g.values[a].tensor);
      for (int32_t one : in) {
        fits = fits && (g.values[one].storage != g.values[out].storage || same_shape(g.values[one].tensor, g.values[out].tensor));
      }
      if (fits) g.change(op, in, out);
    } else if (kind == 8 && g.values[a].tensor.rank == 2) {
      live.push_back(g.add("sum", {a}, {32}, {1}));
    } else if (g.values[a].tensor.size == 32) {
      live.push_back(g.view(a, g.values[a].tensor.rank == 1 ? shapes[3] : shapes[1]));
    }
    if (!g.values[live.back()].outside && pick(3) == 0) changeable.push_back(live.back());
  }
  for (int32_t value : live) {
    if (pick(6) == 0) g.output(value);
  }
  return g;
}

TEST(Fusion, RandomProgramsKeepTheirMeaning) {
  std::mt19937 random(3);
  size_t before = 0, after = 0;
  for (int round = 0; round < 2000; round++) {
    Graph g = random_graph(random);
    Meaning plain(g);
    plain.run(g.nodes);
    before += g.nodes.size();
    remove_dead(&g.nodes, g.values);
    fuse_elementwise(&g.nodes, g.values);
    after += g.nodes.size();
    Meaning fused(g);
    fused.run(g.nodes);
    ASSERT_EQ(plain.kept(), fused.kept()) << "round " << round;
  }
  EXPECT_LT(after, before / 2);
}

}  // namespace
}  // namespace nn
