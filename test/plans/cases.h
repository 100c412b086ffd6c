// Every cuDNN graph that the tutorials' networks, VGG16, a small ResNet and the library's other convolution layers need.
#pragma once

#include <string>
#include <vector>

#include "backends/cuda/cudnn/graphs.h"

namespace nn {
namespace plans {

struct Case {
  enum class Kind { kConvolution, kPooling, kBatchNorm };
  std::string name;  // "W5.conv2.forward.32": model, layer, direction, batch
  Kind kind = Kind::kConvolution;
  cudnn::ConvolutionGraph convolution;
  cudnn::PoolingGraph pooling;
  cudnn::BatchNormGraph norm;
  // Compiled when the plan is made, so that it needs NVRTC and a driver (or its stand-in): told apart by `--all`.
  bool run_time_compiled = false;
  // Its first plan must not need a compiler.
  bool precompiled = true;
};

std::vector<Case> all_cases();

}  // namespace plans
}  // namespace nn
