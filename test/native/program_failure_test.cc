// What goes wrong: words that make no program, kernels and memory that fail, runs that are cancelled.
#include <gtest/gtest.h>

#include <random>

#include "program_rig.h"

namespace nn {
namespace {

using Floats = std::vector<float>;

class ProgramRefusal : public testing::Test {
 protected:
  void SetUp() override {
    rig.put(1, {2, 3}, Floats(6, 1));
    rig.put(2, {3}, Floats(3, 1));
    spec.inputs = {{10, make_tensor(NN_FLOAT32, {2, 3})}};
    spec.uniforms = {{20, make_tensor(NN_FLOAT32, {})}};
  }
  void expect(const Words& words, int32_t code, const std::string& op, const std::string& message, const std::string& operands = {}) {
    spec.words = words.get();
    EXPECT_FALSE(rig.build(spec));
    ASSERT_TRUE(rig.failure);
    EXPECT_EQ(rig.failure->code, code);
    EXPECT_EQ(rig.failure->op, op);
    EXPECT_NE(rig.failure->message.find(message), std::string::npos) << rig.failure->message;
    EXPECT_EQ(rig.failure->operands, operands);
  }
  Rig rig{kCpu};
  ProgramSpec spec;
};

TEST_F(ProgramRefusal, Handles) {
  const std::vector<int64_t> shape{2, 3};
  expect(Words().op("relu", {99}, {{30, 0, shape}}), NN_INVALID, "relu", "unknown handle 99");
  expect(Words().op("relu", {1}, {{99}}), NN_INVALID, "relu", "unknown handle 99");
  expect(Words().op("relu", {1}, {{30, 0, shape}}).op("relu", {1}, {{30, 0, shape}}), NN_INVALID, "relu", "expected a new handle, got 30");
  expect(Words().op("relu", {1}, {{10, 0, shape}}), NN_INVALID, "relu", "expected a new handle, got 10");
  expect(Words().op("relu", {1}, {{1, 0, shape}}), NN_INVALID, "relu", "expected a new handle, got 1");
  expect(Words().op("relu", {1}, {{-5, 0, shape}}), NN_INVALID, "relu", "expected a new handle, got -5");
  expect(Words().op("relu", {1}, {{30, 0, shape}}).free({30}).op("relu", {30}, {{31, 0, shape}}), NN_INVALID, "relu", "has freed");
  expect(Words().op("relu", {1}, {{30, 0, shape}}).free({30, 30}), NN_INVALID, "free", "got handle 30");
  expect(Words().free({1}), NN_INVALID, "free", "dispose what is older");
  expect(Words().free({10}), NN_INVALID, "free", "got handle 10");
  expect(Words().free({99}), NN_INVALID, "free", "got handle 99");
  spec.outputs = {30};
  expect(Words().op("relu", {1}, {{30, 0, shape}}).free({30}), NN_INVALID, "program", "has freed");
  expect(Words(), NN_INVALID, "program", "unknown handle 30");
}

TEST_F(ProgramRefusal, Commands) {
  expect(Words().op("add", {1, 2}, {{30, 0, {2, 4}}}), NN_INVALID, "add", "expected", "float32[2, 3], float32[3] -> float32[2, 4]");
  expect(Words().op("add", {1}, {{30, 0, {2, 3}}}), NN_INVALID, "add", "expected 2 inputs, got 1", "float32[2, 3] -> float32[2, 3]");
  expect(Words().reshape(1, {30, 0, {7}}), NN_INVALID, "reshape", "number of elements", "float32[2, 3] -> float32[7]");
  expect(Words().reshape(1, {30, NN_INT32, {6}}), NN_INVALID, "reshape", "same dtype", "float32[2, 3] -> int32[6]");
  expect(Words().reshape(1, {2}), NN_INVALID, "reshape", "one new output");
  expect(Words().command(kReshape, {}, {}), NN_INVALID, "reshape", "one input");
  expect(Words().command(7, {1}, {}), NN_INVALID, "program", "opcode 7");
  expect(Words().command(99999, {1}, {}), NN_INVALID, "program", "opcode 99999");
}

TEST_F(ProgramRefusal, ChangesInPlace) {
  expect(Words().op("relu", {1}, {{10}}), NN_INVALID, "relu", "its input 0", "float32[2, 3] -> float32[2, 3]");
  expect(Words().reshape(10, {30, 0, {6}}).reshape(1, {31, 0, {6}}).op("relu", {31}, {{30}}), NN_INVALID, "relu", "its input 0",
         "float32[6] -> float32[6]");
  expect(Words().op("assign", {20}, {{20}}), NN_INVALID, "assign", "its uniform 0", "float32[] -> float32[]");
  expect(Words().op("assign", {1}, {{1}}), NN_INVALID, "assign", "output 0 in the memory of input 0", "float32[2, 3] -> float32[2, 3]");
  // The very same memory by another name, and a broadcast read of it.
  expect(Words().reshape(1, {30, 0, {6}}).reshape(30, {31, 0, {2, 3}}).op("assign", {31}, {{1}}), NN_INVALID, "assign",
         "output 0 in the memory of input 0", "float32[2, 3] -> float32[2, 3]");
  expect(Words().op("copy", {2}, {{30, 0, {3}}}).reshape(30, {31, 0, {1, 3}}).op("add", {30, 31}, {{31}}), NN_INVALID, "add",
         "output 0 in the memory of input 0", "float32[3], float32[1, 3] -> float32[1, 3]");
}

TEST_F(ProgramRefusal, Declarations) {
  spec.inputs.push_back({20, make_tensor(NN_FLOAT32, {3})});
  expect(Words(), NN_INVALID, "program", "uniform 0: expected a handle of its own, got 20");
  spec.inputs = {{10, make_tensor(9, {3})}};
  expect(Words(), NN_INVALID, "program", "input 0: expected a valid shape and dtype");
  spec.inputs = {{0, make_tensor(NN_FLOAT32, {3})}};
  expect(Words(), NN_INVALID, "program", "input 0: expected a handle of its own, got 0");
}

TEST_F(ProgramRefusal, SpoiltTensorsTellWhatSpoiltThem) {
  FailurePtr cause = make_failure(NN_LIBRARY, "conv2d", "no plan");
  rig.handles.insert(3, Entry{make_tensor(NN_FLOAT32, {3}), nullptr, cause});
  spec.words = Words().op("relu", {3}, {{30, 0, {3}}}).get();
  EXPECT_FALSE(rig.build(spec));
  EXPECT_EQ(rig.failure, cause);
}

TEST_F(ProgramRefusal, Inputs) {
  spec.words = Words().op("relu", {10}, {{30, 0, {2, 3}}}).get();
  spec.outputs = {30};
  auto program = rig.build(spec);
  ASSERT_TRUE(program);
  EXPECT_FALSE(rig.run(*program, {}, {1}));
  EXPECT_EQ(rig.failure->message, "expected 1 inputs, got 0");
  EXPECT_FALSE(rig.run(*program, {2}, {1}));
  EXPECT_EQ(rig.failure->message, "input 0: expected float32[2, 3], got float32[3]; record the step again for other shapes");
  std::vector<Entry> out;
  EXPECT_FALSE(program->outputs(&out, &rig.failure));
  EXPECT_NE(rig.failure->message.find("run the program first"), std::string::npos);
  EXPECT_TRUE(rig.run(*program, {1}, {1}));
  EXPECT_TRUE(program->outputs(&out, &rig.failure));
}

TEST(ProgramFailure, MissingKernelsAreNamed) {
  Rig rig(kFakeSync, {"sum"});
  rig.put(1, {2, 3}, Floats(6, 1));
  ProgramSpec spec;
  spec.words = Words().op("sum", {1}, {{30, 0, {3}}}, {1}).get();
  EXPECT_FALSE(rig.build(spec));
  EXPECT_EQ(rig.failure->code, NN_UNSUPPORTED);
  EXPECT_EQ(rig.failure->op, "sum");
  EXPECT_EQ(rig.failure->operands, "float32[2, 3] -> float32[3]");
  EXPECT_NE(rig.failure->message.find("'fake'"), std::string::npos);
}

// relu, sum, then a change of tensor 2: what fails in the middle leaves the end undone.
ProgramSpec three_steps() {
  ProgramSpec spec;
  spec.uniforms = {{20, make_tensor(NN_FLOAT32, {})}};
  spec.words = Words().op("multiply", {1, 20}, {{30, 0, {2, 3}}}).op("sum", {30}, {{31, 0, {3}}}, {1}).op("add", {2, 31}, {{2}}).get();
  spec.outputs = {31};
  return spec;
}

class ProgramFailures : public testing::TestWithParam<Mode> {
 protected:
  void SetUp() override {
    rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
    rig.put(2, {3}, {0, 0, 0});
  }
  Rig rig{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Devices, ProgramFailures, testing::Values(kFakeSync, kFakeAsync, kFakeGraph), mode_name);

TEST_P(ProgramFailures, AKernelThatFailsStopsTheRunAndNothingElse) {
  auto program = rig.build(three_steps());
  ASSERT_TRUE(program);
  // On a device with graphs the second replay is recorded, and the kernel fails while it is.
  rig.fake->fail_kernel("sum", 2);
  EXPECT_FALSE(rig.run(*program, {}, {1, 10, 100}, 3));
  EXPECT_EQ(rig.done, 1);
  ASSERT_TRUE(rig.failure);
  EXPECT_EQ(rig.failure->code, NN_LIBRARY);
  EXPECT_EQ(rig.failure->op, "sum");
  EXPECT_EQ(rig.failure->message, "sum was told to fail");
  EXPECT_EQ(rig.failure->operands, "float32[2, 3] -> float32[3]");
  EXPECT_EQ(rig.get(2), (Floats{5, 7, 9}));
  std::vector<Entry> out;
  EXPECT_FALSE(program->outputs(&out, &rig.failure));

  ASSERT_TRUE(rig.run(*program, {}, {1, 2, 3}, 3)) << rig.failure->message;
  EXPECT_EQ(rig.done, 3);
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{15, 21, 27}));
  EXPECT_EQ(rig.get(2), (Floats{35, 49, 63}));
}

TEST_P(ProgramFailures, ALostDeviceFailsAtOnceAndForGood) {
  auto program = rig.build(three_steps());
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {}, {1}));
  rig.fake->lose_device();
  for (int i = 0; i < 2; i++) {
    EXPECT_FALSE(rig.run(*program, {}, {1}));
    EXPECT_EQ(rig.done, 0);
    EXPECT_EQ(rig.failure->code, NN_DEVICE_LOST);
    EXPECT_NE(rig.failure->message.find("the fake device is gone"), std::string::npos);
  }
}

