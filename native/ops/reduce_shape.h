// How a reduction sees its input, on every device: axes that can be walked as one are joined.
#pragma once

#include <cstdint>

#include "core/abi.h"

namespace nn {

// The input as [outer, rows, columns]: rows are reduced, columns kept, and the outer axes alternate between kept and reduced ones.
struct ReduceShape {
  int64_t rows = 1, columns = 1;
  int64_t outputs = 1, repeats = 1;  // products of the outer kept and of the outer reduced axes
  int n_kept = 0, n_reduced = 0;     // outer axes
  int64_t kept_dim[NN_MAX_RANK], kept_stride[NN_MAX_RANK], reduced_dim[NN_MAX_RANK], reduced_stride[NN_MAX_RANK];
  int64_t count = 1;  // elements in each output

  ReduceShape(const nn_tensor& x, uint32_t mask);
  int64_t kept_offset(int64_t output) const { return offset(output, n_kept, kept_dim, kept_stride); }
  int64_t reduced_offset(int64_t repeat) const { return offset(repeat, n_reduced, reduced_dim, reduced_stride); }

 private:
  static int64_t offset(int64_t index, int n, const int64_t* dim, const int64_t* stride) {
    int64_t at = 0;
    for (int d = n - 1; d >= 0; d--) {
      at += index % dim[d] * stride[d];
      index /= dim[d];
    }
    return at;
  }
};

inline ReduceShape::ReduceShape(const nn_tensor& x, uint32_t mask) {
  int64_t dim[NN_MAX_RANK], stride[NN_MAX_RANK];
  bool reduced[NN_MAX_RANK];
  int n = 0;
  if (x.size == 0) {  // every output is an empty fold
    rows = count = 0;
    for (int d = 0; d < x.rank; d++) outputs *= mask >> d & 1 ? 1 : x.dims[d];
    return;
  }
  for (int d = 0; d < x.rank; d++) {
    if (x.dims[d] == 1) continue;
    const bool is_reduced = mask >> d & 1;
    if (is_reduced) count *= x.dims[d];
    if (n > 0 && reduced[n - 1] == is_reduced) {
      dim[n - 1] *= x.dims[d];
    } else {
      dim[n] = x.dims[d];
      reduced[n++] = is_reduced;
    }
  }
  int64_t step = 1;
  for (int d = n - 1; d >= 0; d--) {
    stride[d] = step;
    step *= dim[d];
  }
  if (n > 0 && !reduced[n - 1]) columns = dim[--n];
  if (n > 0) rows = dim[--n];
  for (int d = 0; d < n; d++) {
    if (reduced[d]) {
      reduced_dim[n_reduced] = dim[d];
      reduced_stride[n_reduced++] = stride[d];
      repeats *= dim[d];
    } else {
      kept_dim[n_kept] = dim[d];
      kept_stride[n_kept++] = stride[d];
      outputs *= dim[d];
    }
  }
}

}  // namespace nn
