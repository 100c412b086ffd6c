#include "backends/cpu/backend.h"

#include <omp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include "backends/cpu/device.h"
#include "backends/cpu/kernels.h"

namespace nn {

namespace {

constexpr size_t kHugePage = size_t{2} << 20;

int32_t fail(nn_error* error, int32_t code, const std::string& message) {
  error->code = code;
  snprintf(error->message, sizeof error->message, "%s", message.c_str());
  return code;
}

int32_t device_count(nn_error*) { return 1; }

int32_t open_device(const nn_open_options* options, nn_device** out, nn_error* error) {
  if (options->index != 0)
    return fail(error, NN_INVALID, "expected device 0, got " + std::to_string(options->index) + "; the CPU is one device");
  try {
    auto* device = new nn_device{};
    device->threads = options->threads > 0 ? options->threads : omp_get_num_procs();
    int32_t code = dnnl_open(device, error);
    if (code != NN_OK) {
      delete device;
      return code;
    }
    *out = device;
    return NN_OK;
  } catch (const std::exception& caught) {
    return fail(error, NN_LIBRARY, caught.what());
  }
}

void close_device(nn_device* device) {
  dnnl_close(device);
  delete device;
}

// OpenMP keeps the number of threads per thread that opens regions.
void attach(nn_device* device) { omp_set_num_threads(device->threads); }

std::string model_name() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    if (line.rfind("model name", 0) == 0) {
      size_t colon = line.find(':');
      if (colon != std::string::npos && colon + 2 < line.size()) return line.substr(colon + 2);
    }
  }
  return "CPU";
}

void describe(nn_device* device, char* json, size_t length) {
  std::string name;
  for (char c : model_name()) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') name += c;
  }
  snprintf(json, length, "{\"description\": \"%s\", \"threads\": %d, \"libraries\": {\"onednn\": \"%s\"}, \"instructions\": \"%s\"}",
           name.c_str(), device->threads, dnnl_version_text(), kernel_instructions());
}

void memory_info(nn_device*, int64_t* free_bytes, int64_t* total_bytes) {
  int64_t page = sysconf(_SC_PAGESIZE);
  *free_bytes = page * sysconf(_SC_AVPHYS_PAGES);
  *total_bytes = page * sysconf(_SC_PHYS_PAGES);
}

int32_t allocate(nn_device*, size_t bytes, void** out, nn_error* error) {
  // Large buffers on huge pages: faulting an 11 MB activation in by 4 KB pages costs more than the pass over it.
  bool huge = bytes >= 2 * kHugePage;
  size_t alignment = huge ? kHugePage : NN_ALIGNMENT;
  size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* data = std::aligned_alloc(alignment, rounded);
  if (data == nullptr)
    return fail(error, NN_OUT_OF_MEMORY, "aligned_alloc of " + std::to_string(bytes) + " bytes failed: " + std::strerror(errno));
  if (huge) madvise(data, rounded, MADV_HUGEPAGE);
  *out = data;
  return NN_OK;
}

void release(nn_device*, void* data) { std::free(data); }

int32_t move_bytes(nn_device*, void* destination, const void* source, size_t bytes, nn_error*) {
  if (bytes > 0) std::memmove(destination, source, bytes);
  return NN_OK;
}

int32_t notify(nn_device*, void (*fn)(void*, int32_t, const char*), void* argument, nn_error*) {
  fn(argument, NN_OK, nullptr);
  return NN_OK;
}

int32_t synchronize(nn_device*, nn_error*) { return NN_OK; }

const std::vector<nn_kernel>& kernels() {
  static const std::vector<nn_kernel>* list = [] {
    auto* all = new std::vector<nn_kernel>();
    append_elementwise_kernels(*all);
    append_reduce_kernels(*all);
    append_softmax_kernels(*all);
    append_loss_kernels(*all);
    append_random_kernels(*all);
    append_optimizer_kernels(*all);
    append_shape_kernels(*all);
    append_index_kernels(*all);
    append_pool_kernels(*all);
    append_pool3d_kernels(*all);
    append_norm_kernels(*all);
    append_compound_kernels(*all);
    append_dnnl_kernels(*all);
    append_reference_kernels(*all);
    append_reference_conv3d_kernels(*all);
    return all;
  }();
  return *list;
}

}  // namespace

const nn_backend_api* cpu_backend() {
  static const nn_backend_api api = [] {
    nn_backend_api made{};
    made.abi_version = NN_ABI_VERSION;
    made.struct_size = sizeof(nn_backend_api);
    made.name = "cpu";
    made.host_memory = 1;
    made.kernels = kernels().data();
    made.n_kernels = static_cast<int32_t>(kernels().size());
    made.device_count = device_count;
    made.open = open_device;
    made.close = close_device;
    made.attach = attach;
    made.describe = describe;
    made.memory_info = memory_info;
    made.alloc = allocate;
    made.free = release;
    made.upload = move_bytes;
    made.download = move_bytes;
    made.copy = move_bytes;
    made.notify = notify;
    made.synchronize = synchronize;
    return made;
  }();
  return &api;
}

}  // namespace nn
