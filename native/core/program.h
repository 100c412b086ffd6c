// A captured step: its commands checked, fused, planned into one arena and prepared once, then replayed with one call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/device.h"
#include "core/failure.h"
#include "core/handles.h"

namespace nn {

struct Placeholder {
  int32_t handle;
  nn_tensor tensor;  // shape and dtype, data NULL
};

struct ProgramSpec {
  std::vector<int32_t> words;
  std::vector<Placeholder> inputs;    // bound at each run to tensors of the same shape and dtype
  std::vector<Placeholder> uniforms;  // small tensors, written anew before every replay
  std::vector<int32_t> outputs;       // handles made inside (or inputs, or outside tensors); each run gives their last values
  bool fuse = true;
};

struct ProgramStats {
  int32_t recorded = 0;   // commands as recorded, without free and reshape
  int32_t kernels = 0;    // kernels a replay runs, after fusion and removal of what nothing reads
  int64_t arena = 0;      // bytes
  int64_t unplanned = 0;  // bytes if every temporary had its own memory
};

class Program {
 public:
  // Handles that the words use but neither make nor declare are tensors of `outside`: they are kept alive by the program.
  static std::unique_ptr<Program> build(Device& device, const HandleTable& outside, const ProgramSpec& spec, FailurePtr* failure);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Doubles in one row of uniforms: all uniforms' elements, one after the other. Integers are given as doubles, unsigned 32-bit values
  // wrap.
  int32_t uniform_width() const;
  size_t input_count() const;
  // Replays `count` times, each with the next row of `rows` (count * uniform_width() doubles). Stops early when `cancel` becomes true
  // and returns in `done` how many replays were finished. `inputs` match the spec's placeholders.
  bool run(const std::vector<Entry>& inputs, const double* rows, int32_t count, const std::atomic<bool>& cancel, int32_t* done,
           FailurePtr* failure);
  // After a run: fresh tensors with copies of the outputs' last values.
  bool outputs(std::vector<Entry>* entries, FailurePtr* failure);
  const ProgramStats& stats() const;
  std::string describe() const;  // one line a kernel, for tests and tracing

 private:
  Program();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nn
