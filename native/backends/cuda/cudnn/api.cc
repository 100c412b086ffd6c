#include "backends/cuda/cudnn/api.h"

#include <dlfcn.h>

namespace nn {
namespace cudnn {

std::string version_text(size_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

bool load_api(void* library, Api* api, std::string* why) {
  std::string missing;
#define X(name)                                                               \
  api->name = reinterpret_cast<decltype(api->name)>(::dlsym(library, #name)); \
  if (api->name == nullptr) missing += (missing.empty() ? "" : ", ") + std::string(#name);
  NN_CUDNN_FUNCTIONS(X)
#undef X
  const std::string wanted = "cuDNN: expected " + version_text(kOldestVersion) + " or a later 9, got ";
  const std::string advice = "; install cuDNN 9 for CUDA 13";
  if (api->cudnnGetVersion != nullptr) {
    const size_t version = api->cudnnGetVersion();
    if (version < kOldestVersion || version >= kNextMajor) {
      *why = wanted + version_text(version) + advice;
      return false;
    }
  }
  if (missing.empty()) return true;
  *why = wanted + "a library without " + missing + advice;
  return false;
}

}  // namespace cudnn
}  // namespace nn
