// Tensors and operations of a graph: one function for each, nothing is decided here.
#include "backends/cuda/cudnn/graph.h"

namespace nn {
namespace cudnn {
namespace {

size_t bytes_of(cudnnDataType_t type) {
  switch (type) {
    case CUDNN_DATA_DOUBLE:
      return 8;
    case CUDNN_DATA_HALF:
    case CUDNN_DATA_BFLOAT16:
      return 2;
    case CUDNN_DATA_INT8:
      return 1;
    default:
      return 4;
  }
}

Dims channels_last(const Dims& dims) {
  Dims strides(dims.size(), 1);
  int64_t step = dims.size() > 1 ? dims[1] : 1;
  for (size_t axis = dims.size(); axis-- > 2;) {
    strides[axis] = step;
    step *= dims[axis];
  }
  strides[0] = step;
  return strides;
}

std::string list_text(const Dims& values) {
  std::string text;
  for (int64_t value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

}  // namespace

Descriptor& Graph::make(cudnnBackendDescriptorType_t type) {
  kept_->push_back(std::make_unique<Descriptor>(*session_.api, type));
  return *kept_->back();
}

int Graph::tensor(const Dims& dims, cudnnDataType_t type, Role role) {
  Descriptor& made = make(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  const int64_t id = static_cast<int64_t>(tensors_.size()) + 1;
  made.set_one(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, type);
  made.set_longs(CUDNN_ATTR_TENSOR_DIMENSIONS, dims);
  made.set_longs(CUDNN_ATTR_TENSOR_STRIDES, channels_last(dims));
  made.set_one(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, id);
  made.set_one(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, int64_t{16});
  if (role == Role::kVirtual) made.set_one(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, true);
  if (role == Role::kScalar) made.set_one(CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, true);
  made.finalize();
  tensors_.push_back(&made);
  if (role != Role::kVirtual) {
    ids_.push_back(id);
    size_t bytes = bytes_of(type);
    for (int64_t dim : dims) bytes *= static_cast<size_t>(dim);
    bytes_.push_back(role == Role::kScalar ? 0 : bytes);
  }
  text_ += "t" + std::to_string(static_cast<int>(type)) + ":" + list_text(dims) + (role == Role::kVirtual ? "v" : "") + " ";
  return static_cast<int>(tensors_.size()) - 1;
}

void Graph::operation(Descriptor& made, const std::string& text) {
  made.finalize();
  operations_.push_back(made.raw());
  text_ += text + " ";
}

Descriptor& Graph::steps_of(const Steps& steps) {
  Descriptor& made = make(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  made.set_one(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
  made.set_one(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_CROSS_CORRELATION);
  made.set_one(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, static_cast<int64_t>(steps.strides.size()));
  made.set_longs(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, steps.pad_before);
  made.set_longs(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, steps.pad_after);
  made.set_longs(CUDNN_ATTR_CONVOLUTION_DILATIONS, steps.dilations);
  made.set_longs(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, steps.strides);
  made.finalize();
  text_ += "s" + list_text(steps.strides) + "p" + list_text(steps.pad_before) + ";" + list_text(steps.pad_after) + "d" +
           list_text(steps.dilations) + " ";
  return made;
}

void Graph::convolution_forward(int x, int filter, int y, const Steps& steps) {
  Descriptor& settings = steps_of(steps);
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, of(x));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, of(filter));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, of(y));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, settings);
  made.set_one(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1.0f);
  made.set_one(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 0.0f);
  operation(made, "fprop");
}

void Graph::convolution_backward_input(int dy, int filter, int dx, const Steps& steps) {
  Descriptor& settings = steps_of(steps);
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, of(dy));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, of(filter));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, of(dx));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, settings);
  made.set_one(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1.0f);
  made.set_one(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 0.0f);
  operation(made, "dgrad");
}

void Graph::convolution_backward_filter(int x, int dy, int dfilter, const Steps& steps) {
  Descriptor& settings = steps_of(steps);
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, of(x));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, of(dy));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, of(dfilter));
  made.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, settings);
  made.set_one(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_TYPE_FLOAT, 1.0f);
  made.set_one(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, CUDNN_TYPE_FLOAT, 0.0f);
  operation(made, "wgrad");
}

void Graph::pointwise(cudnnPointwiseMode_t mode, int a, int b, int y) {
  Descriptor& settings = make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  settings.set_one(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, mode);
  settings.set_one(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
  settings.finalize();
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  made.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, settings);
  made.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, of(a));
  if (b >= 0) made.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, of(b));
  made.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, of(y));
  operation(made, "pw" + std::to_string(static_cast<int>(mode)));
}

void Graph::add(int a, int b, int y) { pointwise(CUDNN_POINTWISE_ADD, a, b, y); }
void Graph::relu(int x, int y) { pointwise(CUDNN_POINTWISE_RELU_FWD, x, -1, y); }

