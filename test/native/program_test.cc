#include "core/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "program_rig.h"

namespace nn {
namespace {

using Floats = std::vector<float>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class ProgramTest : public testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Devices, ProgramTest, testing::Values(kCpu, kFakeSync, kFakeAsync, kFakeGraph), mode_name);

// total += sum over rows of relu(x * scale + bias): an input, a uniform, an outside tensor that is read and one that is changed.
ProgramSpec sums_spec() {
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, {2, 3})}};
  spec.uniforms = {{20, make_tensor(NN_FLOAT32, {})}};
  spec.words = Words()
                   .op("multiply", {10, 20}, {{30, NN_FLOAT32, {2, 3}}})
                   .op("add", {30, 1}, {{31, NN_FLOAT32, {2, 3}}})
                   .op("relu", {31}, {{32, NN_FLOAT32, {2, 3}}})
                   .op("sum", {32}, {{33, NN_FLOAT32, {3}}}, {1})
                   .op("add", {2, 33}, {{2}})
                   .free({30, 31, 32})
                   .get();
  spec.outputs = {33};
  return spec;
}

void put_sums(Rig& rig) {
  rig.put(1, {3}, {0, 1, -1});
  rig.put(2, {3}, {100, 200, 300});
  rig.put(5, {2, 3}, {1, -2, 3, 4, 5, -6});
}

TEST_P(ProgramTest, EveryReplayHasItsUniformsAndChangesVariables) {
  Rig rig(GetParam());
  put_sums(rig);
  auto program = rig.build(sums_spec());
  ASSERT_TRUE(program) << rig.failure->message;
  EXPECT_EQ(program->uniform_width(), 1);
  EXPECT_EQ(program->input_count(), 1u);
  ASSERT_TRUE(rig.run(*program, {5}, {1, 2, -1}, 3)) << rig.failure->message;
  EXPECT_EQ(rig.done, 3);
  // scale 1: [1, -1, 2] + [4, 6, -7]; scale 2: [2, -3, 5] + [8, 11, -13]; scale -1: [-1, 3, -4] + [-4, -4, 5]
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{0, 3, 5}));
  EXPECT_EQ(rig.get(2), (Floats{100 + 5 + 10 + 0, 200 + 6 + 11 + 3, 300 + 2 + 5 + 5}));
}

TEST_P(ProgramTest, EachRunBindsItsOwnInputs) {
  Rig rig(GetParam());
  put_sums(rig);
  rig.put(6, {2, 3}, {1, 1, 1, 1, 1, 1});
  auto program = rig.build(sums_spec());
  ASSERT_TRUE(program);
  for (int i = 0; i < 4; i++) {
    ASSERT_TRUE(rig.run(*program, {i % 2 ? 6 : 5}, {1})) << rig.failure->message;
    EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), i % 2 ? (Floats{2, 4, 0}) : (Floats{5, 6, 2}));
  }
}

TEST_P(ProgramTest, WhatItReportsIsTrue) {
  Rig rig(GetParam());
  put_sums(rig);
  ProgramSpec spec = sums_spec();
  auto fused = rig.build(spec);
  spec.fuse = false;
  auto plain = rig.build(spec);
  ASSERT_TRUE(fused && plain);
  EXPECT_EQ(plain->stats().recorded, 5);
  EXPECT_EQ(plain->stats().kernels, 5);
  EXPECT_EQ(fused->stats().recorded, 5);
  EXPECT_EQ(fused->stats().kernels, 3);
  EXPECT_LT(plain->stats().arena, plain->stats().unplanned);
  EXPECT_EQ(fused->describe(),
            "fusedElementwise(multiply, add, relu) float32[2, 3], float32[], float32[3] -> float32[2, 3]\n"
            "sum float32[2, 3] -> float32[3]\n"
            "add float32[3], float32[3] -> float32[3]\n");
}

