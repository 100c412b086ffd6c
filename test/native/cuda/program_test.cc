// Programs and contexts of the core on the emulated device: what the CPU computes, in one launch a step.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "backends/cuda/backend.h"
#include "core/context.h"
#include "fake_cudart.h"
#include "training_step.h"

namespace nn {
namespace {

using namespace training_step;

fake::Machine late() {
  fake::Machine machine;
  machine.delay_us = 20;
  return machine;
}

class CudaSteps : public ::testing::Test {
 protected:
  void SetUp() override { fake::reset(late()); }
  void TearDown() override {
    EXPECT_EQ(fake::live_objects(), 0);
    EXPECT_EQ(fake::live_device_bytes(), 0);
    EXPECT_EQ(fake::take_violations(), std::vector<std::string>());
  }
};

TEST_F(CudaSteps, CapturedStepsAreEagerStepsBitForBitAndNearTheCpus) {
  const int steps = 12;
  std::vector<std::vector<char>> expected, cpu;
  {
    Rig rig(cuda::backend());
    expected = eager_state(rig, steps);
    Rig other(kCpu);
    cpu = eager_state(other, steps);
  }
  ASSERT_EQ(cpu.size(), expected.size());
  for (size_t i = 0; i < cpu.size(); i++) {
    const auto* want = reinterpret_cast<const float*>(cpu[i].data());
    const auto* got = reinterpret_cast<const float*>(expected[i].data());
    for (size_t k = 0; k < cpu[i].size() / 4; k++) ASSERT_NEAR(got[k], want[k], 2e-4 * std::max(1.0f, std::abs(want[k]))) << i << " " << k;
  }
  for (bool fuse : {false, true}) {
    Rig rig(cuda::backend());
    put_all(rig);
    ProgramSpec spec = step_spec();
    spec.fuse = fuse;
    auto program = rig.build(spec);
    ASSERT_TRUE(program) << rig.failure->op << ": " << rig.failure->message;
    ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(0, 5), 5)) << rig.failure->message;
    ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(5, steps - 5), steps - 5)) << rig.failure->message;
    EXPECT_EQ(state_of(rig), expected) << (fuse ? "fused" : "plain");
  }
}

TEST_F(CudaSteps, AStepIsOneCallOfTheRuntime) {
  Rig rig(cuda::backend());
  put_all(rig);
  auto program = rig.build(step_spec());
  ASSERT_TRUE(program);
  ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(0, 2), 2)) << rig.failure->message;
  state_of(rig);
  fake::take_log();
  ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(2, 100), 100)) << rig.failure->message;
  std::map<std::string, int> calls;
  for (const std::string& line : fake::take_log()) {
    if (line.rfind("run ", 0) != 0) calls[line]++;
  }
  EXPECT_EQ(calls, (std::map<std::string, int>{{"cudaGraphLaunch", 100}, {"cudaMemcpyAsync", 1}}));
}

TEST_F(CudaSteps, MoreRowsThanFitAreWrittenInTime) {
  std::vector<std::vector<std::vector<char>>> states;
  fake::reset();
  const int steps = 350;  // a row takes 1280 bytes: more than two buffers of them
  for (bool at_once : {true, false}) {
    Rig rig(cuda::backend());
    put_all(rig);
    auto program = rig.build(step_spec());
    ASSERT_TRUE(program);
    for (int i = 0; i < (at_once ? 1 : steps / 50); i++) {
      int count = at_once ? steps : 50;
      ASSERT_TRUE(rig.run(*program, {kX, kY, kOrder}, step_rows(i * 50, count), count)) << rig.failure->message;
    }
    states.push_back(state_of(rig));
  }
  EXPECT_EQ(states[0], states[1]);
}

// A context on the emulated device, its completions counted and kept.
class CudaContext : public CudaSteps {
 protected:
  void open() {
    nn_error error{};
    context = Context::open(
        cuda::backend(), nn_open_options{0, 0},
        [this](Completion completion) {
          std::lock_guard<std::mutex> lock(mutex);
          completions[completion.id] = std::move(completion);
          arrived.notify_all();
        },
        &error);
    ASSERT_TRUE(context) << error.message;
  }
  void TearDown() override {
    context.reset();
    CudaSteps::TearDown();
  }
  FailurePtr sync() {
    int64_t id = next++;
    context->sync(id);
    std::unique_lock<std::mutex> lock(mutex);
    arrived.wait(lock, [&] { return completions.count(id) > 0; });
    return completions[id].failure;
  }
  void upload(int32_t handle, const std::vector<float>& data) {
    context->upload(handle, make_tensor(NN_FLOAT32, {static_cast<int64_t>(data.size())}), data.data());
  }
  void submit(const Words& words) { context->submit(words.get().data(), words.get().size()); }
  std::vector<float> read(int32_t handle, size_t count, FailurePtr* failure) {
    std::vector<float> data(count);
    *failure = context->read_sync(handle, data.data(), count * sizeof(float));
    return data;
  }

