#include "backends/cpu/kernels.h"

#include "backends/cpu/reference/reference.h"

namespace nn {

namespace {

const double* in(const nn_args& a, int i) { return i < a.n_in ? static_cast<const double*>(a.in[i].data) : nullptr; }
double* out(const nn_args& a, int i) { return i < a.n_out ? static_cast<double*>(a.out[i].data) : nullptr; }

int32_t run_matmul(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  reference::matmul(matmul_geometry(a), in(a, 0), in(a, 1), in(a, 2), out(a, 0));
  return NN_OK;
}

int32_t run_conv2d(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  const Conv2dGeometry g = conv2d_geometry(a.in[0], a.in[1], a.out[0], a.attrs);
  reference::conv2d(g, in(a, 0), in(a, 1), in(a, 2), a.attrs[9] != 0, out(a, 0));
  return NN_OK;
}

int32_t run_backward_input(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  reference::conv2d_backward_input(conv2d_geometry(a.out[0], a.in[1], a.in[0], a.attrs), in(a, 0), in(a, 1), out(a, 0));
  return NN_OK;
}

int32_t run_backward_filter(nn_device*, const nn_args* args, void*, void*, nn_error*) {
  const nn_args& a = *args;
  reference::conv2d_backward_filter(conv2d_geometry(a.in[0], a.out[0], a.in[1], a.attrs), in(a, 0), in(a, 1), out(a, 0), out(a, 1));
  return NN_OK;
}

}  // namespace

void append_reference_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"matmul", kF64, nullptr, run_matmul, nullptr});
  kernels.push_back({"conv2d", kF64, nullptr, run_conv2d, nullptr});
  kernels.push_back({"conv2dBackwardInput", kF64, nullptr, run_backward_input, nullptr});
  kernels.push_back({"conv2dBackwardFilter", kF64, nullptr, run_backward_filter, nullptr});
}

}  // namespace nn
