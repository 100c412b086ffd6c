// Softmax and its logarithm along the last axis by cuDNN's own functions: graphs have no operation that trains.
#include "backends/cuda/cudnn/state.h"
#include "core/op.h"

namespace nn {
namespace cudnn {
namespace {

using PlanPointer = std::unique_ptr<cuda::KernelPlan>;

class Softmax : public cuda::KernelPlan {
 public:
  Softmax(const State& state, const char* op, cudnnSoftmaxAlgorithm_t algorithm, bool backward, const nn_tensor& x)
      : state_(state), op_(op), algorithm_(algorithm), backward_(backward), is_double_(x.dtype == NN_FLOAT64) {
    const Api& api = *state.session.api;
    check(api, api.cudnnCreateTensorDescriptor(&rows_), "cudnnCreateTensorDescriptor");
    const int channels = static_cast<int>(x.dims[x.rank - 1]);
    const int dims[4] = {static_cast<int>(x.size / channels), channels, 1, 1}, strides[4] = {channels, 1, 1, 1};
    const cudnnStatus_t status = api.cudnnSetTensorNdDescriptor(rows_, is_double_ ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT, 4, dims, strides);
    if (status == CUDNN_STATUS_SUCCESS) return;
    api.cudnnDestroyTensorDescriptor(rows_);
    check(api, status, "cudnnSetTensorNdDescriptor");
  }
  ~Softmax() override { state_.session.api->cudnnDestroyTensorDescriptor(rows_); }

  int32_t run(nn_device*, const nn_args& a, char*, nn_error* error) override {
    const Api& api = *state_.session.api;
    const float one = 1, none = 0;
    const double wide_one = 1, wide_none = 0;
    const void *alpha = &one, *beta = &none;
    if (is_double_) {
      alpha = &wide_one;
      beta = &wide_none;
    }
    try {
      if (backward_) {  // y, dy -> dx
        check(api,
              api.cudnnSoftmaxBackward(state_.session.handle, algorithm_, CUDNN_SOFTMAX_MODE_CHANNEL, alpha, rows_, a.in[0].data, rows_,
                                       a.in[1].data, beta, rows_, a.out[0].data),
              "cudnnSoftmaxBackward");
      } else {
        check(api,
              api.cudnnSoftmaxForward(state_.session.handle, algorithm_, CUDNN_SOFTMAX_MODE_CHANNEL, alpha, rows_, a.in[0].data, beta,
                                      rows_, a.out[0].data),
              "cudnnSoftmaxForward");
      }
      return NN_OK;
    } catch (const Failure& failure) {
      return report(failure, op_, error);
    }
  }

 private:
  const State& state_;
  const char* op_;
  cudnnSoftmaxAlgorithm_t algorithm_;
  bool backward_, is_double_;
  cudnnTensorDescriptor_t rows_ = nullptr;
};

// Its descriptors count in ints, and rows are a dimension of its grids.
bool suits(const nn_tensor& x) { return x.size > 0 && x.size <= 2147483647 && x.size / x.dims[x.rank - 1] <= 65535; }

template <cudnnSoftmaxAlgorithm_t Algorithm, bool Backward>
PlanPointer make(nn_device* device, const nn_args& a, nn_error* error) {
  constexpr bool log = Algorithm == CUDNN_SOFTMAX_LOG;
  const char* op = Backward ? (log ? "logSoftmaxBackward" : "softmaxBackward") : (log ? "logSoftmax" : "softmax");
  if (device->cudnn != nullptr && !device->own_softmax && suits(a.in[0])) {
    try {
      return std::make_unique<Softmax>(*state_of(device), op, Algorithm, Backward, a.in[0]);
    } catch (const Failure&) {
    }
  }
  return cuda::own_kernel(device, op, a, error);
}

}  // namespace

void append_softmax_kernels(std::vector<nn_kernel>& kernels) {
  using cuda::destroy_plan;
  using cuda::prepare_plan;
  using cuda::run_plan;
  kernels.push_back({"softmax", kFloats, prepare_plan<make<CUDNN_SOFTMAX_ACCURATE, false>>, run_plan, destroy_plan});
  kernels.push_back({"softmaxBackward", kFloats, prepare_plan<make<CUDNN_SOFTMAX_ACCURATE, true>>, run_plan, destroy_plan});
  kernels.push_back({"logSoftmax", kFloats, prepare_plan<make<CUDNN_SOFTMAX_LOG, false>>, run_plan, destroy_plan});
  kernels.push_back({"logSoftmaxBackward", kFloats, prepare_plan<make<CUDNN_SOFTMAX_LOG, true>>, run_plan, destroy_plan});
}

}  // namespace cudnn
}  // namespace nn
