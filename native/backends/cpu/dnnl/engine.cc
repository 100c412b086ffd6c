#include "backends/cpu/dnnl/engine.h"

#include <cstdio>
#include <string>

#include "backends/cpu/kernels.h"

namespace nn {
namespace onednn {

namespace {

std::string version_text() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
}

const char* status_name(dnnl_status_t status) {
  switch (status) {
    case dnnl_success:
      return "success";
    case dnnl_out_of_memory:
      return "out of memory";
    case dnnl_invalid_arguments:
      return "invalid arguments";
    case dnnl_unimplemented:
      return "unimplemented";
    case dnnl_runtime_error:
      return "runtime error";
    case dnnl_not_required:
      return "not required";
    default:
      return "another status";
  }
}

int32_t fail(nn_error* error, int32_t code, const char* message, dnnl_status_t status) {
  error->code = code;
  std::snprintf(error->message, sizeof error->message, "oneDNN %s: %s (status %d: %s)", dnnl_version_text(), message,
                static_cast<int>(status), status_name(status));
  return code;
}

void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success) throw dnnl::error(status, what);
}

}  // namespace

int32_t report(nn_error* error) {
  try {
    throw;
  } catch (const dnnl::error& caught) {
    return fail(error, caught.status == dnnl_out_of_memory ? NN_OUT_OF_MEMORY : NN_LIBRARY, caught.what(), caught.status);
  } catch (const std::bad_alloc&) {
    return fail(error, NN_OUT_OF_MEMORY, "no memory for a plan", dnnl_out_of_memory);
  } catch (const std::exception& caught) {
    return fail(error, NN_LIBRARY, caught.what(), dnnl_runtime_error);
  }
}

dnnl::primitive_attr make_attr(bool relu) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_fpmath_mode(dnnl::fpmath_mode::strict);
  if (relu) {
    dnnl::post_ops ops;
    append_relu(ops);
    attr.set_post_ops(ops);
  }
  return attr;
}

Desc plain(const Dims& dims, const Dims& strides) { return Desc(dims, dnnl::memory::data_type::f32, strides); }
Desc any(const Dims& dims) { return Desc(dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any); }

int Prepared::argument(int index, const Desc& desc) {
  if (desc == Desc() || desc.get_size() == 0) return -1;
  memories_.emplace_back(desc, state_->engine, nullptr);
  addresses_.push_back(nullptr);
  arguments_.push_back({index, memories_.back().get()});
  return static_cast<int>(memories_.size()) - 1;
}

// The C function, as dnnl.hpp's builds a map and a vector for each call.
void Prepared::execute() const {
  check(dnnl_primitive_execute(primitive_.get(), state_->stream.get(), static_cast<int>(arguments_.size()), arguments_.data()),
        "could not execute a primitive");
}

PrimitivePlan::PrimitivePlan(const State& state, const dnnl::primitive& primitive, const Desc& scratchpad, int threads)
    : state_(state), threads_(threads), primitive_(state, primitive) {
  scratch_slot_ = primitive_.argument(DNNL_ARG_SCRATCHPAD, scratchpad);
  scratch_at_ = reserve(scratchpad.get_size());
}

size_t PrimitivePlan::reserve(size_t bytes) {
  const size_t at = workspace;
  workspace += (bytes + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT;
  return at;
}

void PrimitivePlan::add(int argument, int index, bool written, const Desc& chosen, const Desc& given) {
  Operand operand{primitive_.argument(argument, chosen), index, written, Prepared(), 0, 0};
  if (operand.slot < 0) return;
  if (chosen != given) {
    const Desc &from = written ? chosen : given, &to = written ? given : chosen;
    dnnl::reorder::primitive_desc desc(state_.engine, from, state_.engine, to, make_attr(false));
    operand.reorder = Prepared(state_, dnnl::reorder(desc));
    operand.reorder.argument(DNNL_ARG_FROM, from);
    operand.reorder.argument(DNNL_ARG_TO, to);
    operand.reorder.argument(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    operand.copy_at = reserve(chosen.get_size());
    operand.scratch_at = reserve(desc.scratchpad_desc().get_size());
  }
  operands_.push_back(std::move(operand));
}

void PrimitivePlan::copy(Operand& operand, const void* from, void* to, char* memory) {
  operand.reorder.bind(0, from);
  operand.reorder.bind(1, to);
  if (operand.reorder.slots() > 2) operand.reorder.bind(2, memory + operand.scratch_at);
  operand.reorder.execute();
}

void PrimitivePlan::run(const nn_args& args, char* memory) {
  ThreadScope scope(threads_);
  for (Operand& operand : operands_) {
    const void* data = operand.written ? args.out[operand.index].data : args.in[operand.index].data;
    if (operand.reorder && !operand.written) copy(operand, data, memory + operand.copy_at, memory);
    primitive_.bind(operand.slot, operand.reorder ? memory + operand.copy_at : data);
  }
  primitive_.bind(scratch_slot_, memory + scratch_at_);
  primitive_.execute();
  for (Operand& operand : operands_) {
    if (operand.reorder && operand.written) copy(operand, memory + operand.copy_at, args.out[operand.index].data, memory);
  }
}

int32_t run_plan(nn_device*, const nn_args* args, void* plan, void* workspace, nn_error* error) {
  try {
    static_cast<CpuPlan*>(plan)->run(*args, static_cast<char*>(workspace));
    return NN_OK;
  } catch (...) {
    return report(error);
  }
}

void destroy_plan(void* plan) { delete static_cast<CpuPlan*>(plan); }

}  // namespace onednn

int32_t dnnl_open(nn_device* device, nn_error* error) {
  try {
    device->dnnl = new onednn::State();
    return NN_OK;
  } catch (...) {
    return onednn::report(error);
  }
}

void dnnl_close(nn_device* device) {
  delete static_cast<onednn::State*>(device->dnnl);
  device->dnnl = nullptr;
}

const char* dnnl_version_text() {
  static const std::string text = onednn::version_text();
  return text.c_str();
}

void append_dnnl_kernels(std::vector<nn_kernel>& kernels) {
  onednn::append_conv2d_kernels(kernels);
  onednn::append_conv3d_kernels(kernels);
  onednn::append_matmul_kernels(kernels);
}

}  // namespace nn
