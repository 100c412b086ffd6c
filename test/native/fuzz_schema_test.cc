// Every op gets thousands of random operands. A check must not read outside of them, and a kernel whose check has passed must stay
// inside its buffers and write all of its outputs, whatever the bytes it reads. Sanitizers see more of this than the guards here do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "backends/cpu/backend.h"
#include "core/device.h"
#include "fuzz_args.h"

namespace nn_test {
namespace {

// How many candidates an op gets; NODE_CUDNN_FUZZ asks for a longer run.
int rounds() {
  const char* wanted = std::getenv("NODE_CUDNN_FUZZ");
  return wanted ? std::max(std::atoi(wanted), 1) : 20000;
}

// A block of exactly its size for a sanitizer, else with bytes around it that must stay as they are.
class GuardedBlock {
 public:
  explicit GuardedBlock(int64_t bytes) : bytes_(static_cast<size_t>(bytes)), whole_(bytes_ + 2 * kGuard) {
    void* block = nullptr;
    if (posix_memalign(&block, NN_ALIGNMENT, std::max<size_t>(whole_, 1)) != 0) std::abort();
    block_ = static_cast<char*>(block);
    mark(0);
  }
  ~GuardedBlock() { std::free(block_); }
  GuardedBlock(const GuardedBlock&) = delete;
  GuardedBlock& operator=(const GuardedBlock&) = delete;
  char* data() const { return block_ + kGuard; }
  size_t bytes() const { return bytes_; }
  // Other marks in another run show in the results when the guards are read.
  void mark(int turn) {
    mark_ = turn == 0 ? 0x5A : 0x3C;
    std::memset(block_, mark_, kGuard);
    std::memset(data() + bytes_, mark_, kGuard);
  }
  bool intact() const {
    const auto marked = [this](char c) { return c == mark_; };
    return std::all_of(block_, block_ + kGuard, marked) && std::all_of(data() + bytes_, block_ + whole_, marked);
  }

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr size_t kGuard = 0;
#else
  static constexpr size_t kGuard = NN_ALIGNMENT;
#endif
  size_t bytes_, whole_;
  char* block_;
  char mark_;
};

// Operands and attributes in arrays of exactly their lengths.
struct Call {
  explicit Call(const Candidate& c) : in(new nn_tensor[c.in.size()]), out(new nn_tensor[c.out.size()]), attrs(new int32_t[c.attrs.size()]) {
    std::copy(c.in.begin(), c.in.end(), in.get());
    std::copy(c.out.begin(), c.out.end(), out.get());
    std::copy(c.attrs.begin(), c.attrs.end(), attrs.get());
    args = {in.get(),
            out.get(),
            attrs.get(),
            static_cast<int32_t>(c.in.size()),
            static_cast<int32_t>(c.out.size()),
            static_cast<int32_t>(c.attrs.size())};
  }
  std::string text(const nn::OpSchema& op) const {
    std::string s = std::string(op.name) + " " + nn::operands_text(args) + " {";
    for (int i = 0; i < args.n_attrs; i++) s += (i ? " " : "") + std::to_string(attrs[static_cast<size_t>(i)]);
    return s + "}";
  }
  int64_t elements() const {
    int64_t n = 0;
    for (int i = 0; i < args.n_in; i++) n = std::max(n, args.in[i].size);
    for (int i = 0; i < args.n_out; i++) n = std::max(n, args.out[i].size);
    return n;
  }
  std::unique_ptr<nn_tensor[]> in, out;
  std::unique_ptr<int32_t[]> attrs;
  nn_args args;
};

bool starts_with(const char* text, const char* start) { return std::strncmp(text, start, std::strlen(start)) == 0; }
bool ends_with(const char* text, const char* end) {
  const size_t n = std::strlen(text), m = std::strlen(end);
  return n >= m && std::strcmp(text + n - m, end) == 0;
}
bool reads_indices(const char* op) {
  return starts_with(op, "gather") || starts_with(op, "scatter") || starts_with(op, "takeAlong") || starts_with(op, "assignRows");
}
bool changes_in_place(const char* op) { return ends_with(op, "Update") || std::strcmp(op, "assignRows") == 0; }

class Runner {
 public:
  Runner() {
    nn_open_options options{};
    options.threads = 2;
    nn_error error{};
    device_ = nn::Device::open(nn::cpu_backend(), options, &error);
    EXPECT_NE(device_, nullptr) << error.message;
    if (device_ && device_->api()->attach) device_->api()->attach(device_->raw());
  }

  // Prepares and runs the kernel twice on other garbage in its outputs and workspace. Empty: all went well.
  std::string run(const nn::OpSchema& op, Call& call, CandidateMaker& random) {
    std::string why;
    const nn_kernel* kernel = device_->kernel(op, call.args, &why);
    if (kernel == nullptr) return "accepted, but " + why;
    void* plan = nullptr;
    size_t workspace = 0;
    nn_error error{};
    if (kernel->prepare && kernel->prepare(device_->raw(), &call.args, &plan, &workspace, &error) != NN_OK) {
      return std::string("not prepared: ") + error.message;
    }
    const std::string problem = run_prepared(op, call, random, *kernel, plan, workspace);
    if (kernel->destroy) kernel->destroy(plan);
    return problem;
  }

 private:
  using Blocks = std::vector<std::unique_ptr<GuardedBlock>>;

