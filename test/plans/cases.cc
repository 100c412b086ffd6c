#include "plans/cases.h"

#include <set>

namespace nn {
namespace plans {
namespace {

using cudnn::ConvolutionKind;
using cudnn::Dims;
using cudnn::Steps;

struct Layer {
  int64_t channels, filters;
  Dims image, kernel;
  Dims strides{1, 1}, before{0, 0}, after{0, 0}, dilations{1, 1};
  int64_t groups = 1;
};

struct Ends {  // of a layer's forward
  bool bias = true, residual = false, relu = true;
};

class Table {
 public:
  void forward(const std::string& name, int64_t batch, const Layer& layer, Ends ends = {}) {
    Case made = convolution(name + ".forward" + (ends.residual ? "+residual" : ends.bias ? "" : "-bias"), batch, layer);
    made.convolution.bias = ends.bias;
    made.convolution.residual = ends.residual;
    made.convolution.relu = ends.relu;
    push(std::move(made));
  }
  void backward_input(const std::string& name, int64_t batch, const Layer& layer) {
    Case made = convolution(name + ".backwardInput", batch, layer);
    made.convolution.kind = ConvolutionKind::kBackwardInput;
    push(std::move(made));
  }
  void backward_filter(const std::string& name, int64_t batch, const Layer& layer) {
    Case made = convolution(name + ".backwardFilter", batch, layer);
    made.convolution.kind = ConvolutionKind::kBackwardFilter;
    push(std::move(made));
  }
  // What training and evaluating a layer takes. The network's first layer needs no gradient of its input.
  void layer(const std::string& name, const Layer& layer, const std::vector<int64_t>& training, const std::vector<int64_t>& inference,
             bool first = false, Ends ends = {}) {
    std::set<int64_t> batches(training.begin(), training.end());
    for (int64_t batch : training) {
      backward_filter(name, batch, layer);
      if (!first) backward_input(name, batch, layer);
    }
    batches.insert(inference.begin(), inference.end());
    for (int64_t batch : batches) forward(name, batch, layer, ends);
  }

  void pool(const std::string& name, cudnnResampleMode_t mode, int64_t batch, int64_t channels, const Dims& image, cudnn::Window window) {
    Case made;
    made.kind = Case::Kind::kPooling;
    made.run_time_compiled = true;
    made.precompiled = false;
    made.pooling.mode = mode;
    made.pooling.window = window;
    made.pooling.x = {batch, channels};
    made.pooling.y = {batch, channels};
    for (size_t i = 0; i < image.size(); i++) {
      made.pooling.x.push_back(image[i]);
      made.pooling.y.push_back((image[i] + window.pad_before[i] + window.pad_after[i] - window.size[i]) / window.strides[i] + 1);
    }
    const bool maximum = mode == CUDNN_RESAMPLE_MAXPOOL;
    const std::string end = "." + std::to_string(batch);
    made.name = name + ".forward" + end;
    push(made);
    made.pooling.index = maximum;
    made.name = name + ".forward+index" + end;
    if (maximum) push(made);
    made.pooling.backward = true;
    made.name = name + ".backward" + end;
    push(made);
  }
  void max_pool(const std::string& name, const std::vector<int64_t>& batches, int64_t channels, const Dims& image) {
    for (int64_t batch : batches) pool(name, CUDNN_RESAMPLE_MAXPOOL, batch, channels, image, {{2, 2}, {2, 2}, {0, 0}, {0, 0}});
  }
  void batch_norm(const std::string& name, const std::vector<int64_t>& batches, int64_t channels, const Dims& image) {
    for (int64_t batch : batches) {
      Case made;
      made.kind = Case::Kind::kBatchNorm;
      made.run_time_compiled = true;
      made.precompiled = false;
      made.norm.x = {batch, channels};
      made.norm.x.insert(made.norm.x.end(), image.begin(), image.end());
      made.name = name + ".forward." + std::to_string(batch);
      push(made);
      made.norm.backward = true;
      made.name = name + ".backward." + std::to_string(batch);
      push(made);
    }
  }
  void not_precompiled() { cases_.back().precompiled = false; }
  std::vector<Case> take() { return std::move(cases_); }

