// Convolutions of float32 by cuDNN. Where it has no plan for a shape, our own kernel does the work.
#include "backends/cuda/cudnn/graphs.h"
#include "backends/cuda/cudnn/state.h"
#include "backends/cuda/epilogue.h"
#include "core/op.h"

namespace nn {
namespace cudnn {
namespace {

using PlanPointer = std::unique_ptr<cuda::KernelPlan>;

// From our [batch, spatial..., channels] to cuDNN's order.
Dims image_dims(const nn_tensor& image) {
  Dims dims{image.dims[0], image.dims[image.rank - 1]};
  dims.insert(dims.end(), image.dims + 1, image.dims + image.rank - 1);
  return dims;
}

// Attributes of images and volumes alike are strides, paddings before, paddings after, dilations, each of all axes, then groups (which the
// filter's own dims tell) and the forward's activation.
ConvolutionGraph graph_of(ConvolutionKind kind, const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
  const int axes = x.rank - 2;
  auto list = [&](int from) { return Dims(attrs + from * axes, attrs + (from + 1) * axes); };
  ConvolutionGraph graph;
  graph.kind = kind;
  graph.x = image_dims(x);
  graph.filter = image_dims(filter);
  graph.y = image_dims(y);
  graph.steps = {list(0), list(1), list(2), list(3)};
  return graph;
}

// The library's plan; null where it has none. Its reasons are of no interest: our own kernel is not an error.
std::unique_ptr<GraphPlan> library_plan(nn_device* device, const char* op, const ConvolutionGraph& convolution) {
  for (const Dims* dims : {&convolution.x, &convolution.filter, &convolution.y}) {
    for (int64_t dim : *dims) {
      if (dim == 0) return nullptr;
    }
  }
  if (device->cudnn == nullptr) return nullptr;
  try {
    Graph graph = make_graph(state_of(device)->session, convolution);
    const Rules rules = rules_for(convolution, device->tf32, device->deterministic, device->workspace_limit);
    return std::make_unique<GraphPlan>(device, op, choose_plan(device, graph, rules));
  } catch (const Failure&) {
    return nullptr;
  }
}

// Only the convolution by another plan, the library's or our own kernel; bias, residual and relu by a second pass over y.
class Apart : public cuda::KernelPlan {
 public:
  Apart(PlanPointer convolution, const nn_args& a) : convolution_(std::move(convolution)), attrs_(plain_attrs(a)) {
    workspace = convolution_->workspace;
  }
  static std::vector<int32_t> plain_attrs(const nn_args& a) {
    std::vector<int32_t> attrs(a.attrs, a.attrs + a.n_attrs);
    attrs.back() = 0;
    return attrs;
  }
  static nn_args plain_args(const nn_args& a, const std::vector<int32_t>& attrs) {
    return {a.in, a.out, attrs.data(), 2, 1, static_cast<int32_t>(attrs.size())};
  }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    if (int32_t code = convolution_->run(device, plain_args(a, attrs_), memory, error); code != NN_OK) return code;
    const nn_tensor& y = a.out[0];
    if (y.size == 0) return NN_OK;
    const int64_t channels = y.dims[y.rank - 1];
    const auto activation = static_cast<cuda::Activation>(a.attrs[a.n_attrs - 1]);
    return cuda::finish_rows(device, y.dtype, y.data, a.n_in > 2 ? a.in[2].data : nullptr, a.n_in > 3 ? a.in[3].data : nullptr, nullptr,
                             activation, y.size / channels, channels, error);
  }

