#include "backends/cuda/cublas/state.h"

#include <dlfcn.h>

#include <cstdio>

#include "backends/cuda/cublas/open.h"

namespace nn {
namespace cublas {
std::string version_text(size_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

bool load_api(void* library, Api* api, std::string* why) {
  std::string missing;
#define X(name)                                                               \
  api->name = reinterpret_cast<decltype(api->name)>(::dlsym(library, #name)); \
  if (api->name == nullptr) missing += (missing.empty() ? "" : ", ") + std::string(#name);
  NN_CUBLASLT_FUNCTIONS(X)
#undef X
  const std::string advice = "; install cuBLAS of CUDA 13";
  if (api->cublasLtGetVersion != nullptr && api->cublasLtGetVersion() / 10000 != 13) {
    *why = "cuBLASLt: expected 13, got " + version_text(api->cublasLtGetVersion()) + advice;
    return false;
  }
  if (missing.empty()) return true;
  *why = "cuBLASLt: expected 13, got a library without " + missing + advice;
  return false;
}

void check(const Api& api, cublasStatus_t status, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Failure(status, std::string(call) + ": " + api.cublasLtGetStatusName(status));
}

int32_t report(const Failure& failure, const char* what, nn_error* error) {
  char message[900];
  std::snprintf(message, sizeof message, "%s: cuBLASLt: %s", what, failure.what());
  const cudaError_t status = cudaPeekAtLastError();
  if (status != cudaSuccess) return cuda_failure(cudaGetLastError(), message, error);
  error->code = failure.status == CUBLAS_STATUS_ALLOC_FAILED ? NN_OUT_OF_MEMORY : NN_LIBRARY;
  std::snprintf(error->message, sizeof error->message, "%s", message);
  return error->code;
}

int32_t attach(nn_device* device, const Api& api, nn_error* error) {
  auto state = std::make_unique<State>();
  state->api = &api;
  // What NVIDIA recommends: 32 MiB from Hopper on, less before.
  state->workspace_limit = size_t{device->properties.major >= 9 ? 32u : 8u} << 20;
  try {
    check(api, api.cublasLtCreate(&state->handle), "cublasLtCreate");
  } catch (const Failure& failure) {
    return report(failure, "cuBLASLt's handle", error);
  }
  device->cublas = state.release();
  return NN_OK;
}

}  // namespace cublas

void cublas_close(nn_device* device) {
  cublas::State* state = cublas::state_of(device);
  if (state == nullptr) return;
  state->api->cublasLtDestroy(state->handle);
  delete state;
  device->cublas = nullptr;
}

}  // namespace nn
