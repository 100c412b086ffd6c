#include "fake_cudnn.h"

#include <chrono>
#include <cstring>
#include <memory>

using nn::fake::Cudnn;
using nn::fake::Engine;
using nn::fake::Executed;

namespace {

Cudnn state;

struct Handle {
  cudaStream_t stream = nullptr;
};

struct Descriptor {
  cudnnBackendDescriptorType_t type;
  bool finalized = false;
  std::map<int, std::vector<char>> values;
  std::map<int, int64_t> counts;
  const Engine* engine = nullptr;  // of engines, configurations and plans
};

Descriptor* of(cudnnBackendDescriptor_t raw) { return static_cast<Descriptor*>(static_cast<void*>(raw)); }

cudnnStatus_t called(const char* name) {
  auto failure = state.failures.find(name);
  return failure == state.failures.end() ? CUDNN_STATUS_SUCCESS : failure->second;
}

const char* name_of(cudnnBackendDescriptorType_t type) {
  switch (type) {
    case CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR:
      return "graph";
    case CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR:
      return "plan";
    case CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR:
      return "heuristics";
    case CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR:
      return "pack";
    case CUDNN_BACKEND_TENSOR_DESCRIPTOR:
      return "tensor";
    case CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR:
      return "convolution";
    default:
      return "operation";
  }
}

template <class T>
std::vector<T> list(const Descriptor& d, int name) {
  auto found = d.values.find(name);
  if (found == d.values.end()) return {};
  std::vector<T> made(found->second.size() / sizeof(T));
  std::memcpy(made.data(), found->second.data(), found->second.size());
  return made;
}

size_t bytes_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_HANDLE:
      return 8;
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
      return 1;
    default:
      return 4;
  }
}

std::vector<const Engine*> offered(const Descriptor& heuristics) {
  const auto mode = list<cudnnBackendHeurMode_t>(heuristics, CUDNN_ATTR_ENGINEHEUR_MODE).at(0);
  std::vector<const Engine*> engines;
  for (const Engine& engine : state.engines) {
    if (engine.fallback == (mode == CUDNN_HEUR_MODE_FALLBACK)) engines.push_back(&engine);
  }
  return engines;
}

cudnnStatus_t softmax(const char* name, cudnnSoftmaxAlgorithm_t algorithm) {
  state.log.push_back(std::string(name) + (algorithm == CUDNN_SOFTMAX_LOG ? " log" : " accurate"));
  return called(name);
}

}  // namespace

