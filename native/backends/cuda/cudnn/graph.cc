#include "backends/cuda/cudnn/graph.h"

#include <algorithm>
#include <utility>

namespace nn {
namespace cudnn {
namespace {

std::string engine_text(const Descriptor& engine) {
  int64_t index = -1;
  engine.get(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, &index);
  return "eng" + std::to_string(index);
}

}  // namespace

void check(const Api& api, cudnnStatus_t status, const char* call) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char why[1024] = "";
  api.cudnnGetLastErrorString(why, sizeof why);
  std::string message = std::string(call) + ": " + api.cudnnGetErrorString(status);
  if (why[0] != 0) message += " (" + std::string(why) + ")";
  throw Failure(status, message);
}

void Graph::close() {
  graph_ = &make(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph_->set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(operations_.size()), operations_.data());
  if (session_.handle != nullptr) graph_->set_one(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, session_.handle);
  graph_->finalize();
}

PlanFacts Graph::facts_of(const Descriptor& config) const {
  Descriptor engine(*session_.api, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t raw = engine.raw();
  config.get(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &raw);
  PlanFacts facts;
  facts.engine = engine_text(engine);
  auto note = [&](const char* name, bool* flag) {
    facts.notes += (facts.notes.empty() ? "" : "+") + std::string(name);
    if (flag != nullptr) *flag = true;
  };
  cudnnBackendNumericalNote_t numerical[32];  // more than any version has
  const int64_t n = engine.get(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, 32, numerical);
  for (int64_t i = 0; i < std::min<int64_t>(n, 32); i++) {
    if (numerical[i] == CUDNN_NUMERICAL_NOTE_TENSOR_CORE) note("TC", &facts.tensor_core);
    if (numerical[i] == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) note("DC", &facts.down_convert);
    if (numerical[i] == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) note("ND", &facts.nondeterministic);
    if (numerical[i] == CUDNN_NUMERICAL_NOTE_WINOGRAD) note("WG", nullptr);
    if (numerical[i] == CUDNN_NUMERICAL_NOTE_FFT) note("FFT", nullptr);
  }
  cudnnBackendBehaviorNote_t behaviour[32];
  const int64_t m = engine.get(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, 32, behaviour);
  for (int64_t i = 0; i < std::min<int64_t>(m, 32); i++) {
    if (behaviour[i] == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) note("rtc", &facts.run_time_compiled);
  }
  const int64_t knobs = config.get(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
  std::vector<Descriptor> choices;
  std::vector<cudnnBackendDescriptor_t> raws;
  for (int64_t i = 0; i < knobs; i++) {
    choices.emplace_back(*session_.api, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
    raws.push_back(choices.back().raw());
  }
  if (knobs > 0) config.get(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR, knobs, raws.data());
  for (const Descriptor& choice : choices) {
    cudnnBackendKnobType_t type{};
    int64_t value = 0;
    choice.get(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &type);
    choice.get(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, 1, &value);
    facts.choices += (facts.choices.empty() ? "k" : ",k") + std::to_string(static_cast<int>(type)) + "=" + std::to_string(value);
  }
  return facts;
}

void Graph::query(cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(*session_.api, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set_descriptor(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, *graph_);
  heuristics.set_one(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
  if (session_.handle == nullptr) heuristics.set_descriptor(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *session_.device);
  heuristics.finalize();
  const int64_t count = heuristics.get(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
  std::vector<Descriptor> configs;
  std::vector<cudnnBackendDescriptor_t> raws;
  for (int64_t i = 0; i < count; i++) {
    configs.emplace_back(*session_.api, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    raws.push_back(configs.back().raw());
  }
  if (count == 0) return;
  const int64_t found = heuristics.get(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, count, raws.data());
  for (int64_t i = 0; i < std::min(count, found); i++) {
    PlanFacts facts = facts_of(configs[i]);
    offered_.push_back({std::make_shared<Descriptor>(std::move(configs[i])), std::move(facts)});
  }
}

size_t Graph::find_candidates(const Rules& rules) {
  if (graph_ == nullptr) {
    close();
    // A alone sometimes lists no engine that survives the rules; the fallback engines are few and nearly free to ask for.
    for (cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
      try {
        query(mode);
      } catch (const Failure& failure) {
        trouble_ = failure.what();
      }
    }
  }
  allowed_.clear();
  for (const Candidate& candidate : offered_) {
    const PlanFacts& facts = candidate.facts;
    const bool rounds = facts.tensor_core || facts.down_convert;
    if ((rules.strict_float32 && rounds) || (rules.deterministic && facts.nondeterministic)) continue;
    allowed_.push_back(&candidate);
  }
  if (allowed_.empty()) {
    const std::string what = offered_.empty() ? "no engine offered" : "none of " + std::to_string(offered_.size()) + " engines allowed";
    throw Failure(CUDNN_STATUS_NOT_SUPPORTED, what + (trouble_.empty() ? "" : "; " + trouble_));
  }
  return allowed_.size();
}

Plan Graph::build(size_t index, const Rules& rules) {
  Descriptor plan(*session_.api, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set_descriptor(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, *allowed_[index]->config);
  if (session_.handle != nullptr) {
    plan.set_one(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, session_.handle);
  } else {
    plan.set_descriptor(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *session_.device);
  }
  plan.finalize();
  int64_t workspace = 0;
  plan.get(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1, &workspace);
  if (static_cast<size_t>(workspace) > rules.workspace_limit) {
    throw Failure(CUDNN_STATUS_NOT_SUPPORTED, std::to_string(workspace) + " bytes of workspace, more than the limit");
  }
  PlanFacts facts = allowed_[index]->facts;
  facts.workspace = static_cast<size_t>(workspace);
  return Plan(kept_, allowed_[index]->config, std::move(plan), std::move(facts), ids_);
}

Plan Graph::build_first(const Rules& rules) {
  const size_t count = find_candidates(rules);
  std::string reasons;
  for (size_t i = 0; i < count; i++) {
    try {
      return build(i, rules);
    } catch (const Failure& failure) {
      if (reasons.size() < 400) reasons += "; " + allowed_[i]->facts.engine + ": " + failure.what();
    }
  }
  throw Failure(CUDNN_STATUS_NOT_SUPPORTED, "none of " + std::to_string(count) + " engines could be built" + reasons);
}

void Plan::execute(const Session& session, const std::vector<void*>& data, void* workspace) {
  if (data.size() != ids_.size()) throw Failure(CUDNN_STATUS_BAD_PARAM, "a plan was given another number of tensors than it has");
  if (pack_ == nullptr || packed_ != data || workspace != last_workspace_) {
    auto pack = std::make_unique<Descriptor>(*session.api, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack->set_one(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, workspace);
    pack->set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, static_cast<int64_t>(data.size()), data.data());
    pack->set_longs(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids_);
    pack->finalize();
    pack_ = std::move(pack);
    packed_ = data;
    last_workspace_ = workspace;
  }
  check(*session.api, session.api->cudnnBackendExecute(session.handle, plan_.raw(), pack_->raw()), "cudnnBackendExecute");
}

}  // namespace cudnn
}  // namespace nn
