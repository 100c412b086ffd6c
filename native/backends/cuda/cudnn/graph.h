// A graph of cuDNN operations and the execution plans for it. This is the whole way from shapes to a plan, for a device that is there (a
// handle) and, in tests, for one that is only described (device properties).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/cuda/cudnn/descriptor.h"

namespace nn {
namespace cudnn {

using Dims = std::vector<int64_t>;

struct Session {
  const Api* api = nullptr;
  cudnnHandle_t handle = nullptr;
  const Descriptor* device = nullptr;  // where there is no handle
};

// Which plans may be used. Notes are looked at as NVIDIA's own documentation describes them: TENSOR_CORE on a float32 product means TF32.
struct Rules {
  bool strict_float32 = false;  // for convolutions of float32 only: other engines carry the note without rounding anything
  bool deterministic = false;
  size_t workspace_limit = 0;
};

// What is known of a plan, for the table that `npm run plans` prints.
struct PlanFacts {
  std::string engine;  // "eng28", and with its choices "eng28 k2=1 k3=0"
  std::string choices;
  std::string notes;  // "TC", "ND", "WG", ... joined by "+"
  bool tensor_core = false, down_convert = false, nondeterministic = false, run_time_compiled = false;
  size_t workspace = 0;
};

class Plan {
 public:
  // `data` by the order in which the graph's tensors were made; virtual ones have no place. Pointers of scalars are host memory.
  void execute(const Session& session, const std::vector<void*>& data, void* workspace);
  const PlanFacts& facts() const { return facts_; }
  size_t workspace() const { return facts_.workspace; }

 private:
  friend class Graph;
  using Parts = std::shared_ptr<std::vector<std::unique_ptr<Descriptor>>>;
  Plan(Parts parts, std::shared_ptr<Descriptor> config, Descriptor plan, PlanFacts facts, std::vector<int64_t> ids)
      : parts_(std::move(parts)), config_(std::move(config)), plan_(std::move(plan)), facts_(std::move(facts)), ids_(std::move(ids)) {}
  // Nothing says that a plan owns what it was made of, so that outlives it.
  Parts parts_;
  std::shared_ptr<Descriptor> config_;
  Descriptor plan_;
  PlanFacts facts_;
  std::vector<int64_t> ids_;
  std::unique_ptr<Descriptor> pack_;  // addresses of the last run
  std::vector<void*> packed_;
  void* last_workspace_ = nullptr;
};

enum class Role { kData, kVirtual, kScalar };

struct Window {  // of pooling
  Dims size, strides, pad_before, pad_after;
};
struct Steps {  // of a convolution
  Dims strides, pad_before, pad_after, dilations;
};

class Graph {
 public:
  explicit Graph(const Session& session) : session_(session) {}

  // A tensor [batch, channels, spatial...] that lies in memory with the channels innermost. Returns its place.
  int tensor(const Dims& dims, cudnnDataType_t type, Role role = Role::kData);

  void convolution_forward(int x, int filter, int y, const Steps& steps);
  void convolution_backward_input(int dy, int filter, int dx, const Steps& steps);
  void convolution_backward_filter(int x, int dy, int dfilter, const Steps& steps);
  void add(int a, int b, int y);
  void relu(int x, int y);
  // index: -1 for none. Backward of a maximum needs it.
  void pool_forward(cudnnResampleMode_t mode, int x, int y, int index, const Window& window);
  void pool_backward(cudnnResampleMode_t mode, int dy, int index, int dx, const Window& window);
  void batch_norm_forward(int x, int scale, int bias, int epsilon, int y, int mean, int inverse_deviation);
  void batch_norm_backward(int x, int dy, int scale, int mean, int inverse_deviation, int dx, int dscale, int dbias);

  // All engines that the heuristics offer and the rules allow, best first. The heuristics are asked once, and the graph cannot be changed
  // any more.
  size_t find_candidates(const Rules& rules);
  // Throws Failure where the device or the library refuses it after all, or where it wants more workspace than the rules allow.
  Plan build(size_t candidate, const Rules& rules);
  // The first candidate that can be built; throws with what each of them said where none can.
  Plan build_first(const Rules& rules);
  const PlanFacts& candidate(size_t i) const { return allowed_[i]->facts; }
  // The same text for the same graph: what the autotuner's memory goes by.
  const std::string& text() const { return text_; }
  // Bytes of each tensor that has memory, in order.
  const std::vector<size_t>& bytes() const { return bytes_; }

 private:
  struct Candidate {
    std::shared_ptr<Descriptor> config;
    PlanFacts facts;
  };
  Descriptor& make(cudnnBackendDescriptorType_t type);
  const Descriptor& of(int tensor) const { return *tensors_[tensor]; }
  void pointwise(cudnnPointwiseMode_t mode, int a, int b, int y);
  Descriptor& resample(cudnnResampleMode_t mode, const Window& window);
  Descriptor& steps_of(const Steps& steps);
  void operation(Descriptor& made, const std::string& text);
  void close();
  void query(cudnnBackendHeurMode_t mode);
  PlanFacts facts_of(const Descriptor& config) const;

  Session session_;
  std::shared_ptr<std::vector<std::unique_ptr<Descriptor>>> kept_ = std::make_shared<std::vector<std::unique_ptr<Descriptor>>>();
  std::vector<Descriptor*> tensors_;
  std::vector<cudnnBackendDescriptor_t> operations_;
  std::vector<int64_t> ids_;  // of tensors with memory
  std::vector<size_t> bytes_;
  std::string text_;
  Descriptor* graph_ = nullptr;
  std::vector<Candidate> offered_;
  std::vector<const Candidate*> allowed_;
  std::string trouble_;  // of the heuristics
};

}  // namespace cudnn
}  // namespace nn
