// Element-wise ops: which kernel does each, and the list of them.
#include <memory>

#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/elementwise_single.h"
#include "backends/cuda/kernels/program.h"

namespace nn {
namespace cuda {

namespace {

// A float32 op with a kernel of its own.
class SinglePlan : public KernelPlan {
 public:
  SinglePlan(const nn_device& device, const nn_args& args, int code) : code_(code) {
    if (args.out[0].size == 0) return;
    for (const Piece& piece : cut_into_pieces(args.out[0], most_in_piece)) {
      Part part{};
      TermTable<SingleParameters::kMostTerms> table;
      for (int i = 0; i < args.n_in; i++) part.start[i] = describe_operand(args.in[i], args.out[0], piece, &table, &part.parameters.in[i]);
      for (int i = 0; i < table.count; i++) part.parameters.terms[i] = table.terms[i];
      part.parameters.n = static_cast<uint32_t>(piece.size);
      part.parameters.aligned = piece.first % 4 == 0;
      part.parameters.p = args.n_attrs >= 2 ? static_cast<float>(attr_float(args.attrs)) : 0;
      part.parameters.q = args.n_attrs >= 4 ? static_cast<float>(attr_float(args.attrs + 2)) : 0;
      part.out_start = piece.first * dtype_bytes(args.out[0].dtype);
      part.grid = grid_for(&device, piece.size, 4);
      parts_.push_back(part);
    }
  }

  int32_t run(nn_device* device, const nn_args& args, char*, nn_error* error) override {
    for (const Part& part : parts_) {
      SingleParameters p = part.parameters;
      for (int i = 0; i < args.n_in; i++) p.in[i].data = static_cast<const char*>(args.in[i].data) + part.start[i];
      p.out = static_cast<char*>(args.out[0].data) + part.out_start;
      if (int32_t status = launch_single(device, code_, p, part.grid, error)) return status;
    }
    return NN_OK;
  }

 private:
  struct Part {
    SingleParameters parameters;
    int64_t start[3], out_start;  // bytes
    Grid grid;
  };
  int code_;
  std::vector<Part> parts_;
};

// The program of one instruction.
FusedProgram program_of(int code, const nn_args& args) {
  FusedInstruction in{};
  in.code = code;
  in.n_src = args.n_in;
  for (int i = 0; i < args.n_in; i++) in.src[i] = i;
  in.operand_dtype = args.in[code == math::code_where ? 1 : 0].dtype;
  in.dtype = args.out[0].dtype;
  in.attrs = args.attrs;
  return {{in}, {0}};
}

template <int Code>
std::unique_ptr<KernelPlan> make_op(nn_device* device, const nn_args& args, nn_error*) {
  if (args.in[0].dtype == NN_FLOAT32 && (unary_kernels[Code] || binary_kernels[Code])) {
    return std::make_unique<SinglePlan>(*device, args, Code);
  }
  return std::make_unique<ProgramPlan>(*device, args, program_of(Code, args));
}

std::unique_ptr<KernelPlan> make_fused(nn_device* device, const nn_args& args, nn_error*) {
  FusedProgram program;
  elementwise_ops::FusedReader(args, &program).read();  // the schema's check has found it good
  return std::make_unique<ProgramPlan>(*device, args, program);
}

}  // namespace

void append_elementwise_kernels(std::vector<nn_kernel>& kernels) {
#define NN_KERNEL(name, form, dtypes, cost, attributes, value) \
  kernels.push_back({#name, math::name##_functor::kDtypes, prepare_plan<make_op<math::code_##name>>, run_plan, destroy_plan});
  NN_ELEMENTWISE_OPS(NN_KERNEL)
#undef NN_KERNEL
  kernels.push_back({"where", kAll, prepare_plan<make_op<math::code_where>>, run_plan, destroy_plan});
  kernels.push_back({"cast", kAll, prepare_plan<make_op<math::code_cast>>, run_plan, destroy_plan});
  kernels.push_back({"fusedElementwise", kAll, prepare_plan<make_fused>, run_plan, destroy_plan});
}

}  // namespace cuda
}  // namespace nn