TEST_P(ProgramFailures, NoMemoryForTheArena) {
  ProgramSpec spec = three_steps();
  std::vector<int64_t> big{2, 1 << 16};
  spec.words = Words().op("broadcastTo", {20}, {{30, 0, big}}).op("negative", {30}, {{31, 0, big}}).get();
  rig.fake->fail_alloc(1, 2);
  EXPECT_FALSE(rig.build(spec));
  ASSERT_TRUE(rig.failure);
  EXPECT_EQ(rig.failure->code, NN_OUT_OF_MEMORY);
  EXPECT_EQ(rig.fake->live_plans(), 0);
  EXPECT_TRUE(rig.build(spec));
}

TEST_P(ProgramFailures, NoMemoryForTheOutputs) {
  ProgramSpec spec = three_steps();
  std::vector<int64_t> big{2, 1 << 16};
  spec.words = Words().op("broadcastTo", {20}, {{31, 0, big}}).get();
  auto program = rig.build(spec);
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {}, {7}));
  rig.fake->fail_alloc(1, 2);
  std::vector<Entry> out;
  EXPECT_FALSE(program->outputs(&out, &rig.failure));
  EXPECT_EQ(rig.failure->code, NN_OUT_OF_MEMORY);
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), Floats(2 << 16, 7));
}