  std::vector<float> target;  // of reads that nobody waits for: it has to outlive the context
  std::mutex mutex;
  std::condition_variable arrived;
  std::unordered_map<int64_t, Completion> completions;
  std::unique_ptr<Context> context;
  int64_t next = 1;
};

TEST_F(CudaContext, CommandsUploadsAndReadsKeepTheirOrder) {
  open();
  upload(1, std::vector<float>(70000, 1));  // more than a segment of the ring
  for (int32_t i = 2; i < 40; i++) submit(Words().op("add", {i - 1, i - 1}, {{i, NN_FLOAT32, {70000}}}).free({i - 1}));
  upload(100, std::vector<float>(70000, 5));
  submit(Words().op("add", {39, 100}, {{101, NN_FLOAT32, {70000}}}));
  FailurePtr failure;
  std::vector<float> got = read(101, 70000, &failure);
  ASSERT_FALSE(failure) << failure->message;
  EXPECT_EQ(got, std::vector<float>(70000, 274877906944.0f + 5));
}

TEST_F(CudaContext, ABadIndexIsToldByTheNextRead) {
  open();
  upload(1, {1, 2, 3});
  const int32_t indices[] = {0, 5};
  context->upload(2, make_tensor(NN_INT32, {2}), indices);
  submit(Words().op("gather", {1, 2}, {{3, NN_FLOAT32, {2}}}, {0}));
  FailurePtr failure;
  read(3, 2, &failure);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, NN_INVALID);
  EXPECT_NE(failure->message.find("got 5"), std::string::npos) << failure->message;
  EXPECT_FALSE(sync());
  EXPECT_EQ(read(1, 3, &failure), (std::vector<float>{1, 2, 3}));
}

TEST_F(CudaContext, OutOfMemoryNamesTheLargestAndGoesOn) {
  fake::Machine machine = late();
  machine.memory = 64 << 20;
  fake::reset(machine);
  open();
  upload(1, std::vector<float>(10 << 20, 1));
  FailurePtr failure;
  submit(Words().op("add", {1, 1}, {{2, NN_FLOAT32, {10 << 20}}}));
  failure = sync();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, NN_OUT_OF_MEMORY);
  EXPECT_NE(failure->message.find("largest tensors: 40.0 MB"), std::string::npos) << failure->message;
  EXPECT_NE(failure->message.find("the device has "), std::string::npos) << failure->message;
  submit(Words().free({1, 2}));
  upload(3, std::vector<float>(12 << 20, 2));  // there is room for it once the cache has been given back
  EXPECT_FALSE(sync());
}

TEST_F(CudaContext, ALostDeviceFailsWhatIsPendingAndWhatComes) {
  open();
  upload(1, {1, 2, 3});
  ASSERT_FALSE(sync());
  fake::fault_after(2);
  for (int32_t i = 2; i < 8; i++) submit(Words().op("add", {i - 1, i - 1}, {{i, NN_FLOAT32, {3}}}));
  FailurePtr failure = sync();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, NN_DEVICE_LOST);
  EXPECT_NE(failure->message.find("illegal memory access"), std::string::npos) << failure->message;
  read(7, 3, &failure);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, NN_DEVICE_LOST);
  upload(20, {1});
  submit(Words().op("add", {20, 20}, {{21, NN_FLOAT32, {1}}}));
  failure = sync();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, NN_DEVICE_LOST) << failure->message;
  context.reset();  // neither hangs nor crashes
  fake::reset();
}

TEST_F(CudaContext, EndsWithWorkPending) {
  fake::Machine machine;
  machine.delay_us = 2000;
  fake::reset(machine);
  open();
  upload(1, std::vector<float>(1000, 1));
  target.resize(1000);
  for (int i = 0; i < 20; i++) {
    submit(Words().op("add", {1, 1}, {{1000 + i, NN_FLOAT32, {1000}}}));
    context->read(1000 + i, target.data(), 4000, 500 + i);
  }
}  // closed here: every completion that is still due comes before that is over

TEST_F(CudaContext, ThreadsHaveDevicesOfTheirOwn) {
  std::vector<std::thread> workers;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; t++) {
    workers.emplace_back([&right, t] {
      Rig rig(cuda::backend());
      put_all(rig);
      auto program = rig.build(step_spec());
      if (program && rig.run(*program, {kX, kY, kOrder}, step_rows(t, 20), 20)) right++;
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(right, 4);
}

}  // namespace
}  // namespace nn
