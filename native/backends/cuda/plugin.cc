// What the library exports (core/abi.h).
#include <cuda_runtime_api.h>

#include <cstdio>
#include <string>

#include "backends/cuda/backend.h"
#include "backends/cuda/info.h"
#include "backends/cuda/library_search.h"

#define NN_EXPORT extern "C" __attribute__((visibility("default")))

NN_EXPORT const nn_backend_api* nn_backend_init(const nn_host_api* host, nn_error* error) {
  if (host == nullptr || host->abi_version != NN_ABI_VERSION) {
    error->code = NN_INVALID;
    snprintf(error->message, sizeof error->message,
             "cuda: expected a host of interface version %d, got %d; install or build both of one version", NN_ABI_VERSION,
             host == nullptr ? 0 : static_cast<int>(host->abi_version));
    return nullptr;
  }
#ifndef NN_EMULATED_CUDA
  // Plain kernels could stand in for cuDNN, many times slower: whoever asks for CUDA is told what is missing instead.
  for (nn::Library library : {nn::Library::kDriver, nn::Library::kCublasLt, nn::Library::kCudnn}) {
    const nn::LibraryRecord& record = nn::library_search().find(library);
    if (record.handle != nullptr) continue;
    error->code = NN_LIBRARY;
    snprintf(error->message, sizeof error->message, "cuda: %s", record.trouble.c_str());
    return nullptr;
  }
#endif
  return nn::cuda::backend();
}

NN_EXPORT void nn_backend_report(char* json, size_t length) {
  // Opened by the search first, from where it was found: the runtime asks for the driver by name and then gets the same one.
#ifndef NN_EMULATED_CUDA
  nn::library_handle(nn::Library::kDriver);
#endif
  int driver = 0, runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  std::string head = "{\"runtime\": \"" + nn::cuda_version_text(runtime) + "\", \"driver\": {\"cuda\": \"" +
                     (driver == 0 ? "" : nn::cuda_version_text(driver)) + "\", \"release\": " + nn::json_text(nn::driver_release()) + "}";
#ifdef NN_EMULATED_CUDA
  head += ", \"emulated\": true";
#else
  head += ", \"libraries\": " + nn::library_search().report(length > head.size() + 64 ? length - head.size() - 64 : 0);
#endif
  snprintf(json, length, "%s}", head.c_str());
}
