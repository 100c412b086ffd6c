#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/program_impl.h"

namespace nn {
namespace {

// Above it an input that moves costs a new recording of the graph, not twice the memory.
constexpr int64_t kLargestCopy = int64_t{256} << 20;

int64_t to_integer(double value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63: beyond it a conversion is undefined
  return value >= -kLimit && value < kLimit ? static_cast<int64_t>(value) : 0;
}

template <typename T, typename Convert>
const double* convert_row(const double* row, char* to, int64_t size, Convert convert) {
  T* out = reinterpret_cast<T*>(to);
  for (int64_t i = 0; i < size; i++) out[i] = convert(row[i]);
  return row + size;
}

const double* convert_uniform(const double* row, char* to, const nn_tensor& tensor) {
  switch (tensor.dtype) {
    case NN_FLOAT32:
      return convert_row<float>(row, to, tensor.size, [](double v) { return static_cast<float>(v); });
    case NN_FLOAT64:
      return convert_row<double>(row, to, tensor.size, [](double v) { return v; });
    case NN_INT32:
      return convert_row<int32_t>(row, to, tensor.size,
                                  [](double v) { return static_cast<int32_t>(static_cast<uint32_t>(to_integer(v))); });
    case NN_UINT8:
      return convert_row<uint8_t>(row, to, tensor.size, [](double v) { return static_cast<uint8_t>(to_integer(v)); });
    default:
      return convert_row<uint8_t>(row, to, tensor.size, [](double v) { return static_cast<uint8_t>(v != 0); });
  }
}

std::string tensor_text(const nn_tensor& tensor) { return dtype_name(tensor.dtype) + shape_text(tensor); }

// False, with the failure, for a code of the backend outside any kernel.
bool succeeded(int32_t code, const char* what, const nn_error& error, FailurePtr* failure) {
  if (code == NN_OK) return true;
  *failure = make_failure(code, "program", std::string(what) + ": " + error.message);
  return false;
}

}  // namespace

bool Program::Impl::check_inputs(const std::vector<Entry>& given, FailurePtr* failure) const {
  auto refuse = [&](std::string message) {
    *failure = make_failure(NN_INVALID, "program", std::move(message));
    return false;
  };
  if (given.size() != inputs.size()) {
    return refuse("expected " + std::to_string(inputs.size()) + " inputs, got " + std::to_string(given.size()));
  }
  for (size_t i = 0; i < given.size(); i++) {
    if (given[i].failure) {
      *failure = given[i].failure;
      return false;
    }
    if (given[i].tensor.dtype != inputs[i].dtype || !same_shape(given[i].tensor, inputs[i])) {
      return refuse("input " + std::to_string(i) + ": expected " + tensor_text(inputs[i]) + ", got " + tensor_text(given[i].tensor) +
                    "; record the step again for other shapes");
    }
  }
  return true;
}

// Inputs are read where they are. Two things need a copy: an input that the program itself changes (it is what it was when the run
// began), and one that has moved since a graph was recorded. The second is copied from then on: data sets, which stay, never are.
bool Program::Impl::bind(const std::vector<Entry>& given, FailurePtr* failure) {
  std::vector<void*> at;
  for (size_t i = 0; i < given.size(); i++) {
    bool is_changed = std::binary_search(changed.begin(), changed.end(), given[i].buffer.get());
    bool outran_graph = graph && given[i].tensor.data != input_data[i] && bytes_of(inputs[i]) <= kLargestCopy;
    bound[i] = given[i].buffer;
    void* data = given[i].tensor.data;
    if (is_changed || outran_graph || staged[i]) {
      if (!stage(i, given[i], is_changed, failure)) return false;
      if (staged[i]) {
        bound[i] = staged[i];
        data = staged[i]->data();
      }
    }
    at.push_back(data);
  }
  if (at == input_data) return true;
  if (!drop_graph(failure)) return false;
  input_data = std::move(at);
  for (const Patch& patch : patches) patch.tensor->data = input_data[patch.input];
  for (size_t o = 0; o < outputs.size(); o++) {
    if (output_inputs[o] >= 0) outputs[o].data = input_data[output_inputs[o]];
  }
  return true;
}

// Without memory for a copy that is not required, the graph is recorded anew instead.
bool Program::Impl::stage(size_t input, const Entry& given, bool required, FailurePtr* failure) {
  size_t bytes = static_cast<size_t>(bytes_of(inputs[input]));
  if (!staged[input]) {
    FailurePtr no_memory;
    staged[input] = device.allocator().allocate(bytes, &no_memory);
    if (!staged[input]) {
      if (required) *failure = no_memory;
      return !required;
    }
  }
  nn_error error{};
  int32_t code = device.api()->copy(device.raw(), staged[input]->data(), given.tensor.data, bytes, &error);
  return succeeded(code, "copying an input", error, failure);
}

void Program::Impl::release_inputs() {
  for (size_t i = 0; i < bound.size(); i++) {
    bool is_output = std::count(output_inputs.begin(), output_inputs.end(), static_cast<int32_t>(i)) > 0;
    if (!is_output) bound[i].reset();
    if (!device.api()->graph_begin) staged[i].reset();
  }
}

bool Program::Impl::drop_graph(FailurePtr* failure) {
  if (!graph) return true;
  nn_error error{};
  int32_t code = device.api()->synchronize(device.raw(), &error);  // launches may be in flight
  device.api()->graph_destroy(device.raw(), std::exchange(graph, nullptr));
  return succeeded(code, "waiting for a graph", error, failure);
}

const double* Program::Impl::convert_uniforms(const double* row, char* to) const {
  for (const UniformSlot& uniform : uniforms) row = convert_uniform(row, to + uniform.offset, uniform.tensor);
  return row;
}

// Before replay `index` of `count`, whose row this is. With next_row, those of the replays to come are written with it.
bool Program::Impl::write_uniforms(const double* row, int32_t index, int32_t count, FailurePtr* failure) {
  if (uniform_width == 0) return true;
  if (direct) return convert_uniforms(row, uniform_block) != nullptr;
  char* to = uniform_row.data();
  void* destination = uniform_block;
  size_t bytes = uniform_bytes;
  if (rows) {
    if (index % rows_capacity != 0) return true;
    destination = rows->data();
    const int64_t head[2] = {0, std::min<int64_t>(rows_capacity, count - index)};
    std::memcpy(to, head, sizeof head);
    bytes = NN_ROWS_HEADER;
    for (int64_t i = 0; i < head[1]; i++, bytes += uniform_bytes) row = convert_uniforms(row, to + bytes);
  } else {
    convert_uniforms(row, to);
  }
  nn_error error{};
  int32_t code = device.api()->upload(device.raw(), destination, to, bytes, &error);
  return succeeded(code, "writing the uniforms", error, failure);
}

bool Program::Impl::run_steps(FailurePtr* failure) {
  nn_error error;
  error.message[0] = '\0';
  nn_device* raw = device.raw();
  if (rows) {
    int32_t code = device.api()->next_row(raw, uniform_block, rows->data(), uniform_bytes, &error);
    if (!succeeded(code, "taking the uniforms", error, failure)) return false;
  }
  for (size_t i = warmed_up ? recording.constants : 0; i < steps.size(); i++) {
    const Step& step = steps[i];
    int32_t code = step.run(raw, &step.args, step.plan, step.workspace, &error);
    if (__builtin_expect(code != NN_OK, 0)) {
      *failure = make_failure(code, name_of(i), error.message, operands_text(step.args));
      return false;
    }
  }
  return true;
}

bool Program::Impl::record_graph(FailurePtr* failure) {
  const nn_backend_api* api = device.api();
  nn_error error{};
  if (!succeeded(api->graph_begin(device.raw(), &error), "recording a graph", error, failure)) return false;
  bool ok = run_steps(failure);
  void* recorded = nullptr;
  error = {};
  int32_t code = api->graph_end(device.raw(), &recorded, &error);  // also after a failure: nothing else may be recorded
  if (ok && succeeded(code, "recording a graph", error, failure)) {
    graph = recorded;
    return true;
  }
  if (code == NN_OK && recorded) api->graph_destroy(device.raw(), recorded);
  return false;
}

// The first replay runs plainly, so that libraries load and allocate what they cannot while recording.
bool Program::Impl::replay(FailurePtr* failure) {
  const nn_backend_api* api = device.api();
  if (!api->graph_begin || !warmed_up || steps.empty()) {
    bool ok = run_steps(failure);
    warmed_up = warmed_up || ok;
    return ok;
  }
  if (!graph && !record_graph(failure)) return false;
  nn_error error{};
  return succeeded(api->graph_launch(device.raw(), graph, &error), "launching a graph", error, failure);
}

bool Program::run(const std::vector<Entry>& inputs, const double* rows, int32_t count, const std::atomic<bool>& cancel, int32_t* done,
                  FailurePtr* failure) {
  Impl& impl = *impl_;
  *done = 0;
  if (count <= 0) return true;
  impl.outputs_code = NN_INVALID;
  bool ok = impl.check_inputs(inputs, failure) && impl.bind(inputs, failure);
  for (int32_t i = 0; ok && i < count && !cancel.load(std::memory_order_relaxed); i++) {
    ok = impl.write_uniforms(rows + static_cast<int64_t>(i) * impl.uniform_width, i, count, failure) && impl.replay(failure);
    if (ok) *done = i + 1;
  }
  static const char* const profile = std::getenv("NODE_CUDNN_PROFILE");
  if (ok && profile && *profile && ++impl.runs == 3) ok = impl.profile(profile, failure);
  impl.release_inputs();
  impl.outputs_code = !ok ? NN_INVALID : *done > 0 ? NN_OK : NN_CANCELLED;
  return ok;
}

bool Program::outputs(std::vector<Entry>* entries, FailurePtr* failure) {
  Impl& impl = *impl_;
  entries->clear();
  if (impl.outputs_code != NN_OK) {
    *failure = make_failure(impl.outputs_code, "program",
                            impl.outputs_code == NN_CANCELLED
                                ? "expected a finished replay, got a run that was cancelled before its first one; run the program again"
                                : "expected a finished replay, got none whose outputs could be read; run the program first");
    return false;
  }
  for (const nn_tensor& output : impl.outputs) {
    size_t bytes = static_cast<size_t>(bytes_of(output));
    Entry entry{output, impl.device.allocator().allocate(bytes, failure), nullptr};
    if (!entry.buffer) return false;
    entry.tensor.data = entry.buffer->data();
    nn_error error{};
    int32_t code = impl.device.api()->copy(impl.device.raw(), entry.tensor.data, output.data, bytes, &error);
    if (!succeeded(code, "copying an output", error, failure)) return false;
    entries->push_back(std::move(entry));
  }
  return true;
}

}  // namespace nn
