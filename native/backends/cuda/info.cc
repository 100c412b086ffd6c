#include "backends/cuda/info.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "backends/cuda/cublas/open.h"
#include "backends/cuda/cudnn/open.h"
#include "backends/cuda/device.h"

namespace nn {

std::string cuda_version_text(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

std::string driver_release() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string line, word;
  std::getline(file, line);
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.82.07  Wed ..."
  for (std::istringstream words(line); words >> word;) {
    if (word[0] >= '0' && word[0] <= '9' && word.find('.') != std::string::npos) return word;
  }
  return "";
}

int32_t device_count(nn_error* error) {
  int driver = 0, runtime = 0, count = 0;
  cudaRuntimeGetVersion(&runtime);
  cudaDriverGetVersion(&driver);
  auto fail = [&](const std::string& message) {
    error->code = NN_LIBRARY;
    snprintf(error->message, sizeof error->message, "cuda: %s", message.c_str());
    return -1;
  };
  if (driver == 0) return fail("expected NVIDIA's driver, got none that answers; install release 580 or newer and load its kernel module");
  if (driver / 1000 < runtime / 1000) {
    std::string release = driver_release();
    return fail("expected a driver for CUDA " + cuda_version_text(runtime / 1000 * 1000) + " or newer (release 580), got one for CUDA " +
                cuda_version_text(driver) + (release.empty() ? "" : " (release " + release + ")") + "; update NVIDIA's driver");
  }
  cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return count;
  cudaGetLastError();
  if (status == cudaSuccess || status == cudaErrorNoDevice) {
    return fail("expected an NVIDIA GPU, got a driver that shows none; see nvidia-smi and CUDA_VISIBLE_DEVICES");
  }
  return fail(std::string("expected an NVIDIA GPU, got: ") + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ")");
}

void memory_info(nn_device* device, int64_t* free_bytes, int64_t* total_bytes) {
  size_t free_now = 0, total = device->properties.totalGlobalMem;
  cudaSetDevice(device->index);
  if (cudaMemGetInfo(&free_now, &total) != cudaSuccess) cudaGetLastError();
  *free_bytes = static_cast<int64_t>(free_now);
  *total_bytes = static_cast<int64_t>(total);
}

std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += ' ';
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

void describe_device(nn_device* device, char* json, size_t length) {
  int driver = 0, runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  int64_t free_bytes = 0, total_bytes = 0;
  memory_info(device, &free_bytes, &total_bytes);
  std::string libraries = "\"cuda\": " + json_text(cuda_version_text(runtime));
#ifndef NN_EMULATED_CUDA
  if (cudnn_version_text()[0] != '\0') libraries += ", \"cudnn\": " + json_text(cudnn_version_text());
  if (cublas_version_text()[0] != '\0') libraries += ", \"cublas\": " + json_text(cublas_version_text());
#endif
  const cudaDeviceProp& properties = device->properties;
  snprintf(
      json, length,
      "{\"description\": %s, \"computeCapability\": \"%d.%d\", \"multiprocessors\": %d, \"memory\": {\"total\": %lld, \"free\": %lld}, "
      "\"driver\": {\"cuda\": \"%s\", \"release\": %s}, \"libraries\": {%s}, \"precision\": \"%s\", \"deterministic\": %s, "
      "\"autotune\": %s}",
      json_text(properties.name).c_str(), properties.major, properties.minor, properties.multiProcessorCount,
      static_cast<long long>(total_bytes), static_cast<long long>(free_bytes), cuda_version_text(driver).c_str(),
      json_text(driver_release()).c_str(), libraries.c_str(), device->tf32 ? "tf32" : "float32", device->deterministic ? "true" : "false",
      device->autotune ? "true" : "false");
}

}  // namespace nn
