#include "backends/cuda/options.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nn {
namespace {

struct Choice {
  const char* name;
  bool nn_device::* flag;
  const char *off, *on;
};
constexpr Choice kChoices[] = {
    {"precision", &nn_device::tf32, "float32", "tf32"},   {"deterministic", &nn_device::deterministic, "false", "true"},
    {"autotune", &nn_device::autotune, "false", "true"},  {"pooling", &nn_device::own_pooling, "cudnn", "own"},
    {"softmax", &nn_device::own_softmax, "cudnn", "own"}, {"batchNormalization", &nn_device::own_batch_norm, "cudnn", "own"},
};

int32_t refuse(nn_error* error, const char* name, const char* expected, const char* value) {
  error->code = NN_INVALID;
  std::snprintf(error->message, sizeof error->message, "option %s: expected %s, got %s", name, expected, value);
  return NN_INVALID;
}

}  // namespace

int32_t set_device_option(nn_device* device, const char* name, const char* value, nn_error* error) {
  for (const Choice& choice : kChoices) {
    if (std::strcmp(name, choice.name) != 0) continue;
    const bool on = std::strcmp(value, choice.on) == 0;
    if (!on && std::strcmp(value, choice.off) != 0) {
      char expected[64];
      std::snprintf(expected, sizeof expected, "%s or %s", choice.off, choice.on);
      return refuse(error, name, expected, value);
    }
    device->*choice.flag = on;
    return NN_OK;
  }
  if (std::strcmp(name, "workspaceLimit") == 0) {
    char* end = nullptr;
    const unsigned long long bytes = std::strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != 0 || bytes > (1ull << 40)) {
      return refuse(error, name, "a whole number of bytes up to 2^40", value);
    }
    device->workspace_limit = static_cast<size_t>(bytes);
    return NN_OK;
  }
  error->code = NN_INVALID;
  std::snprintf(error->message, sizeof error->message,
                "option: expected precision, deterministic, autotune, workspaceLimit, pooling, softmax or batchNormalization, got %s",
                name);
  return NN_INVALID;
}

}  // namespace nn
