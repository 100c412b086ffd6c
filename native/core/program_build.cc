#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <utility>

#include "core/constants.h"
#include "core/liveness.h"
#include "core/program_impl.h"

namespace nn {
namespace {

// Of the values of many replays that are uploaded at once: one small transfer.
constexpr size_t kRowsBytes = size_t{192} << 10;

bool has_kernel(const nn_backend_api* api, const char* op) {
  return std::any_of(api->kernels, api->kernels + api->n_kernels, [&](const nn_kernel& kernel) { return std::strcmp(kernel.op, op) == 0; });
}

int32_t error_code(int32_t code) { return code == NN_OK ? NN_LIBRARY : code; }

}  // namespace

Program::Program() = default;
Program::~Program() = default;

Program::Impl::~Impl() {
  // What a kernel has prepared may still be read by work in flight.
  nn_error ignored{};
  if (!device.api()->host_memory) device.api()->synchronize(device.raw(), &ignored);
  if (graph) device.api()->graph_destroy(device.raw(), graph);
  for (const Step& step : steps) {
    if (step.plan && step.kernel->destroy) step.kernel->destroy(step.plan);
  }
}

std::unique_ptr<Program> Program::build(Device& device, const HandleTable& outside, const ProgramSpec& spec, FailurePtr* failure) {
  std::unique_ptr<Program> program(new Program());
  program->impl_ = std::make_unique<Impl>(device);
  Impl& impl = *program->impl_;
  Recording& recording = impl.recording;
  if (!record(device, outside, spec, &recording, failure)) return nullptr;
  impl.stats.recorded = static_cast<int32_t>(recording.nodes.size());
  remove_dead(&recording.nodes, recording.values);
  // Before fusion, so that no constant part of a chain is computed again with the rest.
  recording.constants = constants_first(&recording);
  if (spec.fuse && has_kernel(device.api(), "fusedElementwise")) {
    auto begin = recording.nodes.begin() + static_cast<std::ptrdiff_t>(recording.constants);
    std::vector<Node> replayed(std::make_move_iterator(begin), std::make_move_iterator(recording.nodes.end()));
    fuse_elementwise(&replayed, recording.values, !device.api()->host_memory);
    recording.nodes.erase(begin, recording.nodes.end());
    recording.nodes.insert(recording.nodes.end(), std::make_move_iterator(replayed.begin()), std::make_move_iterator(replayed.end()));
  }
  impl.stats.kernels = static_cast<int32_t>(recording.nodes.size() - recording.constants);

  impl.direct = device.api()->host_memory && !device.api()->graph_begin;
  for (const Placeholder& input : spec.inputs) impl.inputs.push_back(input.tensor);
  int64_t width = 0;
  for (const Placeholder& uniform : spec.uniforms) {
    impl.uniforms.push_back({uniform.tensor, 0});
    width += uniform.tensor.size;
    if (width > std::numeric_limits<int32_t>::max()) {
      *failure = make_failure(NN_INVALID, "program",
                              "expected small uniforms, got more elements than an int32 counts; pass large tensors as inputs");
      return nullptr;
    }
  }
  impl.uniform_width = static_cast<int32_t>(width);
  if (!impl.prepare(failure)) return nullptr;
  return program;
}

// Kernels are prepared with shapes alone; their workspaces then take part in the memory plan, and only after that are there pointers.
bool Program::Impl::prepare(FailurePtr* failure) {
  size_t operands = 0;
  for (const Node& node : recording.nodes) operands += node.in.size() + node.out.size();
  tensors.reserve(operands);
  steps.reserve(recording.nodes.size());
  std::vector<size_t> workspaces;
  for (const Node& node : recording.nodes) {
    const nn_tensor* first = tensors.data() + tensors.size();
    for (const std::vector<int32_t>* list : {&node.in, &node.out}) {
      for (int32_t value : *list) {
        tensors.push_back(recording.values[value].tensor);
        tensors.back().data = nullptr;
      }
    }
    nn_args args{first,
                 first + node.in.size(),
                 node.attrs.data(),
                 static_cast<int32_t>(node.in.size()),
                 static_cast<int32_t>(node.out.size()),
                 static_cast<int32_t>(node.attrs.size())};
    size_t index = steps.size();
    std::string why = node.label.empty() ? std::string() : check_command(*node.op, args);
    const nn_kernel* kernel = why.empty() ? device.kernel(*node.op, args, &why) : nullptr;
    if (!kernel) {
      *failure = make_failure(NN_UNSUPPORTED, name_of(index), why, operands_text(args));
      return false;
    }
    Step step{kernel->run, args, nullptr, nullptr, kernel};
    size_t workspace = 0;
    if (kernel->prepare) {
      nn_error error{};
      int32_t code = kernel->prepare(device.raw(), &step.args, &step.plan, &workspace, &error);
      if (code != NN_OK) {
        *failure = make_failure(error_code(code), name_of(index), error.message, operands_text(args));
        return false;
      }
    }
    steps.push_back(step);
    workspaces.push_back(workspace);
  }

  MemoryPlan plan = plan_memory(recording, workspaces);
  stats.arena = static_cast<int64_t>(plan.arena);
  stats.unplanned = static_cast<int64_t>(plan.unplanned);
  arena = device.allocator().allocate(plan.arena, failure);
  if (!arena) return false;
  char* base = static_cast<char*>(arena->data());
  for (size_t n = 0; n < steps.size(); n++) {
    if (plan.workspaces[n] != kNotInArena) steps[n].workspace = base + plan.workspaces[n];
  }
  for (Value& value : recording.values) {
    if (plan.storages[value.storage] != kNotInArena) value.tensor.data = base + plan.storages[value.storage];
  }
  for (size_t s = 0; s < recording.storages.size(); s++) {
    const Storage& storage = recording.storages[s];
    if (storage.kind == Storage::kUniform) uniforms[storage.index].offset = plan.storages[s] - plan.uniforms;
    if (storage.kind == Storage::kOutside && storage.changed) changed.push_back(storage.buffer.get());
  }
  std::sort(changed.begin(), changed.end());
  uniform_block = base + plan.uniforms;
  uniform_bytes = plan.uniform_bytes;
  if (!direct) uniform_row.assign(uniform_bytes, 0);
  place();
  return prepare_rows(failure);
}

bool Program::Impl::prepare_rows(FailurePtr* failure) {
  if (!device.api()->next_row || uniform_width == 0) return true;
  rows_capacity = static_cast<int32_t>(std::clamp<size_t>(kRowsBytes / uniform_bytes, 1, 1024));
  uniform_row.assign(NN_ROWS_HEADER + static_cast<size_t>(rows_capacity) * uniform_bytes, 0);
  rows = device.allocator().allocate(uniform_row.size(), failure);
  return rows != nullptr;
}

// Points every operand at its memory, and lists those that follow an input.
void Program::Impl::place() {
  size_t at = 0;
  auto input_of = [&](int32_t value) {
    const Storage& storage = recording.storages[recording.values[value].storage];
    return storage.kind == Storage::kInput ? storage.index : -1;
  };
  for (const Node& node : recording.nodes) {
    for (const std::vector<int32_t>* list : {&node.in, &node.out}) {
      for (int32_t value : *list) {
        nn_tensor& tensor = tensors[at++];
        tensor.data = recording.values[value].tensor.data;
        if (input_of(value) >= 0) patches.push_back({&tensor, input_of(value)});
      }
    }
  }
  for (int32_t value : recording.outputs) {
    outputs.push_back(recording.values[value].tensor);
    output_inputs.push_back(input_of(value));
  }
  bound.resize(inputs.size());
  staged.resize(inputs.size());
  input_data.resize(inputs.size());
}

std::string Program::Impl::name_of(size_t step) const {
  const Node& node = recording.nodes[step];
  return node.label.empty() ? node.op->name : std::string(node.op->name) + "(" + node.label + ")";
}

int32_t Program::uniform_width() const { return impl_->uniform_width; }
size_t Program::input_count() const { return impl_->inputs.size(); }
const ProgramStats& Program::stats() const { return impl_->stats; }

std::string Program::describe() const {
  std::string text;
  for (size_t i = 0; i < impl_->steps.size(); i++) {
    const Step& step = impl_->steps[i];
    text += impl_->name_of(i) + " " + operands_text(step.args) + "\n";
  }
  return text;
}

}  // namespace nn