TEST_P(ProgramFailures, APlanThatCannotBeMade) {
  rig.fake->fail_prepare("sum");
  EXPECT_FALSE(rig.build(three_steps()));
  EXPECT_EQ(rig.failure->code, NN_LIBRARY);
  EXPECT_EQ(rig.failure->op, "sum");
  EXPECT_EQ(rig.failure->message, "sum cannot be prepared");
  EXPECT_EQ(rig.fake->live_plans(), 0);
}

TEST_P(ProgramFailures, CancelledBeforeTheFirstReplay) {
  auto program = rig.build(three_steps());
  ASSERT_TRUE(program);
  rig.cancel = true;
  EXPECT_TRUE(rig.run(*program, {}, {1, 1}, 2));
  EXPECT_EQ(rig.done, 0);
  std::vector<Entry> out;
  EXPECT_FALSE(program->outputs(&out, &rig.failure));
  EXPECT_EQ(rig.failure->code, NN_CANCELLED);
  EXPECT_EQ(rig.get(2), (Floats{0, 0, 0}));
}

TEST(ProgramCancel, FinishesTheReplayInProgress) {
  Rig rig(kFakeSync);
  rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
  rig.put(2, {3}, {0, 0, 0});
  auto program = rig.build(three_steps());
  ASSERT_TRUE(program);
  int sums = 0;
  rig.fake->on_kernel = [&](const std::string& op) {
    if (op == "sum" && ++sums == 3) rig.cancel = true;
  };
  EXPECT_TRUE(rig.run(*program, {}, std::vector<double>(100, 1.0), 100));
  EXPECT_EQ(rig.done, 3);
  EXPECT_EQ(rig.fake->kernels_run(), 9);
  EXPECT_EQ(rig.get(2), (Floats{15, 21, 27}));
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{5, 7, 9}));
}

