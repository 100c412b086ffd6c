// fusedElementwise: the instructions run one after the other on blocks that stay in the cache, with the very loops of the single ops.
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "backends/cpu/kernels/broadcast.h"
#include "backends/cpu/kernels/elementwise.h"
#include "backends/cpu/kernels/random_stream.h"
#include "backends/cpu/parallel.h"
#include "ops/fused.h"

namespace nn {
namespace cpu {

namespace {

constexpr int64_t kScratch = 128 * 1024;  // bytes on the stack of each thread
constexpr int64_t kLongestBlock = 2048, kBlockStep = 64;

struct Step {
  ElementwiseFn fn;  // NULL: dropout
  int n_src;
  int src[3];  // below the number of inputs an input, above it the value that an earlier step made
  double attrs[2];
  int dtype;
  int slot;  // where the value lies when it does not go straight to an output
  int rng_input, rng_offset;
};

struct Plan {
  int n_in, slots = 0, element_bytes = 1;
  int64_t block, cost = 0;
  std::vector<Step> steps;
  std::vector<int> outputs;  // the step that makes each
};

Step make_step(const FusedInstruction& in, const std::vector<int>& value_of_register, int n_in) {
  Step s{};
  s.n_src = in.n_src;
  s.dtype = in.dtype;
  for (int i = 0; i < in.n_src; i++) s.src[i] = in.src[i] < n_in ? in.src[i] : n_in + value_of_register[in.src[i] - n_in];
  const math::ElementwiseInfo& info = math::kElementwiseInfo[in.code];
  if (info.form == math::kDropout) {
    s.n_src = 1;
    s.rng_input = s.src[1];
    s.rng_offset = in.attrs[0];
    s.attrs[0] = attr_float(in.attrs + 1);
  } else if (info.form == math::kCast) {
    s.fn = cast_function(in.operand_dtype, in.dtype);
  } else {
    s.fn = elementwise_functions(in.operand_dtype)[in.code];
    for (int i = 0; i < 2 && info.attributes[i]; i++) s.attrs[i] = attr_float(in.attrs + 2 * i);
  }
  return s;
}

// A slot is free again after the last step that reads its value, and for that step's own result if elements have one size.
void assign_slots(Plan* plan) {
  const int n = static_cast<int>(plan->steps.size());
  std::vector<int> last_use(n);
  for (int i = 0; i < n; i++) {
    last_use[i] = i;
    for (int k = 0; k < plan->steps[i].n_src; k++) {
      if (int v = plan->steps[i].src[k] - plan->n_in; v >= 0) last_use[v] = i;
    }
  }
  for (int v : plan->outputs) last_use[v] = n;
  std::vector<int> free;
  auto release = [&](int step, bool same_size) {
    for (int v = 0; v < step; v++) {
      if (last_use[v] != step || (dtype_bytes(plan->steps[v].dtype) == dtype_bytes(plan->steps[step].dtype)) != same_size) continue;
      free.push_back(plan->steps[v].slot);
    }
  };
  for (int i = 0; i < n; i++) {
    release(i, true);
    if (free.empty()) {
      plan->steps[i].slot = plan->slots++;
    } else {
      plan->steps[i].slot = free.back();
      free.pop_back();
    }
    release(i, false);
    if (last_use[i] == i) free.push_back(plan->steps[i].slot);  // read by nobody
  }
}

std::unique_ptr<Plan> make_plan(const nn_args* a) {
  FusedProgram program;
  elementwise_ops::FusedReader(*a, &program).read();  // the schema's check has found it good
  auto plan = std::make_unique<Plan>();
  plan->n_in = a->n_in;
  std::vector<int> value_of_register(kFusedMaxRegisters, -1);
  for (const FusedInstruction& in : program.instructions) {
    plan->steps.push_back(make_step(in, value_of_register, a->n_in));
    value_of_register[in.dst] = static_cast<int>(plan->steps.size()) - 1;
    plan->cost += elementwise_cost(in.code, in.operand_dtype);
    const int bytes = dtype_bytes(in.dtype);
    if (bytes > plan->element_bytes) plan->element_bytes = bytes;
  }
  for (int32_t r : program.outputs) plan->outputs.push_back(value_of_register[r]);
  assign_slots(plan.get());
  int64_t per_element = int64_t{plan->slots} * plan->element_bytes;
  for (int i = 0; i < a->n_in; i++) per_element += BlockSource::buffer_bytes(1, dtype_bytes(a->in[i].dtype));
  plan->block = kScratch / per_element / kBlockStep * kBlockStep;
  if (plan->block > kLongestBlock) plan->block = kLongestBlock;
  return plan;
}

int32_t prepare(nn_device*, const nn_args* a, void** out, size_t*, nn_error* error) {
  try {
    *out = make_plan(a).release();
    return NN_OK;
  } catch (const std::bad_alloc&) {
    std::snprintf(error->message, sizeof error->message, "expected memory for the plan of fusedElementwise, got none");
    return error->code = NN_OUT_OF_MEMORY;
  }
}

// One run of a plan: what its threads share.
struct Run {
  const Plan& plan;
  const nn_args& args;
  BlockSource source[kFusedMaxInputs];
  bool is_data[kFusedMaxInputs] = {};
  char* direct[kFusedMaxInstructions] = {};  // the output that a step writes into; NULL: its slot
  math::RandomStream stream[kFusedMaxInstructions];

