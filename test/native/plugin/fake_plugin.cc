// The fake backend as a library, in the place of the CUDA backend: what JavaScript does with devices that work late, lose memory and fail
// is tested with it. NODE_CUDNN_FAKE says how it behaves: "" (two devices), "abi", "size", "refuse" or "none".
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

#include "fake_backend.h"

namespace nn {
namespace {

constexpr int kDevices = 2;

struct Opened {
  std::unique_ptr<FakeBackend> backend;
  int32_t index = 0;
  std::map<std::string, std::string> options;
};

std::mutex mutex;
std::map<nn_device*, Opened>& devices() {
  static auto* all = new std::map<nn_device*, Opened>();
  return *all;
}
std::vector<std::string>& violations() {
  static auto* all = new std::vector<std::string>();
  return *all;
}

FakeOptions as_cuda() {
  FakeOptions options;
  options.graphs = true;
  return options;
}

// Owns the kernels of the table; no device is ever opened on it.
FakeBackend& template_backend() {
  static auto* made = new FakeBackend(as_cuda());
  FakeBackend::detach();
  return *made;
}

std::string wish() {
  const char* text = std::getenv("NODE_CUDNN_FAKE");
  return text != nullptr ? text : "";
}

int32_t device_count(nn_error* error) {
  if (wish() != "none") return kDevices;
  error->code = NN_UNSUPPORTED;
  std::snprintf(error->message, sizeof error->message, "no NVIDIA GPU (the driver counts 0)");
  return 0;
}

int32_t open_device(const nn_open_options* options, nn_device** out, nn_error* error) {
  std::lock_guard<std::mutex> lock(mutex);
  auto backend = std::make_unique<FakeBackend>(as_cuda());
  nn_open_options on_cpu{0, options->threads};
  const int32_t code = backend->api()->open(&on_cpu, out, error);
  FakeBackend::detach();
  if (code == NN_OK) {
    Opened& opened = devices()[*out];
    opened.backend = std::move(backend);
    opened.index = options->index;
  }
  return code;
}

void close_device(nn_device* device) {
  Opened opened;
  {
    std::lock_guard<std::mutex> lock(mutex);
    opened = std::move(devices()[device]);
    devices().erase(device);
  }
  opened.backend->api()->close(device);
  std::lock_guard<std::mutex> lock(mutex);
  for (const std::string& one : opened.backend->violations()) violations().push_back(one);
  opened.backend.reset();
}

void describe(nn_device* device, char* json, size_t length) {
  std::lock_guard<std::mutex> lock(mutex);
  const Opened& opened = devices()[device];
  std::string options;
  for (const auto& [name, value] : opened.options) options += (options.empty() ? "\"" : ", \"") + name + "\": \"" + value + "\"";
  std::snprintf(json, length,
                "{\"description\": \"Fake GPU %d\", \"computeCapability\": \"9.0\", \"driver\": \"580.95\", \"libraries\": {\"cudnn\": "
                "\"9.19.0\", \"cublas\": \"13.1.0\"}, \"options\": {%s}}",
                static_cast<int>(opened.index), options.c_str());
}

int32_t refuse(nn_error* error, const std::string& message) {
  error->code = NN_INVALID;
  std::snprintf(error->message, sizeof error->message, "%s", message.c_str());
  return NN_INVALID;
}

int32_t set_option(nn_device* device, const char* name, const char* value, nn_error* error) {
  std::lock_guard<std::mutex> lock(mutex);
  const std::string option = name, given = value;
  const bool flag = option == "deterministic" || option == "autotune";
  if (!flag && option != "precision") return refuse(error, "option: expected precision, deterministic or autotune, got " + option);
  const bool known = flag ? given == "false" || given == "true" : given == "float32" || given == "tf32";
  if (!known) return refuse(error, "option " + option + ": got " + given);
  devices()[device].options[option] = given;
  return NN_OK;
}

// NODE_CUDNN_FAKE_TELL="INDEX FAULT ...", obeyed by the next report, on the thread that asks for it: the device's own may be waiting.
// failKernel OP NTH [late], failAlloc NTH TIMES, lose, hold, release.
void obey() {
  const char* text = std::getenv("NODE_CUDNN_FAKE_TELL");
  if (text == nullptr) return;
  std::istringstream words(text);
  int32_t index = 0;
  std::string fault;
  words >> index >> fault;
  for (auto& [device, opened] : devices()) {
    if (opened.index != index) continue;
    if (fault == "failKernel") {
      std::string op, late;
      int nth = 1;
      words >> op >> nth >> late;
      opened.backend->fail_kernel(op, nth, late == "late");
    } else if (fault == "failAlloc") {
      int nth = 1, times = 1;
      words >> nth >> times;
      opened.backend->fail_alloc(nth, times);
    } else if (fault == "lose") {
      opened.backend->lose_device();
    } else if (fault == "hold") {
      opened.backend->hold();
    } else if (fault == "release") {
      opened.backend->release();
    }
  }
}

}  // namespace
}  // namespace nn

extern "C" __attribute__((visibility("default"))) const nn_backend_api* nn_backend_init(const nn_host_api*, nn_error* error) {
  static const nn_backend_api api = [] {
    nn_backend_api made = *nn::template_backend().api();
    made.name = "cuda";
    made.device_count = nn::device_count;
    made.open = nn::open_device;
    made.close = nn::close_device;
    made.describe = nn::describe;
    made.set_option = nn::set_option;
    return made;
  }();
  static nn_backend_api wrong;
  wrong = api;
  if (nn::wish() == "abi") wrong.abi_version++;
  if (nn::wish() == "size") wrong.struct_size -= 8;
  if (nn::wish() != "refuse") return nn::wish() == "abi" || nn::wish() == "size" ? &wrong : &api;
  error->code = NN_LIBRARY;
  std::snprintf(error->message, sizeof error->message, "cuDNN 9.12 to 9.28 was not found (3 places were tried)");
  return nullptr;
}

extern "C" __attribute__((visibility("default"))) void nn_backend_report(char* json, size_t length) {
  std::lock_guard<std::mutex> lock(nn::mutex);
  nn::obey();
  std::string wrong;
  auto add = [&](const std::string& sentence) { wrong += (wrong.empty() ? "\"" : ", \"") + sentence + "\""; };
  for (const std::string& one : nn::violations()) add(one);
  for (const auto& [device, opened] : nn::devices()) {
    for (const std::string& one : opened.backend->violations()) add(one);
  }
  const bool refused = nn::wish() == "refuse";
  std::snprintf(json, length,
                "{\"libraries\": [{\"name\": \"driver\", \"path\": \"/usr/lib/libcuda.so.1\", \"version\": \"580.95\", \"trouble\": \"\", "
                "\"tried\": []}, {\"name\": \"cuDNN\", \"path\": %s, \"version\": \"%s\", \"trouble\": \"%s\", \"tried\": [{\"path\": "
                "\"/opt/a/libcudnn.so.9\", \"message\": \"cannot open shared object file\"}]}], \"violations\": [%s]}",
                refused ? "null" : "\"/usr/lib/libcudnn.so.9\"", refused ? "" : "9.19.0", refused ? "not found" : "", wrong.c_str());
}
