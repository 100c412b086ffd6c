// Every source of CUDA kernels. backend.cc concatenates them; for an op and dtype the first match wins, so that a library's kernel
// stands before our own for the same op.
#pragma once

#include <vector>

#include "core/abi.h"

namespace nn {
namespace cuda {

void append_cudnn_kernels(std::vector<nn_kernel>& kernels);
void append_cublas_kernels(std::vector<nn_kernel>& kernels);
void append_elementwise_kernels(std::vector<nn_kernel>& kernels);
void append_random_kernels(std::vector<nn_kernel>& kernels);
void append_optimizer_kernels(std::vector<nn_kernel>& kernels);
void append_shape_kernels(std::vector<nn_kernel>& kernels);
void append_index_kernels(std::vector<nn_kernel>& kernels);
void append_reduce_kernels(std::vector<nn_kernel>& kernels);
void append_softmax_kernels(std::vector<nn_kernel>& kernels);
void append_loss_kernels(std::vector<nn_kernel>& kernels);
void append_norm_kernels(std::vector<nn_kernel>& kernels);
void append_pool_kernels(std::vector<nn_kernel>& kernels);
void append_sort_kernels(std::vector<nn_kernel>& kernels);
// Plain loops over any shape and both float types: what the libraries have no way for.
void append_conv_kernels(std::vector<nn_kernel>& kernels);
void append_matmul_kernels(std::vector<nn_kernel>& kernels);

}  // namespace cuda
}  // namespace nn
