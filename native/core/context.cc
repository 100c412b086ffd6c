#include "core/context.h"

#include <chrono>
#include <cstring>
#include <future>
#include <unordered_set>
#include <utility>

namespace nn {

namespace {

// Work that waits for the device thread before a submitting thread has to wait for it.
constexpr size_t kQueueBytes = size_t{64} << 20;

FailurePtr unknown_handle(int32_t handle) {
  return make_failure(NN_INVALID, "tensor", "expected the handle of a live tensor, got " + std::to_string(handle));
}

// That another device was lost is no reason for this one to stop.
FailurePtr from_elsewhere(const FailurePtr& failure) {
  if (!failure || failure->code != NN_DEVICE_LOST) return failure;
  return make_failure(NN_LIBRARY, failure->op, "the device that the tensor came from was lost: " + failure->message, failure->operands);
}

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

void Context::upload(int32_t handle, const nn_tensor& tensor, const void* data) {
  size_t bytes = static_cast<size_t>(bytes_of(tensor));
  Entry entry{tensor, nullptr, nullptr};
  FailurePtr failure;
  entry.buffer = device_->allocator().allocate(bytes, &failure);
  if (!entry.buffer) {
    entry.failure = failure;
  } else {
    entry.tensor.data = entry.buffer->data();
  }
  if (!entry.buffer || device_->api()->host_memory) {
    // A cached buffer may still be read by commands in the queue that were given before it was freed; those frees are in the queue as
    // well, so a buffer in the cache has no reader left.
    if (entry.buffer && bytes > 0) std::memcpy(entry.tensor.data, data, bytes);
    enqueue(
        [this, handle, entry] {
          if (entry.failure) note(entry.failure);
          bind(handle, entry);
        },
        64);
    return;
  }
  const char* source = static_cast<const char*>(data);
  enqueue([this, handle, entry, bytes, copy = std::vector<char>(source, source + bytes)] { make(handle, entry, copy.data(), bytes); },
          bytes + 64);
}

// On the device thread: the tensor of a handle, filled from host memory.
void Context::make(int32_t handle, Entry entry, const void* data, size_t bytes) {
  nn_error error{};
  int32_t code = device_->api()->upload(device_->raw(), entry.tensor.data, data, bytes, &error);
  if (code != NN_OK) {
    entry.failure = make_failure(code, "upload", error.message, std::string(dtype_name(entry.tensor.dtype)) + shape_text(entry.tensor));
    entry.buffer = nullptr;
    note(entry.failure);
  }
  bind(handle, std::move(entry));
}

void Context::receive(Context& source, int32_t source_handle, int32_t handle, const nn_tensor& tensor) {
  const auto size = static_cast<size_t>(bytes_of(tensor));
  auto bytes = std::make_shared<std::vector<char>>();
  // Held by the source's work alone: dropped with it, the promise is broken, and nobody waits for ever.
  auto promise = std::make_shared<std::promise<FailurePtr>>();
  std::shared_future<FailurePtr> arrived = promise->get_future().share();
  source.enqueue(
      [&source, source_handle, size, bytes, promise = std::move(promise)] {
        const Entry* entry = source.handles_.find(source_handle);
        bytes->resize(size);
        FailurePtr failure = entry == nullptr ? unknown_handle(source_handle)
                             : entry->failure ? entry->failure
                                              : source.download(*entry, bytes->data(), size);
        if (failure) return promise->set_value(failure);
        source.after_device([promise](FailurePtr late) { promise->set_value(std::move(late)); });
      },
      64);
  enqueue(
      [this, handle, tensor, size, bytes, arrived] {
        Entry entry{tensor, nullptr, nullptr};
        try {
          while (arrived.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
            std::lock_guard<std::mutex> lock(mutex_);
            if (stopping_) return;
          }
          entry.failure = from_elsewhere(arrived.get());
        } catch (const std::future_error&) {
          entry.failure = make_failure(NN_CANCELLED, "to", "the device that the tensor was on was closed");
        }
        FailurePtr full;
        if (!entry.failure) entry.buffer = device_->allocator().allocate(size, &full);
        if (full) {
          note(full);
          entry.failure = full;
        }
        if (entry.failure) {
          bind(handle, std::move(entry));
          return;
        }
        entry.tensor.data = entry.buffer->data();
        make(handle, std::move(entry), bytes->data(), size);
      },
      64);
}

FailurePtr Context::start_read(int32_t handle, void* target, size_t bytes) {
  const Entry* entry = handles_.find(handle);
  if (entry != nullptr && entry->failure) {
    if (pending_ == entry->failure) pending_ = nullptr;
    return entry->failure;
  }
  if (pending_) return std::exchange(pending_, nullptr);
  if (entry == nullptr) return unknown_handle(handle);
  return download(*entry, target, bytes);
}

FailurePtr Context::download(const Entry& entry, void* target, size_t bytes) {
  if (static_cast<size_t>(bytes_of(entry.tensor)) != bytes) {
    return make_failure(NN_INVALID, "read",
                        "expected " + std::to_string(bytes_of(entry.tensor)) + " bytes of room, got " + std::to_string(bytes));
  }
  if (bytes == 0) return nullptr;
  nn_error error{};
  int32_t code = device_->api()->download(device_->raw(), target, entry.tensor.data, bytes, &error);
  return code == NN_OK ? nullptr : make_failure(code, "read", error.message);
}

// Hands a completion over once the device has done what was given to it before.
void Context::complete_after_device(Completion completion) {
  if (completion.failure) return complete_(std::move(completion));
  after_device([this, completion = std::move(completion)](FailurePtr failure) mutable {
    completion.failure = std::move(failure);
    complete_(std::move(completion));
  });
}

// Calls `done` when the device has done what was given to it before, with what failed meanwhile.
void Context::after_device(std::function<void(FailurePtr)> done) {
  if (device_->api()->host_memory) return done(nullptr);
  using Done = std::function<void(FailurePtr)>;
  auto* waiting = new Done(std::move(done));
  nn_error error{};
  int32_t code = device_->api()->notify(
      device_->raw(),
      [](void* argument, int32_t status, const char* message) {
        std::unique_ptr<Done> finished(static_cast<Done*>(argument));
        (*finished)(status == NN_OK ? nullptr : make_failure(status, "device", message ? message : ""));
      },
      waiting, &error);
  if (code == NN_OK) return;
  std::unique_ptr<Done> failed(waiting);
  (*failed)(make_failure(code, "device", error.message));
}

void Context::read(int32_t handle, void* target, size_t bytes, int64_t id) {
  enqueue(
      [this, handle, target, bytes, id] {
        Completion completion;
        completion.id = id;
        completion.failure = start_read(handle, target, bytes);
        complete_after_device(std::move(completion));
      },
      64);
}

FailurePtr Context::read_sync(int32_t handle, void* target, size_t bytes) {
  std::promise<FailurePtr> promise;
  std::future<FailurePtr> result = promise.get_future();
  enqueue(
      [this, handle, target, bytes, &promise] {
        FailurePtr failure = start_read(handle, target, bytes);
        nn_error error{};
        int32_t code = failure ? NN_OK : device_->api()->synchronize(device_->raw(), &error);
        promise.set_value(code == NN_OK ? failure : make_failure(code, "read", error.message));
      },
      64);
  return result.get();
}

void Context::sync(int64_t id) {
  enqueue(
      [this, id] {
        Completion completion;
        completion.id = id;
        completion.failure = std::exchange(pending_, nullptr);
        complete_after_device(std::move(completion));
      },
      64);
}

void Context::create_program(int32_t program, ProgramSpec spec, int64_t id) {
  size_t bytes = spec.words.size() * sizeof(int32_t);
  enqueue(
      [this, program, spec = std::move(spec), id] {
        Completion completion;
        completion.id = id;
        std::unique_ptr<Program> built = Program::build(*device_, handles_, spec, &completion.failure);
        if (built) {
          completion.has_stats = true;
          completion.stats = built->stats();
          programs_[program] = std::move(built);
        } else {
          unbuilt_[program] = completion.failure;
        }
        complete_(std::move(completion));
      },
      bytes);
}

void Context::run_program(int32_t program, std::vector<int32_t> inputs, std::vector<int32_t> outputs, std::vector<double> rows,
                          int32_t count, void* target, size_t target_bytes, int64_t id) {
  size_t bytes = rows.size() * sizeof(double) + 256;
  enqueue(
      [this, program, inputs = std::move(inputs), outputs = std::move(outputs), rows = std::move(rows), count, target, target_bytes, id,
       cancelled = cancelled_] {
        Completion completion;
        completion.id = id;
        completion.has_done = true;
        FailurePtr failure;
        std::vector<Entry> bound, results;
        auto found = programs_.find(program);
        if (found == programs_.end()) {
          auto why = unbuilt_.find(program);
          failure = why != unbuilt_.end() ? why->second
                                          : make_failure(NN_INVALID, "program", "expected a live program, got " + std::to_string(program));
        }
        for (int32_t handle : inputs) {
          if (failure) break;
          const Entry* entry = handles_.find(handle);
          if (entry == nullptr)
            failure = unknown_handle(handle);
          else if (entry->failure)
            failure = entry->failure;
          else
            bound.push_back(*entry);
        }
        if (!failure && !lost_.empty()) failure = lost_failure("program", "");
        if (!failure) {
          Program& live = *found->second;
          int64_t expected = static_cast<int64_t>(live.uniform_width()) * count;
          if (count < 0 || static_cast<int64_t>(rows.size()) != expected) {
            failure = make_failure(NN_INVALID, "program",
                                   "expected " + std::to_string(expected) + " uniform values for " + std::to_string(count) +
                                       " replays, got " + std::to_string(rows.size()));
          } else if (bound.size() != live.input_count()) {
            failure = make_failure(NN_INVALID, "program",
                                   "expected " + std::to_string(live.input_count()) + " inputs, got " + std::to_string(bound.size()));
          } else if (live.run(bound, rows.data(), count, *cancelled, &completion.done, &failure)) {
            live.outputs(&results, &failure);
          }
          counters_.replays += completion.done;
        }
        if (!failure && target != nullptr) failure = fetch(&results, target, target_bytes);
        if (!failure && results.size() != outputs.size()) {
          failure = make_failure(NN_INVALID, "program",
                                 "expected " + std::to_string(results.size()) + " output handles, got " + std::to_string(outputs.size()));
        }
        for (size_t i = 0; i < outputs.size(); i++)
          bind(outputs[i], failure ? Entry{nn_tensor{}, nullptr, failure} : std::move(results[i]));
        note_loss(failure);
        completion.failure = failure;
        complete_after_device(std::move(completion));
      },
      bytes);
}

// Copies the first output to host memory and drops it from the list.
FailurePtr Context::fetch(std::vector<Entry>* results, void* target, size_t bytes) {
  if (results->empty() || static_cast<size_t>(bytes_of(results->front().tensor)) != bytes) {
    return make_failure(NN_INVALID, "program", "expected a first output of " + std::to_string(bytes) + " bytes to read");
  }
  nn_error error{};
  int32_t code = bytes == 0 ? NN_OK : device_->api()->download(device_->raw(), target, results->front().tensor.data, bytes, &error);
  results->erase(results->begin());
  return code == NN_OK ? nullptr : make_failure(code, "program", error.message);
}

void Context::destroy_program(int32_t program) {
  enqueue(
      [this, program] {
        programs_.erase(program);
        unbuilt_.erase(program);
      },
      64);
}

std::string Context::describe_program(int32_t program) {
  std::promise<std::string> promise;
  std::future<std::string> result = promise.get_future();
  enqueue(
      [this, program, &promise] {
        auto found = programs_.find(program);
        promise.set_value(found == programs_.end() ? std::string() : found->second->describe());
      },
      64);
  return result.get();
}

FailurePtr Context::set_option(const std::string& name, const std::string& value) {
  if (device_->api()->set_option == nullptr)
    return make_failure(NN_UNSUPPORTED, "setOption", std::string("device '") + device_->api()->name + "' has no options, got " + name);
  std::promise<FailurePtr> promise;
  std::future<FailurePtr> result = promise.get_future();
  enqueue(
      [this, &name, &value, &promise] {
        nn_error error{};
        int32_t code = device_->api()->set_option(device_->raw(), name.c_str(), value.c_str(), &error);
        // prepared by the rules of before
        if (code == NN_OK) device_->plans().clear();
        promise.set_value(code == NN_OK ? nullptr : make_failure(code, "setOption", error.message));
      },
      64);
  return result.get();
}

void Context::cancel() {
  cancelled_->store(true);
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
}

}  // namespace nn
