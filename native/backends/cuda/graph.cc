#include "backends/cuda/graph.h"

#include "backends/cuda/host_side.h"

namespace nn {

int32_t graph_begin(nn_device* device, nn_error* error) {
  nn_device::HostSide& host = *device->host;
  if (int32_t code = host.loss.refuse(error)) return code;
  host.memory.begin_recording();
  // Thread-local: the JavaScript thread and other environments go on calling CUDA meanwhile.
  int32_t code = host.loss.check(cudaStreamBeginCapture(device->stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture", error);
  if (code != NN_OK) host.memory.end_recording();
  return code;
}

// Leaves the stream usable, whatever happened in between.
int32_t graph_end(nn_device* device, void** graph, nn_error* error) {
  nn_device::HostSide& host = *device->host;
  *graph = nullptr;
  cudaGraph_t recorded = nullptr;
  cudaError_t status = cudaStreamEndCapture(device->stream, &recorded);
  host.memory.end_recording();
  if (int32_t code = host.loss.check(status, "cudaStreamEndCapture", error)) return code;
  cudaGraphExec_t executable = nullptr;
  int32_t code = host.loss.check(cudaGraphInstantiate(&executable, recorded, 0), "cudaGraphInstantiate", error);
  cudaGraphDestroy(recorded);
  if (code != NN_OK) return code;
  // So that the first launch is as quick as the others.
  code = host.loss.check(cudaGraphUpload(executable, device->stream), "cudaGraphUpload", error);
  if (code != NN_OK) {
    cudaGraphExecDestroy(executable);
    return code;
  }
  *graph = executable;
  return NN_OK;
}

int32_t graph_launch(nn_device* device, void* graph, nn_error* error) {
  cudaError_t status = cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), device->stream);
  return device->host->loss.check(status, "cudaGraphLaunch", error);
}

// The core has waited for the launches before.
void graph_destroy(nn_device*, void* graph) {
  if (graph != nullptr) cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph));
}

}  // namespace nn