  std::string run_prepared(const nn::OpSchema& op, Call& call, CandidateMaker& random, const nn_kernel& kernel, void* plan,
                           size_t workspace) {
    const bool small_integers = random.chance(2);
    Blocks inputs, outputs;
    for (int i = 0; i < call.args.n_in; i++) {
      inputs.push_back(block_for(call.in[static_cast<size_t>(i)]));
      fill(*inputs.back(), call.in[static_cast<size_t>(i)].dtype, small_integers, random);
    }
    for (int i = 0; i < call.args.n_out; i++) outputs.push_back(block_for(call.out[static_cast<size_t>(i)]));
    GuardedBlock scratch(static_cast<int64_t>(workspace));
    const std::string given = contents(inputs);
    std::string first;
    for (int turn = 0; turn < 2; turn++) {
      for (const auto& block : inputs) block->mark(turn);
      for (const auto& block : outputs) {
        block->mark(turn);
        std::memset(block->data(), changes_in_place(op.name) || turn == 0 ? 0x11 : 0xEE, block->bytes());
      }
      scratch.mark(turn);
      std::memset(scratch.data(), turn == 0 ? 0xFF : 0x77, workspace);
      nn_error error{};
      const int32_t code = kernel.run(device_->raw(), &call.args, plan, scratch.data(), &error);
      if (!scratch.intact()) return "wrote outside of its workspace of " + std::to_string(workspace) + " bytes";
      if (!intact(outputs)) return "wrote outside of an output";
      if (!intact(inputs) || contents(inputs) != given) return "wrote to an input";
      if (code == NN_INVALID && reads_indices(op.name) && error.message[0] != '\0') return {};
      if (code != NN_OK) return "failed with code " + std::to_string(code) + ": " + error.message;
      if (turn == 0) first = contents(outputs);
    }
    return contents(outputs) == first ? std::string() : "gave results that depend on what was in its outputs or around its operands";
  }

  static std::unique_ptr<GuardedBlock> block_for(nn_tensor& t) {
    auto block = std::make_unique<GuardedBlock>(nn::bytes_of(t));
    t.data = block->data();
    return block;
  }
  static bool intact(const Blocks& blocks) {
    return std::all_of(blocks.begin(), blocks.end(), [](const auto& block) { return block->intact(); });
  }
  static std::string contents(const Blocks& blocks) {
    std::string bytes;
    for (const auto& block : blocks) bytes.append(block->data(), block->bytes());
    return bytes;
  }
  static void fill(const GuardedBlock& block, int dtype, bool small_integers, CandidateMaker& random) {
    if (dtype == NN_INT32 && small_integers) {
      for (size_t i = 0; i + 4 <= block.bytes(); i += 4) {
        const int32_t value = random.draw(-2, 4);
        std::memcpy(block.data() + i, &value, sizeof value);
      }
    } else if (is_floating(dtype) && random.chance(2)) {
      for (size_t i = 0; i < block.bytes(); i += static_cast<size_t>(nn::dtype_bytes(dtype))) {
        const float number = static_cast<float>(random.draw(-1000, 1000)) / 64;
        const double wide = static_cast<double>(number);
        if (dtype == NN_FLOAT32)
          std::memcpy(block.data() + i, &number, sizeof number);
        else
          std::memcpy(block.data() + i, &wide, sizeof wide);
      }
    } else {
      const int most = dtype == NN_BOOL && !random.chance(4) ? 1 : 255;
      for (size_t i = 0; i < block.bytes(); i++) block.data()[i] = static_cast<char>(random.draw(0, most));
    }
  }
  static bool is_floating(int dtype) { return dtype == NN_FLOAT32 || dtype == NN_FLOAT64; }

  std::unique_ptr<nn::Device> device_;
};

// A quarter garbage, a quarter as it should be, half of it with one or two things wrong.
bool make(CandidateMaker& maker, const nn::OpSchema& op, int round, Candidate* c) {
  if (round % 4 == 0) {
    *c = maker.garbage(op);
    return true;
  }
  if (!maker.plausible(op, c)) return false;
  for (int n = round % 4 - 1; n > 0; n--) maker.mutate(c);
  return true;
}

}  // namespace

TEST(Fuzz, ChecksReadNothingOutside) {
  for (const nn::OpSchema& op : nn::op_table()) {
    CandidateMaker maker(static_cast<uint32_t>(&op - nn::op_table().data()));
    int accepted = 0;
    for (int round = 0; round < rounds(); round++) {
      Candidate candidate;
      ASSERT_TRUE(make(maker, op, round, &candidate)) << op.name << " has no maker of operands in fuzz_args.cc";
      const Call call(candidate);
      accepted += nn::check_command(op, call.args).empty();
    }
    EXPECT_GT(accepted, rounds() / 100) << op.name;
  }
}

TEST(Fuzz, KernelsStayInside) {
  constexpr int64_t kMostElements = 60000;
  const int wanted = std::max(rounds() / 100, 20);
  Runner runner;
  for (const nn::OpSchema& op : nn::op_table()) {
    CandidateMaker maker(1000 + static_cast<uint32_t>(&op - nn::op_table().data()));
    int ran = 0;
    for (int round = 0; ran < wanted && round < 50 * wanted; round++) {
      Candidate candidate;
      ASSERT_TRUE(make(maker, op, round, &candidate)) << op.name;
      Call call(candidate);
      if (!nn::check_command(op, call.args).empty() || call.elements() > kMostElements) continue;
      ran++;
      const std::string problem = runner.run(op, call, maker);
      EXPECT_EQ(problem, "") << call.text(op);
      if (!problem.empty()) break;
    }
    EXPECT_GT(ran, 0) << op.name;
  }
}

}  // namespace nn_test
