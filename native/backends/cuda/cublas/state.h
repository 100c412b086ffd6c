// cuBLASLt's handle of a device, and the algorithms that its heuristics chose.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "backends/cuda/cublas/api.h"
#include "backends/cuda/plan.h"

namespace nn {
namespace cublas {

class Failure : public std::runtime_error {
 public:
  Failure(cublasStatus_t status, const std::string& message) : std::runtime_error(message), status(status) {}
  cublasStatus_t status;
};
void check(const Api& api, cublasStatus_t status, const char* call);
// A failure of the library, with its words; the device's own where it is the reason.
int32_t report(const Failure& failure, const char* what, nn_error* error);

struct State {
  const Api* api = nullptr;
  cublasLtHandle_t handle = nullptr;
  size_t workspace_limit = 0;
  std::map<std::string, cublasLtMatmulHeuristicResult_t> chosen;  // by shape, types and epilogue
};
inline State* state_of(nn_device* device) { return static_cast<State*>(device->cublas); }

// Makes the handle. `api` has to outlive the device.
int32_t attach(nn_device* device, const Api& api, nn_error* error);

}  // namespace cublas
}  // namespace nn
