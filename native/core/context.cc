#include "core/context.h"

#include <unordered_set>
#include <utility>

namespace nn {

namespace {

// Work that waits for the device thread before a submitting thread has to wait for it.
constexpr size_t kQueueBytes = size_t{64} << 20;

FailurePtr to_failure(int32_t code, const char* op, const nn_error& error, const nn_args& args) {
  std::string message = error.message[0] != '\0' ? error.message : "failed with code " + std::to_string(code);
  return make_failure(code, op, std::move(message), operands_text(args));
}

}  // namespace

std::unique_ptr<Context> Context::open(const nn_backend_api* api, const nn_open_options& options, Complete complete, nn_error* error) {
  auto device = Device::open(api, options, error);
  if (!device) return nullptr;
  return std::unique_ptr<Context>(new Context(std::move(device), std::move(complete)));
}

Context::Context(std::unique_ptr<Device> device, Complete complete) : device_(std::move(device)), complete_(std::move(complete)) {
  thread_ = std::thread([this] { loop(); });
}

Context::~Context() {
  cancelled_->store(true);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  room_.notify_all();
  thread_.join();
  queue_.clear();
  programs_.clear();
  handles_.clear();
}

void Context::enqueue(std::function<void()> work, size_t bytes) {
  counters_.calls++;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [&] { return stopping_ || queue_.empty() || queued_bytes_ + bytes <= kQueueBytes; });
    if (stopping_) return;
    queued_bytes_ += bytes;
    queue_.emplace_back(std::move(work), bytes);
  }
  wake_.notify_one();
}

void Context::loop() {
  device_->api()->attach(device_->raw());
  for (;;) {
    std::pair<std::function<void()>, size_t> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_) break;
      task = std::move(queue_.front());
      queue_.pop_front();
      queued_bytes_ -= task.second;
    }
    room_.notify_one();
    task.first();
  }
  // Completions that the device still owes refer to this context, and downloads to their targets.
  nn_error ignored{};
  if (!device_->api()->host_memory) device_->api()->synchronize(device_->raw(), &ignored);
}

void Context::note_loss(const FailurePtr& failure) {
  if (failure && failure->code == NN_DEVICE_LOST && lost_.empty()) lost_ = failure->message.empty() ? "no reason" : failure->message;
}

FailurePtr Context::lost_failure(const char* op, std::string operands) const {
  return make_failure(NN_DEVICE_LOST, op, "the device was lost by an earlier command: " + lost_, std::move(operands));
}

void Context::note(FailurePtr failure) {
  note_loss(failure);
  if (!pending_) pending_ = std::move(failure);
}

bool Context::bind(int32_t handle, Entry entry) {
  if (handles_.insert(handle, std::move(entry))) {
    counters_.tensors = static_cast<int64_t>(handles_.size());
    return true;
  }
  note(make_failure(NN_INVALID, "tensor", "expected a free handle, got " + std::to_string(handle)));
  return false;
}

void Context::submit(const int32_t* words, size_t count) {
  enqueue([this, copy = std::vector<int32_t>(words, words + count)] { execute(copy); }, count * sizeof(int32_t));
}

void Context::execute(const std::vector<int32_t>& words) {
  CommandReader reader(words.data(), words.size());
  while (reader.next(&command_)) {
    counters_.commands++;
    if (command_.opcode == kFree) {
      for (int32_t i = 0; i < command_.n_in; i++) {
        if (!handles_.erase(command_.inputs[i])) note(unknown_handle(command_.inputs[i]));
      }
      counters_.tensors = static_cast<int64_t>(handles_.size());
    } else if (command_.opcode == kReshape) {
      execute_reshape(command_);
    } else {
      execute_op(command_);
    }
  }
  if (!reader.error().empty()) note(make_failure(NN_INVALID, "command", reader.error()));
}

// The new outputs of a command that did not run exist as tensors that tell why they hold nothing.
void Context::refuse(const Command& command, FailurePtr failure) {
  made_.clear();
  for (const OutputRef& output : command.outputs) {
    if (!output.existing) bind(output.handle, Entry{output.tensor, nullptr, failure});
  }
  note(std::move(failure));
}

