// What a program keeps between replays. Everything is laid out by build(), so that a replay only walks through arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/program.h"
#include "core/recording.h"

namespace nn {

struct Step {
  int32_t (*run)(nn_device*, const nn_args*, void* plan, void* workspace, nn_error*);
  nn_args args;
  void* plan;
  void* workspace;
  const nn_kernel* kernel;
};

// A pointer of an operand that follows the tensor bound to an input.
struct Patch {
  nn_tensor* tensor;
  int32_t input;
};

struct UniformSlot {
  nn_tensor tensor;
  size_t offset;  // in the uniform block
};

struct Program::Impl {
  explicit Impl(Device& d) : device(d) {}
  ~Impl();

  bool prepare(FailurePtr* failure);
  void place();
  bool check_inputs(const std::vector<Entry>& given, FailurePtr* failure) const;
  bool bind(const std::vector<Entry>& given, FailurePtr* failure);
  bool stage(size_t input, const Entry& given, bool required, FailurePtr* failure);
  void release_inputs();
  bool drop_graph(FailurePtr* failure);
  bool prepare_rows(FailurePtr* failure);
  bool write_uniforms(const double* row, int32_t index, int32_t count, FailurePtr* failure);
  const double* convert_uniforms(const double* row, char* to) const;
  bool replay(FailurePtr* failure);
  bool run_steps(FailurePtr* failure);
  bool record_graph(FailurePtr* failure);
  bool profile(const char* path, FailurePtr* failure);
  bool time_step(const Step& step, double* microseconds, FailurePtr* failure);
  std::string name_of(size_t step) const;

  Device& device;
  Recording recording;  // after fusion; its nodes own the attribute words
  std::vector<nn_tensor> inputs;
  std::vector<UniformSlot> uniforms;
  ProgramStats stats;
  int32_t uniform_width = 0;
  bool direct = false;  // uniforms are written where they are read

  std::vector<Step> steps;
  std::vector<nn_tensor> tensors;  // the operands of all steps
  std::vector<Patch> patches;
  BufferPtr arena;
  char* uniform_block = nullptr;  // in the arena
  size_t uniform_bytes = 0;
  std::vector<char> uniform_row;  // on the host, where it has to be uploaded
  // Where the backend takes the next row by itself: rows of as many replays as this are uploaded at once.
  BufferPtr rows;
  int32_t rows_capacity = 0;
  std::vector<const Buffer*> changed;  // outside memory that the program writes, sorted

  std::vector<nn_tensor> outputs;      // with data pointers
  std::vector<int32_t> output_inputs;  // by output: the input that it is, or -1
  int32_t outputs_code = NN_INVALID;   // NN_OK: the outputs hold the values of a whole replay

  // By input: what is bound, where it is read, and the copy that is read in its place where there has to be one.
  std::vector<BufferPtr> bound, staged;
  std::vector<void*> input_data;
  bool warmed_up = false;  // the constants are there as well
  int32_t runs = 0;
  void* graph = nullptr;
};

}  // namespace nn
