// What a kernel prepares for its shapes, for kernels that choose among several ways of doing their work.
#pragma once

#include <omp.h>

#include <cstddef>
#include <memory>

#include "core/abi.h"

namespace nn {

class CpuPlan {
 public:
  virtual ~CpuPlan() = default;
  virtual void run(const nn_args& args, char* workspace) = 0;
  size_t workspace = 0;  // bytes, set by the constructor
};

// The number of threads that parallel regions of this thread use, until the end of the scope.
class ThreadScope {
 public:
  explicit ThreadScope(int threads) : before_(omp_get_max_threads()) {
    if (threads != before_) omp_set_num_threads(threads);
  }
  ~ThreadScope() {
    if (omp_get_max_threads() != before_) omp_set_num_threads(before_);
  }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

// A plan that is a function and its captured geometry.
template <class Run>
class FunctionPlan : public CpuPlan {
 public:
  explicit FunctionPlan(Run run) : run_(run) {}
  void run(const nn_args& args, char*) override { run_(args); }

 private:
  Run run_;
};
template <class Run>
std::unique_ptr<CpuPlan> plain_plan(Run run) {
  return std::make_unique<FunctionPlan<Run>>(run);
}

inline const float* float_in(const nn_args& a, int i) { return i < a.n_in ? static_cast<const float*>(a.in[i].data) : nullptr; }
inline float* float_out(const nn_args& a, int i) { return i < a.n_out ? static_cast<float*>(a.out[i].data) : nullptr; }

}  // namespace nn
