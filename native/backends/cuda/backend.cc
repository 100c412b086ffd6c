#include "backends/cuda/backend.h"

#include <vector>

#include "backends/cuda/graph.h"
#include "backends/cuda/host_side.h"
#include "backends/cuda/info.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/open.h"
#include "backends/cuda/options.h"
#include "backends/cuda/rows.h"

namespace nn {
namespace {

void attach(nn_device* device) { cudaSetDevice(device->index); }

int32_t allocate(nn_device* device, size_t bytes, void** out, nn_error* error) { return device->host->memory.allocate(bytes, out, error); }

void release(nn_device* device, void* data) { device->host->memory.free(data); }

int32_t upload(nn_device* device, void* destination, const void* source, size_t bytes, nn_error* error) {
  return device->host->upload.upload(destination, source, bytes, error);
}

int32_t download(nn_device* device, void* destination, const void* source, size_t bytes, nn_error* error) {
  return device->host->download.download(destination, source, bytes, error);
}

int32_t copy(nn_device* device, void* destination, const void* source, size_t bytes, nn_error* error) {
  if (int32_t code = device->host->loss.refuse(error)) return code;
  if (bytes == 0) return NN_OK;
  cudaError_t status = cudaMemcpyAsync(destination, source, bytes, cudaMemcpyDeviceToDevice, device->stream);
  return device->host->loss.check(status, "cudaMemcpyAsync", error);
}

int32_t notify(nn_device* device, void (*fn)(void*, int32_t, const char*), void* argument, nn_error* error) {
  return device->host->completion.after_stream(device->host->download.take_arrivals(), fn, argument, error);
}

int32_t synchronize(nn_device* device, nn_error* error) {
  return device->host->completion.drain(device->host->download.take_arrivals(), error);
}

const std::vector<nn_kernel>& kernels() {
  static const std::vector<nn_kernel>* list = [] {
    auto* all = new std::vector<nn_kernel>();
    cuda::append_cudnn_kernels(*all);  // the libraries first
    cuda::append_cublas_kernels(*all);
    cuda::append_elementwise_kernels(*all);
    cuda::append_random_kernels(*all);
    cuda::append_optimizer_kernels(*all);
    cuda::append_shape_kernels(*all);
    cuda::append_index_kernels(*all);
    cuda::append_reduce_kernels(*all);
    cuda::append_softmax_kernels(*all);
    cuda::append_loss_kernels(*all);
    cuda::append_norm_kernels(*all);
    cuda::append_pool_kernels(*all);
    cuda::append_sort_kernels(*all);
    cuda::append_conv_kernels(*all);
    cuda::append_matmul_kernels(*all);
    return all;
  }();
  return *list;
}

}  // namespace

const nn_backend_api* cuda::backend() {
  static const nn_backend_api api = [] {
    nn_backend_api made{};
    made.abi_version = NN_ABI_VERSION;
    made.struct_size = sizeof(nn_backend_api);
    made.name = "cuda";
    made.host_memory = 0;
    made.kernels = kernels().data();
    made.n_kernels = static_cast<int32_t>(kernels().size());
    made.device_count = device_count;
    made.open = open_device;
    made.close = close_device;
    made.attach = attach;
    made.describe = describe_device;
    made.memory_info = memory_info;
    made.set_option = set_device_option;
    made.alloc = allocate;
    made.free = release;
    made.upload = upload;
    made.download = download;
    made.copy = copy;
    made.notify = notify;
    made.synchronize = synchronize;
    made.graph_begin = graph_begin;
    made.graph_end = graph_end;
    made.graph_launch = graph_launch;
    made.graph_destroy = graph_destroy;
    made.next_row = cuda::next_row;
    return made;
  }();
  return &api;
}

}  // namespace nn
