// How a reduction walks its input and is cut into tasks. All of it follows from shapes, never from the number of threads.
#pragma once

#include <cstdint>

#include "backends/cpu/kernels/functions.h"
#include "core/abi.h"
#include "ops/reduce_shape.h"

namespace nn {
namespace cpu {

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
