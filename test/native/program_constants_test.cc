// Constants of a program are computed once, and stay what they are while memory is shared around them.
#include <gtest/gtest.h>

#include <cstring>

#include "program_rig.h"

namespace nn {
namespace {

class ProgramConstants : public testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Devices, ProgramConstants, testing::Values(kCpu, kFakeSync, kFakeAsync, kFakeGraph), mode_name);

std::vector<int32_t> words_of(double value) {
  std::vector<int32_t> words(2);
  std::memcpy(words.data(), &value, sizeof value);
  return words;
}

// y = (x + 2 * 3) * 2 by two fills, their product spread over a row; total += y
ProgramSpec spec_with(bool changed) {
  ProgramSpec spec;
  spec.inputs = {{10, make_tensor(NN_FLOAT32, {4})}};
  Words words;
  words.op("fill", {}, {{20, NN_FLOAT32, {}}}, words_of(2))
      .op("fill", {}, {{21, NN_FLOAT32, {}}}, words_of(3))
      .op("multiply", {20, 21}, {{22, NN_FLOAT32, {}}})
      .op("broadcastTo", {22}, {{23, NN_FLOAT32, {4}}})
      .op("sum", {10}, {{30, NN_FLOAT32, {}}}, {1});
  if (changed) words.op("add", {20, 30}, {{20}});  // no constant any more
  words.op("add", {10, 23}, {{24, NN_FLOAT32, {4}}}).op("multiply", {24, 20}, {{25, NN_FLOAT32, {4}}}).op("add", {1, 25}, {{1}});
  spec.words = words.get();
  spec.outputs = {25};
  return spec;
}

TEST_P(ProgramConstants, AreComputedOnce) {
  Rig rig(GetParam());
  rig.put(1, {4}, {0, 0, 0, 0});
  rig.put(5, {4}, {1, 2, 3, 4});
  auto program = rig.build(spec_with(false));
  ASSERT_TRUE(program) << rig.failure->message;
  std::string kernels = program->describe();
  EXPECT_LT(program->stats().kernels, program->stats().recorded - 3) << kernels;
  EXPECT_LT(kernels.find("broadcastTo"), kernels.find("add")) << kernels;
  for (int i = 0; i < 4; i++) ASSERT_TRUE(rig.run(*program, {5})) << rig.failure->message;
  EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (std::vector<float>{14, 16, 18, 20}));
  EXPECT_EQ(rig.get(1), (std::vector<float>{56, 64, 72, 80}));
}

TEST_P(ProgramConstants, AreNotWhatAnotherCommandChanges) {
  Rig rig(GetParam());
  rig.put(1, {4}, {0, 0, 0, 0});
  rig.put(5, {4}, {1, 2, 3, 4});
  auto program = rig.build(spec_with(true));
  ASSERT_TRUE(program) << rig.failure->message;
  for (int i = 0; i < 3; i++) {
    ASSERT_TRUE(rig.run(*program, {5})) << rig.failure->message;
    EXPECT_EQ(rig.floats(rig.outputs(*program)[0]), (std::vector<float>{84, 96, 108, 120}));  // (x + 6) * (2 + 10)
  }
}

}  // namespace
}  // namespace nn