 private:
  PlanPointer convolution_;
  std::vector<int32_t> attrs_;
};

// x, filter, bias?, residual? -> y
template <int Rank>
PlanPointer forward(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "conv2d" : "conv3d";
  ConvolutionGraph whole = graph_of(ConvolutionKind::kForward, a.in[0], a.in[1], a.out[0], a.attrs);
  whole.bias = a.n_in > 2;
  whole.residual = a.n_in > 3;
  whole.relu = a.attrs[a.n_attrs - 1] != 0;
  const bool more = whole.bias || whole.relu, single = a.in[0].dtype == NN_FLOAT32;
  // The only engine for a depthwise convolution with a bias is a slow one, so that goes in two steps at once.
  if (single && (!more || !whole.depthwise())) {
    if (auto plan = library_plan(device, op, whole)) {
      plan->in(0).in(1);
      if (whole.residual) plan->in(3);
      if (whole.bias) plan->in(2);
      plan->out(0);
      return plan;
    }
  }
  if (single && more) {
    ConvolutionGraph plain = whole;
    plain.bias = plain.residual = plain.relu = false;
    if (auto plan = library_plan(device, op, plain)) {
      plan->in(0).in(1).out(0);
      return std::make_unique<Apart>(std::move(plan), a);
    }
  }
  // Our own kernel knows bias and relu, but no residual.
  if (!whole.residual) return cuda::own_kernel(device, op, a, error);
  const std::vector<int32_t> attrs = Apart::plain_attrs(a);
  PlanPointer plan = cuda::own_kernel(device, op, Apart::plain_args(a, attrs), error);
  return plan == nullptr ? nullptr : std::make_unique<Apart>(std::move(plan), a);
}

template <int Rank>
PlanPointer backward_input(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "conv2dBackwardInput" : "conv3dBackwardInput";
  auto plan = library_plan(device, op, graph_of(ConvolutionKind::kBackwardInput, a.out[0], a.in[1], a.in[0], a.attrs));
  if (plan == nullptr) return cuda::own_kernel(device, op, a, error);
  plan->in(0).in(1).out(0);
  return plan;
}

// The filter's gradient by the library, then the sum of dy over all pixels by our reduction.
class WithBias : public cuda::KernelPlan {
 public:
  WithBias(std::unique_ptr<GraphPlan> filter, PlanPointer sum, int32_t axes)
      : filter_(std::move(filter)), sum_(std::move(sum)), axes_(axes) {
    workspace = std::max(filter_->workspace, sum_->workspace);  // one after the other, so they share it
  }
  int32_t run(nn_device* device, const nn_args& args, char* memory, nn_error* error) override {
    if (int32_t code = filter_->run(device, args, memory, error); code != NN_OK) return code;
    return sum_->run(device, sum_args(args, &axes_), memory, error);
  }
  static nn_args sum_args(const nn_args& args, const int32_t* axes) { return {args.in + 1, args.out + 1, axes, 1, 1, 1}; }

 private:
  std::unique_ptr<GraphPlan> filter_;
  PlanPointer sum_;
  int32_t axes_;
};

template <int Rank>
PlanPointer backward_filter(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "conv2dBackwardFilter" : "conv3dBackwardFilter";
  auto plan = library_plan(device, op, graph_of(ConvolutionKind::kBackwardFilter, a.in[0], a.out[0], a.in[1], a.attrs));
  if (plan == nullptr) return cuda::own_kernel(device, op, a, error);
  plan->in(0).in(1).out(0);
  if (a.n_out < 2) return plan;
  const int32_t axes = (1 << (a.in[1].rank - 1)) - 1;  // all but the channels
  PlanPointer sum = cuda::own_kernel(device, "sum", WithBias::sum_args(a, &axes), error);
  if (sum == nullptr) return nullptr;
  return std::make_unique<WithBias>(std::move(plan), std::move(sum), axes);
}

}  // namespace

void append_convolution_kernels(std::vector<nn_kernel>& kernels) {
  using cuda::destroy_plan;
  using cuda::prepare_plan;
  using cuda::run_plan;
  kernels.push_back({"conv2d", kFloats, prepare_plan<forward<4>>, run_plan, destroy_plan});
  kernels.push_back({"conv2dBackwardInput", kF32, prepare_plan<backward_input<4>>, run_plan, destroy_plan});
  kernels.push_back({"conv2dBackwardFilter", kF32, prepare_plan<backward_filter<4>>, run_plan, destroy_plan});
  kernels.push_back({"conv3d", kF32, prepare_plan<forward<5>>, run_plan, destroy_plan});
  kernels.push_back({"conv3dBackwardInput", kF32, prepare_plan<backward_input<5>>, run_plan, destroy_plan});
  kernels.push_back({"conv3dBackwardFilter", kF32, prepare_plan<backward_filter<5>>, run_plan, destroy_plan});
}

}  // namespace cudnn
}  // namespace nn
