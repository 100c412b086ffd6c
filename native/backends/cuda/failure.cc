#include <cstdio>

#include "backends/cuda/device.h"

namespace nn {

int32_t cuda_failure(cudaError_t status, const char* call, nn_error* error) {
  int32_t code = NN_LIBRARY;
  switch (status) {
    case cudaErrorMemoryAllocation:
      code = NN_OUT_OF_MEMORY;
      break;
    // After these the CUDA context answers every call with the same error, until the process ends.
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorTensorMemoryLeak:
    case cudaErrorContextIsDestroyed:
    case cudaErrorDeviceUninitialized:
    case cudaErrorDevicesUnavailable:
    case cudaErrorExternalDevice:
    case cudaErrorMpsClientTerminated:
    case cudaErrorUnknown:
      code = NN_DEVICE_LOST;
      break;
    default:
      break;
  }
  cudaGetLastError();  // told here: nobody is to find it later and take it for his own
  error->code = code;
  snprintf(error->message, sizeof error->message, "%s: %s (%s)", call, cudaGetErrorString(status), cudaGetErrorName(status));
  return code;
}

}  // namespace nn
