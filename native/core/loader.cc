#include "core/loader.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace nn {
namespace {

constexpr const char* kCudaLibrary = "node_cudnn_cuda.so";
constexpr size_t kReportBytes = size_t{1} << 18;

void log_line(int32_t level, const char* message) { std::fprintf(stderr, "node-cudnn: %s%s\n", level > 1 ? "error: " : "", message); }

constexpr nn_host_api kHost{NN_ABI_VERSION, sizeof(nn_host_api), log_line};

std::string interface_text(uint64_t version, uint64_t bytes) { return std::to_string(version) + " (" + std::to_string(bytes) + " bytes)"; }

// The folder of the file that this function was loaded from.
std::string own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return ".";
  const std::string file = info.dli_fname;
  const size_t slash = file.rfind('/');
  return slash == std::string::npos ? "." : file.substr(0, slash);
}

std::string cuda_path() {
  const char* wish = std::getenv("NODE_CUDNN_CUDA_PLUGIN");
  if (wish == nullptr || wish[0] == 0) return own_folder() + "/" + kCudaLibrary;
  // dlopen searches the system's folders for a name without a slash
  return std::strchr(wish, '/') != nullptr ? wish : std::string("./") + wish;
}

}  // namespace

LoadedBackend load_backend(const std::string& path) {
  LoadedBackend loaded;
  loaded.path = path;
  if (access(path.c_str(), R_OK) != 0) {
    loaded.trouble = "expected the backend's library " + path + ", got \"" + std::strerror(errno) + "\"";
    return loaded;
  }
  // Bound at once: a function that is missing is told here, not in the middle of a step.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* words = dlerror();
    loaded.trouble = "expected " + path + " to load, got \"" + (words != nullptr ? words : "no reason") + "\"";
    return loaded;
  }
  const auto init = reinterpret_cast<nn_backend_init_fn>(dlsym(library, "nn_backend_init"));
  loaded.report = reinterpret_cast<nn_backend_report_fn>(dlsym(library, "nn_backend_report"));
  if (init == nullptr || loaded.report == nullptr) {
    loaded.report = nullptr;
    loaded.trouble = "expected " + path + " to export nn_backend_init and nn_backend_report, it does not; it is no backend of node-cudnn";
    return loaded;
  }
  nn_error error{};
  const nn_backend_api* api = init(&kHost, &error);
  if (api == nullptr) {
    loaded.trouble = error.message[0] != 0 ? error.message : path + " gave no backend and no reason";
  } else if (api->abi_version != NN_ABI_VERSION || api->struct_size != sizeof(nn_backend_api)) {
    loaded.trouble = "expected a backend of interface " + interface_text(NN_ABI_VERSION, sizeof(nn_backend_api)) + ", got " +
                     interface_text(api->abi_version, api->struct_size) + " in " + path + "; install or build both of one version";
  } else {
    loaded.api = api;
  }
  return loaded;
}

const LoadedBackend& cuda_backend() {
  // Leaked, as the library is: threads of it may outlive the destructors of statics.
  static const LoadedBackend* loaded = new LoadedBackend(load_backend(cuda_path()));
  return *loaded;
}

Probe probe_backend(const nn_backend_api* api) {
  nn_error error{};
  const int32_t count = api->device_count(&error);
  if (count > 0) return {count, ""};
  if (error.message[0] != 0) return {0, error.message};
  return {0, count < 0 ? "the backend cannot work here and gave no reason" : "no device"};
}

std::string report_of(const LoadedBackend& loaded) {
  if (loaded.report == nullptr) return "";
  std::vector<char> json(kReportBytes, 0);
  loaded.report(json.data(), json.size());
  json.back() = 0;
  return json.data();
}

}  // namespace nn
