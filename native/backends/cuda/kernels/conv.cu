// Plain convolutions and their gradients, of images and volumes, with any stride, dilation and number of groups. They serve what cuDNN has
// no plan for, and float64. Groups of few filters or channels would fill no tile: there a thread makes one element.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/conv_source.h"
#include "backends/cuda/kernels/reduce_kernels.h"
#include "core/op.h"

namespace nn {
namespace cuda {
namespace {

constexpr int64_t kFewColumns = 16;

// One element of y, by its number; neighbours are filters of one pixel.
template <class T>
__global__ void __launch_bounds__(kBlock, 2)
    conv_elements(ConvWalk walk, math::Divider by_filters, math::Divider by_per_group, const T* x, const T* filter, ConvEnd<T> end, T* y) {
  const int64_t size = walk.pixels() * walk.filters;
  for (int64_t i = first_index(); i < size; i += index_stride()) {
    int64_t pixel = i;
    const int64_t o = by_filters.split(&pixel);
    const ConvPlace corner = walk.corner(pixel);
    const T* weights = filter + o * walk.taps();
    const T* from = x + by_per_group.quotient(o) * walk.depth;
    T sum = 0;
    for (int64_t cell = 0; cell < walk.cells; cell++) {
      const int64_t voxel = walk.voxel_under(corner, walk.cell(cell));
      for (int64_t c = 0; voxel >= 0 && c < walk.depth; c++) sum += from[voxel * walk.channels + c] * weights[cell * walk.depth + c];
    }
    y[i] = end.finish(sum, i, o);
  }
}

// One element of dx; neighbours are channels of one voxel.
template <class T>
__global__ void __launch_bounds__(kBlock, 2)
    conv_input_elements(ConvWalk walk, math::Divider by_channels, math::Divider by_depth, const T* dy, const T* filter, T* dx) {
  const int64_t size = walk.voxels() * walk.channels;
  for (int64_t i = first_index(); i < size; i += index_stride()) {
    int64_t number = i;
    int64_t group = by_channels.split(&number);
    const int64_t channel = by_depth.split(&group), first = group * walk.per_group;
    const ConvPlace voxel = walk.padded_voxel(number);
    T sum = 0;
    for (int64_t cell = 0; cell < walk.cells; cell++) {
      const int64_t pixel = walk.pixel_over(voxel, walk.cell(cell));
      for (int64_t o = first; pixel >= 0 && o < first + walk.per_group; o++) {
        sum += dy[pixel * walk.filters + o] * filter[(o * walk.cells + cell) * walk.depth + channel];
      }
    }
    dx[i] = sum;
  }
}

// How an op's attributes are read: both kinds have the same three ops.
struct Images {
  static constexpr int kActivation = 9;
  static Conv3dGeometry geometry(const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
    const Conv2dGeometry p = conv2d_geometry(x, filter, y, attrs);
    Conv3dGeometry g;
    g.batch = p.batch, g.channels = p.channels, g.filters = p.filters, g.groups = p.groups;
    const int64_t image[] = {1, p.height, p.width}, kernel[] = {1, p.kernel_h, p.kernel_w}, out[] = {1, p.out_h, p.out_w};
    const int64_t stride[] = {1, p.stride_h, p.stride_w}, dilation[] = {1, p.dilation_h, p.dilation_w};
    const int64_t before[] = {0, p.pad_top, p.pad_left}, after[] = {0, p.pad_bottom, p.pad_right};
    for (int i = 0; i < 3; i++) {
      g.image[i] = image[i], g.kernel[i] = kernel[i], g.out[i] = out[i], g.stride[i] = stride[i];
      g.before[i] = before[i], g.after[i] = after[i], g.dilation[i] = dilation[i];
    }
    return g;
  }
};
struct Volumes {
  static constexpr int kActivation = 13;
  static Conv3dGeometry geometry(const nn_tensor& x, const nn_tensor& filter, const nn_tensor& y, const int32_t* attrs) {
    return conv3d_geometry(x, filter, y, attrs);
  }
};

template <class Kind, class T>
int32_t run_forward(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  if (a->out[0].size == 0) return NN_OK;
  const ConvWalk walk(Kind::geometry(a->in[0], a->in[1], a->out[0], a->attrs));
  const T *x = static_cast<const T*>(a->in[0].data), *filter = static_cast<const T*>(a->in[1].data);
  const auto optional = [&](int i) { return i < a->n_in ? static_cast<const T*>(a->in[i].data) : nullptr; };
  const ConvEnd<T> end{optional(2), optional(3), a->attrs[Kind::kActivation] != 0};
  T* y = static_cast<T*>(a->out[0].data);
  if (walk.per_group >= kFewColumns) return launch_product<T>(device, "conv", ConvSource<T>(walk, x, filter, end, y), error);
  const int64_t size = a->out[0].size;
  return launch(device, "conv", conv_elements<T>, grid_for(device, size), error, walk, math::Divider(walk.filters, size),
                math::Divider(walk.per_group, walk.filters), x, filter, end, y);
}

template <class Kind, class T>
int32_t run_backward_input(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  if (a->out[0].size == 0) return NN_OK;
  const ConvWalk walk(Kind::geometry(a->out[0], a->in[1], a->in[0], a->attrs));
  const T *dy = static_cast<const T*>(a->in[0].data), *filter = static_cast<const T*>(a->in[1].data);
  T* dx = static_cast<T*>(a->out[0].data);
  if (walk.depth >= kFewColumns) return launch_product<T>(device, "convBackwardInput", ConvInputSource<T>(walk, dy, filter, dx), error);
  const int64_t size = a->out[0].size;
  return launch(device, "convBackwardInput", conv_input_elements<T>, grid_for(device, size), error, walk,
                math::Divider(walk.channels, size), math::Divider(walk.depth, walk.channels), dy, filter, dx);
}

// The sum over pixels is long, and filters are few: it is cut into chunks, whose results lie in the workspace.
struct FilterPlan {
  int64_t chunks, size;  // elements of the filter
  FilterPlan(const ConvWalk& walk, int64_t elements) : chunks(1), size(elements) {
    const int64_t tiles = TileTasks(walk.per_group, walk.taps(), walk.groups).units;
    if (tiles == 0) return;
    chunks = std::clamp<int64_t>(kReduceBlocks / tiles, 1, std::max<int64_t>(1, walk.pixels() / 256));
    const int64_t per_chunk = (walk.pixels() + chunks - 1) / chunks;
    if (per_chunk > 0) chunks = (walk.pixels() + per_chunk - 1) / per_chunk;  // none is empty
  }
  template <class T>
  size_t bytes() const {
    return chunks > 1 ? (static_cast<size_t>(chunks * size) * sizeof(T) + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT : 0;
  }
  // The wholes as a tensor whose first axis vanishes.
  ReduceShape shape() const { return rows_of(chunks, size); }
  static ReduceShape rows_of(int64_t rows, int64_t columns) {
    nn_tensor t{};
    t.rank = 2;
    t.dims[0] = rows;
    t.dims[1] = columns;
    t.size = rows * columns;
    return ReduceShape(t, 1);
  }
};

template <class Kind, class T>
int32_t prepare_backward_filter(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  *workspace = 0;
  const ConvWalk walk(Kind::geometry(a->in[0], a->out[0], a->in[1], a->attrs));
  const FilterPlan plan(walk, a->out[0].size);
  size_t rest = plan.chunks > 1 ? reduce_workspace<SumOf<T>>(plan.shape()) : 0;
  if (a->n_out > 1 && walk.filters > 0) rest = std::max(rest, reduce_workspace<SumOf<T>>(FilterPlan::rows_of(walk.pixels(), walk.filters)));
  *workspace = plan.template bytes<T>() + rest;
  return NN_OK;
}

template <class Kind, class T>
int32_t run_backward_filter(nn_device* device, const nn_args* a, void*, void* workspace, nn_error* error) {
  const ConvWalk walk(Kind::geometry(a->in[0], a->out[0], a->in[1], a->attrs));
  const FilterPlan plan(walk, a->out[0].size);
  const T *x = static_cast<const T*>(a->in[0].data), *dy = static_cast<const T*>(a->in[1].data);
  void *dfilter = a->out[0].data, *rest = static_cast<char*>(workspace) + plan.template bytes<T>();
  int32_t code = NN_OK;
  if (plan.size > 0) {
    T* wholes = static_cast<T*>(plan.chunks > 1 ? workspace : dfilter);
    code = launch_product<T>(device, "convBackwardFilter", ConvFilterSource<T>(walk, plan.chunks, x, dy, wholes), error);
    if (code == NN_OK && plan.chunks > 1)
      code = reduce_pass<SumOf<T>>(device, "convBackwardFilter", plan.shape(), wholes, nullptr, dfilter, rest, 1, error);
  }
  if (code != NN_OK || a->n_out < 2 || walk.filters == 0) return code;
  const ReduceShape pixels = FilterPlan::rows_of(walk.pixels(), walk.filters);
  return reduce_pass<SumOf<T>>(device, "convBackwardFilter", pixels, dy, nullptr, a->out[1].data, rest, 1, error);
}

template <class Kind, class T>
void append(std::vector<nn_kernel>& kernels, uint32_t dtype, const char* forward, const char* input, const char* filter) {
  kernels.push_back({forward, dtype, nullptr, run_forward<Kind, T>, nullptr});
  kernels.push_back({input, dtype, nullptr, run_backward_input<Kind, T>, nullptr});
  kernels.push_back({filter, dtype, prepare_backward_filter<Kind, T>, run_backward_filter<Kind, T>, nullptr});
}

}  // namespace

void append_conv_kernels(std::vector<nn_kernel>& kernels) {
  append<Images, float>(kernels, kF32, "conv2d", "conv2dBackwardInput", "conv2dBackwardFilter");
  append<Images, double>(kernels, kF64, "conv2d", "conv2dBackwardInput", "conv2dBackwardFilter");
  append<Volumes, float>(kernels, kF32, "conv3d", "conv3dBackwardInput", "conv3dBackwardFilter");
  append<Volumes, double>(kernels, kF64, "conv3d", "conv3dBackwardInput", "conv3dBackwardFilter");
}

}  // namespace cuda
}  // namespace nn
