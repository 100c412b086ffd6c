// Writes command words as TypeScript does, and runs them eagerly: the plain meaning that programs are compared with.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/command.h"
#include "core/device.h"
#include "core/handles.h"

namespace nn {

inline nn_tensor make_tensor(int dtype, const std::vector<int64_t>& dims) {
  nn_tensor tensor{};
  tensor.dtype = dtype;
  tensor.rank = static_cast<int32_t>(dims.size());
  for (size_t i = 0; i < dims.size(); i++) tensor.dims[i] = dims[i];
  finish_tensor(&tensor);
  return tensor;
}

inline std::vector<int32_t> float_words(std::initializer_list<double> values) {
  std::vector<int32_t> words;
  for (double value : values) {
    int32_t pair[2];
    std::memcpy(pair, &value, sizeof value);
    words.insert(words.end(), {pair[0], pair[1]});
  }
  return words;
}

class Words {
 public:
  struct Out {
    int32_t handle;
    int dtype = -1;  // -1: exists
    std::vector<int64_t> dims = {};
  };
  Words& command(int32_t opcode, const std::vector<int32_t>& inputs, const std::vector<Out>& outputs,
                 const std::vector<int32_t>& attrs = {}) {
    size_t start = words_.size();
    words_.insert(words_.end(), {opcode, 0, static_cast<int32_t>(inputs.size()), static_cast<int32_t>(outputs.size()),
                                 static_cast<int32_t>(attrs.size())});
    words_.insert(words_.end(), inputs.begin(), inputs.end());
    for (const Out& out : outputs) {
      words_.insert(words_.end(), {out.handle, out.dtype});
      if (out.dtype < 0) continue;
      words_.push_back(static_cast<int32_t>(out.dims.size()));
      for (int64_t dim : out.dims) words_.push_back(static_cast<int32_t>(dim));
    }
    words_.insert(words_.end(), attrs.begin(), attrs.end());
    words_[start + 1] = static_cast<int32_t>(words_.size() - start);
    return *this;
  }
  Words& op(const char* name, const std::vector<int32_t>& inputs, const std::vector<Out>& outputs, const std::vector<int32_t>& attrs = {}) {
    return command(kFirstOpcode + static_cast<int32_t>(find_op(name) - op_table().data()), inputs, outputs, attrs);
  }
  Words& free(const std::vector<int32_t>& handles) { return command(kFree, handles, {}); }
  Words& reshape(int32_t from, const Out& to) { return command(kReshape, {from}, {to}); }
  const std::vector<int32_t>& get() const { return words_; }

 private:
  std::vector<int32_t> words_;
};

inline Entry make_entry(Device& device, int dtype, const std::vector<int64_t>& dims, const void* data) {
  FailurePtr failure;
  Entry entry{make_tensor(dtype, dims), nullptr, nullptr};
  size_t bytes = static_cast<size_t>(bytes_of(entry.tensor));
  entry.buffer = device.allocator().allocate(bytes, &failure);
  entry.tensor.data = entry.buffer->data();
  nn_error error{};
  device.api()->upload(device.raw(), entry.tensor.data, data, bytes, &error);
  return entry;
}

inline std::vector<char> read_entry(Device& device, const Entry& entry) {
  std::vector<char> bytes(static_cast<size_t>(bytes_of(entry.tensor)));
  nn_error error{};
  device.api()->download(device.raw(), bytes.data(), entry.tensor.data, bytes.size(), &error);
  device.api()->synchronize(device.raw(), &error);
  return bytes;
}

// Each command at once, each result in memory of its own. Returns a sentence when something is wrong.
inline std::string run_eagerly(Device& device, HandleTable& handles, const std::vector<int32_t>& words) {
  CommandReader reader(words.data(), words.size());
  Command command;
  while (reader.next(&command)) {
    if (command.opcode == kFree) {
      for (int32_t i = 0; i < command.n_in; i++) handles.erase(command.inputs[i]);
      continue;
    }
    if (command.opcode == kReshape) {
      Entry view = *handles.find(command.inputs[0]);
      void* data = view.tensor.data;
      view.tensor = command.outputs[0].tensor;
      view.tensor.data = data;
      handles.insert(command.outputs[0].handle, view);
      continue;
    }
    FailurePtr failure;
    std::vector<nn_tensor> in, out;
    for (int32_t i = 0; i < command.n_in; i++) in.push_back(handles.find(command.inputs[i])->tensor);
    for (const OutputRef& output : command.outputs) {
      if (!output.existing) {
        Entry made{output.tensor, device.allocator().allocate(static_cast<size_t>(bytes_of(output.tensor)), &failure), nullptr};
        made.tensor.data = made.buffer->data();
        handles.insert(output.handle, made);
      }
      out.push_back(handles.find(output.handle)->tensor);
    }
    nn_args args{in.data(), out.data(), command.attrs, command.n_in, static_cast<int32_t>(out.size()), command.n_attrs};
    std::string wrong = check_command(*command.op, args);
    if (!wrong.empty()) return std::string(command.op->name) + ": " + wrong;
    const nn_kernel* kernel = device.kernel(*command.op, args, &wrong);
    if (!kernel) return std::string(command.op->name) + ": " + wrong;
    const Plan* plan = nullptr;
    nn_error error{};
    if (device.plans().find(kernel, args, &plan, &error) != NN_OK) return error.message;
    BufferPtr workspace = device.allocator().allocate(plan->workspace, &failure);
    if (kernel->run(device.raw(), &args, plan->state, workspace->data(), &error) != NN_OK) return error.message;
  }
  return reader.error();
}

}  // namespace nn
