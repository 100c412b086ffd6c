// Float32 ops that cost no more than memory does have a kernel each: no instruction is decoded, and few registers are needed.
#pragma once

#include "backends/cuda/kernels/operand.h"
#include "math/elementwise.h"

namespace nn {
namespace cuda {

struct SingleParameters {
  static constexpr int kMostTerms = 12;
  Operand in[3];
  Term terms[kMostTerms];
  void* out;
  uint32_t n;
  bool aligned;  // the output's four neighbours
  float p, q;    // attributes
};
using SingleKernel = void (*)(SingleParameters);

// By math::ElementwiseCode; NULL: the interpreter does it.
extern const SingleKernel unary_kernels[math::kElementwiseCodes];
extern const SingleKernel binary_kernels[math::kElementwiseCodes];

int32_t launch_single(nn_device* device, int code, const SingleParameters& parameters, const Grid& grid, nn_error* error);

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)

template <class F>
__global__ void __launch_bounds__(kBlock) single_op(const __grid_constant__ SingleParameters s) {
  constexpr bool kTwo = F::kForm == math::kBinary || F::kForm == math::kCompare || F::kForm == math::kTernary;
  constexpr bool kBools = F::kForm == math::kTest || F::kForm == math::kCompare;
  const uint32_t quads = (s.n + 3) / 4, stride = gridDim.x * blockDim.x;
  for (uint32_t quad = blockIdx.x * blockDim.x + threadIdx.x; quad < quads; quad += stride) {
    const uint32_t i = quad * 4;
    const Pack<float, 4> x = read_quad<float>(s.in[0], s.terms, i, s.n);
    Pack<float, 4> y = x, z = x;
    if constexpr (kTwo) y = z = read_quad<float>(s.in[1], s.terms, i, s.n);
    if constexpr (F::kForm == math::kTernary) z = read_quad<float>(s.in[2], s.terms, i, s.n);
    if constexpr (kBools) {
      Pack<uint8_t, 4> result;
#pragma unroll
      for (int k = 0; k < 4; k++) result.v[k] = F::template apply<float>(x.v[k], y.v[k], z.v[k], s.p, s.q) ? 1 : 0;
      write_quad(static_cast<uint8_t*>(s.out), s.aligned, i, s.n, result);
    } else {
      Pack<float, 4> result;
#pragma unroll
      for (int k = 0; k < 4; k++) result.v[k] = F::template apply<float>(x.v[k], y.v[k], z.v[k], s.p, s.q);
      write_quad(static_cast<float*>(s.out), s.aligned, i, s.n, result);
    }
  }
}

template <class F, bool Unary, int Code>
constexpr SingleKernel kernel_of() {
  constexpr bool kOne = F::kForm == math::kUnary || F::kForm == math::kTest;
  if constexpr (kOne == Unary && (F::kDtypes & kF32) != 0 && math::kElementwiseInfo[Code].cost < math::kLibrary)
    return single_op<F>;
  else
    return nullptr;
}

#define NN_SINGLE_UNARY(name, form, dtypes, cost, attributes, value) kernel_of<math::name##_functor, true, math::code_##name>(),
#define NN_SINGLE_BINARY(name, form, dtypes, cost, attributes, value) kernel_of<math::name##_functor, false, math::code_##name>(),

#endif

}  // namespace cuda
}  // namespace nn
