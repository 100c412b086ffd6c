#include "backends/cuda/cudnn/open.h"

#include <string>

#include "backends/cuda/cudnn/state.h"
#include "backends/cuda/libraries.h"

namespace nn {
namespace cudnn {
namespace {

struct Loaded {
  Api api;
  bool good = false;
  std::string version, trouble;
};

// cuDNN ends the process where cuBLASLt cannot be loaded, and later versions need the driver for anything: both are looked for first. It
// asks for NVRTC by name, so that one opened here is the one that it finds; without it only compiled engines work.
const Loaded& loaded() {
  static const Loaded result = [] {
    Loaded made;
    for (Library needed : {Library::kDriver, Library::kCublasLt, Library::kCudnn}) {
      if (library_handle(needed) != nullptr) continue;
      made.trouble = library_trouble(needed);
      return made;
    }
    library_handle(Library::kNvrtc);
    made.good = load_api(library_handle(Library::kCudnn), &made.api, &made.trouble);
    if (made.good) made.version = version_text(made.api.cudnnGetVersion());
    return made;
  }();
  return result;
}

}  // namespace

}  // namespace cudnn

int32_t cudnn_open(nn_device* device, nn_error* error) {
  const cudnn::Loaded& library = cudnn::loaded();
  return library.good ? cudnn::attach(device, library.api, error) : NN_OK;
}

const char* cudnn_version_text() { return cudnn::loaded().version.c_str(); }
const char* cudnn_trouble() { return cudnn::loaded().trouble.c_str(); }

}  // namespace nn