TEST(ProgramAsync, RunsAheadOfTheDevice) {
  for (Mode mode : {kFakeAsync, kFakeGraph}) {
    Rig rig(mode);
    rig.put(2, {3}, {0, 0, 0});
    rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
    auto program = rig.build(three_steps());
    ASSERT_TRUE(program);
    rig.fake->drain();
    rig.fake->hold();
    ASSERT_TRUE(rig.run(*program, {}, {1, 2, 3, 4}, 4));
    std::vector<Entry> out = rig.outputs(*program);
    EXPECT_EQ(rig.done, 4);
    EXPECT_EQ(rig.fake->kernels_run(), 0);
    rig.fake->release();
    EXPECT_EQ(rig.floats(out[0]), (Floats{20, 28, 36}));
    EXPECT_EQ(rig.get(2), (Floats{50, 70, 90}));
  }
}

TEST(ProgramAsync, MayBeDestroyedWithWorkInFlight) {
  for (Mode mode : {kFakeAsync, kFakeGraph}) {
    Rig rig(mode);
    rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
    rig.put(2, {3}, {0, 0, 0});
    auto program = rig.build(three_steps());
    ASSERT_TRUE(program);
    ASSERT_TRUE(rig.run(*program, {}, {1, 2, 3, 4}, 4));
    program.reset();
    rig.device->allocator().release_cache();
    EXPECT_EQ(rig.get(2), (Floats{50, 70, 90}));
  }
}

TEST(ProgramAsync, LateFailuresAreToldByTheDevice) {
  Rig rig(kFakeAsync);
  rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
  rig.put(2, {3}, {0, 0, 0});
  auto program = rig.build(three_steps());
  ASSERT_TRUE(program);
  rig.fake->fail_kernel("add", 2, true);
  EXPECT_TRUE(rig.run(*program, {}, {1, 1, 1}, 3));
  nn_error error{};
  EXPECT_EQ(rig.device->api()->synchronize(rig.device->raw(), &error), NN_LIBRARY);
  EXPECT_STREQ(error.message, "add was told to fail");
  EXPECT_EQ(rig.device->api()->synchronize(rig.device->raw(), &error), NN_OK);
  EXPECT_EQ(rig.get(2), (Floats{10, 14, 18}));
}

TEST(ProgramGraph, WarmsUpRecordsOnceThenLaunches) {
  Rig rig(kFakeGraph);
  rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
  rig.put(2, {3}, {0, 0, 0});
  auto program = rig.build(three_steps());
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {}, {1}));
  EXPECT_EQ(rig.fake->graphs_recorded(), 0);
  ASSERT_TRUE(rig.run(*program, {}, {1, 2, 3, 4}, 4));
  EXPECT_EQ(rig.fake->graphs_recorded(), 1);
  EXPECT_EQ(rig.fake->graph_launches(), 4);
  ASSERT_TRUE(rig.run(*program, {}, {1, 2}, 2));
  EXPECT_EQ(rig.fake->graphs_recorded(), 1);
  EXPECT_EQ(rig.fake->graph_launches(), 6);
  EXPECT_EQ(rig.get(2), (Floats{5 * 14, 7 * 14, 9 * 14}));
  EXPECT_EQ(rig.fake->kernels_run(), 7 * 3);
}

