// One environment's use of one device: an in-order queue of work, the thread that does it, and the tensors it makes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/command.h"
#include "core/device.h"
#include "core/failure.h"
#include "core/handles.h"
#include "core/program.h"

namespace nn {

// What came of a request. `program` is filled for a new program, `done` for a run.
struct Completion {
  int64_t id = 0;
  FailurePtr failure;
  bool has_stats = false;
  ProgramStats stats;
  bool has_done = false;
  int32_t done = 0;
};

struct Counters {
  std::atomic<int64_t> calls{0}, commands{0}, replays{0}, tensors{0};
};

// Methods are called on the owner's thread; the work is done in order on the context's own. Completions are handed to `complete` from
// the device thread (or the backend's).
class Context {
 public:
  using Complete = std::function<void(Completion)>;

  static std::unique_ptr<Context> open(const nn_backend_api* api, const nn_open_options& options, Complete complete, nn_error* error);
  // Stops after the command in progress and drops the rest.
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void submit(const int32_t* words, size_t count);
  // Copies `bytes` from `data` before it returns.
  void upload(int32_t handle, const nn_tensor& tensor, const void* data);
  // A tensor made from one of another context, by way of host memory. Both queues keep their order and the caller waits for neither: this
  // context's thread waits until the other has read. What failed there is the failure of the new tensor.
  void receive(Context& source, int32_t source_handle, int32_t handle, const nn_tensor& tensor);
  // `target` (exactly the tensor's bytes) must stay until the completion.
  void read(int32_t handle, void* target, size_t bytes, int64_t id);
  FailurePtr read_sync(int32_t handle, void* target, size_t bytes);
  void sync(int64_t id);
  void create_program(int32_t program, ProgramSpec spec, int64_t id);
  // With a `target`, the first output is copied there (exactly `target_bytes`) instead of becoming a tensor: a step and what it reports
  // cost one call.
  void run_program(int32_t program, std::vector<int32_t> inputs, std::vector<int32_t> outputs, std::vector<double> rows, int32_t count,
                   void* target, size_t target_bytes, int64_t id);
  void destroy_program(int32_t program);
  std::string describe_program(int32_t program);
  // An option of the device, from the next command on; waits for the commands before it. Null when all is well.
  FailurePtr set_option(const std::string& name, const std::string& value);
  // Stops the runs submitted so far at their next replay, and waits until nothing is left to do: for a process that is about to destroy
  // what the device thread uses.
  void settle();

  Device& device() { return *device_; }
  const Counters& counters() const { return counters_; }

 private:
  Context(std::unique_ptr<Device> device, Complete complete);
  void enqueue(std::function<void()> work, size_t bytes);
  void loop();

  // On the device thread:
  void execute(const std::vector<int32_t>& words);
  void execute_op(const Command& command);
  void execute_reshape(const Command& command);
  void refuse(const Command& command, FailurePtr failure);
  void note(FailurePtr failure);
  void note_loss(const FailurePtr& failure);
  FailurePtr lost_failure(const char* op, std::string operands) const;
  bool bind(int32_t handle, Entry entry);
  FailurePtr start_read(int32_t handle, void* target, size_t bytes);
  FailurePtr fetch(std::vector<Entry>* results, void* target, size_t bytes);
  FailurePtr download(const Entry& entry, void* target, size_t bytes);
  void make(int32_t handle, Entry entry, const void* data, size_t bytes);
  void complete_after_device(Completion completion);
  void after_device(std::function<void(FailurePtr)> done);

  std::unique_ptr<Device> device_;
  Complete complete_;
  Counters counters_;
  HandleTable handles_;
  std::unordered_map<int32_t, std::unique_ptr<Program>> programs_;
  std::unordered_map<int32_t, FailurePtr> unbuilt_;  // why a program does not exist, for its runs
  FailurePtr pending_;                               // the first failure since the last read
  std::string lost_;                                 // what the device was lost to; empty while it works
  // Reused by execute_op, so that an eager op allocates nothing but its results.
  std::vector<nn_tensor> in_, out_;
  std::vector<Entry> made_;
  Command command_;

  std::mutex mutex_;
  std::condition_variable wake_, room_;
  std::deque<std::pair<std::function<void()>, size_t>> queue_;
  size_t queued_bytes_ = 0;
  bool stopping_ = false;
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);  // of the runs submitted from now on
  std::thread thread_;
};

}  // namespace nn