extern "C" {

Cudnn* fake_cudnn() { return &state; }

size_t cudnnGetVersion() { return state.version; }
const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == CUDNN_STATUS_EXECUTION_FAILED ? "CUDNN_STATUS_EXECUTION_FAILED"
         : status == CUDNN_STATUS_ALLOC_FAILED   ? "CUDNN_STATUS_ALLOC_FAILED"
                                                 : "CUDNN_STATUS_NOT_SUPPORTED";
}
void cudnnGetLastErrorString(char* message, size_t length) { std::snprintf(message, length, "%s", state.last_error.c_str()); }

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  state.log.push_back("cudnnCreate");
  if (called("cudnnCreate") != CUDNN_STATUS_SUCCESS) return called("cudnnCreate");
  *handle = reinterpret_cast<cudnnHandle_t>(new Handle());
  state.live_handles++;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  state.log.push_back("cudnnDestroy");
  delete reinterpret_cast<Handle*>(handle);
  state.live_handles--;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  state.log.push_back("cudnnSetStream");
  reinterpret_cast<Handle*>(handle)->stream = stream;
  return called("cudnnSetStream");
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* made) {
  *made = static_cast<cudnnBackendDescriptor_t>(static_cast<void*>(new Descriptor{type, false, {}, {}, nullptr}));
  state.live_descriptors++;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t raw) {
  delete of(raw);
  state.live_descriptors--;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                       int64_t count, const void* values) {
  Descriptor& d = *of(raw);
  if (d.finalized) return CUDNN_STATUS_NOT_SUPPORTED;
  const char* bytes = static_cast<const char*>(values);
  d.values[name].assign(bytes, bytes + count * bytes_of(type));
  if (name == CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG) d.engine = of(*static_cast<const cudnnBackendDescriptor_t*>(values))->engine;
  return called("cudnnBackendSetAttribute");
}
cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t raw) {
  Descriptor& d = *of(raw);
  state.log.push_back(std::string("finalize ") + name_of(d.type));
  if (d.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR && !d.engine->builds) return CUDNN_STATUS_NOT_SUPPORTED;
  d.finalized = true;
  return called("cudnnBackendFinalize");
}
cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t,
                                       int64_t count, int64_t* found, void* values) {
  Descriptor& d = *of(raw);
  switch (name) {
    case CUDNN_ATTR_ENGINEHEUR_RESULTS: {
      const auto engines = offered(d);
      *found = static_cast<int64_t>(engines.size());
      for (int64_t i = 0; i < count && i < *found; i++) of(static_cast<cudnnBackendDescriptor_t*>(values)[i])->engine = engines[i];
      return CUDNN_STATUS_SUCCESS;
    }
    case CUDNN_ATTR_ENGINECFG_ENGINE:
      of(*static_cast<cudnnBackendDescriptor_t*>(values))->engine = d.engine;
      *found = 1;
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_ATTR_ENGINE_GLOBAL_INDEX:
      *static_cast<int64_t*>(values) = d.engine->index;
      *found = 1;
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE:
      *found = static_cast<int64_t>(d.engine->notes.size());
      for (int64_t i = 0; i < *found; i++) static_cast<cudnnBackendNumericalNote_t*>(values)[i] = d.engine->notes[i];
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
      *static_cast<int64_t*>(values) = d.engine->workspace;
      *found = 1;
      return CUDNN_STATUS_SUCCESS;
    default:
      *found = 0;
      return CUDNN_STATUS_SUCCESS;
  }
}
cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
  const Descriptor& p = *of(plan);
  Executed executed{
      p.engine->index, reinterpret_cast<Handle*>(handle)->stream, list<void*>(*of(pack), CUDNN_ATTR_VARIANT_PACK_WORKSPACE).at(0),
      list<void*>(*of(pack), CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS), list<int64_t>(*of(pack), CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS)};
  state.log.push_back("execute eng" + std::to_string(executed.engine));
  state.executed.push_back(executed);
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(p.engine->spin_us);
  while (std::chrono::steady_clock::now() < until) {
  }
  if (called("cudnnBackendExecute") != CUDNN_STATUS_SUCCESS) return called("cudnnBackendExecute");
  if (state.on_execute) state.on_execute(executed);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* made) {
  *made = reinterpret_cast<cudnnTensorDescriptor_t>(new int(0));
  state.live_descriptors++;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t raw) {
  delete reinterpret_cast<int*>(raw);
  state.live_descriptors--;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t, cudnnDataType_t, int, const int[], const int[]) {
  return called("cudnnSetTensorNdDescriptor");
}
cudnnStatus_t cudnnSoftmaxForward(cudnnHandle_t, cudnnSoftmaxAlgorithm_t algorithm, cudnnSoftmaxMode_t, const void*,
                                  const cudnnTensorDescriptor_t, const void*, const void*, const cudnnTensorDescriptor_t, void*) {
  return softmax("cudnnSoftmaxForward", algorithm);
}
cudnnStatus_t cudnnSoftmaxBackward(cudnnHandle_t, cudnnSoftmaxAlgorithm_t algorithm, cudnnSoftmaxMode_t, const void*,
                                   const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                                   const cudnnTensorDescriptor_t, void*) {
  return softmax("cudnnSoftmaxBackward", algorithm);
}
}