TEST_P(ProgramTest, UniformsOfEveryDtype) {
  Rig rig(GetParam());
  ProgramSpec spec;
  Words words;
  for (int dtype = 0; dtype < NN_DTYPES; dtype++) {
    spec.uniforms.push_back({10 + dtype, make_tensor(dtype, {6})});
    words.op("copy", {10 + dtype}, {{20 + dtype, dtype, {6}}});
    spec.outputs.push_back(20 + dtype);
  }
  spec.words = words.get();
  auto program = rig.build(spec);
  ASSERT_TRUE(program) << rig.failure->message;
  ASSERT_EQ(program->uniform_width(), 30);
  const std::vector<double> given{1.1, -1, 4294967295, kNan, 1e300, 257};
  std::vector<double> row;
  for (int dtype = 0; dtype < NN_DTYPES; dtype++) row.insert(row.end(), given.begin(), given.end());
  ASSERT_TRUE(rig.run(*program, {}, row));
  std::vector<Entry> out = rig.outputs(*program);
  Floats floats = rig.floats(out[0]);
  EXPECT_EQ(floats[0], 1.1f);
  EXPECT_TRUE(std::isnan(floats[3]));
  EXPECT_TRUE(std::isinf(floats[4]));
  EXPECT_EQ(rig.values<double>(out[1])[4], 1e300);
  EXPECT_EQ(rig.values<int32_t>(out[2]), (std::vector<int32_t>{1, -1, -1, 0, 0, 257}));
  EXPECT_EQ(rig.values<uint8_t>(out[3]), (std::vector<uint8_t>{1, 255, 255, 0, 0, 1}));
  EXPECT_EQ(rig.values<uint8_t>(out[4]), (std::vector<uint8_t>{1, 1, 1, 1, 1, 1}));
}

TEST_P(ProgramTest, OutputsMayBeAnything) {
  Rig rig(GetParam());
  rig.put(1, {4}, {1, 2, 3, 4});
  rig.put(5, {2, 2}, {5, 6, 7, 8});
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, {2, 2})}};
  spec.uniforms = {{20, make_tensor(NN_FLOAT32, {2})}};
  spec.words = Words()
                   .reshape(10, {30, NN_FLOAT32, {4}})
                   .op("add", {1, 30}, {{1}})
                   .op("negative", {30}, {{31, NN_FLOAT32, {4}}})
                   .reshape(31, {32, NN_FLOAT32, {2, 2}})
                   .get();
  spec.outputs = {10, 20, 1, 30, 31, 32, 32};
  auto program = rig.build(spec);
  ASSERT_TRUE(program) << rig.failure->message;
  for (int i = 0; i < 3; i++) ASSERT_TRUE(rig.run(*program, {5}, {static_cast<double>(i), 9}));
  rig.handles.erase(5);  // the program's own hold on it has to do
  std::vector<Entry> out = rig.outputs(*program);
  ASSERT_EQ(out.size(), 7u);
  EXPECT_EQ(rig.floats(out[0]), (Floats{5, 6, 7, 8}));
  EXPECT_EQ(rig.floats(out[1]), (Floats{2, 9}));
  EXPECT_EQ(rig.floats(out[2]), (Floats{16, 20, 24, 28}));
  EXPECT_EQ(rig.floats(out[3]), (Floats{5, 6, 7, 8}));
  EXPECT_EQ(out[3].tensor.rank, 1);
  EXPECT_EQ(rig.floats(out[4]), (Floats{-5, -6, -7, -8}));
  EXPECT_EQ(out[5].tensor.rank, 2);
  // Fresh tensors: another run leaves them alone.
  rig.put(6, {2, 2}, {0, 0, 0, 0});
  ASSERT_TRUE(rig.run(*program, {6}, {0, 0}));
  EXPECT_EQ(rig.floats(out[5]), (Floats{-5, -6, -7, -8}));
}

TEST_P(ProgramTest, AnInputIsWhatItWasWhenTheRunBegan) {
  Rig rig(GetParam());
  rig.put(1, {2}, {1, 2});
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, {2})}};
  spec.words = Words().op("multiply", {1, 10}, {{1}}).op("add", {1, 10}, {{30, NN_FLOAT32, {2}}}).get();
  spec.outputs = {30, 10};
  auto program = rig.build(spec);
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {1}, {}, 2)) << rig.failure->message;  // the very tensor that it changes
  EXPECT_EQ(rig.get(1), (Floats{1, 8}));
  std::vector<Entry> out = rig.outputs(*program);
  EXPECT_EQ(rig.floats(out[0]), (Floats{2, 10}));
  EXPECT_EQ(rig.floats(out[1]), (Floats{1, 2}));
}

TEST_P(ProgramTest, ReshapedViewsFromOutsideAreOneMemory) {
  Rig rig(GetParam());
  rig.put(1, {2, 2}, {1, 2, 3, 4});
  Entry view = *rig.handles.find(1);
  view.tensor.rank = 1;
  view.tensor.dims[0] = 4;
  rig.handles.insert(3, view);
  ProgramSpec spec;
  spec.words = Words().op("negative", {3}, {{30, 0, {4}}}).op("multiply", {1, 1}, {{1}}).op("add", {30, 3}, {{31, 0, {4}}}).get();
  spec.outputs = {31};
  auto program = rig.build(spec);
  ASSERT_TRUE(program) << rig.failure->message;
  ASSERT_TRUE(rig.run(*program, {}, {}, 2));
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{0, 12, 72, 240}));
  spec.words = Words().op("copy", {1}, {{30, 0, {2, 2}}}).reshape(3, {31, 0, {2, 2}}).op("assign", {31}, {{1}}).get();
  EXPECT_FALSE(rig.build(spec));
}

