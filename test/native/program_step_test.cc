// Whole training steps, captured and eager.
#include <gtest/gtest.h>

#include "training_step.h"

namespace nn {
namespace {

using namespace training_step;

TEST(ProgramStep, CapturedStepsAreEagerStepsBitForBit) {
  const int steps = 12;
  Rig eager(kCpu);
  std::vector<std::vector<char>> expected = eager_state(eager, steps);
  for (Mode mode : {kCpu, kFakeSync, kFakeAsync, kFakeGraph}) {
    for (bool fuse : {false, true}) {
      Rig rig(mode);
      put_all(rig);
      ProgramSpec spec = step_spec();
      spec.fuse = fuse;
      auto program = rig.build(spec);
      ASSERT_TRUE(program) << rig.failure->op << ": " << rig.failure->message;
      ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(0, 5), 5)) << rig.failure->message;
      ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(5, steps - 5), steps - 5));
      EXPECT_EQ(state_of(rig), expected) << "mode " << mode << (fuse ? ", fused" : "");
    }
  }
}

TEST(ProgramStep, TheLossFallsAndTheMetricsAddUp) {
  Rig rig(kCpu);
  put_all(rig);
  auto program = rig.build(step_spec());
  ASSERT_TRUE(program);
  EXPECT_LT(program->stats().kernels, program->stats().recorded);
  const int epoch = kRows / kBatch;
  ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(0, 1)));
  float before = rig.floats(rig.outputs(*program)[0])[0];
  ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(1, 40 * epoch), 40 * epoch));
  EXPECT_LT(rig.floats(rig.outputs(*program)[0])[0], 0.5f * before);
  EXPECT_GT(rig.get(kTotalRight)[0], 0.7f * (40 * epoch + 1) * kBatch);
}

// The kernel that finds out is the device's own.
TEST(ProgramStep, APositionOutsideTheDataIsAnErrorWithTheOpsName) {
  Rig rig(kCpu);
  put_all(rig);
  auto program = rig.build(step_spec());
  ASSERT_TRUE(program);
  std::vector<double> rows = step_rows(0, 3);
  rows[8] = kRows - 1;
  EXPECT_FALSE(rig.run(*program, {kX, kY, kOrder}, rows, 3));
  EXPECT_EQ(rig.done, 1);
  EXPECT_EQ(rig.failure->code, NN_INVALID);
  EXPECT_EQ(rig.failure->op, "gatherRows");
  EXPECT_EQ(rig.failure->operands, "float32[96, 10], int32[96], int32[] -> float32[16, 10]");
  EXPECT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(1, 3), 3));
}

}  // namespace
}  // namespace nn
