// Times the first candidates of a graph once, and remembers the fastest in a text file that all processes share. A line is
//   device|capability|library version|rules|graph <tab> engine <tab> choices <tab> microseconds
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "backends/cuda/cudnn/state.h"

namespace nn {
namespace cudnn {
namespace {

constexpr size_t kTimed = 8;  // the heuristics' own order is good: what comes later never won in their own measurements
constexpr int kRuns = 10;

std::filesystem::path memory_file() {
  const char* base = std::getenv("XDG_CACHE_HOME");
  if (base != nullptr && base[0] != 0) return std::filesystem::path(base) / "node-cudnn" / "cudnn-plans.txt";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/tmp" : home) / ".cache" / "node-cudnn" / "cudnn-plans.txt";
}

struct Choice {
  std::string engine, choices;
};

// A line of another version or a broken one is no match, so nothing else needs to be understood.
bool recall(const std::string& key, Choice* choice) {
  std::ifstream file(memory_file());
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find('\t'), second = line.find('\t', first + 1), third = line.find('\t', second + 1);
    if (first == std::string::npos || second == std::string::npos || third == std::string::npos || line.substr(0, first) != key) continue;
    *choice = {line.substr(first + 1, second - first - 1), line.substr(second + 1, third - second - 1)};
    return true;
  }
  return false;
}

// Whoever reads meanwhile sees the old file or the new one. What cannot be written is measured again another time.
void remember(const std::string& key, const PlanFacts& facts, double microseconds) {
  const std::filesystem::path path = memory_file();
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  const std::filesystem::path fresh = path.string() + "." + std::to_string(::getpid());
  {
    std::ofstream out(fresh);
    std::ifstream before(path);
    for (std::string line; std::getline(before, line);) {
      if (line.compare(0, key.size() + 1, key + "\t") != 0) out << line << "\n";
    }
    out << key << "\t" << facts.engine << "\t" << facts.choices << "\t" << microseconds << "\n";
    if (!out.flush()) {
      std::filesystem::remove(fresh, ignored);
      return;
    }
  }
  std::filesystem::rename(fresh, path, ignored);
  if (ignored) std::filesystem::remove(fresh, ignored);
}

// Memory for the operands of a trial; nothing of the user's is read or written.
class Trial {
 public:
  explicit Trial(nn_device* device) : device_(device) {}
  ~Trial() {
    for (void* memory : memory_) cudaFree(memory);
    cudaGetLastError();  // an allocation that failed here is nobody's error
  }
  bool reserve(const std::vector<size_t>& bytes, size_t workspace) {
    for (size_t size : bytes) operands_.push_back(take(size));
    workspace_ = take(workspace);
    return good_;
  }
  // Microseconds of a run; infinite where it failed.
  double time(Plan& plan) {
    try {
      plan.execute(state_of(device_)->session, operands_, workspace_);  // the first run loads the kernel
      if (cudaStreamSynchronize(device_->stream) != cudaSuccess) return kNever;
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < kRuns; i++) plan.execute(state_of(device_)->session, operands_, workspace_);
      if (cudaStreamSynchronize(device_->stream) != cudaSuccess) return kNever;
      return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / kRuns;
    } catch (const Failure&) {
      return kNever;
    }
  }
  static constexpr double kNever = std::numeric_limits<double>::infinity();

 private:
  void* take(size_t bytes) {
    void* memory = nullptr;
    good_ = good_ && cudaMalloc(&memory, bytes == 0 ? NN_ALIGNMENT : bytes) == cudaSuccess;
    if (memory == nullptr) return nullptr;
    memory_.push_back(memory);
    good_ = good_ && cudaMemsetAsync(memory, 0, bytes == 0 ? NN_ALIGNMENT : bytes, device_->stream) == cudaSuccess;
    return memory;
  }
  nn_device* device_;
  std::vector<void*> memory_, operands_;
  void* workspace_ = nullptr;
  bool good_ = true;
};

std::string key_of(nn_device* device, const Graph& graph, const Rules& rules) {
  return state_of(device)->device_name + "|" + (rules.strict_float32 ? "strict" : "any") + (rules.deterministic ? ",deterministic" : "") +
         "," + std::to_string(rules.workspace_limit) + "|" + graph.text();
}

}  // namespace

Plan choose_plan(nn_device* device, Graph& graph, const Rules& rules) {
  if (!device->autotune) return graph.build_first(rules);
  const size_t count = graph.find_candidates(rules);
  const std::string key = key_of(device, graph, rules);
  Choice known;
  if (recall(key, &known)) {
    for (size_t i = 0; i < count; i++) {
      if (graph.candidate(i).engine != known.engine || graph.candidate(i).choices != known.choices) continue;
      try {
        return graph.build(i, rules);
      } catch (const Failure&) {  // no longer possible, say with another driver: as if nothing had been known
      }
    }
  }
  std::vector<Plan> plans;
  size_t workspace = 0;
  for (size_t i = 0; i < count && plans.size() < kTimed; i++) {
    try {
      plans.push_back(graph.build(i, rules));
      workspace = std::max(workspace, plans.back().workspace());
    } catch (const Failure&) {
    }
  }
  Trial trial(device);
  if (plans.empty() || !trial.reserve(graph.bytes(), workspace)) return graph.build_first(rules);
  size_t best = 0;
  double fastest = Trial::kNever;
  for (size_t i = 0; i < plans.size(); i++) {
    const double microseconds = trial.time(plans[i]);
    if (microseconds >= fastest) continue;
    best = i;
    fastest = microseconds;
  }
  if (fastest != Trial::kNever) remember(key, plans[best].facts(), fastest);
  return std::move(plans[best]);
}

}  // namespace cudnn
}  // namespace nn
