// How element-wise kernels read operands that broadcast, four neighbouring elements at a time.
#pragma once

#include <cstdint>
#include <cstring>

#include "backends/cuda/kernels/parts.h"
#include "backends/cuda/kernels/pieces.h"
#include "math/divider32.h"
#include "ops/elementwise_check.h"

namespace nn {
namespace cuda {

enum ReadMode : uint8_t {
  kReadWhole,   // as many elements as the output, in its order
  kReadScalar,  // one for all
  kReadRows,    // the axes' terms say where, and four neighbours lie side by side
  kReadSplat,   // the same, but four neighbours are one element
  kReadAny      // each of the four has a place of its own
};

// What one axis, or a group of axes, adds to an element's place: (number / by % size) * step.
struct Term {
  math::Divider32 by, size;
  uint32_t step;
};

struct Operand {
  const char* data;
  uint8_t mode, dtype, first_term, terms;
};

// The terms of all operands of a launch.
template <int Most>
struct TermTable {
  int count = 0;
  Term terms[Most];
};

// Describes an operand for the elements of a piece. Returns the bytes from the start of its data to the place that everything counts
// from, or -1 where the table has no room left.
template <int Most>
int64_t describe_operand(const nn_tensor& t, const nn_tensor& full, const Piece& piece, TermTable<Most>* table, Operand* operand) {
  Term found[NN_MAX_RANK];
  int count = 0;
  int64_t by = 1, stride = 1, step = 1, start = 0, size = 1;  // size: of the group that is being joined
  bool kept = true, innermost_kept = true;
  int64_t innermost = 1;
  const auto close = [&] {
    if (size > 1 && kept) found[count++] = {math::Divider32(by), math::Divider32(size), static_cast<uint32_t>(step)};
    if (size > 1 && by == 1) innermost = size, innermost_kept = kept;
    by *= size;
    size = 1;
  };
  for (int d = piece.rank - 1; d >= 0; d--) {
    const int64_t own = elementwise_ops::aligned_dim(t, d, full.rank);
    const bool keeps = own != 1;
    start += keeps ? piece.origin[d] * stride : 0;
    if (piece.dims[d] > 1) {
      // Axes join where the operand keeps both and lies in one run, or repeats along both.
      if (size > 1 && (keeps != kept || (keeps && stride != step * size))) close();
      if (size == 1) kept = keeps, step = stride;
      size *= piece.dims[d];
    }
    stride *= own;
  }
  close();
  const bool aligned = start % 4 == 0;
  const bool whole = count == 1 && found[0].by.divisor == 1 && found[0].step == 1 && found[0].size.divisor == piece.size;
  bool quads = innermost % 4 == 0 && (!innermost_kept || aligned);
  for (int i = 0; i < count; i++) quads = quads && (!innermost_kept || found[i].step == 1 || found[i].step % 4 == 0);
  operand->mode = count == 0 ? kReadScalar : whole && aligned ? kReadWhole : !quads ? kReadAny : innermost_kept ? kReadRows : kReadSplat;
  operand->dtype = static_cast<uint8_t>(t.dtype);
  operand->data = nullptr;
  operand->terms = static_cast<uint8_t>(operand->mode == kReadWhole ? 0 : count);
  // Operands of one shape share their terms.
  int at = 0;
  const size_t bytes = sizeof(Term) * operand->terms;
  while (at + operand->terms <= table->count && std::memcmp(table->terms + at, found, bytes) != 0) at++;
  if (at + operand->terms > table->count) at = table->count;
  if (at + operand->terms > Most) return -1;
  operand->first_term = static_cast<uint8_t>(at);
  std::memcpy(table->terms + at, found, bytes);
  table->count = std::max(table->count, at + operand->terms);
  return start * dtype_bytes(t.dtype);
}

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)

__device__ __forceinline__ uint32_t operand_place(const Operand& o, const Term* terms, uint32_t i) {
  uint32_t at = 0;
#pragma unroll 1
  for (int k = o.first_term; k < o.first_term + o.terms; k++) {
    uint32_t q = terms[k].by.quotient(i);
    at += terms[k].size.split(&q) * terms[k].step;
  }
  return at;
}

// Elements i to i + 3 of n; what lies behind the end is some element again. Not by way of the read-only cache: the output may be this
// very buffer.
template <class T>
__device__ __forceinline__ Pack<T, 4> read_quad(const Operand& o, const Term* terms, uint32_t i, uint32_t n) {
  const T* data = reinterpret_cast<const T*>(o.data);
  if (o.mode == kReadWhole && i + 4 <= n) return *reinterpret_cast<const Pack<T, 4>*>(data + i);
  if (o.mode == kReadRows && i + 4 <= n) return *reinterpret_cast<const Pack<T, 4>*>(data + operand_place(o, terms, i));
  Pack<T, 4> quad;
  if (o.mode == kReadScalar || o.mode == kReadSplat) {
    const T value = data[operand_place(o, terms, i)];
#pragma unroll
    for (int k = 0; k < 4; k++) quad.v[k] = value;
    return quad;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    const uint32_t at = i + k < n ? i + k : n - 1;
    quad.v[k] = data[o.mode == kReadWhole ? at : operand_place(o, terms, at)];
  }
  return quad;
}

template <class T>
__device__ __forceinline__ void write_quad(T* data, bool aligned, uint32_t i, uint32_t n, const Pack<T, 4>& quad) {
  if (aligned && i + 4 <= n) {
    *reinterpret_cast<Pack<T, 4>*>(data + i) = quad;
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    if (i + k < n) data[i + k] = quad.v[k];
  }
}

#endif

}  // namespace cuda
}  // namespace nn
