#include "backends/cuda/cudnn/state.h"

#include <cstdio>
#include <memory>

#include "backends/cuda/cudnn/open.h"
#include "backends/cuda/kernels.h"
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

int32_t report(const Failure& failure, const char* what, nn_error* error) {
  char message[900];
  std::snprintf(message, sizeof message, "%s: cuDNN: %s", what, failure.what());
  const cudaError_t status = cudaPeekAtLastError();
  if (status != cudaSuccess) return cuda_failure(cudaGetLastError(), message, error);
  error->code = failure.status == CUDNN_STATUS_ALLOC_FAILED ? NN_OUT_OF_MEMORY : NN_LIBRARY;
  std::snprintf(error->message, sizeof error->message, "%s", message);
  return error->code;
}

int32_t GraphPlan::run(nn_device* device, const nn_args& args, char* memory, nn_error* error) {
  data_.clear();
  for (const Operand& operand : operands_) {
    if (operand.source == Source::kIn) data_.push_back(args.in[operand.index].data);
    if (operand.source == Source::kOut) data_.push_back(args.out[operand.index].data);
    if (operand.source == Source::kScalar) data_.push_back(&scalar_);
    if (operand.source == Source::kScratch) data_.push_back(memory + operand.offset);
  }
  try {
    plan_.execute(state_.session, data_, memory);
    return NN_OK;
  } catch (const Failure& failure) {
    return report(failure, op_, error);
  }
}

}  // namespace cudnn

int32_t cudnn_open(nn_device* device, nn_error* error) {
  const cudnn::Loaded& library = cudnn::loaded();
  if (!library.good) return NN_OK;
  auto state = std::make_unique<cudnn::State>();
  state->session.api = &library.api;
  state->capability = device->properties.major * 10 + device->properties.minor;
  state->device_name = std::string(device->properties.name) + "|" + std::to_string(state->capability) + "|" + library.version;
  try {
    check(library.api, library.api.cudnnCreate(&state->session.handle), "cudnnCreate");
    check(library.api, library.api.cudnnSetStream(state->session.handle, device->stream), "cudnnSetStream");
  } catch (const cudnn::Failure& failure) {
    if (state->session.handle != nullptr) library.api.cudnnDestroy(state->session.handle);
    return report(failure, "cuDNN's handle", error);
  }
  device->cudnn = state.release();
  return NN_OK;
}

void cudnn_close(nn_device* device) {
  cudnn::State* state = cudnn::state_of(device);
  if (state == nullptr) return;
  state->session.api->cudnnDestroy(state->session.handle);
  delete state;
  device->cudnn = nullptr;
}

const char* cudnn_version_text() { return cudnn::loaded().version.c_str(); }
const char* cudnn_trouble() { return cudnn::loaded().trouble.c_str(); }

void cuda::append_cudnn_kernels(std::vector<nn_kernel>& kernels) {
  cudnn::append_convolution_kernels(kernels);
  cudnn::append_pooling_kernels(kernels);
  cudnn::append_batch_norm_kernels(kernels);
  cudnn::append_softmax_kernels(kernels);
}

}  // namespace nn
