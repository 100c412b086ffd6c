// The graphs that the kernels of this folder run, from plain shapes. Images are [batch, channels, spatial...] here, as cuDNN counts, and
// lie in memory with the channels innermost; filters are [out, in / groups, spatial...] likewise.
#pragma once

#include "backends/cuda/cudnn/graph.h"

namespace nn {
namespace cudnn {

enum class ConvolutionKind { kForward, kBackwardInput, kBackwardFilter };

struct ConvolutionGraph {
  ConvolutionKind kind = ConvolutionKind::kForward;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  Dims x, filter, y;
  Steps steps;
  bool bias = false, residual = false, relu = false;  // of kForward: relu(convolution + residual + bias)

  int64_t groups() const { return filter[1] == 0 ? 1 : x[1] / filter[1]; }
  bool depthwise() const { return groups() > 1 && filter[1] == 1; }
};
// Data in order: x, filter, residual, bias, y (of those that it has) · dy, filter, dx · x, dy, dfilter.
Graph make_graph(const Session& session, const ConvolutionGraph& convolution);
// What has to hold of a plan for it: true float32 is a matter of float32 products alone.
Rules rules_for(const ConvolutionGraph& convolution, bool tf32, bool deterministic, size_t workspace_limit);

struct PoolingGraph {
  cudnnResampleMode_t mode = CUDNN_RESAMPLE_MAXPOOL;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  bool backward = false, index = false;
  Dims x, y;
  Window window;
};
// Data in order: x, y, index · dy, index, dx.
Graph make_graph(const Session& session, const PoolingGraph& pooling);

struct BatchNormGraph {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  bool backward = false;
  Dims x;
};
// Data in order: x, scale, bias, epsilon (a float on the host), y, mean, 1 / deviation · x, dy, scale, mean, 1 / deviation, dx, dscale,
// dbias.
Graph make_graph(const Session& session, const BatchNormGraph& norm);
// cuDNN loads 16 bytes of channels at a time, and has no engine before compute capability 8.0. Elsewhere our own kernels serve.
bool has_batch_norm(const BatchNormGraph& norm, int capability);

}  // namespace cudnn
}  // namespace nn
