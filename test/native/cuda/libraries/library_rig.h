// A device on which the fake libraries are opened, with our kernels behind them.
#pragma once

#include <dlfcn.h>

#include <string>
#include <vector>

#include "backends/cuda/cublas/open.h"
#include "backends/cuda/cublas/state.h"
#include "backends/cuda/cudnn/open.h"
#include "backends/cuda/cudnn/state.h"
#include "backends/cuda/options.h"
#include "fake_cublaslt.h"
#include "fake_cudart.h"
#include "fake_cudnn.h"
#include "ops/conv2d.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/pool2d.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "twins.h"

namespace nn_test {

inline void* open_library(const char* path) {
  void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(library, nullptr) << ::dlerror();
  return library;
}

template <class State>
State& control(void* library, const char* function) {
  return *reinterpret_cast<State* (*)()>(::dlsym(library, function))();
}

class LibraryRig : public testing::Test {
 protected:
  LibraryRig() {
    for (auto append : {nn::append_conv2d_ops, nn::append_matmul_ops, nn::append_norm_ops, nn::append_pool2d_ops, nn::append_reduce_ops,
                        nn::append_softmax_ops}) {
      append(runner.ops);
    }
    nn::cuda::append_cudnn_kernels(runner.kernels);
    nn::cuda::append_cublas_kernels(runner.kernels);
    nn::cuda::append_reduce_kernels(runner.kernels);
    device.multiprocessors = 4;
    device.properties.major = 9;
    std::snprintf(device.properties.name, sizeof device.properties.name, "a GPU for tests");
    device.complaint = &complaint_;
    runner.device = &device;
    cudnn.reset();
    cublas.reset();
  }
  ~LibraryRig() override {
    nn::cudnn_close(&device);
    nn::cublas_close(&device);
    EXPECT_EQ(cudnn.live_descriptors, 0);
    EXPECT_EQ(cudnn.live_handles, 0);
    EXPECT_EQ(cublas.live, 0);
    cudnn.reset();
    if (stream_ == nullptr) return;
    cudaStreamDestroy(stream_);
    EXPECT_EQ(nn::fake::live_device_bytes(), 0);
    EXPECT_EQ(nn::fake::live_objects(), 0);
    EXPECT_EQ(nn::fake::take_violations(), std::vector<std::string>());
  }
  void open_cudnn() {
    std::string why;
    ASSERT_TRUE(nn::cudnn::load_api(cudnn_library, &cudnn_api, &why)) << why;
    ASSERT_EQ(nn::cudnn::attach(&device, cudnn_api, &error), NN_OK) << error.message;
  }
  void open_cublas() {
    std::string why;
    ASSERT_TRUE(nn::cublas::load_api(cublas_library, &cublas_api, &why)) << why;
    ASSERT_EQ(nn::cublas::attach(&device, cublas_api, &error), NN_OK) << error.message;
  }
  void set(const char* option, const char* value) {
    ASSERT_EQ(nn::set_device_option(&device, option, value, &error), NN_OK) << error.message;
  }
  void ok(const std::string& op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
    const Outcome outcome = runner.run(op, in, out, attrs);
    ASSERT_EQ(outcome.code, NN_OK) << op << ": " << outcome.message;
    if (stream_ != nullptr) {
      EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    }
  }
  // For what allocates, copies and waits itself. Without it kernels run when they are launched.
  void use_stream() {
    nn::fake::reset();
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    device.stream = stream_;
  }

  nn_device device;
  OpRunner runner;
  nn_error error{};
  void* cudnn_library = open_library(NN_FAKE_CUDNN);
  void* cublas_library = open_library(NN_FAKE_CUBLASLT);
  nn::fake::Cudnn& cudnn = control<nn::fake::Cudnn>(cudnn_library, "fake_cudnn");
  nn::fake::CublasLt& cublas = control<nn::fake::CublasLt>(cublas_library, "fake_cublaslt");
  nn::cudnn::Api cudnn_api;
  nn::cublas::Api cublas_api;

 private:
  cudaStream_t stream_ = nullptr;
  nn_device_complaint complaint_{};
};

}  // namespace nn_test
