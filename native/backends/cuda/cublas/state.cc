#include "backends/cuda/cublas/state.h"

#include <dlfcn.h>

#include <cstdio>

#include "backends/cuda/cublas/open.h"
#include "backends/cuda/libraries.h"

namespace nn {
namespace cublas {
namespace {

struct Loaded {
  Api api;
  bool good = false;
  std::string version, trouble;
};

const Loaded& loaded() {
  static const Loaded result = [] {
    Loaded made;
    void* library = library_handle(Library::kCublasLt);
    if (library == nullptr) {
      made.trouble = library_trouble(Library::kCublasLt);
      return made;
    }
    made.good = load_api(library, &made.api, &made.trouble);
    if (made.good) made.version = version_text(made.api.cublasLtGetVersion());
    return made;
  }();
  return result;
}

}  // namespace

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

}  // namespace cublas

int32_t cublas_open(nn_device* device, nn_error* error) {
  const cublas::Loaded& library = cublas::loaded();
  if (!library.good) return NN_OK;
  auto state = std::make_unique<cublas::State>();
  state->api = &library.api;
  // What NVIDIA recommends: 32 MiB from Hopper on, less before.
  state->workspace_limit = size_t{device->properties.major >= 9 ? 32u : 8u} << 20;
  try {
    check(library.api, library.api.cublasLtCreate(&state->handle), "cublasLtCreate");
  } catch (const cublas::Failure& failure) {
    return report(failure, "cuBLASLt's handle", error);
  }
  device->cublas = state.release();
  return NN_OK;
}

void cublas_close(nn_device* device) {
  cublas::State* state = cublas::state_of(device);
  if (state == nullptr) return;
  state->api->cublasLtDestroy(state->handle);
  delete state;
  device->cublas = nullptr;
}

const char* cublas_version_text() { return cublas::loaded().version.c_str(); }
const char* cublas_trouble() { return cublas::loaded().trouble.c_str(); }

}  // namespace nn
