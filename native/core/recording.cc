#include "core/recording.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "core/command.h"

namespace nn {
namespace {

class Recorder {
 public:
  Recorder(const Device& device, const HandleTable& outside, Recording* recording, FailurePtr* failure)
      : device_(device), outside_(outside), r_(*recording), failure_(failure) {}

  bool declare(const std::vector<Placeholder>& list, Storage::Kind kind) {
    const char* what = kind == Storage::kInput ? "input" : "uniform";
    for (size_t i = 0; i < list.size(); i++) {
      nn_tensor tensor = list[i].tensor;
      tensor.data = nullptr;
      std::string where = std::string(what) + " " + std::to_string(i);
      if (!dtype_bytes(tensor.dtype) || !finish_tensor(&tensor)) return fail(where + ": expected a valid shape and dtype");
      if (list[i].handle <= 0 || handles_.count(list[i].handle)) {
        return fail(where + ": expected a handle of its own, got " + std::to_string(list[i].handle));
      }
      Storage storage{kind, static_cast<int32_t>(i), nullptr, false};
      handles_[list[i].handle] = {new_value(tensor, new_storage(storage)), false, false};
    }
    return true;
  }

  bool read(const std::vector<int32_t>& words) {
    CommandReader reader(words.data(), words.size());
    Command command;
    while (reader.next(&command)) {
      bool ok = command.op                   ? add(command)
                : command.opcode == kFree    ? add_free(command)
                : command.opcode == kReshape ? add_reshape(command)
                                             : fail("expected a known command, got opcode " + std::to_string(command.opcode));
      if (!ok) return false;
    }
    return reader.error().empty() || fail(reader.error());
  }

  bool finish(const std::vector<int32_t>& outputs) {
    for (int32_t handle : outputs) {
      int32_t value = resolve(handle, "program");
      if (value < 0) return false;
      r_.outputs.push_back(value);
      r_.values[value].is_output = true;
    }
    return true;
  }

 private:
  struct Binding {
    int32_t value;
    bool inside, freed;
  };

  bool fail(std::string message, std::string op = "program", std::string operands = {}, int32_t code = NN_INVALID) {
    *failure_ = make_failure(code, std::move(op), std::move(message), std::move(operands));
    return false;
  }

  int32_t new_storage(Storage storage) {
    r_.storages.push_back(std::move(storage));
    return static_cast<int32_t>(r_.storages.size()) - 1;
  }

  int32_t new_value(const nn_tensor& tensor, int32_t storage) {
    r_.values.push_back(Value{tensor, storage, r_.storages[storage].kind != Storage::kTemporary, false});
    return static_cast<int32_t>(r_.values.size()) - 1;
  }

  // The value of a handle, or -1 with the failure set. What the program neither made nor declared comes from outside.
  int32_t resolve(int32_t handle, const char* op) {
    auto found = handles_.find(handle);
    if (found != handles_.end()) {
      if (!found->second.freed) return found->second.value;
      fail("expected a live tensor, got handle " + std::to_string(handle) + ", which the program has freed", op);
      return -1;
    }
    const Entry* entry = outside_.find(handle);
    if (!entry) {
      fail("expected a tensor, got the unknown handle " + std::to_string(handle), op);
      return -1;
    }
    if (entry->failure) {
      *failure_ = entry->failure;  // the command that spoiled the tensor says more than the one that wants to read it
      return -1;
    }
    auto known = outside_storages_.find(entry->buffer.get());  // reshaped views share one buffer
    if (known == outside_storages_.end()) {
      int32_t storage = new_storage(Storage{Storage::kOutside, 0, entry->buffer, false});
      known = outside_storages_.emplace(entry->buffer.get(), storage).first;
    }
    int32_t value = new_value(entry->tensor, known->second);
    handles_[handle] = {value, false, false};
    return value;
  }

  bool define(int32_t handle, int32_t value, const char* op) {
    if (handle > 0 && handles_.emplace(handle, Binding{value, true, false}).second) return true;
    return fail("expected a new handle, got " + std::to_string(handle) + "; every tensor of a program needs a handle of its own", op);
  }

  bool add_free(const Command& command) {
    for (int32_t i = 0; i < command.n_in; i++) {
      auto found = handles_.find(command.inputs[i]);
      if (found == handles_.end() || !found->second.inside || found->second.freed) {
        return fail("expected a live tensor made by this program, got handle " + std::to_string(command.inputs[i]) +
                        "; dispose what is older than the program after it",
                    "free");
      }
      found->second.freed = true;
    }
    return true;
  }

