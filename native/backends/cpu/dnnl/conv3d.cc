// Convolutions of volumes of float32, plain NDHWC for the reasons that conv2d.cc gives.
#include <climits>
#include <memory>

#include "backends/cpu/dnnl/engine.h"
#include "backends/cpu/reference/reference.h"

namespace nn {
namespace onednn {

namespace {

Desc volumes(int64_t n, const int64_t* sides, int64_t c) {
  const int64_t row = sides[2] * c, slice = sides[1] * row;
  return plain({n, c, sides[0], sides[1], sides[2]}, {sides[0] * slice, 1, slice, row, c});
}

// The dims of the filter as oneDNN sees it, and its ODHWI layout.
Dims filter_dims(const Conv3dGeometry& g) {
  if (g.groups == 1) return {g.filters, g.channels, g.kernel[0], g.kernel[1], g.kernel[2]};
  return {g.groups, g.group_filters(), g.group_channels(), g.kernel[0], g.kernel[1], g.kernel[2]};
}
Desc filter_odhwi(const Conv3dGeometry& g) {
  const int64_t depth = g.group_channels(), row = g.kernel[2] * depth, slice = g.kernel[1] * row, one = g.kernel[0] * slice;
  if (g.groups == 1) return plain(filter_dims(g), {one, 1, slice, row, depth});
  return plain(filter_dims(g), {g.group_filters() * one, one, 1, slice, row, depth});
}

Dims triple(const int64_t* values, int64_t less = 0) { return {values[0] - less, values[1] - less, values[2] - less}; }

ConvDescs descs(const Conv3dGeometry& g, bool bias) {
  return {volumes(g.batch, g.image, g.channels),
          any(filter_dims(g)),
          bias ? plain({g.filters}, {1}) : Desc(),
          volumes(g.batch, g.out, g.filters),
          triple(g.stride),
          triple(g.dilation, 1),
          triple(g.before),
          triple(g.after)};
}

// oneDNN's kernels are made for volumes that are not empty, axes that an int holds, and paddings smaller than the kernel.
bool suits(const Conv3dGeometry& g) {
  const auto fits = [](int64_t axis) { return axis >= 1 && axis <= INT_MAX / 16; };
  if (!fits(g.batch) || !fits(g.channels) || !fits(g.filters)) return false;
  for (int i = 0; i < 3; i++) {
    if (!fits(g.image[i]) || !fits(g.out[i])) return false;
    if (g.extent(i) >= 32768 || g.before[i] >= g.extent(i) || g.after[i] >= g.extent(i)) return false;
  }
  return true;
}

// Work of a few microseconds is not worth waking a thread.
int threads_for(const nn_device* device, const Conv3dGeometry& g) {
  const double work = static_cast<double>(g.batch) * g.out[0] * g.out[1] * g.out[2] * g.filters * g.taps();
  return work < (1 << 19) ? 1 : device->threads;
}

std::unique_ptr<CpuPlan> make_forward(nn_device* device, const nn_args& a) {
  const Conv3dGeometry g = conv3d_geometry(a.in[0], a.in[1], a.out[0], a.attrs);
  const bool relu = a.attrs[13] != 0;
  if (!suits(g)) {
    return plain_plan(
        [=](const nn_args& r) { reference::conv3d(g, float_in(r, 0), float_in(r, 1), float_in(r, 2), relu, float_out(r, 0)); });
  }
  const State& state = state_of(device);
  const int threads = threads_for(device, g);
  ThreadScope scope(threads);
  const ConvDescs d = descs(g, a.n_in > 2);
  const auto desc = conv_forward(state.engine, d, make_attr(relu));
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::convolution_forward(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_SRC, 0, d.x, d.x);
  plan->input(DNNL_ARG_WEIGHTS, 1, desc.weights_desc(), filter_odhwi(g));
  plan->input(DNNL_ARG_BIAS, 2, d.bias, d.bias);
  plan->output(DNNL_ARG_DST, 0, d.y, d.y);
  return plan;
}

std::unique_ptr<CpuPlan> make_backward_input(nn_device* device, const nn_args& a) {
  const Conv3dGeometry g = conv3d_geometry(a.out[0], a.in[1], a.in[0], a.attrs);
  if (!suits(g))
    return plain_plan([=](const nn_args& r) { reference::conv3d_backward_input(g, float_in(r, 0), float_in(r, 1), float_out(r, 0)); });
  const State& state = state_of(device);
  const int threads = threads_for(device, g);
  ThreadScope scope(threads);
  const ConvDescs d = descs(g, false);
  const auto desc = conv_backward_data(state.engine, d, make_attr(false), conv_forward(state.engine, d, make_attr(false)));
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::convolution_backward_data(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_DIFF_DST, 0, d.y, d.y);
  plan->input(DNNL_ARG_WEIGHTS, 1, desc.weights_desc(), filter_odhwi(g));
  plan->output(DNNL_ARG_DIFF_SRC, 0, d.x, d.x);
  return plan;
}

std::unique_ptr<CpuPlan> make_backward_filter(nn_device* device, const nn_args& a) {
  const Conv3dGeometry g = conv3d_geometry(a.in[0], a.out[0], a.in[1], a.attrs);
  if (!suits(g)) {
    return plain_plan(
        [=](const nn_args& r) { reference::conv3d_backward_filter(g, float_in(r, 0), float_in(r, 1), float_out(r, 0), float_out(r, 1)); });
  }
  const State& state = state_of(device);
  const int threads = threads_for(device, g);
  ThreadScope scope(threads);
  const ConvDescs d = descs(g, a.n_out > 1);
  const auto desc = conv_backward_weights(state.engine, d, make_attr(false), conv_forward(state.engine, d, make_attr(false)));
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::convolution_backward_weights(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_SRC, 0, d.x, d.x);
  plan->input(DNNL_ARG_DIFF_DST, 1, d.y, d.y);
  plan->output(DNNL_ARG_DIFF_WEIGHTS, 0, desc.diff_weights_desc(), filter_odhwi(g));
  plan->output(DNNL_ARG_DIFF_BIAS, 1, d.bias, d.bias);
  return plan;
}

}  // namespace

void append_conv3d_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"conv3d", kF32, prepare_plan<make_forward>, run_plan, destroy_plan});
  kernels.push_back({"conv3dBackwardInput", kF32, prepare_plan<make_backward_input>, run_plan, destroy_plan});
  kernels.push_back({"conv3dBackwardFilter", kF32, prepare_plan<make_backward_filter>, run_plan, destroy_plan});
}

}  // namespace onednn
}  // namespace nn
