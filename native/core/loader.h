// A backend in a shared library: opened on demand, checked before the first use, never closed.
#pragma once

#include <string>

#include "core/abi.h"

namespace nn {

struct LoadedBackend {
  const nn_backend_api* api = nullptr;
  nn_backend_report_fn report = nullptr;
  std::string path;
  std::string trouble;  // why api is null: what was expected and what was found, with the loader's or the backend's own words
};

struct Probe {
  int32_t count = 0;
  std::string trouble;  // why count is 0
};

// Opens the library at `path`. Each call opens anew; what dlopen gave is kept for the life of the process.
LoadedBackend load_backend(const std::string& path);

// The CUDA backend: NODE_CUDNN_CUDA_PLUGIN, else node_cudnn_cuda.so beside the library (or program) that this code is part of. Opened by
// the first call, from any thread, once a process.
const LoadedBackend& cuda_backend();

// How many devices a backend has here.
Probe probe_backend(const nn_backend_api* api);

// The backend's JSON of what it looked for and found; empty where it has none.
std::string report_of(const LoadedBackend& loaded);

}  // namespace nn