// A data set stays where it is and is read there; batches that move are copied into place, so that the graph holds.
TEST(ProgramGraph, InputsAreCopiedOnceTheyMove) {
  Rig rig(kFakeGraph);
  const std::vector<int64_t> shape{4, 1 << 14};
  const size_t size = 4 << 14;
  rig.put(1, shape, Floats(size, 1));
  rig.put(2, shape, Floats(size, 2));
  rig.put(3, shape, Floats(size, 3));
  rig.put(9, {1 << 14}, Floats(1 << 14, 0));
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, shape)}};
  spec.words = Words().op("sum", {10}, {{30, 0, {1 << 14}}}, {1}).op("add", {9, 30}, {{9}}).get();
  spec.outputs = {10};
  auto program = rig.build(spec);
  ASSERT_TRUE(program);
  int64_t live = rig.device->allocator().stats().live;
  for (int i = 0; i < 5; i++) ASSERT_TRUE(rig.run(*program, {1}, {}, 3));
  EXPECT_EQ(rig.fake->graphs_recorded(), 1);
  EXPECT_EQ(rig.device->allocator().stats().live, live);
  float total = 5 * 3 * 4;
  for (int i = 0; i < 6; i++) {
    ASSERT_TRUE(rig.run(*program, {i % 2 ? 3 : 2}, {}, 2));
    total += i % 2 ? 2 * 4 * 3 : 2 * 4 * 2;
    EXPECT_EQ(rig.floats(rig.outputs(*program)[0])[0], i % 2 ? 3 : 2);
  }
  EXPECT_EQ(rig.fake->graphs_recorded(), 2);
  EXPECT_EQ(rig.get(9)[17], total);
}

TEST(ProgramGraph, WithoutMemoryForACopyTheGraphIsRecordedAnew) {
  Rig rig(kFakeGraph);
  const std::vector<int64_t> shape{4, 1 << 14};
  rig.put(1, shape, Floats(4 << 14, 1));
  rig.put(2, shape, Floats(4 << 14, 2));
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, shape)}};
  spec.words = Words().op("sum", {10}, {{30, 0, {1 << 14}}}, {1}).get();
  spec.outputs = {30};
  auto program = rig.build(spec);
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {1}, {}, 3));
  rig.fake->fail_alloc(1, 2);
  ASSERT_TRUE(rig.run(*program, {2}, {}, 3));
  EXPECT_EQ(rig.fake->graphs_recorded(), 2);
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0])[5], 8);
}

TEST(ProgramAsync, ALateFailureIsNotLostWhenAGraphIsDropped) {
  Rig rig(kFakeGraph);
  rig.put(1, {2, 3}, Floats(6, 1));
  rig.put(2, {2, 3}, Floats(6, 2));
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, {2, 3})}};
  spec.words = Words().op("sum", {10}, {{30, 0, {3}}}, {1}).get();
  spec.outputs = {30};
  auto program = rig.build(spec);
  ASSERT_TRUE(program);
  rig.fake->fail_kernel("sum", 2, true);
  ASSERT_TRUE(rig.run(*program, {1}, {}, 3));
  EXPECT_FALSE(rig.run(*program, {2}, {}, 3));
  EXPECT_NE(rig.failure->message.find("sum was told to fail"), std::string::npos);
  rig.fake->drain();
  ASSERT_TRUE(rig.run(*program, {2}, {}, 3)) << rig.failure->message;
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{4, 4, 4}));
}

// No words, however wrong, may crash or read outside: the sanitizers watch.
TEST(ProgramGarbage, NeverCrashes) {
  Rig rig(kCpu);
  rig.put(1, {2, 3}, {1, 2, 3, 4, 5, 6});
  rig.put(2, {3}, {0, 0, 0});
  rig.put(5, {2, 3}, {1, 2, 3, 4, 5, 6});
  rig.device->allocator().set_limit(1 << 20);
  ProgramSpec good = three_steps();
  good.inputs = {{10, make_tensor(NN_FLOAT32, {2, 3})}};
  std::vector<int32_t> more =
      Words().op("add", {10, 30}, {{33, 0, {2, 3}}}).reshape(33, {34, 0, {6}}).op("relu", {34}, {{34}}).free({34}).get();
  good.words.insert(good.words.end(), more.begin(), more.end());
  ASSERT_TRUE(rig.build(good));
  std::mt19937 random(5);
  int built = 0;
  for (int round = 0; round < 20000; round++) {
    ProgramSpec spec = good;
    for (size_t changes = 1 + random() % 3; changes > 0; changes--) {
      int32_t& word = spec.words[random() % spec.words.size()];
      switch (random() % 4) {
        case 0:
          word = static_cast<int32_t>(random());
          break;
        case 1:
          word += static_cast<int32_t>(random() % 5) - 2;
          break;
        case 2:
          word = static_cast<int32_t>(random() % 40);
          break;
        default:
          word = good.words[random() % good.words.size()];
      }
    }
    if (random() % 10 == 0) spec.words.resize(random() % spec.words.size());
    auto program = rig.build(spec);
    EXPECT_NE(program == nullptr, rig.failure == nullptr);
    if (!program) continue;
    built++;
    if (rig.run(*program, {5}, {1, 1}, 2)) rig.outputs(*program);
  }
  EXPECT_GT(built, 100);
}

}  // namespace
}  // namespace nn
