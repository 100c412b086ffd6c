#include "backends/cuda/cudnn/graphs.h"

namespace nn {
namespace cudnn {

Graph make_graph(const Session& session, const ConvolutionGraph& c) {
  Graph graph(session);
  if (c.kind == ConvolutionKind::kBackwardInput) {
    const int dy = graph.tensor(c.y, c.type), filter = graph.tensor(c.filter, c.type), dx = graph.tensor(c.x, c.type);
    graph.convolution_backward_input(dy, filter, dx, c.steps);
    return graph;
  }
  if (c.kind == ConvolutionKind::kBackwardFilter) {
    const int x = graph.tensor(c.x, c.type), dy = graph.tensor(c.y, c.type), dfilter = graph.tensor(c.filter, c.type);
    graph.convolution_backward_filter(x, dy, dfilter, c.steps);
    return graph;
  }
  Dims channels(c.y.size(), 1);
  channels[1] = c.y[1];
  const int x = graph.tensor(c.x, c.type), filter = graph.tensor(c.filter, c.type);
  const int residual = c.residual ? graph.tensor(c.y, c.type) : -1;
  const int bias = c.bias ? graph.tensor(channels, c.type) : -1;
  const int y = graph.tensor(c.y, c.type);
  // The last step writes y, each one before it an intermediate of float32 that has no memory.
  int left = (c.residual ? 1 : 0) + (c.bias ? 1 : 0) + (c.relu ? 1 : 0);
  auto target = [&] { return left-- == 0 ? y : graph.tensor(c.y, CUDNN_DATA_FLOAT, Role::kVirtual); };
  int value = target();
  graph.convolution_forward(x, filter, value, c.steps);
  for (int operand : {residual, bias}) {
    if (operand < 0) continue;
    const int next = target();
    graph.add(value, operand, next);
    value = next;
  }
  if (c.relu) graph.relu(value, target());
  return graph;
}

Rules rules_for(const ConvolutionGraph& convolution, bool tf32, bool deterministic, size_t workspace_limit) {
  Rules rules;
  rules.strict_float32 = convolution.type == CUDNN_DATA_FLOAT && !tf32;
  rules.deterministic = deterministic;
  rules.workspace_limit = workspace_limit;
  return rules;
}

Graph make_graph(const Session& session, const PoolingGraph& p) {
  Graph graph(session);
  if (p.backward) {
    const int dy = graph.tensor(p.y, p.type);
    const int index = p.index ? graph.tensor(p.y, CUDNN_DATA_INT8) : -1;
    graph.pool_backward(p.mode, dy, index, graph.tensor(p.x, p.type), p.window);
    return graph;
  }
  const int x = graph.tensor(p.x, p.type), y = graph.tensor(p.y, p.type);
  graph.pool_forward(p.mode, x, y, p.index ? graph.tensor(p.y, CUDNN_DATA_INT8) : -1, p.window);
  return graph;
}

Graph make_graph(const Session& session, const BatchNormGraph& n) {
  Graph graph(session);
  Dims channels(n.x.size(), 1), one(n.x.size(), 1);
  channels[1] = n.x[1];
  const auto of_channels = [&] { return graph.tensor(channels, CUDNN_DATA_FLOAT); };
  const int x = graph.tensor(n.x, n.type);
  if (n.backward) {
    const int dy = graph.tensor(n.x, n.type), scale = of_channels(), mean = of_channels(), inverse = of_channels();
    const int dx = graph.tensor(n.x, n.type), dscale = of_channels(), dbias = of_channels();
    graph.batch_norm_backward(x, dy, scale, mean, inverse, dx, dscale, dbias);
    return graph;
  }
  const int scale = of_channels(), bias = of_channels(), epsilon = graph.tensor(one, CUDNN_DATA_FLOAT, Role::kScalar);
  const int y = graph.tensor(n.x, n.type), mean = of_channels(), inverse = of_channels();
  graph.batch_norm_forward(x, scale, bias, epsilon, y, mean, inverse);
  return graph;
}

bool has_batch_norm(const BatchNormGraph& norm, int capability) {
  return capability >= 80 && norm.x[1] % (norm.type == CUDNN_DATA_FLOAT ? 4 : 8) == 0;
}

}  // namespace cudnn
}  // namespace nn
