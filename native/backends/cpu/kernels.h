// Every source of CPU kernels. backend.cc concatenates them; for an op and dtype the first match wins.
#pragma once

#include <vector>

#include "core/abi.h"

namespace nn {

void append_elementwise_kernels(std::vector<nn_kernel>& kernels);
void append_reduce_kernels(std::vector<nn_kernel>& kernels);
void append_softmax_kernels(std::vector<nn_kernel>& kernels);
void append_loss_kernels(std::vector<nn_kernel>& kernels);
void append_random_kernels(std::vector<nn_kernel>& kernels);
void append_optimizer_kernels(std::vector<nn_kernel>& kernels);
void append_shape_kernels(std::vector<nn_kernel>& kernels);
void append_index_kernels(std::vector<nn_kernel>& kernels);
void append_pool_kernels(std::vector<nn_kernel>& kernels);
void append_pool3d_kernels(std::vector<nn_kernel>& kernels);
void append_norm_kernels(std::vector<nn_kernel>& kernels);
// Stands before the kernels that it is made of.
void append_compound_kernels(std::vector<nn_kernel>& kernels);
void append_dnnl_kernels(std::vector<nn_kernel>& kernels);
void append_reference_kernels(std::vector<nn_kernel>& kernels);
void append_reference_conv3d_kernels(std::vector<nn_kernel>& kernels);

// The level of the instruction set that the hot loops use on this processor.
const char* kernel_instructions();

}  // namespace nn
