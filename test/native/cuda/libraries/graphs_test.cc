// What is asked of cuDNN: which calls in which order, whose plans, with which memory, and what happens when it refuses.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "library_rig.h"

namespace nn_test {
namespace {

constexpr auto kTensorCore = CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
constexpr auto kNondeterministic = CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;

class CudnnGraphs : public LibraryRig {
 protected:
  CudnnGraphs() {
    std::mt19937 random(5);
    for (Array* array : {&x, &filter, &bias, &residual, &dy}) array->fill_random(random);
    cudnn.engines = {{1, {kTensorCore}}, {2, {kNondeterministic}}, {3, {}}, {4, {}, 0, true, true}};
  }
  std::vector<int64_t> engines() const {
    std::vector<int64_t> list;
    for (const nn::fake::Executed& executed : cudnn.executed) list.push_back(executed.engine);
    return list;
  }

  const Attrs geometry{1, 1, 0, 0, 0, 0, 1, 1, 1}, with_relu{1, 1, 0, 0, 0, 0, 1, 1, 1, 1};
  Array x{NN_FLOAT32, {2, 6, 5, 3}}, filter{NN_FLOAT32, {4, 3, 3, 3}}, bias{NN_FLOAT32, {4}}, residual{NN_FLOAT32, {2, 4, 3, 4}};
  Array dy{NN_FLOAT32, {2, 4, 3, 4}}, y{NN_FLOAT32, {2, 4, 3, 4}};
};

TEST_F(CudnnGraphs, AConvolutionIsOnePlanOnTheDevicesStream) {
  device.stream = reinterpret_cast<cudaStream_t>(0x5);  // nothing is launched on it
  open_cudnn();
  for (nn::fake::Engine& engine : cudnn.engines) engine.workspace = 4096;
  ok("conv2d", {&x, &filter, &bias, &residual}, {&y}, with_relu);
  const std::vector<std::string> wanted = {"cudnnCreate",     "cudnnSetStream",  "finalize tensor",
                                           "finalize tensor", "finalize tensor", "finalize tensor",
                                           "finalize tensor", "finalize tensor", "finalize convolution"};
  ASSERT_GT(cudnn.log.size(), wanted.size());
  EXPECT_EQ(std::vector<std::string>(cudnn.log.begin(), cudnn.log.begin() + wanted.size()), wanted);
  EXPECT_EQ(cudnn.log.back(), "execute eng2");
  ASSERT_EQ(cudnn.executed.size(), 1u);
  const nn::fake::Executed& executed = cudnn.executed[0];
  EXPECT_EQ(executed.stream, device.stream);
  EXPECT_NE(executed.workspace, nullptr);
  EXPECT_EQ(executed.data, (std::vector<void*>{x.data(), filter.data(), residual.data(), bias.data(), y.data()}));
  EXPECT_EQ(executed.ids, (std::vector<int64_t>{1, 2, 3, 4, 5}));
  device.stream = nullptr;
}

TEST_F(CudnnGraphs, PrecisionAndDeterminismChooseThePlan) {
  open_cudnn();
  const auto run = [&] { ok("conv2d", {&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}); };
  run();
  set("deterministic", "true");
  run();
  set("precision", "tf32");
  run();
  set("precision", "float32");
  cudnn.engines.erase(cudnn.engines.begin() + 2);
  run();  // only the fallback list has one
  EXPECT_EQ(engines(), (std::vector<int64_t>{2, 3, 1, 4}));
}

TEST_F(CudnnGraphs, WhatCannotBeBuiltOrWantsTooMuchIsPassedOver) {
  open_cudnn();
  set("workspaceLimit", "1000");
  cudnn.engines = {{7, {}, 0, false}, {8, {}, 1001}, {9, {}, 1000}};
  const Array dfilter(NN_FLOAT32, {4, 3, 3, 3});
  ok("conv2dBackwardFilter", {&x, &dy}, {&dfilter}, geometry);
  EXPECT_EQ(engines(), (std::vector<int64_t>{9}));
}

TEST_F(CudnnGraphs, OurOwnKernelTakesOverWhereThereIsNoPlan) {
  const Array dx(NN_FLOAT32, {2, 6, 5, 3}), again(NN_FLOAT32, {2, 6, 5, 3}), own(NN_FLOAT32, {2, 4, 3, 4}), plain(NN_FLOAT32, {2, 4, 3, 4});
  ok("conv2dBackwardInput", {&dy, &filter}, {&dx}, geometry);
  ok("conv2d", {&x, &filter, &bias}, {&plain}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0});
  open_cudnn();
  cudnn.engines = {{1, {kTensorCore}}};
  ok("conv2dBackwardInput", {&dy, &filter}, {&again}, geometry);
  EXPECT_TRUE(dx.same(again));
  ok("conv2d", {&x, &filter, &bias, &residual}, {&own}, with_relu);
  for (int64_t i = 0; i < own.size(); i++) EXPECT_EQ(own.get(i), std::fmax(0, plain.get(i) + residual.get(i)));
  EXPECT_TRUE(cudnn.executed.empty());
}

TEST_F(CudnnGraphs, TheBiasGradientFollowsTheFilters) {
  open_cudnn();
  const Array dfilter(NN_FLOAT32, {4, 3, 3, 3}), dbias(NN_FLOAT32, {4}), sums(NN_FLOAT32, {4});
  ok("conv2dBackwardFilter", {&x, &dy}, {&dfilter, &dbias}, geometry);
  ok("sum", {&dy}, {&sums}, {7});
  EXPECT_TRUE(dbias.same(sums));
  ASSERT_EQ(cudnn.executed.size(), 1u);
  EXPECT_EQ(cudnn.executed[0].data, (std::vector<void*>{x.data(), dy.data(), dfilter.data()}));
}

TEST_F(CudnnGraphs, ADepthwiseConvolutionGetsItsBiasAndReluFromUs) {
  open_cudnn();
  Array deep(NN_FLOAT32, {3, 3, 3, 1}), three(NN_FLOAT32, {3}, {1., -100., 3.});
  const Array out(NN_FLOAT32, {2, 4, 3, 3});
  cudnn.on_execute = [&](const nn::fake::Executed& executed) {
    for (int64_t i = 0; i < out.size(); i++) static_cast<float*>(executed.data.at(2))[i] = 5;
  };
  ok("conv2d", {&x, &deep, &three}, {&out}, {1, 1, 0, 0, 0, 0, 1, 1, 3, 1});
  EXPECT_EQ(cudnn.executed.at(0).data.size(), 3u);
  for (int64_t i = 0; i < out.size(); i++) EXPECT_EQ(out.get(i), (std::vector<double>{6, 0, 8})[i % 3]);
}

TEST_F(CudnnGraphs, FailuresKeepTheLibrarysWords) {
  open_cudnn();
  cudnn.failures["cudnnBackendExecute"] = CUDNN_STATUS_EXECUTION_FAILED;
  cudnn.last_error = "the kernel would not start";
  const Outcome outcome = runner.run("conv2d", {&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0});
  EXPECT_EQ(outcome.code, NN_LIBRARY);
  EXPECT_EQ(outcome.message, "conv2d: cuDNN: cudnnBackendExecute: CUDNN_STATUS_EXECUTION_FAILED (the kernel would not start)");
  cudnn.failures["cudnnBackendExecute"] = CUDNN_STATUS_ALLOC_FAILED;
  EXPECT_EQ(runner.run("conv2d", {&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}).code, NN_OUT_OF_MEMORY);
  nn::cudnn_close(&device);
  cudnn.failures = {{"cudnnSetStream", CUDNN_STATUS_NOT_SUPPORTED}};
  EXPECT_EQ(nn::cudnn::attach(&device, cudnn_api, &error), NN_LIBRARY);
  EXPECT_EQ(device.cudnn, nullptr);
  EXPECT_EQ(cudnn.live_handles, 0);
}

TEST_F(CudnnGraphs, NeedTheRightLibrary) {
  std::string why;
  EXPECT_FALSE(nn::cudnn::load_api(cublas_library, &cudnn_api, &why));
  EXPECT_EQ(why.rfind("cuDNN: expected 9.12.0 or a later 9, got a library without cudnnGetVersion, ", 0), 0u) << why;
  for (size_t version : {size_t{90100}, size_t{100000}}) {
    cudnn.version = version;
    EXPECT_FALSE(nn::cudnn::load_api(cudnn_library, &cudnn_api, &why));
    EXPECT_EQ(why, "cuDNN: expected 9.12.0 or a later 9, got " + nn::cudnn::version_text(version) + "; install cuDNN 9 for CUDA 13");
  }
}

class CudnnTuning : public CudnnGraphs {
 protected:
  CudnnTuning() {
    std::string pattern = (std::filesystem::temp_directory_path() / "node-cudnn-tuning-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ::setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
    use_stream();
    cudnn.engines = {{11, {}, 64, true, false, 3000}, {12, {}, 64, true, false, 0}, {13, {}, 64, true, false, 3000}};
  }
  ~CudnnTuning() override {
    ::unsetenv("XDG_CACHE_HOME");
    std::filesystem::remove_all(folder_);
  }
  void run() { ok("conv2d", {&x, &filter}, {&y}, {1, 1, 0, 0, 0, 0, 1, 1, 1, 0}); }
  std::string memory() const {
    std::ifstream file(folder_ / "node-cudnn" / "cudnn-plans.txt");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path folder_;
};

TEST_F(CudnnTuning, TimesOnceAndRemembersOnDisk) {
  open_cudnn();
  set("autotune", "true");
  run();
  EXPECT_EQ(cudnn.executed.back().engine, 12);
  EXPECT_EQ(cudnn.executed.size(), 3u * 11 + 1);
  const std::string line = memory();
  EXPECT_EQ(line.rfind("a GPU for tests|90|9.19.0|strict,", 0), 0u) << line;
  EXPECT_NE(line.find("\teng12\t"), std::string::npos) << line;

  cudnn.executed.clear();
  run();
  EXPECT_EQ(engines(), (std::vector<int64_t>{12}));
  EXPECT_EQ(memory(), line);
}

TEST_F(CudnnTuning, ARememberedPlanThatIsGoneIsMeasuredAgain) {
  open_cudnn();
  set("autotune", "true");
  run();
  cudnn.engines[1].builds = false;
  cudnn.engines[2].spin_us = 0;
  run();
  EXPECT_EQ(cudnn.executed.back().engine, 13);
  const std::string text = memory();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_NE(text.find("\teng13\t"), std::string::npos) << text;
}

// Which of two equal pixels a maximum is taken from is for the library to say: it is asked before it is trusted.
TEST_F(CudnnGraphs, MaxPoolingIsOursUnlessTheLibrarysIndexIs) {
  const Array image(NN_FLOAT32, {1, 2, 2, 1}, {3., 3., 1., 2.}), top(NN_FLOAT32, {1, 1, 1, 1}), index(NN_UINT8, {1, 1, 1, 1});
  const Attrs window{2, 2, 2, 2, 0, 0, 0, 0};
  use_stream();
  open_cudnn();
  ok("maxPool2d", {&image}, {&top, &index}, window);  // the fake writes no index, so the trial fails
  EXPECT_EQ(top.get(0), 3);
  EXPECT_EQ(index.get(0), 0);
  EXPECT_EQ(cudnn.executed.size(), 1u);
  nn::cudnn_close(&device);

  open_cudnn();
  cudnn.executed.clear();
  cudnn.on_execute = [&](const nn::fake::Executed& executed) {
    if (cudnn.executed.size() > 1) return;
    const float* from = static_cast<float*>(executed.data[0]);
    for (int i = 0; i < 60; i++) {
      const int row = i / 4 / 5, column = i / 4 % 5, channel = i % 4;
      int best = -1;
      float most = 0;
      for (int at = 0; at < 6; at++) {
        const int h = row * 2 + at / 2 - 1, w = column + at % 2;
        if (h < 0 || h > 4 || w > 4) continue;
        const float value = from[(h * 5 + w) * 4 + channel];
        if (best < 0 || value > most || (std::isnan(value) && !std::isnan(most))) best = at, most = value;
      }
      static_cast<int8_t*>(executed.data[2])[i] = static_cast<int8_t>(best);
    }
  };
  ok("maxPool2d", {&image}, {&top, &index}, window);
  ASSERT_EQ(cudnn.executed.size(), 2u);
  EXPECT_EQ(cudnn.executed[1].data, (std::vector<void*>{image.data(), top.data(), index.data()}));
  set("pooling", "own");
  ok("maxPool2d", {&image}, {&top, &index}, window);
  EXPECT_EQ(cudnn.executed.size(), 2u);
}

TEST_F(CudnnGraphs, BatchNormalizationGivesOutTheVariance) {
  open_cudnn();
  const Array image(NN_FLOAT32, {6, 4}), gamma(NN_FLOAT32, {4}), beta(NN_FLOAT32, {4}), out(NN_FLOAT32, {6, 4}), mean(NN_FLOAT32, {4}),
      variance(NN_FLOAT32, {4}), dgamma(NN_FLOAT32, {4}), dbeta(NN_FLOAT32, {4});
  float epsilon = 0;
  std::vector<float> inverse;
  cudnn.on_execute = [&](const nn::fake::Executed& executed) {
    if (executed.data.size() == 7) {
      epsilon = *static_cast<float*>(executed.data[3]);
      for (int i = 0; i < 4; i++) static_cast<float*>(executed.data[6])[i] = 1 / std::sqrt(static_cast<float>(i) + 0.25f);
    } else {
      inverse.assign(static_cast<float*>(executed.data[4]), static_cast<float*>(executed.data[4]) + 4);
    }
  };
  Attrs attrs;
  attrs.add_float(0.25);
  ok("batchNorm", {&image, &gamma, &beta}, {&out, &mean, &variance}, attrs);
  EXPECT_EQ(epsilon, 0.25f);
  for (int i = 0; i < 4; i++) EXPECT_NEAR(variance.get(i), i, 1e-5);
  ok("batchNormBackward", {&image, &out, &gamma, &mean, &variance}, {&out, &dgamma, &dbeta}, attrs);
  for (int i = 0; i < 4; i++) EXPECT_NEAR(inverse.at(i), 1 / std::sqrt(i + 0.25), 1e-6);
  EXPECT_EQ(cudnn.executed.size(), 2u);

  const Array odd(NN_FLOAT32, {6, 3}), v(NN_FLOAT32, {3}), odd_out(NN_FLOAT32, {6, 3}), odd_mean(NN_FLOAT32, {3}),
      odd_variance(NN_FLOAT32, {3});
  ok("batchNorm", {&odd, &v, &v}, {&odd_out, &odd_mean, &odd_variance}, attrs);  // not a multiple of 4
  device.properties.major = 7;
  nn::cudnn_close(&device);
  open_cudnn();
  ok("batchNorm", {&image, &gamma, &beta}, {&out, &mean, &variance}, attrs);  // before 8.0
  EXPECT_EQ(cudnn.executed.size(), 2u);
}

TEST_F(CudnnGraphs, SoftmaxHasFunctionsOfItsOwn) {
  open_cudnn();
  const Array logits(NN_FLOAT32, {3, 5}), out(NN_FLOAT32, {3, 5});
  cudnn.log.clear();
  ok("softmax", {&logits}, {&out}, {});
  ok("logSoftmax", {&logits}, {&out}, {});
  ok("softmaxBackward", {&out, &logits}, {&out}, {});
  ok("logSoftmaxBackward", {&out, &logits}, {&out}, {});
  set("softmax", "own");
  ok("softmax", {&logits}, {&out}, {});
  EXPECT_NEAR(out.get(0), 0.2, 1e-6);
  EXPECT_EQ(cudnn.log, (std::vector<std::string>{"cudnnSoftmaxForward accurate", "cudnnSoftmaxForward log", "cudnnSoftmaxBackward accurate",
                                                 "cudnnSoftmaxBackward log"}));
}

TEST_F(CudnnGraphs, OptionsAreChecked) {
  const auto refused = [&](const char* name, const char* value) {
    EXPECT_EQ(nn::set_device_option(&device, name, value, &error), NN_INVALID);
    return std::string(error.message);
  };
  EXPECT_EQ(refused("precision", "float16"), "option precision: expected float32 or tf32, got float16");
  EXPECT_EQ(refused("workspaceLimit", "-1"), "option workspaceLimit: expected a whole number of bytes up to 2^40, got -1");
  EXPECT_EQ(refused("workspaceLimit", "1e6"), "option workspaceLimit: expected a whole number of bytes up to 2^40, got 1e6");
  EXPECT_EQ(refused("speed", "high").rfind("option: expected precision, deterministic, ", 0), 0u);
}

}  // namespace
}  // namespace nn_test
