// Prepared kernels of eager commands, least recently used first out. The key is the op, every shape and dtype, and the attributes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/abi.h"

namespace nn {

struct Plan {
  const nn_kernel* kernel = nullptr;
  void* state = nullptr;
  size_t workspace = 0;
};

class PlanCache {
 public:
  using Synchronize = int32_t (*)(nn_device*, nn_error*);
  // `synchronize` where work goes on after a call: before a plan is destroyed, work in flight that uses it has to be done.
  explicit PlanCache(nn_device* device, size_t capacity = 1024, Synchronize synchronize = nullptr)
      : device_(device), capacity_(capacity), synchronize_(synchronize) {}
  ~PlanCache() { clear(); }
  // The cached or newly prepared plan; an nn_code. The pointer is good until the next call.
  int32_t find(const nn_kernel* kernel, const nn_args& args, const Plan** plan, nn_error* error);
  void clear();
  size_t size() const { return order_.size(); }

 private:
  struct Entry {
    std::string key;
    Plan plan;
  };
  void make_room();
  void wait_for_device();

  nn_device* device_;
  size_t capacity_;
  Synchronize synchronize_;
  std::list<Entry> order_;  // most recent first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
  Plan unprepared_;  // of kernels with nothing to prepare
  std::string scratch_;
};

}  // namespace nn