  Run(const Plan& p, const nn_args& a) : plan(p), args(a) {
    for (size_t i = 0; i < plan.steps.size(); i++) {
      const Step& s = plan.steps[i];
      for (int k = 0; k < s.n_src; k++) {
        if (s.src[k] < a.n_in) is_data[s.src[k]] = true;
      }
      if (!s.fn) stream[i] = random_stream(a.in[s.rng_input], s.rng_offset);
    }
    for (int i = 0; i < a.n_in; i++) {
      if (is_data[i]) source[i] = BlockSource(a.in[i], a.out[0], plan.block);
    }
    for (int k = 0; k < a.n_out; k++) {
      const int v = plan.outputs[k];
      if (!direct[v] && !is_read_after(v, a.out[k].data)) direct[v] = static_cast<char*>(a.out[k].data);
    }
  }

  // Whether the buffer is an input's and a step after `step` still reads it.
  bool is_read_after(int step, const void* buffer) const {
    for (size_t i = static_cast<size_t>(step) + 1; i < plan.steps.size(); i++) {
      for (int k = 0; k < plan.steps[i].n_src; k++) {
        const int src = plan.steps[i].src[k];
        if (src < args.n_in && args.in[src].data == buffer) return true;
      }
    }
    return false;
  }

  void blocks(int64_t first, int64_t last) const {
    alignas(64) char scratch[kScratch];
    char* slots = scratch;
    char* buffer[kFusedMaxInputs];
    char* next = scratch + plan.slots * plan.block * plan.element_bytes;
    const int64_t n = args.out[0].size;
    for (int i = 0; i < args.n_in; i++) {
      buffer[i] = next;
      next += BlockSource::buffer_bytes(plan.block, dtype_bytes(args.in[i].dtype));
      if (is_data[i]) source[i].prepare(buffer[i], n);
    }
    for (int64_t b = first; b < last; b++) {
      const int64_t begin = b * plan.block;
      run_block(begin, n - begin < plan.block ? n - begin : plan.block, slots, buffer);
    }
  }

  void run_block(int64_t begin, int64_t size, char* slots, char** buffer) const {
    const void* place[kFusedMaxInputs + kFusedMaxInstructions];  // of inputs, then of the steps' values
    for (int i = 0; i < args.n_in; i++) {
      if (is_data[i]) place[i] = source[i].block(begin, size, buffer[i]);
    }
    for (size_t i = 0; i < plan.steps.size(); i++) {
      const Step& s = plan.steps[i];
      char* to = direct[i] ? direct[i] + begin * dtype_bytes(s.dtype) : slots + s.slot * plan.block * plan.element_bytes;
      place[args.n_in + static_cast<int>(i)] = to;
      if (!s.fn) {
        run_dropout(s.dtype, place[s.src[0]], to, begin, size, stream[i], s.attrs[0]);
        continue;
      }
      const void* in[3];
      for (int k = 0; k < s.n_src; k++) in[k] = place[s.src[k]];
      s.fn(in, to, size, s.attrs);
    }
    for (int k = 0; k < args.n_out; k++) {  // what could not be written where it belongs
      const int v = plan.outputs[k], bytes = dtype_bytes(args.out[k].dtype);
      char* to = static_cast<char*>(args.out[k].data);
      if (direct[v] != to) std::memcpy(to + begin * bytes, place[args.n_in + v], static_cast<size_t>(size * bytes));
    }
  }
};

int32_t run(nn_device*, const nn_args* a, void* plan, void*, nn_error*) {
  if (a->out[0].size == 0) return NN_OK;
  const Plan& p = *static_cast<const Plan*>(plan);
  const Run shared(p, *a);
  const int64_t blocks = (a->out[0].size + p.block - 1) / p.block;
  parallel_for(blocks, kParallelWork / (p.block * p.cost), [&](int64_t first, int64_t last) { shared.blocks(first, last); });
  return NN_OK;
}

void destroy(void* plan) { delete static_cast<Plan*>(plan); }

}  // namespace

void append_fused_kernels(std::vector<nn_kernel>& kernels) { kernels.push_back({"fusedElementwise", kAll, prepare, run, destroy}); }

}  // namespace cpu
}  // namespace nn
