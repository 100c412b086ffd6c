#include "backends/cuda/cudnn/state.h"

#include <cstdio>
#include <memory>

#include "backends/cuda/cudnn/open.h"
#include "backends/cuda/kernels.h"

namespace nn {
namespace cudnn {
int32_t report(const Failure& failure, const char* what, nn_error* error) {
  char message[900];
  std::snprintf(message, sizeof message, "%s: cuDNN: %s", what, failure.what());
  const cudaError_t status = cudaPeekAtLastError();
  if (status != cudaSuccess) return cuda_failure(cudaGetLastError(), message, error);
  error->code = failure.status == CUDNN_STATUS_ALLOC_FAILED ? NN_OUT_OF_MEMORY : NN_LIBRARY;
  std::snprintf(error->message, sizeof error->message, "%s", message);
  return error->code;
}

int32_t attach(nn_device* device, const Api& api, nn_error* error) {
  auto state = std::make_unique<State>();
  state->session.api = &api;
  state->capability = device->properties.major * 10 + device->properties.minor;
  state->device_name =
      std::string(device->properties.name) + "|" + std::to_string(state->capability) + "|" + version_text(api.cudnnGetVersion());
  try {
    check(api, api.cudnnCreate(&state->session.handle), "cudnnCreate");
    check(api, api.cudnnSetStream(state->session.handle, device->stream), "cudnnSetStream");
  } catch (const Failure& failure) {
    if (state->session.handle != nullptr) api.cudnnDestroy(state->session.handle);
    return report(failure, "cuDNN's handle", error);
  }
  device->cudnn = state.release();
  return NN_OK;
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

void cudnn_close(nn_device* device) {
  cudnn::State* state = cudnn::state_of(device);
  if (state == nullptr) return;
  state->session.api->cudnnDestroy(state->session.handle);
  delete state;
  device->cudnn = nullptr;
}

void cuda::append_cudnn_kernels(std::vector<nn_kernel>& kernels) {
  cudnn::append_convolution_kernels(kernels);
  cudnn::append_pooling_kernels(kernels);
  cudnn::append_batch_norm_kernels(kernels);
  cudnn::append_softmax_kernels(kernels);
}

}  // namespace nn
