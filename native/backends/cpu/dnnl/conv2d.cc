// Convolutions of float32. Images stay plain NHWC: measured as fast as oneDNN's blocked layouts for every convolution of many channels
// (ARCHITECTURE.md), and 1.9 times as fast as NCHW. Filters go from OHWI to the layout that the primitive asks for in each run: 1 to 6 us.
#include <climits>
#include <memory>

#include "backends/cpu/dnnl/engine.h"
#include "backends/cpu/kernels/direct_conv.h"
#include "backends/cpu/reference/reference.h"

namespace nn {
namespace onednn {

namespace {

Desc images(int64_t n, int64_t h, int64_t w, int64_t c) { return plain({n, c, h, w}, {h * w * c, 1, w * c, c}); }

// The dims of the filter as oneDNN sees it, and its OHWI layout.
Dims filter_dims(const Conv2dGeometry& g) {
  if (g.groups == 1) return {g.filters, g.channels, g.kernel_h, g.kernel_w};
  return {g.groups, g.group_filters(), g.group_channels(), g.kernel_h, g.kernel_w};
}
Desc filter_ohwi(const Conv2dGeometry& g) {
  const int64_t depth = g.group_channels(), row = g.kernel_w * depth, one = g.kernel_h * row;
  if (g.groups == 1) return plain(filter_dims(g), {one, 1, row, depth});
  return plain(filter_dims(g), {g.group_filters() * one, one, 1, row, depth});
}

ConvDescs descs(const Conv2dGeometry& g, bool bias) {
  return {images(g.batch, g.height, g.width, g.channels),
          any(filter_dims(g)),
          bias ? plain({g.filters}, {1}) : Desc(),
          images(g.batch, g.out_h, g.out_w, g.filters),
          {g.stride_h, g.stride_w},
          {g.dilation_h - 1, g.dilation_w - 1},
          {g.pad_top, g.pad_left},
          {g.pad_bottom, g.pad_right}};
}

// oneDNN's kernels are made for images that are not empty, axes that an int holds, and paddings smaller than the kernel.
bool suits(const Conv2dGeometry& g) {
  for (int64_t axis : {g.batch, g.height, g.width, g.channels, g.filters, g.out_h, g.out_w}) {
    if (axis < 1 || axis > INT_MAX / 16) return false;
  }
  const int64_t h = g.extent_h(), w = g.extent_w();
  return h < 32768 && w < 32768 && g.pad_top < h && g.pad_bottom < h && g.pad_left < w && g.pad_right < w;
}

// Work of a few microseconds is not worth waking a thread.
int threads_for(const nn_device* device, const Conv2dGeometry& g) {
  const double work = static_cast<double>(g.batch) * g.out_h * g.out_w * g.filters * g.taps();
  return work < (1 << 19) ? 1 : device->threads;
}

std::unique_ptr<CpuPlan> forward_plan(const State& state, const Conv2dGeometry& g, bool bias, bool relu, int threads) {
  ThreadScope scope(threads);
  const ConvDescs d = descs(g, bias);
  const auto desc = conv_forward(state.engine, d, make_attr(relu));
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::convolution_forward(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_SRC, 0, d.x, d.x);
  plan->input(DNNL_ARG_WEIGHTS, 1, desc.weights_desc(), filter_ohwi(g));
  plan->input(DNNL_ARG_BIAS, 2, d.bias, d.bias);
  plan->output(DNNL_ARG_DST, 0, d.y, d.y);
  return plan;
}

std::unique_ptr<CpuPlan> backward_input_plan(const State& state, const Conv2dGeometry& g, int threads) {
  ThreadScope scope(threads);
  const ConvDescs d = descs(g, false);
  const auto desc = conv_backward_data(state.engine, d, make_attr(false), conv_forward(state.engine, d, make_attr(false)));
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::convolution_backward_data(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_DIFF_DST, 0, d.y, d.y);
  plan->input(DNNL_ARG_WEIGHTS, 1, desc.weights_desc(), filter_ohwi(g));
  plan->output(DNNL_ARG_DIFF_SRC, 0, d.x, d.x);
  return plan;
}

std::unique_ptr<CpuPlan> backward_filter_plan(const State& state, const Conv2dGeometry& g, bool bias, int threads) {
  ThreadScope scope(threads);
  const ConvDescs d = descs(g, bias);
  const auto desc = conv_backward_weights(state.engine, d, make_attr(false), conv_forward(state.engine, d, make_attr(false)));
  auto plan = std::make_unique<PrimitivePlan>(state, dnnl::convolution_backward_weights(desc), desc.scratchpad_desc(), threads);
  plan->input(DNNL_ARG_SRC, 0, d.x, d.x);
  plan->input(DNNL_ARG_DIFF_DST, 1, d.y, d.y);
  plan->output(DNNL_ARG_DIFF_WEIGHTS, 0, desc.diff_weights_desc(), filter_ohwi(g));
  plan->output(DNNL_ARG_DIFF_BIAS, 1, d.bias, d.bias);
  return plan;
}

std::unique_ptr<CpuPlan> make_forward(nn_device* device, const nn_args& a) {
  const Conv2dGeometry g = conv2d_geometry(a.in[0], a.in[1], a.out[0], a.attrs);
  const bool bias = a.n_in > 2, relu = a.attrs[9] != 0;
  if (!suits(g))
    return plain_plan(
        [=](const nn_args& r) { reference::conv2d(g, float_in(r, 0), float_in(r, 1), float_in(r, 2), relu, float_out(r, 0)); });
  const int threads = threads_for(device, g);
  if (direct_conv_is_faster(g)) return make_direct_conv(g, relu, threads);
  return forward_plan(state_of(device), g, bias, relu, threads);
}

std::unique_ptr<CpuPlan> make_backward_input(nn_device* device, const nn_args& a) {
  const Conv2dGeometry g = conv2d_geometry(a.out[0], a.in[1], a.in[0], a.attrs);
  if (!suits(g))
    return plain_plan([=](const nn_args& r) { reference::conv2d_backward_input(g, float_in(r, 0), float_in(r, 1), float_out(r, 0)); });
  return backward_input_plan(state_of(device), g, threads_for(device, g));
}

std::unique_ptr<CpuPlan> make_backward_filter(nn_device* device, const nn_args& a) {
  const Conv2dGeometry g = conv2d_geometry(a.in[0], a.out[0], a.in[1], a.attrs);
  if (!suits(g)) {
    return plain_plan(
        [=](const nn_args& r) { reference::conv2d_backward_filter(g, float_in(r, 0), float_in(r, 1), float_out(r, 0), float_out(r, 1)); });
  }
  const int threads = threads_for(device, g);
  if (direct_conv_backward_is_faster(g)) return make_direct_conv_backward_filter(g, threads);
  return backward_filter_plan(state_of(device), g, a.n_out > 1, threads);
}

}  // namespace

void append_conv2d_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"conv2d", kF32, prepare_plan<make_forward>, run_plan, destroy_plan});
  kernels.push_back({"conv2dBackwardInput", kF32, prepare_plan<make_backward_input>, run_plan, destroy_plan});
  kernels.push_back({"conv2dBackwardFilter", kF32, prepare_plan<make_backward_filter>, run_plan, destroy_plan});
}

}  // namespace onednn
}  // namespace nn
