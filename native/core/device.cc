#include "core/device.h"

#include <cstdio>
#include <unordered_map>

namespace nn {

Device::Device(const nn_backend_api* api, nn_device* raw)
    : api_(api),
      raw_(raw),
      allocator_(std::make_shared<Allocator>(api, raw)),
      plans_(std::make_unique<PlanCache>(raw, 1024, api->host_memory ? nullptr : api->synchronize)) {
  const auto& table = op_table();
  kernels_.assign(table.size() * NN_DTYPES, nullptr);
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < table.size(); i++) index.emplace(table[i].name, i);
  for (int32_t k = 0; k < api->n_kernels; k++) {
    const nn_kernel& kernel = api->kernels[k];
    auto it = index.find(kernel.op);
    if (it == index.end()) continue;
    for (int dtype = 0; dtype < NN_DTYPES; dtype++) {
      auto& slot = kernels_[it->second * NN_DTYPES + static_cast<size_t>(dtype)];
      if ((kernel.dtypes & (1u << dtype)) != 0 && slot == nullptr) slot = &kernel;
    }
  }
}

std::unique_ptr<Device> Device::open(const nn_backend_api* api, const nn_open_options& options, nn_error* error) {
  if (api == nullptr || api->abi_version != NN_ABI_VERSION || api->struct_size != sizeof(nn_backend_api)) {
    error->code = NN_INVALID;
    snprintf(error->message, sizeof error->message, "expected a backend of interface version %d, got %d", NN_ABI_VERSION,
             api ? static_cast<int>(api->abi_version) : 0);
    return nullptr;
  }
  nn_device* raw = nullptr;
  error->code = api->open(&options, &raw, error);
  if (error->code != NN_OK) return nullptr;
  return std::unique_ptr<Device>(new Device(api, raw));
}

Device::~Device() {
  plans_.reset();
  allocator_.reset();
  api_->close(raw_);
}

const nn_kernel* Device::kernel(const OpSchema& op, const nn_args& args, std::string* why) const {
  const nn_tensor* key = nullptr;
  if (op.key < 0) {
    if (args.n_out > 0) key = &args.out[0];
  } else if (op.key < args.n_in) {
    key = &args.in[op.key];
  }
  if (key == nullptr) {
    *why = "expected an operand to choose the kernel by, got none";
    return nullptr;
  }
  size_t base = static_cast<size_t>(&op - op_table().data()) * NN_DTYPES;
  const nn_kernel* found = kernels_[base + static_cast<size_t>(key->dtype)];
  if (found == nullptr) {
    std::string available;
    for (int dtype = 0; dtype < NN_DTYPES; dtype++) {
      if (kernels_[base + static_cast<size_t>(dtype)] != nullptr)
        available += (available.empty() ? "" : ", ") + std::string(dtype_name(dtype));
    }
    *why = std::string("not implemented on device '") + api_->name + "' for " + dtype_name(key->dtype) +
           " (available: " + (available.empty() ? "none" : available) + ")";
  }
  return found;
}

namespace {

std::string count_text(int least, int most) {
  if (least == most) return std::to_string(least);
  return std::to_string(least) + (most < 0 ? " or more" : " to " + std::to_string(most));
}

}  // namespace

std::string check_command(const OpSchema& op, const nn_args& args) {
  if (args.n_in < op.min_in || (op.max_in >= 0 && args.n_in > op.max_in)) {
    return "expected " + count_text(op.min_in, op.max_in) + " inputs, got " + std::to_string(args.n_in);
  }
  if (args.n_out < op.min_out || (op.max_out >= 0 && args.n_out > op.max_out)) {
    return "expected " + count_text(op.min_out, op.max_out) + " outputs, got " + std::to_string(args.n_out);
  }
  int fixed = 0;
  for (const char* attr : op.attrs) {
    size_t n = std::strlen(attr);
    if (n > 2 && attr[n - 2] == ':' && attr[n - 1] == 'f')
      fixed += 2;
    else if (!(n > 3 && std::strcmp(attr + n - 3, "...") == 0))
      fixed += 1;
  }
  if (op.variadic_attrs() ? args.n_attrs < fixed : args.n_attrs != fixed) {
    return "expected " + std::to_string(fixed) + (op.variadic_attrs() ? " or more" : "") + " attribute words, got " +
           std::to_string(args.n_attrs);
  }
  return op.check(args);
}

std::string operands_text(const nn_args& args) {
  auto list = [](const nn_tensor* tensors, int32_t count) {
    std::string text;
    for (int32_t i = 0; i < count && i < 6; i++)
      text += (i ? ", " : "") + std::string(dtype_name(tensors[i].dtype)) + shape_text(tensors[i]);
    if (count > 6) text += ", and " + std::to_string(count - 6) + " more";
    return text;
  };
  return list(args.in, args.n_in) + " -> " + list(args.out, args.n_out);
}

}  // namespace nn
