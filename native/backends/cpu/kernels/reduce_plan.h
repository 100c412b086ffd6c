// How a reduction walks its input and is cut into tasks. All of it follows from shapes, never from the number of threads.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/functions.h"
#include "core/abi.h"

namespace nn {
namespace cpu {

// The input as [outer, rows, columns]: rows are reduced, columns kept, and the outer axes alternate between kept and reduced ones.
struct ReduceShape {
  int64_t rows = 1, columns = 1;
  int64_t outputs = 1, repeats = 1;  // products of the outer kept and of the outer reduced axes
  int n_kept = 0, n_reduced = 0;     // outer axes
  int64_t kept_dim[NN_MAX_RANK], kept_stride[NN_MAX_RANK], reduced_dim[NN_MAX_RANK], reduced_stride[NN_MAX_RANK];
  int64_t count = 1;  // elements in each output

  ReduceShape(const nn_tensor& x, uint32_t mask);
  int64_t kept_offset(int64_t output) const { return offset(output, n_kept, kept_dim, kept_stride); }
  int64_t reduced_offset(int64_t repeat) const { return offset(repeat, n_reduced, reduced_dim, reduced_stride); }

 private:
  static int64_t offset(int64_t index, int n, const int64_t* dim, const int64_t* stride) {
    int64_t at = 0;
    for (int d = n - 1; d >= 0; d--) {
      at += index % dim[d] * stride[d];
      index /= dim[d];
    }
    return at;
  }
};

// One pass: `finish` turns the accumulators of n outputs into elements of `out`, of `out_bytes` each.
struct ReducePass {
  const FoldFunctions* fold;
  void (*finish)(const void* acc, const void* aux, void* out, int64_t n, double count);
  int out_bytes;
};

// Bytes of partial results that run_pass() wants.
int64_t partial_bytes(const ReduceShape& shape, const ReducePass& pass);
// `aux` has an element for each output, or is NULL.
void run_pass(const ReduceShape& shape, const ReducePass& pass, const char* x, int x_bytes, const char* aux, char* out, char* partials);

}  // namespace cpu
}  // namespace nn
