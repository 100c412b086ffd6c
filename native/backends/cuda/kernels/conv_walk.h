// How the kernels of convolutions get from numbers to places. Images are volumes of one slice.
#pragma once

#include "math/divider.h"
#include "ops/conv3d.h"

namespace nn {
namespace cuda {

struct ConvPlace {
  int64_t n, d, h, w;
};

struct ConvWalk {
  int64_t batch, channels, filters, groups, depth, per_group, cells;  // depth: channels of a group; per_group: filters of one
  int64_t image[3], out[3];
  int32_t kernel[3], stride[3], before[3], dilation[3];
  math::Divider by_depth, by_per_group, by_kernel[3], by_image[3], by_out[3], by_stride[3];

  explicit ConvWalk(const Conv3dGeometry& g)
      : batch(g.batch),
        channels(g.channels),
        filters(g.filters),
        groups(g.groups),
        depth(g.group_channels()),
        per_group(g.group_filters()),
        cells(g.cells()) {
    for (int i = 0; i < 3; i++) {
      image[i] = g.image[i];
      out[i] = g.out[i];
      kernel[i] = static_cast<int32_t>(g.kernel[i]);
      stride[i] = static_cast<int32_t>(g.stride[i]);
      before[i] = static_cast<int32_t>(g.before[i]);
      dilation[i] = static_cast<int32_t>(g.dilation[i]);
    }
    const int64_t most = INT64_MAX;
    const auto divider = [=](int64_t divisor, int64_t limit) { return math::Divider(divisor > 0 ? divisor : 1, limit > 0 ? limit : most); };
    by_depth = divider(depth, cells * depth);
    by_per_group = divider(per_group, cells * per_group);
    for (int i = 0; i < 3; i++) {
      by_kernel[i] = divider(kernel[i], cells);
      by_image[i] = divider(image[i], voxels());
      by_out[i] = divider(out[i], pixels());
      by_stride[i] = divider(stride[i], image[i] + before[i]);
    }
  }
  NN_HD int64_t taps() const { return cells * depth; }
  NN_HD int64_t out_size() const { return out[0] * out[1] * out[2]; }
  NN_HD int64_t image_size() const { return image[0] * image[1] * image[2]; }
  NN_HD int64_t pixels() const { return batch * out_size(); }
  NN_HD int64_t voxels() const { return batch * image_size(); }

  // The first corner of the window of an output pixel.
  NN_HD ConvPlace corner(int64_t pixel) const {
    ConvPlace at;
    at.w = by_out[2].split(&pixel) * stride[2] - before[2];
    at.h = by_out[1].split(&pixel) * stride[1] - before[1];
    at.d = by_out[0].split(&pixel) * stride[0] - before[0];
    at.n = pixel;
    return at;
  }
  // A voxel of the image, counted from the padding's first.
  NN_HD ConvPlace padded_voxel(int64_t voxel) const {
    ConvPlace at;
    at.w = by_image[2].split(&voxel) + before[2];
    at.h = by_image[1].split(&voxel) + before[1];
    at.d = by_image[0].split(&voxel) + before[0];
    at.n = voxel;
    return at;
  }
  // How far a cell of the kernel lies from its first; n is 0.
  NN_HD ConvPlace cell(int64_t number) const {
    ConvPlace at;
    at.w = by_kernel[2].split(&number) * dilation[2];
    at.h = by_kernel[1].split(&number) * dilation[1];
    at.d = number * dilation[0];
    at.n = 0;
    return at;
  }
  // Number of the image's voxel that a cell of the window at `corner` reads; -1: it lies in the padding.
  NN_HD int64_t voxel_under(const ConvPlace& corner, const ConvPlace& cell) const {
    const int64_t d = corner.d + cell.d, h = corner.h + cell.h, w = corner.w + cell.w;
    const bool inside = d >= 0 && d < image[0] && h >= 0 && h < image[1] && w >= 0 && w < image[2];
    return inside ? ((corner.n * image[0] + d) * image[1] + h) * image[2] + w : -1;
  }
  // Number of the output's pixel whose window has this cell on the voxel; -1: there is none.
  NN_HD int64_t pixel_over(const ConvPlace& voxel, const ConvPlace& cell) const {
    int64_t at = voxel.n;
    bool found = true;
    const int64_t place[3] = {voxel.d - cell.d, voxel.h - cell.h, voxel.w - cell.w};
#pragma unroll
    for (int i = 0; i < 3; i++) {
      const int64_t from = place[i] < 0 ? 0 : place[i], o = by_stride[i].quotient(from);
      found = found && place[i] >= 0 && o * stride[i] == from && o < out[i];
      at = at * out[i] + o;
    }
    return found ? at : -1;
  }
};

}  // namespace cuda
}  // namespace nn
