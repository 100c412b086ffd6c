// The context: commands in order, failures that are kept and told once, and words that mean nothing.
#include "core/context.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <random>

#include "backends/cpu/backend.h"

namespace nn {
namespace {

// A context whose completions can be waited for.
struct Rig {
  std::mutex mutex;
  std::condition_variable arrived;
  std::unordered_map<int64_t, Completion> completions;
  std::unique_ptr<Context> context;
  int64_t next = 1;

  Rig() {
    nn_error error{};
    context = Context::open(
        cpu_backend(), nn_open_options{0, 2},
        [this](Completion completion) {
          std::lock_guard<std::mutex> lock(mutex);
          completions[completion.id] = std::move(completion);
          arrived.notify_all();
        },
        &error);
  }
  Completion wait(int64_t id) {
    std::unique_lock<std::mutex> lock(mutex);
    arrived.wait(lock, [&] { return completions.count(id) > 0; });
    return completions[id];
  }
  FailurePtr sync() {
    context->sync(next);
    return wait(next++).failure;
  }
  void upload(int32_t handle, const std::vector<float>& data) {
    nn_tensor tensor{};
    tensor.rank = 1;
    tensor.dims[0] = static_cast<int64_t>(data.size());
    finish_tensor(&tensor);
    context->upload(handle, tensor, data.data());
  }
  std::vector<float> read(int32_t handle, size_t count, FailurePtr* failure) {
    std::vector<float> data(count);
    *failure = context->read_sync(handle, data.data(), count * sizeof(float));
    return data;
  }
  void submit(const std::vector<int32_t>& words) { context->submit(words.data(), words.size()); }
};

int32_t opcode(const char* name) { return static_cast<int32_t>(find_op(name) - op_table().data()) + kFirstOpcode; }

// A command over vectors: new outputs have `size` elements of float32.
std::vector<int32_t> command(const char* op, std::vector<int32_t> in, int32_t out, int32_t size) {
  std::vector<int32_t> words{opcode(op), 0, static_cast<int32_t>(in.size()), 1, 0};
  words.insert(words.end(), in.begin(), in.end());
  words.push_back(out);
  if (size < 0) {
    words.push_back(-1);
  } else {
    for (int32_t word : {int32_t{NN_FLOAT32}, 1, size}) words.push_back(word);
  }
  words[1] = static_cast<int32_t>(words.size());
  return words;
}

TEST(Context, RunsCommandsInOrder) {
  Rig rig;
  rig.upload(1, {1, 2, 3});
  rig.submit(command("add", {1, 1}, 2, 3));
  rig.submit(command("multiply", {2, 1}, 3, 3));
  FailurePtr failure;
  EXPECT_EQ(rig.read(3, 3, &failure), (std::vector<float>{2, 8, 18}));
  EXPECT_EQ(failure, nullptr);
}

TEST(Context, SettlesWhenNothingIsLeftToDoAndGoesOn) {
  Rig rig;
  const std::vector<float> ones(1 << 16, 1.f);
  rig.upload(1, ones);
  rig.submit(command("add", {1, 1}, 2, 1 << 16));
  for (int i = 0; i < 200; i++) rig.submit(command("add", {2, 1}, 2, -1));
  rig.context->sync(7);
  rig.context->settle();
  {
    std::lock_guard<std::mutex> lock(rig.mutex);
    EXPECT_EQ(rig.completions.count(7), 1u);
  }
  FailurePtr failure;
  EXPECT_EQ(rig.read(2, 1 << 16, &failure)[0], 202.f);
  EXPECT_EQ(failure, nullptr);
}

TEST(Context, ChangesInPlace) {
  Rig rig;
  rig.upload(1, {1, 2, 3});
  rig.submit(command("add", {1, 1}, 1, -1));
  FailurePtr failure;
  EXPECT_EQ(rig.read(1, 3, &failure), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(failure, nullptr);
}

TEST(Context, AFailureIsToldByTheFirstReadAndByWhatItSpoilt) {
  Rig rig;
  rig.upload(1, {1, 2, 3});
  rig.upload(2, {1, 2});
  rig.submit(command("add", {1, 2}, 3, 3));  // shapes that do not fit
  rig.submit(command("add", {3, 3}, 4, 3));
  FailurePtr failure;
  rig.read(1, 3, &failure);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->code, NN_INVALID);
  EXPECT_EQ(failure->op, "add");
  EXPECT_NE(failure->operands.find("float32[3], float32[2] -> float32[3]"), std::string::npos) << failure->operands;
  EXPECT_EQ(rig.read(1, 3, &failure), (std::vector<float>{1, 2, 3}));  // told once; the tensor is whole
  EXPECT_EQ(failure, nullptr);
  rig.read(4, 3, &failure);  // what came of it tells it for as long as it lives
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->op, "add");
  EXPECT_EQ(rig.sync(), nullptr);
}

TEST(Context, RefusesUnknownTakenAndAliasedHandles) {
  Rig rig;
  rig.upload(1, {1, 2, 3});
  rig.submit(command("add", {1, 9}, 2, 3));
  EXPECT_NE(rig.sync(), nullptr);
  rig.upload(1, {4});
  EXPECT_NE(rig.sync(), nullptr);
  std::vector<int32_t> reversed = command("reverse", {1}, 1, -1);
  reversed.push_back(1);  // axes
  reversed[1]++;
  reversed[4] = 1;
  rig.submit(reversed);
  FailurePtr failure = rig.sync();
  ASSERT_NE(failure, nullptr);
  EXPECT_NE(failure->message.find("not an input as well"), std::string::npos) << failure->message;
  EXPECT_EQ(rig.read(1, 3, &failure), (std::vector<float>{1, 2, 3}));
}

TEST(Context, AReadOfAWrongSizeIsRefused) {
  Rig rig;
  rig.upload(1, {1, 2, 3});
  FailurePtr failure;
  rig.read(1, 5, &failure);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->code, NN_INVALID);
}

