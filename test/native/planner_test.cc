#include "core/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/abi.h"

namespace nn {
namespace {

size_t aligned(size_t bytes) { return (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT; }

size_t most_alive(const std::vector<Interval>& intervals) {
  size_t most = 0;
  for (const Interval& at : intervals) {
    size_t alive = 0;
    for (const Interval& one : intervals) {
      if (one.first <= at.first && at.first <= one.last) alive += aligned(one.bytes);
    }
    most = std::max(most, alive);
  }
  return most;
}

void expect_sound(const std::vector<Interval>& intervals, size_t arena) {
  for (size_t i = 0; i < intervals.size(); i++) {
    const Interval& a = intervals[i];
    EXPECT_EQ(a.offset % NN_ALIGNMENT, 0u);
    EXPECT_LE(a.offset + a.bytes, arena);
    for (size_t j = 0; j < i; j++) {
      const Interval& b = intervals[j];
      bool together = a.first <= b.last && b.first <= a.last;
      bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      EXPECT_FALSE(together && overlap) << i << " and " << j;
    }
  }
}

TEST(Planner, NothingNeedsNothing) {
  std::vector<Interval> none;
  EXPECT_EQ(plan_arena(&none), 0u);
  std::vector<Interval> empty{{0, 0, 3, 99}};
  EXPECT_EQ(plan_arena(&empty), 0u);
  EXPECT_EQ(empty[0].offset, 0u);
}

TEST(Planner, ChainUsesTwoBuffers) {
  std::vector<Interval> chain;
  for (int i = 0; i < 50; i++) chain.push_back({1000, i, i + 1, 0});
  size_t arena = plan_arena(&chain);
  expect_sound(chain, arena);
  EXPECT_EQ(arena, 2u * 1024);
}

TEST(Planner, ShortLivesFitBetweenLongOnes) {
  std::vector<Interval> intervals{{4096, 0, 2, 0}, {4096, 3, 9, 0}, {1024, 0, 9, 0}, {2048, 4, 5, 0}};
  size_t arena = plan_arena(&intervals);
  expect_sound(intervals, arena);
  EXPECT_EQ(arena, 4096u + 1024 + 2048);
}

TEST(Planner, RandomLivesNeverOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; round++) {
    std::vector<Interval> intervals;
    int count = static_cast<int>(random() % 120);
    for (int i = 0; i < count; i++) {
      int first = static_cast<int>(random() % 100);
      intervals.push_back({random() % 3 ? random() % 100000 : random() % 300, first, first + static_cast<int>(random() % 12), 0});
    }
    size_t arena = plan_arena(&intervals);
    expect_sound(intervals, arena);
    EXPECT_GE(arena, most_alive(intervals));
  }
}

// A training step: activations live from the forward to the backward pass, gradients between neighbours, workspaces for one command.
TEST(Planner, TrainingStepsAreTight) {
  std::mt19937 random(2);
  double worst = 0;
  for (int round = 0; round < 40; round++) {
    int layers = 2 + static_cast<int>(random() % 40);
    std::vector<Interval> intervals;
    for (int layer = 0; layer < layers; layer++) {
      size_t bytes = 4096 * (1 + random() % 64);
      int backward = 2 * layers - layer;
      intervals.push_back({bytes, layer, backward, 0});                             // activation
      intervals.push_back({bytes, backward, backward + 1, 0});                      // its gradient
      intervals.push_back({256 + random() % 4096, backward, 2 * layers + 1, 0});    // a weight's gradient
      if (random() % 2) intervals.push_back({random() % 100000, layer, layer, 0});  // workspaces
      if (random() % 2) intervals.push_back({random() % 100000, backward, backward, 0});
    }
    size_t arena = plan_arena(&intervals);
    expect_sound(intervals, arena);
    worst = std::max(worst, static_cast<double>(arena) / static_cast<double>(most_alive(intervals)));
  }
  EXPECT_LE(worst, 1.3);
  RecordProperty("worst", std::to_string(worst));
}

}  // namespace
}  // namespace nn
