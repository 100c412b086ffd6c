// Descriptors of cuDNN's backend interface. A call that fails throws Failure, which no function outside this folder lets out.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/cudnn/api.h"

namespace nn {
namespace cudnn {

class Failure : public std::runtime_error {
 public:
  Failure(cudnnStatus_t status, const std::string& message) : std::runtime_error(message), status(status) {}
  cudnnStatus_t status;
};

// Throws with the call's name, cuDNN's name of the status and its own explanation.
void check(const Api& api, cudnnStatus_t status, const char* call);

class Descriptor {
 public:
  Descriptor(const Api& api, cudnnBackendDescriptorType_t type) : api_(&api) {
    check(api, api.cudnnBackendCreateDescriptor(type, &raw_), "cudnnBackendCreateDescriptor");
  }
  ~Descriptor() {
    if (raw_ != nullptr) api_->cudnnBackendDestroyDescriptor(raw_);
  }
  Descriptor(Descriptor&& other) noexcept : api_(other.api_), raw_(std::exchange(other.raw_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(raw_, other.raw_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  cudnnBackendDescriptor_t raw() const { return raw_; }

  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count, const void* values) {
    check(*api_, api_->cudnnBackendSetAttribute(raw_, name, type, count, values), "cudnnBackendSetAttribute");
  }
  template <class T>
  void set_one(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, T value) {
    set(name, type, 1, &value);
  }
  void set_longs(cudnnBackendAttributeName_t name, const std::vector<int64_t>& values) {
    set(name, CUDNN_TYPE_INT64, static_cast<int64_t>(values.size()), values.data());
  }
  void set_descriptor(cudnnBackendAttributeName_t name, const Descriptor& other) {
    set_one(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, other.raw());
  }
  void finalize() { check(*api_, api_->cudnnBackendFinalize(raw_), "cudnnBackendFinalize"); }

  // How many values it wrote, at most `count`; with no room, how many there are.
  int64_t get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count, void* values) const {
    int64_t found = 0;
    check(*api_, api_->cudnnBackendGetAttribute(raw_, name, type, count, &found, values), "cudnnBackendGetAttribute");
    return found;
  }

 private:
  const Api* api_;
  cudnnBackendDescriptor_t raw_ = nullptr;
};

}  // namespace cudnn
}  // namespace nn
