#include "backends/cuda/open.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "backends/cuda/cublas/open.h"
#include "backends/cuda/cudnn/open.h"
#include "backends/cuda/host_side.h"
#include "backends/cuda/info.h"

namespace nn {
namespace {

// What the kernels are compiled for at least.
constexpr int kOldestMajor = 7, kOldestMinor = 5;

int32_t invalid(nn_error* error, const std::string& message) {
  error->code = NN_INVALID;
  snprintf(error->message, sizeof error->message, "cuda: %s", message.c_str());
  return NN_INVALID;
}

int32_t open_parts(nn_device* device, nn_error* error) {
  nn_device::HostSide& host = *device->host;
  cudaError_t status = cudaSetDevice(device->index);
  if (status == cudaSuccess) status = cudaGetDeviceProperties(&device->properties, device->index);
  if (int32_t code = host.loss.check(status, "opening the device", error)) return code;
  const cudaDeviceProp& properties = device->properties;
  if (properties.major < kOldestMajor || (properties.major == kOldestMajor && properties.minor < kOldestMinor)) {
    return invalid(error, "expected a GPU of compute capability 7.5 or newer, got " + std::to_string(properties.major) + "." +
                              std::to_string(properties.minor) + " (" + properties.name + ")");
  }
  device->multiprocessors = properties.multiProcessorCount;
  host.completion.open();
  status = cudaStreamCreateWithFlags(&device->stream, cudaStreamNonBlocking);
  if (status == cudaSuccess) {
    status = cudaHostAlloc(reinterpret_cast<void**>(&device->complaint), sizeof(nn_device_complaint), cudaHostAllocMapped);
  }
  if (int32_t code = host.loss.check(status, "opening the device", error)) return code;
  *device->complaint = nn_device_complaint{};
  if (int32_t code = host.memory.open(error)) return code;
  if (int32_t code = host.upload.open(error)) return code;
#ifndef NN_EMULATED_CUDA
  if (int32_t code = cublas_open(device, error)) return code;
  if (int32_t code = cudnn_open(device, error)) return code;
#endif
  return NN_OK;
}

}  // namespace

int32_t open_device(const nn_open_options* options, nn_device** out, nn_error* error) {
  int32_t count = device_count(error);
  if (count < 0) return error->code;
  if (options->index < 0 || options->index >= count) {
    return invalid(error, "expected device " + std::string(count == 1 ? "0" : "0 to " + std::to_string(count - 1)) + ", got " +
                              std::to_string(options->index));
  }
  nn_device* device = nullptr;
  int32_t code;
  try {
    device = new nn_device{};
    device->index = options->index;
    device->host = new nn_device::HostSide(device);
    code = open_parts(device, error);
  } catch (const std::exception& caught) {
    error->code = code = NN_LIBRARY;
    snprintf(error->message, sizeof error->message, "cuda: %s", caught.what());
  }
  if (code == NN_OK) {
    *out = device;
  } else if (device != nullptr) {
    close_device(device);
  }
  return code;
}

void close_device(nn_device* device) {
  cudaSetDevice(device->index);
  if (nn_device::HostSide* host = device->host) {
    nn_error ignored{};
    if (device->stream) host->completion.drain({}, &ignored);
    host->completion.close();
#ifndef NN_EMULATED_CUDA
    cudnn_close(device);
    cublas_close(device);
#endif
    host->download.close();
    host->upload.close();
    if (device->stream) cudaStreamDestroy(device->stream);
    host->memory.close();
    if (device->complaint) cudaFreeHost(device->complaint);
    delete host;
  }
  delete device;
}

}  // namespace nn
