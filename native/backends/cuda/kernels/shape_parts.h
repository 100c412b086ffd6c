// The files that make up the kernels of ops/shape.h.
#pragma once

#include "backends/cuda/kernels/strided_copy.h"

namespace nn {
namespace cuda {

// A value of some dtype, repeated over 16 bytes.
Bytes16 pattern_of(double value, int32_t dtype);

int32_t fill_bytes(nn_device* device, void* to, int64_t bytes, const Bytes16& pattern, nn_error* error);

int32_t run_range(nn_device* device, const nn_args* a, void*, void*, nn_error* error);
int32_t run_concat(nn_device* device, const nn_args* a, void*, void*, nn_error* error);
int32_t run_pad(nn_device* device, const nn_args* a, void*, void*, nn_error* error);
int32_t run_pad_grad(nn_device* device, const nn_args* a, void*, void*, nn_error* error);
int32_t run_slice_grad(nn_device* device, const nn_args* a, void*, void*, nn_error* error);

}  // namespace cuda
}  // namespace nn
