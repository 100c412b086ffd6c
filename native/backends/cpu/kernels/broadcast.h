// Turns an operand that broadcasts into plain vectors, one block of elements after the other, so that every op needs one loop only.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/abi.h"
#include "core/op.h"
#include "ops/elementwise_check.h"

namespace nn {
namespace cpu {

class BlockSource {
 public:
  BlockSource() = default;
  // `longest`: the most elements that block() will be asked for.
  BlockSource(const nn_tensor& t, const nn_tensor& full, int64_t longest) : bytes_(dtype_bytes(t.dtype)), longest_(longest) {
    data_ = static_cast<const char*>(t.data);
    collapse(t, full);
    if (rank_ == 0 || (rank_ == 1 && !kept_[0]))
      mode_ = t.size == full.size ? kFull : kScalar;
    else if (rank_ == 1)
      mode_ = kFull;
    else if (rank_ == 2 && kept_[1])
      mode_ = dims_[1] <= longest ? kTile : kLongRow;
    else
      mode_ = kStrided;
    period_ = rank_ > 0 ? dims_[rank_ - 1] : 1;
  }

  bool is_full() const { return mode_ == kFull; }
  int bytes() const { return bytes_; }
  // Bytes of the buffer that prepare() and block() want: none for full operands.
  static int64_t buffer_bytes(int64_t longest, int element_bytes) { return 2 * longest * element_bytes; }

  // Fills what does not change from block to block. `n`: all the elements that there are.
  void prepare(char* buffer, int64_t n) const {
    if (mode_ == kScalar) splat(buffer, data_, n < longest_ ? n : longest_);
    if (mode_ != kTile) return;
    const int64_t wanted = (n < longest_ ? n : longest_) + period_;
    for (int64_t i = 0; i < wanted; i += period_) copy(buffer + i * bytes_, data_, wanted - i < period_ ? wanted - i : period_);
  }

  // The elements [first, first + n) of the full shape. `buffer` is the one given to prepare().
  const void* block(int64_t first, int64_t n, char* buffer) const {
    switch (mode_) {
      case kFull:
        return data_ + first * bytes_;
      case kScalar:
        return buffer;
      case kTile:
        return buffer + first % period_ * bytes_;
      case kLongRow: {
        const int64_t at = first % period_;
        if (at + n <= period_) return data_ + at * bytes_;
        const int64_t head = period_ - at;  // a block is shorter than a row: it wraps at most once
        copy(buffer, data_ + at * bytes_, head);
        copy(buffer + head * bytes_, data_, n - head);
        return buffer;
      }
      default:
        gather(first, n, buffer);
        return buffer;
    }
  }

 private:
  enum Mode { kFull, kScalar, kTile, kLongRow, kStrided };

  // Joins neighbouring axes that are both kept or both broadcast. Axes of 1 in the full shape vanish.
  void collapse(const nn_tensor& t, const nn_tensor& full) {
    for (int d = 0; d < full.rank; d++) {
      if (full.dims[d] == 1) continue;
      const bool kept = elementwise_ops::aligned_dim(t, d, full.rank) != 1;
      if (rank_ > 0 && kept_[rank_ - 1] == kept) {
        dims_[rank_ - 1] *= full.dims[d];
      } else {
        dims_[rank_] = full.dims[d];
        kept_[rank_++] = kept;
      }
    }
    int64_t stride = 1;
    for (int d = rank_ - 1; d >= 0; d--) {
      stride_[d] = kept_[d] ? stride : 0;
      if (kept_[d]) stride *= dims_[d];
    }
  }

  void copy(char* to, const char* from, int64_t n) const { std::memcpy(to, from, static_cast<size_t>(n * bytes_)); }

  template <class T>
  static void splat_as(char* to, const char* from, int64_t n) {
    T value;
    std::memcpy(&value, from, sizeof value);
    for (int64_t i = 0; i < n; i++) std::memcpy(to + i * static_cast<int64_t>(sizeof value), &value, sizeof value);
  }
  void splat(char* to, const char* from, int64_t n) const {
    if (bytes_ == 4)
      splat_as<uint32_t>(to, from, n);
    else if (bytes_ == 8)
      splat_as<uint64_t>(to, from, n);
    else
      std::memset(to, *from, static_cast<size_t>(n));
  }

  void gather(int64_t first, int64_t n, char* buffer) const {
    int64_t index[NN_MAX_RANK], offset = 0, rest = first;
    for (int d = rank_ - 1; d >= 0; d--) {
      index[d] = rest % dims_[d];
      rest /= dims_[d];
      offset += index[d] * stride_[d];
    }
    const int last = rank_ - 1;
    while (n > 0) {
      const int64_t left = dims_[last] - index[last], run = left < n ? left : n;
      if (kept_[last])
        copy(buffer, data_ + offset * bytes_, run);
      else
        splat(buffer, data_ + offset * bytes_, run);
      buffer += run * bytes_;
      n -= run;
      offset -= index[last] * stride_[last];
      index[last] = 0;
      for (int d = last - 1; d >= 0; d--) {
        offset += stride_[d];
        if (++index[d] < dims_[d]) break;
        offset -= dims_[d] * stride_[d];
        index[d] = 0;
      }
    }
  }

  const char* data_ = nullptr;
  int bytes_ = 0, rank_ = 0;
  int64_t longest_ = 0, period_ = 1;
  int64_t dims_[NN_MAX_RANK] = {}, stride_[NN_MAX_RANK] = {};
  bool kept_[NN_MAX_RANK] = {};
  Mode mode_ = kFull;
};

}  // namespace cpu
}  // namespace nn