TEST_P(ProgramTest, OutsideTensorsLiveAsLongAsTheProgram) {
  Rig rig(GetParam());
  put_sums(rig);
  auto program = rig.build(sums_spec());
  ASSERT_TRUE(program);
  rig.handles.erase(1);
  rig.put(7, {3}, {9, 9, 9});  // would land in the same memory
  ASSERT_TRUE(rig.run(*program, {5}, {1}));
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{5, 6, 2}));
}

TEST_P(ProgramTest, InsideValuesCanBeChangedInPlace) {
  Rig rig(GetParam());
  rig.put(1, {3}, {1, 2, 3});
  for (bool fuse : {false, true}) {
    ProgramSpec spec;
    spec.fuse = fuse;
    spec.words = Words()
                     .op("copy", {1}, {{30, NN_FLOAT32, {3}}})
                     .op("negative", {30}, {{31, NN_FLOAT32, {3}}})
                     .op("add", {30, 30}, {{30}})
                     .op("assign", {31}, {{30}})
                     .op("add", {30, 1}, {{30}})
                     .op("add", {30, 31}, {{32, NN_FLOAT32, {3}}})
                     .get();
    spec.outputs = {30, 32};
    auto program = rig.build(spec);
    ASSERT_TRUE(program) << rig.failure->message;
    ASSERT_TRUE(rig.run(*program, {}, {}, 2));
    std::vector<Entry> out = rig.outputs(*program);
    EXPECT_EQ(rig.floats(out[0]), (Floats{0, 0, 0}));
    EXPECT_EQ(rig.floats(out[1]), (Floats{-1, -2, -3}));
  }
}

TEST_P(ProgramTest, EmptyTensorsAndEmptyPrograms) {
  Rig rig(GetParam());
  rig.put(5, {0, 3}, Floats{});
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, {0, 3})}};
  spec.words = Words().op("relu", {10}, {{30, NN_FLOAT32, {0, 3}}}).op("sum", {30}, {{31, NN_FLOAT32, {3}}}, {1}).get();
  spec.outputs = {30, 31};
  auto program = rig.build(spec);
  ASSERT_TRUE(program) << rig.failure->message;
  ASSERT_TRUE(rig.run(*program, {5}, {}, 3)) << rig.failure->message;
  std::vector<Entry> out = rig.outputs(*program);
  EXPECT_EQ(out[0].tensor.size, 0);
  EXPECT_EQ(rig.floats(out[1]), (Floats{0, 0, 0}));

  ProgramSpec nothing;
  auto empty = rig.build(nothing);
  ASSERT_TRUE(empty);
  ASSERT_TRUE(rig.run(*empty, {}, {}, 3));
  EXPECT_EQ(rig.done, 3);
  EXPECT_TRUE(rig.outputs(*empty).empty());
}

TEST_P(ProgramTest, GivesBackAllMemory) {
  Rig rig(GetParam());
  put_sums(rig);
  int64_t before = rig.device->allocator().stats().buffers;
  {
    auto program = rig.build(sums_spec());
    ASSERT_TRUE(program);
    ASSERT_TRUE(rig.run(*program, {5}, {1}));
    rig.outputs(*program);
    // the arena, and where steps take their uniforms in a row, those rows
    EXPECT_EQ(rig.device->allocator().stats().buffers, before + (GetParam() == kFakeGraph ? 2 : 1));
  }
  EXPECT_EQ(rig.device->allocator().stats().buffers, before);
}

// A replay is made of calls alone: this pins that nothing is allocated for it.
TEST_P(ProgramTest, ReplaysAllocateNothing) {
  Rig rig(GetParam());
  put_sums(rig);
  auto program = rig.build(sums_spec());
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {5}, std::vector<double>(5, 1.0), 5));
  rig.device->allocator().reset_peak();
  int64_t live = rig.device->allocator().stats().live;
  ASSERT_TRUE(rig.run(*program, {5}, std::vector<double>(50, 1.0), 50));
  EXPECT_EQ(rig.device->allocator().stats().peak, live);
}

TEST(ProgramWithoutFusion, RunsOnDevicesThatCannotFuse) {
  Rig rig(kFakeAsync, {"fusedElementwise"});
  put_sums(rig);
  auto program = rig.build(sums_spec());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->stats().kernels, 5);
  ASSERT_TRUE(rig.run(*program, {5}, {1}));
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (Floats{5, 6, 2}));
}

}  // namespace
}  // namespace nn
