// Single element-wise ops: broadcasting, threads and the list of kernels.
#include "backends/cpu/kernels/elementwise.h"

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/broadcast.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/elementwise.h"

namespace nn {
namespace cpu {

namespace {

constexpr int64_t kBlock = 1024;  // elements: three blocks of float32 with their buffers fit in the first-level cache
constexpr int kMaxOperands = 3;

void run_plain(ElementwiseFn fn, const nn_args& a, const double* attrs, int64_t cost) {
  const int64_t n = a.out[0].size, blocks = (n + kBlock - 1) / kBlock;
  const int out_bytes = dtype_bytes(a.out[0].dtype);
  parallel_for(blocks, kParallelWork / (kBlock * cost), [&](int64_t first, int64_t last) {
    const int64_t begin = first * kBlock, end = last * kBlock < n ? last * kBlock : n;
    const void* in[kMaxOperands];
    for (int i = 0; i < a.n_in; i++) in[i] = static_cast<const char*>(a.in[i].data) + begin * dtype_bytes(a.in[i].dtype);
    fn(in, static_cast<char*>(a.out[0].data) + begin * out_bytes, end - begin, attrs);
  });
}

void run_broadcast(ElementwiseFn fn, const nn_args& a, const BlockSource* source, const double* attrs, int64_t cost) {
  const int64_t n = a.out[0].size, blocks = (n + kBlock - 1) / kBlock;
  const int out_bytes = dtype_bytes(a.out[0].dtype);
  parallel_for(blocks, kParallelWork / (kBlock * cost), [&](int64_t first, int64_t last) {
    alignas(64) char buffer[kMaxOperands][2 * kBlock * sizeof(double)];
    for (int i = 0; i < a.n_in; i++) source[i].prepare(buffer[i], n);
    for (int64_t b = first; b < last; b++) {
      const int64_t begin = b * kBlock, size = n - begin < kBlock ? n - begin : kBlock;
      const void* in[kMaxOperands];
      for (int i = 0; i < a.n_in; i++) in[i] = source[i].block(begin, size, buffer[i]);
      fn(in, static_cast<char*>(a.out[0].data) + begin * out_bytes, size, attrs);
    }
  });
}

int32_t run(ElementwiseFn fn, const nn_args& a, int cost) {
  const double attrs[2] = {a.n_attrs >= 2 ? attr_float(a.attrs) : 0, a.n_attrs >= 4 ? attr_float(a.attrs + 2) : 0};
  if (a.out[0].size == 0) return NN_OK;
  BlockSource source[kMaxOperands];
  bool plain = true;
  for (int i = 0; i < a.n_in; i++) {
    source[i] = BlockSource(a.in[i], a.out[0], kBlock);
    plain = plain && source[i].is_full();
  }
  if (plain)
    run_plain(fn, a, attrs, cost);
  else
    run_broadcast(fn, a, source, attrs, cost);
  return NN_OK;
}

template <int Code>
int32_t run_code(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const int dtype = a->in[Code == math::code_where ? 1 : 0].dtype;
  return run(elementwise_functions(dtype)[Code], *a, elementwise_cost(Code, dtype));
}
int32_t run_cast(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return run(cast_function(a->in[0].dtype, a->out[0].dtype), *a, 1);
}

}  // namespace

int elementwise_cost(int code, int dtype) {
  const int cost = math::kElementwiseInfo[code].cost;
  // What is a polynomial in float32 is the C library's function in float64.
  return dtype == NN_FLOAT64 && cost >= math::kPolynomial && cost < math::kLibrary ? math::kLibrary : cost;
}

}  // namespace cpu

void append_elementwise_kernels(std::vector<nn_kernel>& kernels) {
  using namespace cpu;
#define NN_KERNEL(name, form, dtypes, cost, attributes, value) \
  kernels.push_back({#name, math::name##_functor::kDtypes, nullptr, run_code<math::code_##name>, nullptr});
  NN_ELEMENTWISE_OPS(NN_KERNEL)
#undef NN_KERNEL
  kernels.push_back({"where", kAll, nullptr, run_code<math::code_where>, nullptr});
  kernels.push_back({"cast", kAll, nullptr, run_cast, nullptr});
  append_fused_kernels(kernels);
}

}  // namespace nn