TEST(Context, OutOfMemoryNamesTheLargestAndLosesNothing) {
  Rig rig;
  rig.upload(1, std::vector<float>(1 << 18, 2.f));
  rig.context->device().allocator().set_limit(2 << 20);
  rig.submit(command("add", {1, 1}, 2, 1 << 18));  // fits still
  rig.submit(command("add", {1, 1}, 3, 1 << 18));
  FailurePtr failure = rig.sync();
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->code, NN_OUT_OF_MEMORY);
  EXPECT_NE(failure->message.find("limit 2.0 MB; largest tensors: 1.0 MB, 1.0 MB"), std::string::npos) << failure->message;
  EXPECT_EQ(rig.read(2, 1 << 18, &failure)[7], 4.f);
  EXPECT_EQ(failure, nullptr);
}

TEST(Context, GivesMemoryBack) {
  Rig rig;
  rig.upload(1, std::vector<float>(1000));
  std::vector<int32_t> words = command("add", {1, 1}, 2, 1000);
  const std::vector<int32_t> release{kFree, 6, 1, 0, 0, 2};
  words.insert(words.end(), release.begin(), release.end());
  for (int i = 0; i < 1000; i++) rig.submit(words);
  EXPECT_EQ(rig.sync(), nullptr);
  MemoryStats stats = rig.context->device().allocator().stats();
  EXPECT_EQ(stats.buffers, 1);
  EXPECT_LE(stats.peak, 3 * 4096);
}

TEST(Context, EndsWithWorkPending) {
  for (int i = 0; i < 20; i++) {
    Rig rig;
    rig.upload(1, std::vector<float>(1 << 16, 1.f));
    for (int k = 0; k < 50; k++) rig.submit(command("exp", {1}, 100 + k, 1 << 16));
  }
}

// Words that mean nothing, and words that nearly mean something: no crash, no read or write outside a tensor (the sanitizers watch).
// NODE_CUDNN_FUZZ sets the number of commands for a long run.
TEST(Context, SurvivesRandomWords) {
  const char* wish = std::getenv("NODE_CUDNN_FUZZ");
  const int64_t commands = wish != nullptr ? std::atoll(wish) : 100000;
  std::mt19937 random(12345);
  auto below = [&](int n) { return static_cast<int32_t>(random() % static_cast<uint32_t>(n)); };
  const int ops = static_cast<int>(op_table().size());
  int64_t done = 0;
  while (done < commands) {
    Rig rig;
    rig.context->device().allocator().set_limit(64 << 20);
    for (int32_t handle = 1; handle <= 6; handle++) rig.upload(handle, std::vector<float>(static_cast<size_t>(handle * 4), 0.5f));
    std::vector<int32_t> words;
    for (int c = 0; c < 500; c++, done++) {
      words.clear();
      if (below(10) == 0) {
        for (int i = below(24); i > 0; i--) words.push_back(below(3) == 0 ? static_cast<int32_t>(random()) : below(40) - 4);
      } else {
        const OpSchema& op = op_table()[static_cast<size_t>(below(ops))];
        int n_in = op.max_in < 0 ? below(4) : op.min_in + below(op.max_in - op.min_in + 1);
        int n_out = op.max_out < 0 ? 1 + below(3) : op.min_out + below(op.max_out - op.min_out + 1);
        words = {static_cast<int32_t>(&op - op_table().data()) + kFirstOpcode, 0, n_in, n_out, 0};
        for (int i = 0; i < n_in; i++) words.push_back(1 + below(20));
        for (int i = 0; i < n_out; i++) {
          words.push_back(1 + below(30));
          if (below(4) == 0) {
            words.push_back(-1);
            continue;
          }
          int rank = below(5);
          words.push_back(below(NN_DTYPES));
          words.push_back(rank);
          for (int d = 0; d < rank; d++) words.push_back(below(50) == 0 ? static_cast<int32_t>(random() & 0x7fffffff) : below(6));
        }
        size_t before = words.size();
        for (const char* attr : op.attrs) {
          size_t length = std::strlen(attr);
          bool real = length > 2 && attr[length - 1] == 'f' && attr[length - 2] == ':';
          int count = real ? 2 : op.variadic_attrs() && attr == op.attrs.back() ? below(9) : 1;
          double value = below(5) - 1.5;
          int32_t bits[2];
          std::memcpy(bits, &value, sizeof value);
          for (int k = 0; k < count; k++) words.push_back(real ? bits[k] : below(30) == 0 ? static_cast<int32_t>(random()) : below(5));
        }
        words[4] = static_cast<int32_t>(words.size() - before);
        words[1] = static_cast<int32_t>(words.size());
        if (below(20) == 0) words[static_cast<size_t>(below(5))] = static_cast<int32_t>(random());
      }
      rig.submit(words);
    }
    rig.sync();
  }
  SUCCEED();
}

}  // namespace
}  // namespace nn
