// Matrix products of float32. Transposed operands are strides, never copies.
#include <climits>
#include <memory>

#include "backends/cpu/dnnl/engine.h"
#include "backends/cpu/reference/reference.h"

namespace nn {
namespace onednn {

namespace {

Desc matrix(const MatmulGeometry& g, bool batched, int64_t rows, int64_t columns, bool transposed) {
  const int64_t row = transposed ? 1 : columns, column = transposed ? rows : 1;
  if (g.batch == 1) return plain({rows, columns}, {row, column});
  return plain({batched ? g.batch : 1, rows, columns}, {rows * columns, row, column});
}

// oneDNN lists its brgemm implementation first. Measured on 2 cores with AVX-512, 2.6 and 3.7 alike, the older gemm takes as long or less
// for products with a transposed left side (5408x128 by 128x10: 71 against 108 us), for large right sides, which it need not copy (32x3136
// by 3136x512: 245 against 298), and for short sums (128x10 by 10x5408 transposed: 50 against 50 to 86); with a transposed right side it
// takes up to three times as long (32x512 by 512x3136: 850 against 315).
bool prefers_gemm(const MatmulGeometry& g) {
  const int64_t large = int64_t{1} << 20;
  if (g.batch != 1) return false;
  if (g.transpose_a) return g.m * g.n * g.k >= large;
  return g.transpose_b ? g.k <= 16 && g.m * g.n * g.k >= large : g.k * g.n >= large;
}

std::unique_ptr<CpuPlan> make(nn_device* device, const nn_args& args) {
  const MatmulGeometry g = matmul_geometry(args);
  bool suits = g.batch > 0 && g.m > 0 && g.n > 0 && g.k > 0;
  for (int64_t axis : {g.batch, g.m, g.n, g.k}) suits = suits && axis <= INT_MAX / 16;
  if (!suits) {
    return plain_plan([=](const nn_args& r) { reference::matmul(g, float_in(r, 0), float_in(r, 1), float_in(r, 2), float_out(r, 0)); });
  }
  const State& state = state_of(device);
  // Work of a few microseconds is not worth waking a thread.
  const int threads = static_cast<double>(g.batch) * g.m * g.n * g.k < (1 << 19) ? 1 : device->threads;
  ThreadScope scope(threads);
  const Desc a = matrix(g, g.a_batched, g.m, g.k, g.transpose_a), b = matrix(g, g.b_batched, g.k, g.n, g.transpose_b);
  const Desc c = matrix(g, true, g.m, g.n, false);
  Desc bias;
  if (args.n_in > 2) bias = g.batch == 1 ? plain({1, g.n}, {g.n, 1}) : plain({1, 1, g.n}, {g.n, g.n, 1});
  const auto desc = matmul(state.engine, a, b, bias, c, make_attr(g.relu), prefers_gemm(g) ? "gemm" : nullptr);
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::matmul(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_SRC, 0, a, a);
  plan->input(DNNL_ARG_WEIGHTS, 1, b, b);
  plan->input(DNNL_ARG_BIAS, 2, bias, bias);
  plan->output(DNNL_ARG_DST, 0, c, c);
  return plan;
}

}  // namespace

void append_matmul_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"matmul", kF32, prepare_plan<make>, run_plan, destroy_plan});
}

}  // namespace onednn
}  // namespace nn
