// Pooling of images and volumes of float32 by cuDNN.
//
// The index of max pooling is part of our op's contract (the place of the first maximum in its window; second derivatives read it), while
// nothing says what cuDNN's is. So cuDNN serves max pooling with an index, and its gradient, only on a device where a small picture full
// of ties came out as ours. One of the two kernels may then take the other's index, whoever made it.
#include <cmath>
#include <cstring>
#include <limits>

#include "backends/cuda/cudnn/graphs.h"
#include "backends/cuda/cudnn/state.h"
#include "core/op.h"

namespace nn {
namespace cudnn {
namespace {

using PlanPointer = std::unique_ptr<cuda::KernelPlan>;

// Attributes of both ranks are size, strides, paddings before, paddings after, each of all axes, then the flag of average pooling.
PoolingGraph graph_of(cudnnResampleMode_t mode, const nn_tensor& x, const nn_tensor& y, const int32_t* attrs) {
  const int axes = x.rank - 2;
  auto list = [&](int from) { return Dims(attrs + from * axes, attrs + (from + 1) * axes); };
  auto image = [](const nn_tensor& t) {
    Dims dims{t.dims[0], t.dims[t.rank - 1]};
    dims.insert(dims.end(), t.dims + 1, t.dims + t.rank - 1);
    return dims;
  };
  PoolingGraph graph;
  graph.mode = mode;
  graph.x = image(x);
  graph.y = image(y);
  graph.window = {list(0), list(1), list(2), list(3)};
  return graph;
}

std::unique_ptr<GraphPlan> library_plan(nn_device* device, const char* op, const PoolingGraph& pooling, int64_t size) {
  if (device->cudnn == nullptr || device->own_pooling || size == 0) return nullptr;
  try {
    Graph graph = make_graph(state_of(device)->session, pooling);
    Rules rules;
    rules.deterministic = device->deterministic;
    rules.workspace_limit = device->workspace_limit;
    return std::make_unique<GraphPlan>(device, op, choose_plan(device, graph, rules));
  } catch (const Failure&) {
    return nullptr;
  }
}

// Rows of 5 x 5 x 4 with few different values, windows that overlap and reach over the edge, and a NaN.
constexpr int kSide = 5, kDepth = 4, kOutH = 3, kOutW = 5, kPoolH = 3, kPoolW = 2, kStrideH = 2;

float trial_value(int row, int column, int channel) {
  if (row == 2 && column == 3 && channel == 3) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>((row * 7 + column * 3 + channel * 5) % 3);
}

int first_maximum(int row, int column, int channel) {
  int best = -1;
  float most = 0;
  for (int i = 0; i < kPoolH; i++) {
    for (int j = 0; j < kPoolW; j++) {
      const int h = row * kStrideH + i - 1, w = column + j;
      if (h < 0 || h >= kSide || w >= kSide) continue;
      const float value = trial_value(h, w, channel);
      if (best < 0 || value > most || (std::isnan(value) && !std::isnan(most))) {
        best = i * kPoolW + j;
        most = value;
      }
    }
  }
  return best;
}

bool run_trial(nn_device* device, Graph& graph, int8_t* index, size_t count) {
  Rules rules;
  rules.workspace_limit = device->workspace_limit;
  Plan plan = graph.build_first(rules);
  constexpr size_t kImage = kSide * kSide * kDepth, kY = 1024, kIndex = 2048, kWorkspace = 4096;
  static_assert(kImage * sizeof(float) <= kY && kOutH * kOutW * kDepth * sizeof(float) <= kIndex - kY, "they lie one behind the other");
  void *host = nullptr, *memory = nullptr;
  bool good = cudaHostAlloc(&host, kWorkspace, cudaHostAllocDefault) == cudaSuccess &&
              cudaMalloc(&memory, kWorkspace + plan.workspace()) == cudaSuccess;
  if (good) {
    float* image = static_cast<float*>(host);
    for (int i = 0; i < static_cast<int>(kImage); i++) image[i] = trial_value(i / kDepth / kSide, i / kDepth % kSide, i % kDepth);
    char* base = static_cast<char*>(memory);
    good = cudaMemcpyAsync(base, image, kImage * sizeof(float), cudaMemcpyHostToDevice, device->stream) == cudaSuccess &&
           cudaMemsetAsync(base + kIndex, 0xff, count, device->stream) == cudaSuccess &&
           cudaStreamSynchronize(device->stream) == cudaSuccess;
    if (good) {
      try {
        plan.execute(state_of(device)->session, {base, base + kY, base + kIndex}, base + kWorkspace);
        good = cudaMemcpyAsync(host, base + kIndex, count, cudaMemcpyDeviceToHost, device->stream) == cudaSuccess;
      } catch (const Failure&) {
        good = false;
      }
      good = cudaStreamSynchronize(device->stream) == cudaSuccess && good;
    }
    std::memcpy(index, host, count);
  }
  cudaFree(memory);
  cudaFreeHost(host);
  cudaGetLastError();  // what failed here is nobody's error: our own kernel serves
  return good;
}

bool index_is_ours(nn_device* device) {
  int& known = state_of(device)->pooling_index;
  if (known >= 0) return known != 0;
  known = 0;
  PoolingGraph trial;
  trial.index = true;
  trial.x = {1, kDepth, kSide, kSide};
  trial.y = {1, kDepth, kOutH, kOutW};
  trial.window = {{kPoolH, kPoolW}, {kStrideH, 1}, {1, 0}, {1, 1}};
  int8_t index[kOutH * kOutW * kDepth];
  try {
    Graph graph = make_graph(state_of(device)->session, trial);
    if (!run_trial(device, graph, index, sizeof index)) return false;
  } catch (const Failure&) {
    return false;
  }
  bool same = true;
  for (int i = 0; i < kOutH * kOutW * kDepth; i++) {
    same = same && index[i] == first_maximum(i / kDepth / kOutW, i / kDepth % kOutW, i % kDepth);
  }
  known = same ? 1 : 0;
  return same;
}

bool index_suits(nn_device* device, const PoolingGraph& pooling, const nn_tensor& index) {
  int64_t window = 1;
  for (int64_t size : pooling.window.size) window *= size;
  return index.dtype == NN_UINT8 && window <= 127 && device->cudnn != nullptr && !device->own_pooling && index_is_ours(device);
}

template <int Rank>
PlanPointer max_forward(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "maxPool2d" : "maxPool3d";
  PoolingGraph pooling = graph_of(CUDNN_RESAMPLE_MAXPOOL, a.in[0], a.out[0], a.attrs);
  pooling.index = a.n_out > 1;
  if (!pooling.index || index_suits(device, pooling, a.out[1])) {
    if (auto plan = library_plan(device, op, pooling, a.out[0].size)) {
      plan->in(0).out(0);
      if (pooling.index) plan->out(1);
      return plan;
    }
  }
  return cuda::own_kernel(device, op, a, error);
}

template <int Rank>
PlanPointer max_backward(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "maxPool2dBackward" : "maxPool3dBackward";
  PoolingGraph pooling = graph_of(CUDNN_RESAMPLE_MAXPOOL, a.out[0], a.in[0], a.attrs);
  pooling.backward = pooling.index = true;
  if (index_suits(device, pooling, a.in[1])) {
    if (auto plan = library_plan(device, op, pooling, a.in[0].size)) {
      plan->in(0).in(1).out(0);
      return plan;
    }
  }
  return cuda::own_kernel(device, op, a, error);
}

cudnnResampleMode_t average_mode(const nn_args& a) {
  const bool include = a.attrs[4 * (a.in[0].rank - 2)] != 0;
  return include ? CUDNN_RESAMPLE_AVGPOOL_INCLUDE_PADDING : CUDNN_RESAMPLE_AVGPOOL_EXCLUDE_PADDING;
}

template <int Rank>
PlanPointer average_forward(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "avgPool2d" : "avgPool3d";
  if (auto plan = library_plan(device, op, graph_of(average_mode(a), a.in[0], a.out[0], a.attrs), a.out[0].size)) {
    plan->in(0).out(0);
    return plan;
  }
  return cuda::own_kernel(device, op, a, error);
}

template <int Rank>
PlanPointer average_backward(nn_device* device, const nn_args& a, nn_error* error) {
  const char* op = Rank == 4 ? "avgPool2dBackward" : "avgPool3dBackward";
  PoolingGraph pooling = graph_of(average_mode(a), a.out[0], a.in[0], a.attrs);
  pooling.backward = true;
  if (auto plan = library_plan(device, op, pooling, a.in[0].size)) {
    plan->in(0).out(0);
    return plan;
  }
  return cuda::own_kernel(device, op, a, error);
}

}  // namespace

void append_pooling_kernels(std::vector<nn_kernel>& kernels) {
  using cuda::destroy_plan;
  using cuda::prepare_plan;
  using cuda::run_plan;
  kernels.push_back({"maxPool2d", kF32, prepare_plan<max_forward<4>>, run_plan, destroy_plan});
  kernels.push_back({"maxPool2dBackward", kF32, prepare_plan<max_backward<4>>, run_plan, destroy_plan});
  kernels.push_back({"avgPool2d", kF32, prepare_plan<average_forward<4>>, run_plan, destroy_plan});
  kernels.push_back({"avgPool2dBackward", kF32, prepare_plan<average_backward<4>>, run_plan, destroy_plan});
  kernels.push_back({"maxPool3d", kF32, prepare_plan<max_forward<5>>, run_plan, destroy_plan});
  kernels.push_back({"maxPool3dBackward", kF32, prepare_plan<max_backward<5>>, run_plan, destroy_plan});
  kernels.push_back({"avgPool3d", kF32, prepare_plan<average_forward<5>>, run_plan, destroy_plan});
  kernels.push_back({"avgPool3dBackward", kF32, prepare_plan<average_backward<5>>, run_plan, destroy_plan});
}

}  // namespace cudnn
}  // namespace nn
