// The tensors of one environment on one device, by the integer handles that JavaScript assigns. Used on the device thread only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/abi.h"
#include "core/allocator.h"
#include "core/failure.h"

namespace nn {

struct Entry {
  nn_tensor tensor;    // data points into buffer
  BufferPtr buffer;    // shared by reshaped views and by programs that use the tensor
  FailurePtr failure;  // set: the command that should have made it failed, and there is no buffer
};

inline FailurePtr unknown_handle(int32_t handle) {
  return make_failure(NN_INVALID, "tensor", "expected the handle of a live tensor, got " + std::to_string(handle));
}

class HandleTable {
 public:
  Entry* find(int32_t handle) {
    auto it = entries_.find(handle);
    return it == entries_.end() ? nullptr : &it->second;
  }
  const Entry* find(int32_t handle) const { return const_cast<HandleTable*>(this)->find(handle); }
  // False when the handle is taken or not positive.
  bool insert(int32_t handle, Entry entry) { return handle > 0 && entries_.emplace(handle, std::move(entry)).second; }
  bool erase(int32_t handle) { return entries_.erase(handle) > 0; }
  size_t size() const { return entries_.size(); }
  void clear() { entries_.clear(); }

 private:
  std::unordered_map<int32_t, Entry> entries_;
};

}  // namespace nn