 private:
  static Case convolution(const std::string& name, int64_t batch, const Layer& layer) {
    Case made;
    made.name = name + "." + std::to_string(batch);
    cudnn::ConvolutionGraph& c = made.convolution;
    c.x = {batch, layer.channels};
    c.filter = {layer.filters, layer.channels / layer.groups};
    c.y = {batch, layer.filters};
    for (size_t i = 0; i < layer.image.size(); i++) {
      const int64_t extent = (layer.kernel[i] - 1) * layer.dilations[i] + 1;
      c.x.push_back(layer.image[i]);
      c.filter.push_back(layer.kernel[i]);
      c.y.push_back((layer.image[i] + layer.before[i] + layer.after[i] - extent) / layer.strides[i] + 1);
    }
    c.steps = {layer.strides, layer.before, layer.after, layer.dilations};
    return made;
  }
  void push(Case made) { cases_.push_back(std::move(made)); }
  std::vector<Case> cases_;
};

Layer valid(int64_t channels, int64_t filters, int64_t image, int64_t kernel) {
  return {channels, filters, {image, image}, {kernel, kernel}};
}
Layer same(int64_t channels, int64_t filters, int64_t image, int64_t kernel = 3) {
  Layer layer = valid(channels, filters, image, kernel);
  layer.before = layer.after = {kernel / 2, kernel / 2};
  return layer;
}
// Keras' 'same' with a stride of 2 on an even image: the one odd element comes after.
Layer halved(int64_t channels, int64_t filters, int64_t image, int64_t kernel) {
  Layer layer = valid(channels, filters, image, kernel);
  layer.strides = {2, 2};
  layer.after = {kernel / 3, kernel / 3};
  return layer;
}

// W1 is one dense layer: matrix products are cuBLASLt's.
void tutorials(Table& t) {
  const std::vector<int64_t> w2 = {128, 20000 % 128}, w5 = {32, 50000 % 32};
  t.layer("W2.conv1", valid(1, 32, 28, 3), w2, {128, 10000 % 128, 1}, true);
  t.max_pool("W2.pool1", w2, 32, {26, 26});

  t.layer("W3.conv1", valid(1, 32, 30, 3), {32}, {32, 10000 % 32}, true);
  t.layer("W3.conv2", valid(32, 32, 30, 3), {32}, {32, 10000 % 32});
  t.layer("W3.conv3", valid(32, 64, 16, 3), {32}, {32, 10000 % 32});
  t.layer("W3.conv4", valid(64, 64, 16, 3), {32}, {32, 10000 % 32});
  t.max_pool("W3.pool1", {32, 16}, 32, {28, 28});
  t.max_pool("W3.pool2", {32, 16}, 64, {14, 14});

  t.layer("W4.conv1", valid(1, 30, 28, 5), {100}, {100, 32, 10000 % 32}, true);
  t.layer("W4.conv2", valid(30, 15, 12, 3), {100}, {100, 32, 10000 % 32});
  t.max_pool("W4.pool1", {100}, 30, {24, 24});
  t.max_pool("W4.pool2", {100}, 15, {10, 10});

  t.layer("W5.conv1", same(3, 32, 32), w5, {32, 10000 % 32}, true);
  t.layer("W5.conv2", valid(32, 32, 32, 3), w5, {32, 10000 % 32});
  t.layer("W5.conv3", same(32, 64, 15), w5, {32, 10000 % 32});
  t.layer("W5.conv4", valid(64, 64, 15, 3), w5, {32, 10000 % 32});
  t.max_pool("W5.pool1", w5, 32, {30, 30});
  t.max_pool("W5.pool2", w5, 64, {13, 13});
}

void vgg16(Table& t) {
  const struct {
    const char* name;
    int64_t channels, filters, image;
  } layers[] = {{"block1_conv1", 3, 64, 224},    {"block1_conv2", 64, 64, 224},  {"block2_conv1", 64, 128, 112},
                {"block2_conv2", 128, 128, 112}, {"block3_conv1", 128, 256, 56}, {"block3_conv2", 256, 256, 56},
                {"block4_conv1", 256, 512, 28},  {"block4_conv2", 512, 512, 28}, {"block5_conv1", 512, 512, 14}};
  for (const auto& l : layers) {
    t.layer(std::string("VGG16.") + l.name, same(l.channels, l.filters, l.image), {16}, {16, 1}, l.channels == 3);
  }
  t.max_pool("VGG16.block1_pool", {16}, 64, {224, 224});
  t.max_pool("VGG16.block2_pool", {16}, 128, {112, 112});
  t.max_pool("VGG16.block3_pool", {16}, 256, {56, 56});
  t.max_pool("VGG16.block4_pool", {16}, 512, {28, 28});
  t.max_pool("VGG16.block5_pool", {16}, 512, {14, 14});
}

// ResNet-20 for 32 x 32: convolutions without bias and batch normalisation in training; once the normalisation is folded into the
// filters, bias, residual and relu in one graph.
void resnet(Table& t) {
  const std::vector<int64_t> training = {128, 50000 % 128}, inference = {128, 10000 % 128};
  const Ends plain{false, false, false};
  auto layer = [&](const std::string& name, const Layer& l, bool first = false) {
    t.layer("ResNet20." + name, l, training, inference, first, plain);
    for (int64_t batch : inference) t.forward("ResNet20." + name, batch, l);
  };
  layer("conv1", same(3, 16, 32), true);
  layer("stage1", same(16, 16, 32));
  layer("stage2_first", halved(16, 32, 32, 3));
  layer("stage2_shortcut", halved(16, 32, 32, 1));
  layer("stage2", same(32, 32, 16));
  layer("stage3_first", halved(32, 64, 16, 3));
  layer("stage3_shortcut", halved(32, 64, 16, 1));
  layer("stage3", same(64, 64, 8));
  for (int64_t batch : inference) {
    t.forward("ResNet20.stage1", batch, same(16, 16, 32), {true, true, true});
    t.forward("ResNet20.stage2", batch, same(32, 32, 16), {true, true, true});
    t.forward("ResNet20.stage3", batch, same(64, 64, 8), {true, true, true});
  }
  t.batch_norm("ResNet20.norm1", training, 16, {32, 32});
  t.batch_norm("ResNet20.norm2", training, 32, {16, 16});
  t.batch_norm("ResNet20.norm3", training, 64, {8, 8});
  t.batch_norm("layers.norm_odd", {128}, 15, {8, 8});
}

// One of each kind of convolution that the layers offer beside those above.
void layers(Table& t) {
  const Ends plain{false, false, false};
  Layer dilated = same(32, 64, 28);
  dilated.dilations = dilated.before = dilated.after = {2, 2};
  t.layer("layers.dilated", dilated, {32}, {});
  Layer grouped = same(64, 64, 28);
  grouped.groups = 4;
  t.layer("layers.grouped", grouped, {32}, {});
  Layer one{16, 32, {1, 128}, {1, 5}};
  t.layer("layers.conv1d", one, {32}, {});
  Layer deep{4, 8, {16, 16, 16}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
  t.layer("layers.conv3d", deep, {8}, {});
  // A transposed convolution's forward is the backward of another one's input, and its filter's gradient has the images exchanged.
  Layer transposed = valid(32, 64, 28, 3);
  transposed.strides = {2, 2};
  transposed.after = {1, 1};
  t.layer("layers.transposed", transposed, {32}, {}, false, plain);
  // Depthwise convolutions are the one kind whose best engines are compiled when the plan is made; without a compiler a slower one serves.
  Layer depthwise = same(32, 32, 28);
  depthwise.groups = 32;
  t.forward("layers.depthwise", 32, depthwise, plain);
  t.not_precompiled();
  t.backward_input("layers.depthwise", 32, depthwise);
  t.not_precompiled();
  t.backward_filter("layers.depthwise", 32, depthwise);
  t.not_precompiled();
  const cudnn::Window overlapping{{3, 3}, {2, 2}, {0, 0}, {1, 1}};
  t.pool("layers.maxPool", CUDNN_RESAMPLE_MAXPOOL, 32, 64, {28, 28}, overlapping);
  t.pool("layers.avgPool", CUDNN_RESAMPLE_AVGPOOL_EXCLUDE_PADDING, 32, 64, {28, 28}, overlapping);
  t.pool("layers.avgPool_padded", CUDNN_RESAMPLE_AVGPOOL_INCLUDE_PADDING, 32, 64, {28, 28}, overlapping);
}

}  // namespace

std::vector<Case> all_cases() {
  Table table;
  tutorials(table);
  vgg16(table);
  resnet(table);
  layers(table);
  return table.take();
}

}  // namespace plans
}  // namespace nn
