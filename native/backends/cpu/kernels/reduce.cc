// Reductions as one or two passes: variance needs the mean first, logsumexp the maximum.
#include <memory>
#include <new>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/fold_loops.h"
#include "backends/cpu/kernels/reduce_arg.h"
#include "backends/cpu/kernels/reduce_plan.h"
#include "core/op.h"

namespace nn {
namespace cpu {

const FoldFunctions* fold_functions(int dtype) {
  switch (dtype) {
    case NN_FLOAT32:
      return NN_SELECT(float32_folds);
    case NN_FLOAT64:
      return base::FloatFoldTable<double>::functions;
    case NN_INT32:
      return base::FoldTable<int32_t>::functions;
    default:
      return base::FoldTable<uint8_t>::functions;
  }
}

namespace {

enum Reduction { kSum, kMean, kProd, kMax, kMin, kVariance, kLogSumExp, kSumSquares, kAnyOf, kAllOf };

template <class Value, class Out>
void finish_value(const void* acc, const void*, void* out, int64_t n, double) {
  for (int64_t i = 0; i < n; i++) static_cast<Out*>(out)[i] = static_cast<Out>(static_cast<const Value*>(acc)[i]);
}
template <class Out>
void finish_mean(const void* acc, const void*, void* out, int64_t n, double count) {
  for (int64_t i = 0; i < n; i++) static_cast<Out*>(out)[i] = static_cast<Out>(static_cast<const double*>(acc)[i] / count);
}
void finish_bool(const void* acc, const void*, void* out, int64_t n, double) {
  for (int64_t i = 0; i < n; i++) static_cast<uint8_t*>(out)[i] = static_cast<const uint8_t*>(acc)[i] != 0;
}
template <class T>
void finish_shift(const void* acc, const void*, void* out, int64_t n, double) {
  for (int64_t i = 0; i < n; i++) static_cast<T*>(out)[i] = math::exp_shift(static_cast<const T*>(acc)[i]);
}
template <class T>
void finish_log(const void* acc, const void* shift, void* out, int64_t n, double) {
  for (int64_t i = 0; i < n; i++) {
    static_cast<T*>(out)[i] =
        static_cast<T>(static_cast<double>(static_cast<const T*>(shift)[i]) + math::log(static_cast<const double*>(acc)[i]));
  }
}

constexpr int kMostPasses = 2;
struct Passes {
  int n;
  ReducePass pass[kMostPasses];
};

template <class T>
Passes passes_of(Reduction op, const FoldFunctions* folds) {
  using Sum = typename math::Accumulator<T>::Type;
  const int bytes = static_cast<int>(sizeof(T));
  switch (op) {
    case kSum:
      return {1, {{&folds[math::kFoldSum], finish_value<Sum, T>, bytes}, {}}};
    case kProd:
      return {1, {{&folds[math::kFoldProduct], finish_value<Sum, T>, bytes}, {}}};
    case kMax:
      return {1, {{&folds[math::kFoldMax], finish_value<T, T>, bytes}, {}}};
    case kMin:
      return {1, {{&folds[math::kFoldMin], finish_value<T, T>, bytes}, {}}};
    case kAnyOf:
      return {1, {{&folds[math::kFoldMax], finish_bool, 1}, {}}};
    case kAllOf:
      return {1, {{&folds[math::kFoldMin], finish_bool, 1}, {}}};
    default:
      break;
  }
  if constexpr (math::Number<T>::floating) {
    switch (op) {
      case kMean:
        return {1, {{&folds[math::kFoldSum], finish_mean<T>, bytes}, {}}};
      case kSumSquares:
        return {1, {{&folds[math::kFoldSumSquares], finish_value<double, T>, bytes}, {}}};
      case kVariance:
        return {2, {{&folds[math::kFoldSum], finish_mean<double>, sizeof(double)}, {&folds[math::kFoldDeviation], finish_mean<T>, bytes}}};
      default:
        return {2, {{&folds[math::kFoldMax], finish_shift<T>, bytes}, {&folds[math::kFoldExp], finish_log<T>, bytes}}};
    }
  }
  return {};
}

Passes passes_for(Reduction op, int dtype) {
  const FoldFunctions* folds = fold_functions(dtype);
  switch (dtype) {
    case NN_FLOAT32:
      return passes_of<float>(op, folds);
    case NN_FLOAT64:
      return passes_of<double>(op, folds);
    case NN_INT32:
      return passes_of<int32_t>(op, folds);
    default:
      return passes_of<uint8_t>(op, folds);
  }
}

size_t aligned(int64_t bytes) { return (static_cast<size_t>(bytes) + NN_ALIGNMENT - 1) / NN_ALIGNMENT * NN_ALIGNMENT; }

// The workspace holds the first pass' results, then partial results of either pass.
size_t first_bytes(const Passes& passes, const nn_args& a) { return passes.n > 1 ? aligned(a.out[0].size * passes.pass[0].out_bytes) : 0; }

template <Reduction Op>
int32_t prepare(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  *workspace = 0;
  if (a->out[0].size == 0) return NN_OK;
  const Passes passes = passes_for(Op, a->in[0].dtype);
  const ReduceShape shape(a->in[0], static_cast<uint32_t>(a->attrs[0]));
  int64_t partials = 0;
  for (int i = 0; i < passes.n; i++) {
    const int64_t bytes = partial_bytes(shape, passes.pass[i]);
    if (bytes > partials) partials = bytes;
  }
  *workspace = first_bytes(passes, *a) + static_cast<size_t>(partials);
  return NN_OK;
}

template <Reduction Op>
int32_t run(nn_device*, const nn_args* a, void*, void* workspace, nn_error*) {
  if (a->out[0].size == 0) return NN_OK;
  const Passes passes = passes_for(Op, a->in[0].dtype);
  const ReduceShape shape(a->in[0], static_cast<uint32_t>(a->attrs[0]));
  const char* x = static_cast<const char*>(a->in[0].data);
  char* first = static_cast<char*>(workspace);
  char* partials = first ? first + first_bytes(passes, *a) : nullptr;
  char* out = static_cast<char*>(a->out[0].data);
  const int bytes = dtype_bytes(a->in[0].dtype);
  if (passes.n > 1) {
    run_pass(shape, passes.pass[0], x, bytes, nullptr, first, partials);
    run_pass(shape, passes.pass[1], x, bytes, first, out, partials);
  } else {
    run_pass(shape, passes.pass[0], x, bytes, nullptr, out, partials);
  }
  return NN_OK;
}

template <Reduction Op>
nn_kernel kernel(const char* name, uint32_t dtypes) {
  return {name, dtypes, prepare<Op>, run<Op>, nullptr};
}

}  // namespace
}  // namespace cpu

void append_reduce_kernels(std::vector<nn_kernel>& kernels) {
  using namespace cpu;
  kernels.push_back(kernel<kSum>("sum", kNumbers));
  kernels.push_back(kernel<kMean>("mean", kFloats));
  kernels.push_back(kernel<kProd>("prod", kNumbers));
  kernels.push_back(kernel<kMax>("max", kNumbers));
  kernels.push_back(kernel<kMin>("min", kNumbers));
  kernels.push_back(kernel<kVariance>("variance", kFloats));
  kernels.push_back(kernel<kLogSumExp>("logsumexp", kFloats));
  kernels.push_back(kernel<kSumSquares>("sumSquares", kFloats));
  kernels.push_back(kernel<kAnyOf>("any", kBool));
  kernels.push_back(kernel<kAllOf>("all", kBool));
  append_arg_kernels(kernels);
}

}  // namespace nn
