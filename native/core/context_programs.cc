// Programs of a context: made, run, described, cancelled; and the options of its device.
#include <future>
#include <utility>

#include "core/context.h"

namespace nn {

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

void Context::settle() {
  cancelled_->store(true);
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::promise<void> promise;
  enqueue(
      [this, &promise] {
        nn_error ignored{};
        if (!device_->api()->host_memory) device_->api()->synchronize(device_->raw(), &ignored);
        promise.set_value();
      },
      0);
  promise.get_future().wait();
}

}  // namespace nn
