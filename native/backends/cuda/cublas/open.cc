#include "backends/cuda/cublas/open.h"

#include <string>

#include "backends/cuda/cublas/state.h"
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

}  // namespace cublas

int32_t cublas_open(nn_device* device, nn_error* error) {
  const cublas::Loaded& library = cublas::loaded();
  return library.good ? cublas::attach(device, library.api, error) : NN_OK;
}

const char* cublas_version_text() { return cublas::loaded().version.c_str(); }
const char* cublas_trouble() { return cublas::loaded().trouble.c_str(); }

}  // namespace nn
