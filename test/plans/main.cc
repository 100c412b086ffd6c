// Builds cuDNN's execution plans for one GPU that is described by a file, with the backend's own code, and prints a line for each:
//   plans DEVICE.json [--all] [--from N]
//   row <tab> N <tab> graph <tab> precision <tab> ok|failed|refused <tab> engine <tab> notes <tab> workspace <tab> reason
// Before each row it says `at N`, so that who runs it knows which graph the library has crashed on. `--all` adds what is compiled by NVRTC
// when the plan is made. One process serves one device: the library keeps what it learned about the first.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "plans/cases.h"

namespace {

using nn::cudnn::Descriptor;
using nn::cudnn::Graph;
using nn::cudnn::Plan;
using nn::cudnn::PlanFacts;
using nn::cudnn::Rules;
using nn::cudnn::Session;
using nn::plans::Case;

constexpr size_t kWorkspaceLimit = size_t{512} << 20;  // the device's default

// Those of one type come one after the other: a graph and what the heuristics say of it serves them all.
struct Precision {
  const char* name;
  cudnnDataType_t type;
  bool tf32, deterministic;
};
constexpr Precision kPrecisions[] = {{"float32", CUDNN_DATA_FLOAT, false, false},
                                     {"float32 deterministic", CUDNN_DATA_FLOAT, false, true},
                                     {"tf32", CUDNN_DATA_FLOAT, true, false},
                                     {"bfloat16", CUDNN_DATA_BFLOAT16, false, false}};

std::string read_file(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int compute_capability(const std::string& json) {
  const size_t at = json.find("\"deviceVer\"");
  return at == std::string::npos ? 0 : std::atoi(json.c_str() + json.find(':', at) + 1) / 10;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return text.substr(0, 400);
}

struct Outcome {
  const char* word = "failed";
  PlanFacts facts;
  std::string reason;
};

nn::cudnn::BatchNormGraph norm_of(const Case& c, const Precision& precision) {
  nn::cudnn::BatchNormGraph norm = c.norm;
  norm.type = precision.type;
  return norm;
}

// Where the library has no way by its own rules, and our own kernel is used instead. No bfloat16 runs before 8.0.
bool own_kernel_serves(const Case& c, const Precision& precision, int capability) {
  if (c.kind == Case::Kind::kBatchNorm) return !has_batch_norm(norm_of(c, precision), capability);
  return precision.type == CUDNN_DATA_BFLOAT16 && capability < 80;
}

Graph graph_of(const Session& session, const Case& c, const Precision& precision) {
  if (c.kind == Case::Kind::kPooling) {
    nn::cudnn::PoolingGraph pooling = c.pooling;
    pooling.type = precision.type;
    return make_graph(session, pooling);
  }
  if (c.kind == Case::Kind::kBatchNorm) return make_graph(session, norm_of(c, precision));
  nn::cudnn::ConvolutionGraph convolution = c.convolution;
  convolution.type = precision.type;
  return make_graph(session, convolution);
}

Rules rules_of(const Case& c, const Precision& precision) {
  Rules rules;
  if (c.kind == Case::Kind::kConvolution) {
    nn::cudnn::ConvolutionGraph convolution = c.convolution;
    convolution.type = precision.type;
    return rules_for(convolution, precision.tf32, precision.deterministic, kWorkspaceLimit);
  }
  rules.workspace_limit = kWorkspaceLimit;
  return rules;
}

// With a driver at hand (`all`) a few first choices are compiled when the plan is made, as the weight gradient of one bfloat16 channel on
// an A100; what counts is that there is a plan without one too.
std::string broken_promise(const Case& c, const Precision& precision, const PlanFacts& facts, bool all) {
  if (facts.workspace > kWorkspaceLimit) return "more workspace than the limit";
  if (precision.deterministic && facts.nondeterministic) return "a nondeterministic plan where that was excluded";
  if (c.kind == Case::Kind::kConvolution) {
    if (precision.type == CUDNN_DATA_FLOAT && !precision.tf32 && (facts.tensor_core || facts.down_convert)) {
      return "a plan that rounds its inputs where true float32 was asked for";
    }
    if (c.precompiled && facts.run_time_compiled && !all) return "a plan that needs a compiler where a compiled one was expected";
  }
  return {};
}

Outcome build(const Session& session, const Case& c, const Precision& precision, int capability, bool all, std::unique_ptr<Graph>* graph) {
  Outcome outcome;
  const bool refusal_expected = own_kernel_serves(c, precision, capability);
  try {
    if (*graph == nullptr) *graph = std::make_unique<Graph>(graph_of(session, c, precision));
    const Plan plan = (*graph)->build_first(rules_of(c, precision));
    outcome.facts = plan.facts();
    outcome.reason = broken_promise(c, precision, outcome.facts, all);
    if (outcome.reason.empty()) outcome.word = "ok";
  } catch (const nn::cudnn::Failure& failure) {
    outcome.reason = one_line(failure.what());
  }
  // Weight gradients of bfloat16 have plans on such a GPU, but nothing else has, so the type is refused as a whole.
  const bool surplus = c.kind == Case::Kind::kConvolution && c.convolution.kind == nn::cudnn::ConvolutionKind::kBackwardFilter;
  if (refusal_expected && outcome.word == std::string("ok") && !surplus) {
    outcome.word = "failed";
    outcome.reason = "a plan where the library has offered none so far: the rule that chooses our own kernel is out of date";
  } else if (refusal_expected) {
    outcome.word = "refused";
    outcome.reason = c.kind == Case::Kind::kBatchNorm ? "our own kernel" : "no bfloat16 before compute capability 8.0";
  }
  return outcome;
}

}  // namespace

int main(int argc, char** argv) {
  bool all = false;
  size_t from = 0;
  const char* path = nullptr;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--all") == 0) {
      all = true;
    } else if (std::strcmp(argv[i], "--from") == 0 && i + 1 < argc) {
      from = std::strtoul(argv[++i], nullptr, 10);
    } else {
      path = argv[i];
    }
  }
  const std::string json = path == nullptr ? "" : read_file(path);
  if (json.empty()) {
    std::fprintf(stderr, "plans: expected the path of a device's JSON file, got %s\n", path == nullptr ? "none" : path);
    return 2;
  }
  // cuDNN ends the process where it cannot load this one.
  if (::dlopen("libcublasLt.so.13", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    std::fprintf(stderr, "plans: %s\n", ::dlerror());
    return 2;
  }
  void* library = ::dlopen("libcudnn.so.9", RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    std::fprintf(stderr, "plans: %s\n", ::dlerror());
    return 2;
  }
  nn::cudnn::Api api;
  std::string why;
  if (!nn::cudnn::load_api(library, &api, &why)) {
    std::fprintf(stderr, "plans: %s\n", why.c_str());
    return 2;
  }
  try {
    Descriptor device(api, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    device.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, static_cast<int64_t>(json.size()) + 1, json.c_str());
    device.finalize();
    Session session{&api, nullptr, &device};
    const int capability = compute_capability(json);
    std::printf("library\t%s\n", nn::cudnn::version_text(api.cudnnGetVersion()).c_str());
    size_t n = 0;
    for (const Case& c : nn::plans::all_cases()) {
      if (c.run_time_compiled && !all) continue;
      std::unique_ptr<Graph> graph;
      cudnnDataType_t type = CUDNN_DATA_FLOAT;
      for (const Precision& precision : kPrecisions) {
        if (c.kind != Case::Kind::kConvolution && (precision.tf32 || precision.deterministic)) continue;
        if (n++ < from) continue;
        std::printf("at\t%zu\t%s\t%s\n", n - 1, c.name.c_str(), precision.name);
        std::fflush(stdout);
        if (precision.type != type) graph = nullptr;
        type = precision.type;
        const Outcome o = build(session, c, precision, capability, all, &graph);
        std::printf("row\t%zu\t%s\t%s\t%s\t%s\t%s\t%zu\t%s\n", n - 1, c.name.c_str(), precision.name, o.word, o.facts.engine.c_str(),
                    o.facts.notes.c_str(), o.facts.workspace, o.reason.c_str());
        std::fflush(stdout);
      }
    }
    std::printf("end\t%zu\n", n);
  } catch (const nn::cudnn::Failure& failure) {
    std::fprintf(stderr, "plans: %s\n", failure.what());
    return 3;
  }
  return 0;
}
