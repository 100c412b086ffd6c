// A backend's device with what the core keeps beside it: memory, kernels by op and dtype, prepared plans.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/abi.h"
#include "core/allocator.h"
#include "core/op.h"
#include "core/plan_cache.h"

namespace nn {

class Device {
 public:
  // Null with `error` set when the backend refuses.
  static std::unique_ptr<Device> open(const nn_backend_api* api, const nn_open_options& options, nn_error* error);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const nn_backend_api* api() const { return api_; }
  nn_device* raw() const { return raw_; }
  Allocator& allocator() { return *allocator_; }
  PlanCache& plans() { return *plans_; }

  // The kernel for this op and the dtype of its key operand; null with a sentence when the backend has none.
  const nn_kernel* kernel(const OpSchema& op, const nn_args& args, std::string* why) const;

 private:
  Device(const nn_backend_api* api, nn_device* raw);
  const nn_backend_api* api_;
  nn_device* raw_;
  std::shared_ptr<Allocator> allocator_;
  std::unique_ptr<PlanCache> plans_;
  std::vector<const nn_kernel*> kernels_;  // [op index * NN_DTYPES + dtype]
};

// Operand counts, dtypes and the op's own check. Empty when all is well.
std::string check_command(const OpSchema& op, const nn_args& args);
std::string operands_text(const nn_args& args);

}  // namespace nn
