// Convolutions with so few input channels that oneDNN's NHWC kernels leave most of each vector empty: first layers. float32.
#pragma once

#include <memory>

#include "backends/cpu/plan.h"
#include "ops/conv2d.h"

namespace nn {

// Whether measured faster than oneDNN (direct_conv.cc says where and by how much); also: whether the plans below can do it.
bool direct_conv_is_faster(const Conv2dGeometry& g);
bool direct_conv_backward_is_faster(const Conv2dGeometry& g);

std::unique_ptr<CpuPlan> make_direct_conv(const Conv2dGeometry& g, bool relu, int threads);
std::unique_ptr<CpuPlan> make_direct_conv_backward_filter(const Conv2dGeometry& g, int threads);

}  // namespace nn