Descriptor& Graph::resample(cudnnResampleMode_t mode, const Window& window) {
  Descriptor& made = make(CUDNN_BACKEND_RESAMPLE_DESCRIPTOR);
  const bool maximum = mode == CUDNN_RESAMPLE_MAXPOOL;
  made.set_one(CUDNN_ATTR_RESAMPLE_MODE, CUDNN_TYPE_RESAMPLE_MODE, mode);
  made.set_one(CUDNN_ATTR_RESAMPLE_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
  made.set_one(CUDNN_ATTR_RESAMPLE_NAN_PROPAGATION, CUDNN_TYPE_NAN_PROPOGATION, CUDNN_PROPAGATE_NAN);
  made.set_one(CUDNN_ATTR_RESAMPLE_PADDING_MODE, CUDNN_TYPE_PADDING_MODE, maximum ? CUDNN_NEG_INF_PAD : CUDNN_ZERO_PAD);
  made.set_one(CUDNN_ATTR_RESAMPLE_SPATIAL_DIMS, CUDNN_TYPE_INT64, static_cast<int64_t>(window.size.size()));
  made.set_longs(CUDNN_ATTR_RESAMPLE_WINDOW_DIMS, window.size);
  made.set_longs(CUDNN_ATTR_RESAMPLE_STRIDES, window.strides);
  made.set_longs(CUDNN_ATTR_RESAMPLE_PRE_PADDINGS, window.pad_before);
  made.set_longs(CUDNN_ATTR_RESAMPLE_POST_PADDINGS, window.pad_after);
  made.finalize();
  text_ += "w" + list_text(window.size) + "s" + list_text(window.strides) + "p" + list_text(window.pad_before) + ";" +
           list_text(window.pad_after) + " ";
  return made;
}

void Graph::pool_forward(cudnnResampleMode_t mode, int x, int y, int index, const Window& window) {
  Descriptor& settings = resample(mode, window);
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_RESAMPLE_FWD_DESCRIPTOR);
  made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_FWD_DESC, settings);
  made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_FWD_XDESC, of(x));
  made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_FWD_YDESC, of(y));
  if (index >= 0) made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_FWD_IDXDESC, of(index));
  made.set_one(CUDNN_ATTR_OPERATION_RESAMPLE_FWD_ALPHA, CUDNN_TYPE_DOUBLE, 1.0);
  made.set_one(CUDNN_ATTR_OPERATION_RESAMPLE_FWD_BETA, CUDNN_TYPE_DOUBLE, 0.0);
  operation(made, "pool" + std::to_string(static_cast<int>(mode)));
}

void Graph::pool_backward(cudnnResampleMode_t mode, int dy, int index, int dx, const Window& window) {
  Descriptor& settings = resample(mode, window);
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_RESAMPLE_BWD_DESCRIPTOR);
  made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_BWD_DESC, settings);
  made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_BWD_DXDESC, of(dx));
  made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_BWD_DYDESC, of(dy));
  if (index >= 0) made.set_descriptor(CUDNN_ATTR_OPERATION_RESAMPLE_BWD_IDXDESC, of(index));
  made.set_one(CUDNN_ATTR_OPERATION_RESAMPLE_BWD_ALPHA, CUDNN_TYPE_DOUBLE, 1.0);
  made.set_one(CUDNN_ATTR_OPERATION_RESAMPLE_BWD_BETA, CUDNN_TYPE_DOUBLE, 0.0);
  operation(made, "unpool" + std::to_string(static_cast<int>(mode)));
}

void Graph::batch_norm_forward(int x, int scale, int bias, int epsilon, int y, int mean, int inverse_deviation) {
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR);
  made.set_one(CUDNN_ATTR_OPERATION_NORM_FWD_MODE, CUDNN_TYPE_NORM_MODE, CUDNN_BATCH_NORM);
  made.set_one(CUDNN_ATTR_OPERATION_NORM_FWD_PHASE, CUDNN_TYPE_NORM_FWD_PHASE, CUDNN_NORM_FWD_TRAINING);
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_XDESC, of(x));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_MEAN_DESC, of(mean));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_INV_VARIANCE_DESC, of(inverse_deviation));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_SCALE_DESC, of(scale));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_BIAS_DESC, of(bias));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_EPSILON_DESC, of(epsilon));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_FWD_YDESC, of(y));
  operation(made, "norm");
}

void Graph::batch_norm_backward(int x, int dy, int scale, int mean, int inverse_deviation, int dx, int dscale, int dbias) {
  Descriptor& made = make(CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR);
  made.set_one(CUDNN_ATTR_OPERATION_NORM_BWD_MODE, CUDNN_TYPE_NORM_MODE, CUDNN_BATCH_NORM);
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_XDESC, of(x));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC, of(dy));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, of(scale));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC, of(mean));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC, of(inverse_deviation));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC, of(dscale));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC, of(dbias));
  made.set_descriptor(CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC, of(dx));
  operation(made, "dnorm");
}

}  // namespace cudnn
}  // namespace nn
