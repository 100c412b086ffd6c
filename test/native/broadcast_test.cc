// Broadcasting of element-wise ops in every pattern, in place, empty, and large enough for several threads and blocks.
#include "kernel_rig.h"
#include "ops/elementwise.h"

namespace nn_test {
namespace {

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_elementwise_ops(made->ops);
    nn::append_elementwise_kernels(made->kernels);
    return made;
  }();
  return *r;
}

Dims broadcast(const std::vector<Dims>& shapes) {
  size_t rank = 0;
  for (const Dims& s : shapes) rank = std::max(rank, s.size());
  Dims out(rank, 1);
  for (const Dims& s : shapes) {
    for (size_t i = 0; i < s.size(); i++) {
      int64_t& d = out[rank - s.size() + i];
      if (s[i] != 1) d = s[i];
    }
  }
  return out;
}

double at_position(const Array& a, const Dims& position) {
  const size_t rank = a.dims().size();
  Dims own(rank);
  for (size_t i = 0; i < rank; i++) own[i] = a.dims()[i] == 1 ? 0 : position[position.size() - rank + i];
  return a.get(offset_of(a.dims(), own));
}

// subtract of two shapes and where of three, in a dtype, against the definition.
void expect_broadcast(const std::vector<Dims>& shapes, int dtype, std::mt19937& random) {
  std::string text;
  for (const Dims& s : shapes) {
    text += "[";
    for (int64_t d : s) text += std::to_string(d) + " ";
    text += "]";
  }
  SCOPED_TRACE(text + " dtype " + std::to_string(dtype));
  const Dims full = broadcast(shapes);
  std::vector<Array> in;
  for (size_t i = 0; i < shapes.size(); i++) {
    in.emplace_back(shapes.size() == 3 && i == 0 ? static_cast<int>(NN_BOOL) : dtype, shapes[i]);
    in.back().fill_random(random, -100, 100);
  }
  Array out(dtype, full);
  const std::string op = shapes.size() == 3 ? "where" : "subtract";
  std::vector<const Array*> operands;
  for (const Array& a : in) operands.push_back(&a);
  const Outcome outcome = runner().run(op, operands, {&out}, {});
  ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
  int64_t wrong = 0;
  for (Positions p(full); !p.done; p.next()) {
    double want = shapes.size() == 3 ? (at_position(in[0], p.at) != 0 ? at_position(in[1], p.at) : at_position(in[2], p.at))
                                     : at_position(in[0], p.at) - at_position(in[1], p.at);
    if (dtype == NN_UINT8) want = static_cast<uint8_t>(static_cast<int>(want));
    wrong += out.get(offset_of(full, p.at)) != want;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(Broadcast, Patterns) {
  std::mt19937 random(1);
  const std::vector<std::vector<Dims>> cases = {
      {{5}, {5}},
      {{5}, {}},
      {{}, {5}},
      {{}, {}},
      {{1}, {1, 1}},
      {{3000}, {1}},    // a scalar over several blocks
      {{700, 3}, {3}},  // a short trailing vector, tiled
      {{7, 1000}, {1000}},
      {{7, 1024}, {1024}},
      {{7, 1025}, {1025}},  // rows longer than a block
      {{3, 5000}, {5000}},
      {{3, 5000}, {1, 5000}},
      {{700, 3}, {700, 1}},  // columns
      {{3, 5000}, {3, 1}},
      {{5, 1, 7}, {1, 6, 1}},  // neither has the full shape
      {{2, 3, 4, 5}, {3, 1, 5}},
      {{2, 1, 4, 1, 6}, {2, 3, 1, 5, 1}},
      {{2, 1, 2, 1, 2, 1, 2, 1}, {1, 3, 1, 3, 1, 3, 1, 3}},
      {{2, 3, 1, 1}, {2, 3, 40, 50}},
      {{1, 1, 40, 50}, {2, 3, 40, 50}},
      {{0}, {1}},
      {{3, 0}, {1}},
      {{3, 0, 1}, {3, 1, 4}},
      {{4, 3}, {}, {3}},
      {{4, 1}, {4, 3}, {3}},
      {{1200, 2}, {2}, {1200, 1}},
      {{}, {3, 5, 1}, {7}},
      {{2, 2000}, {2000}, {2, 1}},
  };
  for (const auto& shapes : cases) {
    for (int dtype : {NN_FLOAT32, NN_FLOAT64, NN_UINT8}) expect_broadcast(shapes, dtype, random);
  }
}

TEST(Broadcast, RandomShapes) {
  std::mt19937 random(2);
  for (int round = 0; round < 400; round++) {
    const int rank = static_cast<int>(random() % 6), n = 2 + static_cast<int>(random() % 2);
    Dims full(rank);
    for (int64_t& d : full) d = random() % 8 == 0 ? 1 + static_cast<int64_t>(random() % 40) : 1 + static_cast<int64_t>(random() % 4);
    std::vector<Dims> shapes;
    for (int i = 0; i < n; i++) {
      Dims s(full.begin() + static_cast<int64_t>(random() % (static_cast<uint32_t>(rank) + 1)), full.end());
      for (int64_t& d : s) d = random() % 3 == 0 ? 1 : d;
      shapes.push_back(s);
    }
    const int dtypes[] = {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_UINT8};
    expect_broadcast(shapes, dtypes[random() % 4], random);
  }
}

TEST(Broadcast, ThreadsAndInstructionSetsAgree) {
  std::mt19937 random(3);
  for (const auto& shapes :
       std::vector<std::vector<Dims>>{{{300, 401}, {300, 401}}, {{300, 401}, {401}}, {{300, 401}, {300, 1}}, {{300, 401}, {}}}) {
    Array x(NN_FLOAT32, shapes[0]), y(NN_FLOAT32, shapes[1]), out(NN_FLOAT32, {300, 401});
    x.fill_random(random, -9, 9);
    y.fill_random(random, -9, 9);
    everywhere({&out}, true, [&] { EXPECT_EQ(runner().run("logaddexp", {&x, &y}, {&out}, {}).code, NN_OK); });
  }
}

TEST(Broadcast, InPlace) {
  std::mt19937 random(4);
  for (const Dims& other : {Dims{50, 1000}, Dims{1000}, Dims{}, Dims{50, 1}}) {
    Array x(NN_FLOAT32, {50, 1000}), y(NN_FLOAT32, other), out(NN_FLOAT32, {50, 1000});
    x.fill_random(random);
    y.fill_random(random);
    ASSERT_EQ(runner().run("multiply", {&x, &y}, {&out}, {}).code, NN_OK);
    Threads threads(3);
    ASSERT_EQ(runner().run("multiply", {&x, &y}, {&x}, {}).code, NN_OK);
    EXPECT_TRUE(x.same(out));
  }
  Array x(NN_FLOAT32, {70001}), out(NN_FLOAT32, {70001});
  x.fill_random(random);
  ASSERT_EQ(runner().run("subtract", {&x, &x}, {&out}, {}).code, NN_OK);
  ASSERT_EQ(runner().run("subtract", {&x, &x}, {&x}, {}).code, NN_OK);
  EXPECT_TRUE(x.same(out));
}

}  // namespace
}  // namespace nn_test