  bool add_reshape(const Command& command) {
    if (command.n_in != 1 || command.outputs.size() != 1 || command.outputs[0].existing) {
      return fail("expected one input and one new output", "reshape");
    }
    int32_t source = resolve(command.inputs[0], "reshape");
    if (source < 0) return false;
    const OutputRef& out = command.outputs[0];
    nn_tensor tensor = out.tensor;
    const nn_tensor& from = r_.values[source].tensor;
    nn_args args{&from, &tensor, nullptr, 1, 1, 0};
    if (tensor.dtype != from.dtype || tensor.size != from.size) {
      return fail("expected the same dtype and number of elements", "reshape", operands_text(args));
    }
    tensor.data = from.data;
    return define(out.handle, new_value(tensor, r_.values[source].storage), "reshape");
  }

  bool add(const Command& command) {
    const OpSchema& op = *command.op;
    Node node;
    node.op = &op;
    std::vector<nn_tensor> tensors;
    for (int32_t i = 0; i < command.n_in; i++) {
      int32_t value = resolve(command.inputs[i], op.name);
      if (value < 0) return false;
      node.in.push_back(value);
      tensors.push_back(r_.values[value].tensor);
    }
    for (const OutputRef& out : command.outputs) {
      int32_t value = out.existing ? resolve(out.handle, op.name) : -1;
      if (out.existing && value < 0) return false;
      node.out.push_back(value);
      node.in_place.push_back(out.existing);
      tensors.push_back(out.existing ? r_.values[value].tensor : out.tensor);
    }
    for (nn_tensor& tensor : tensors) tensor.data = nullptr;
    node.attrs.assign(command.attrs, command.attrs + command.n_attrs);
    nn_args args{
        tensors.data(), tensors.data() + command.n_in, node.attrs.data(), command.n_in, static_cast<int32_t>(command.outputs.size()),
        command.n_attrs};
    std::string wrong = check_command(op, args);
    if (!wrong.empty()) return fail(wrong, op.name, operands_text(args));
    if (!check_in_place(node, args)) return false;
    std::string why;
    if (!device_.kernel(op, args, &why)) return fail(why, op.name, operands_text(args), NN_UNSUPPORTED);

    for (size_t i = 0; i < node.out.size(); i++) {
      if (node.in_place[i]) {
        r_.storages[r_.values[node.out[i]].storage].changed = true;
        continue;
      }
      node.out[i] = new_value(command.outputs[i].tensor, new_storage(Storage{Storage::kTemporary, 0, nullptr, false}));
      r_.values[node.out[i]].tensor.data = nullptr;
      if (!define(command.outputs[i].handle, node.out[i], op.name)) return false;
    }
    r_.nodes.push_back(std::move(node));
    return true;
  }

  bool check_in_place(const Node& node, const nn_args& args) {
    for (size_t o = 0; o < node.out.size(); o++) {
      if (!node.in_place[o]) continue;
      int32_t storage = r_.values[node.out[o]].storage;
      Storage::Kind kind = r_.storages[storage].kind;
      if (kind == Storage::kInput || kind == Storage::kUniform) {
        return fail(std::string("expected an output that a program may change, got its ") +
                        (kind == Storage::kInput ? "input " : "uniform ") + std::to_string(r_.storages[storage].index) + "; copy it first",
                    node.op->name, operands_text(args));
      }
      for (size_t i = 0; i < node.in.size(); i++) {
        if (r_.values[node.in[i]].storage != storage) continue;
        if ((node.op->flags & kElementwise) && same_shape(args.in[i], args.out[o])) continue;
        return fail("expected outputs that share no memory with the inputs, got output " + std::to_string(o) + " in the memory of input " +
                        std::to_string(i) + "; copy one of them first",
                    node.op->name, operands_text(args));
      }
      for (size_t other = 0; other < o; other++) {
        if (node.in_place[other] && r_.values[node.out[other]].storage == storage) {
          return fail(
              "expected outputs of their own memory, got one tensor as outputs " + std::to_string(other) + " and " + std::to_string(o),
              node.op->name, operands_text(args));
        }
      }
    }
    return true;
  }

  const Device& device_;
  const HandleTable& outside_;
  Recording& r_;
  FailurePtr* failure_;
  std::unordered_map<int32_t, Binding> handles_;
  std::unordered_map<const Buffer*, int32_t> outside_storages_;
};

}  // namespace

bool record(const Device& device, const HandleTable& outside, const ProgramSpec& spec, Recording* recording, FailurePtr* failure) {
  Recorder recorder(device, outside, recording, failure);
  return recorder.declare(spec.inputs, Storage::kInput) && recorder.declare(spec.uniforms, Storage::kUniform) &&
         recorder.read(spec.words) && recorder.finish(spec.outputs);
}

}  // namespace nn
