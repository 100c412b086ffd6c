// How the kernels of pooling get from the number of an element to its window or its windows, and back.
#pragma once

#include "math/divider.h"
#include "ops/pool3d.h"

namespace nn {
namespace cuda {

struct PoolPlace {
  int64_t n, d, h, w, c;
};
struct PoolRange {
  int64_t begin, end;
};

struct PoolWalk {
  int64_t outputs, inputs, channels;  // the first two in packs of channels
  int64_t image[3], out[3];
  int32_t pool[3], stride[3], before[3], vector;
  bool include_padding;
  math::Divider by_packs, by_out[3], by_image[3], by_stride[3];

  PoolWalk(const Pool3dGeometry& g, int pack, bool with_padding) : channels(g.channels), vector(pack), include_padding(with_padding) {
    const int64_t packs = channels / vector;
    outputs = g.batch * g.out[0] * g.out[1] * g.out[2] * packs;
    inputs = g.batch * g.image[0] * g.image[1] * g.image[2] * packs;
    const int64_t most = outputs > inputs ? outputs : inputs;
    by_packs = math::Divider(packs, most);
    for (int i = 0; i < 3; i++) {
      image[i] = g.image[i];
      out[i] = g.out[i];
      pool[i] = static_cast<int32_t>(g.pool[i]);
      stride[i] = static_cast<int32_t>(g.stride[i]);
      before[i] = static_cast<int32_t>(g.before[i]);
      by_out[i] = math::Divider(out[i], most);
      by_image[i] = math::Divider(image[i], most);
      by_stride[i] = math::Divider(stride[i], image[i] + before[i]);
    }
  }

  NN_HD PoolPlace output(int64_t number) const { return place_of(number, by_out); }
  NN_HD PoolPlace input(int64_t number) const { return place_of(number, by_image); }
  NN_HD int64_t output_offset(int64_t n, int64_t d, int64_t h, int64_t w) const {
    return (((n * out[0] + d) * out[1] + h) * out[2] + w) * channels;
  }
  NN_HD int64_t image_offset(int64_t n, int64_t d, int64_t h, int64_t w) const {
    return (((n * image[0] + d) * image[1] + h) * image[2] + w) * channels;
  }
  // The part of a window that lies in the image.
  NN_HD PoolRange inside(int axis, int64_t o) const {
    const int64_t start = o * stride[axis] - before[axis], end = start + pool[axis];
    return {start < 0 ? 0 : start, end < image[axis] ? end : image[axis]};
  }
  // The windows that cover a place of the image.
  NN_HD PoolRange covering(int axis, int64_t at) const {
    const int64_t place = at + before[axis], last = by_stride[axis].quotient(place) + 1;
    const int64_t first = place < pool[axis] ? 0 : by_stride[axis].quotient(place - pool[axis]) + 1;
    return {first, last < out[axis] ? last : out[axis]};
  }
  // Where in the window of `o` an element of the image lies.
  NN_HD int32_t place(const PoolPlace& o, int64_t d, int64_t h, int64_t w) const {
    const int32_t kd = static_cast<int32_t>(d - o.d * stride[0]) + before[0], kh = static_cast<int32_t>(h - o.h * stride[1]) + before[1];
    return (kd * pool[1] + kh) * pool[2] + static_cast<int32_t>(w - o.w * stride[2]) + before[2];
  }
  // What an element of a window weighs in its average.
  template <class T>
  NN_HD T share(const PoolRange& d, const PoolRange& h, const PoolRange& w) const {
    const int64_t count =
        include_padding ? int64_t{pool[0]} * pool[1] * pool[2] : (d.end - d.begin) * (h.end - h.begin) * (w.end - w.begin);
    return T(1) / static_cast<T>(count);
  }

 private:
  NN_HD PoolPlace place_of(int64_t number, const math::Divider* by) const {
    PoolPlace at;
    at.c = by_packs.split(&number) * vector;
    at.w = by[2].split(&number);
    at.h = by[1].split(&number);
    at.d = by[0].split(&number);
    at.n = number;
    return at;
  }
};

}  // namespace cuda
}  // namespace nn