void Context::execute_reshape(const Command& command) {
  if (command.n_in != 1 || command.outputs.size() != 1 || command.outputs[0].existing) {
    return refuse(command, make_failure(NN_INVALID, "reshape", "expected one input and one new output"));
  }
  const Entry* source = handles_.find(command.inputs[0]);
  if (source == nullptr) return refuse(command, unknown_handle(command.inputs[0]));
  if (source->failure) return refuse(command, source->failure);
  Entry view{command.outputs[0].tensor, source->buffer, nullptr};
  if (view.tensor.size != source->tensor.size || view.tensor.dtype != source->tensor.dtype) {
    return refuse(command, make_failure(NN_INVALID, "reshape",
                                        "expected " + std::to_string(source->tensor.size) + " elements, got " + shape_text(view.tensor)));
  }
  view.tensor.data = source->tensor.data;
  bind(command.outputs[0].handle, std::move(view));
}

void Context::execute_op(const Command& command) {
  const OpSchema& op = *command.op;
  in_.clear();
  out_.clear();
  made_.clear();
  for (int32_t i = 0; i < command.n_in; i++) {
    const Entry* entry = handles_.find(command.inputs[i]);
    if (entry == nullptr) return refuse(command, unknown_handle(command.inputs[i]));
    if (entry->failure) return refuse(command, entry->failure);
    in_.push_back(entry->tensor);
  }
  bool in_place = false;
  for (const OutputRef& output : command.outputs) {
    if (!output.existing) {
      out_.push_back(output.tensor);
      continue;
    }
    in_place = true;
    const Entry* entry = handles_.find(output.handle);
    if (entry == nullptr) return refuse(command, unknown_handle(output.handle));
    if (entry->failure) return refuse(command, entry->failure);
    out_.push_back(entry->tensor);
  }
  nn_args args{in_.data(),     out_.data(), command.attrs, static_cast<int32_t>(in_.size()), static_cast<int32_t>(out_.size()),
               command.n_attrs};
  std::string wrong = check_command(op, args);
  if (wrong.empty() && in_place) {
    std::unordered_set<const void*> read, written;
    for (const nn_tensor& t : in_) read.insert(t.data);
    for (size_t i = 0; i < out_.size() && wrong.empty(); i++) {
      if (out_[i].data == nullptr) continue;
      if (!written.insert(out_[i].data).second) wrong = "expected different tensors to change, got one twice";
      if (read.count(out_[i].data) == 0) continue;
      bool same = (op.flags & kElementwise) != 0;
      for (const nn_tensor& t : in_) same = same && (t.data != out_[i].data || same_shape(t, out_[i]));
      if (!same) wrong = "expected a tensor to change that is not an input as well";
    }
  }
  if (!wrong.empty()) return refuse(command, make_failure(NN_INVALID, op.name, std::move(wrong), operands_text(args)));
  if (!lost_.empty()) return refuse(command, lost_failure(op.name, operands_text(args)));
  const nn_kernel* kernel = device_->kernel(op, args, &wrong);
  if (kernel == nullptr) return refuse(command, make_failure(NN_UNSUPPORTED, op.name, std::move(wrong), operands_text(args)));

  FailurePtr failure;
  for (size_t i = 0; i < out_.size(); i++) {
    if (command.outputs[i].existing) continue;
    BufferPtr buffer = device_->allocator().allocate(static_cast<size_t>(bytes_of(out_[i])), &failure);
    if (!buffer) return refuse(command, make_failure(failure->code, op.name, failure->message, operands_text(args)));
    out_[i].data = buffer->data();
    made_.push_back(Entry{out_[i], std::move(buffer), nullptr});
  }
  nn_error error{};
  const Plan* plan = nullptr;
  int32_t code = device_->plans().find(kernel, args, &plan, &error);
  BufferPtr workspace;
  if (code == NN_OK && plan->workspace > 0) {
    workspace = device_->allocator().allocate(plan->workspace, &failure);
    if (!workspace) return refuse(command, make_failure(failure->code, op.name, failure->message, operands_text(args)));
  }
  if (code == NN_OK) code = kernel->run(device_->raw(), &args, plan->state, workspace ? workspace->data() : nullptr, &error);
  if (code != NN_OK) return refuse(command, to_failure(code, op.name, error, args));
  size_t made = 0;
  for (const OutputRef& output : command.outputs) {
    if (!output.existing) bind(output.handle, std::move(made_[made++]));
  }
}

}  // namespace nn
