// Matrix products by way of cuBLASLt. The fake library really multiplies, column-major, so what is handed over is compared with our own
// kernels' results: transpositions, batches, bias, activations and column sums.
#include "library_rig.h"

namespace nn_test {
namespace {

class CublasProducts : public LibraryRig {
 protected:
  struct Case {
    Dims a, b, c;
    bool ta = false, tb = false;
  };
  std::vector<Case> cases() const {
    return {{{5, 7}, {7, 16}, {5, 16}},
            {{7, 5}, {7, 16}, {5, 16}, true, false},
            {{5, 7}, {16, 7}, {5, 16}, false, true},
            {{7, 5}, {16, 7}, {5, 16}, true, true},
            {{3, 5, 7}, {3, 7, 8}, {3, 5, 8}},
            {{2, 3, 5, 7}, {7, 8}, {2, 3, 5, 8}},
            {{3, 7, 5}, {7, 8}, {3, 5, 8}, true, false},
            {{5, 7}, {4, 7, 8}, {4, 5, 8}},
            {{1, 9}, {9, 1}, {1, 1}}};
  }
  // By our own kernels first, then by the library.
  void compare(const Case& c, int dtype, bool bias, int activation, bool before) {
    std::mt19937 random(7);
    Array a(dtype, c.a), b(dtype, c.b), v(dtype, {c.c.back()});
    a.fill_random(random), b.fill_random(random), v.fill_random(random);
    const Array want(dtype, c.c), got(dtype, c.c), want_before(dtype, c.c), got_before(dtype, c.c);
    std::vector<const Array*> in = {&a, &b}, want_out = {&want}, got_out = {&got};
    if (bias) in.push_back(&v);
    if (before) want_out.push_back(&want_before), got_out.push_back(&got_before);
    ok("matmul", in, want_out, {c.ta, c.tb, activation});
    open_cublas();
    ok("matmul", in, got_out, {c.ta, c.tb, activation});
    nn::cublas_close(&device);
    const double tolerance = activation == 2 ? (dtype == NN_FLOAT32 ? 2e-6 : 1e-13) : 0;
    Twins::expect_near("product", want, got, tolerance);
    if (before) Twins::expect_near("before", want_before, got_before, 0);
  }
};

TEST_F(CublasProducts, EqualOurOwnKernels) {
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (const Case& c : cases()) {
      for (int activation = 0; activation < 3; activation++) {
        for (bool bias : {false, true}) compare(c, dtype, bias, activation, false);
      }
      compare(c, dtype, true, 2, true);
      compare(c, dtype, false, 2, true);
    }
  }
}

TEST_F(CublasProducts, EqualThemWithoutAnyEpilogue) {
  for (int epilogue : {2, 4, 6, 32, 36, 160, 164, 256}) cublas.without.insert(epilogue);
  for (const Case& c : cases()) {
    compare(c, NN_FLOAT32, true, 1, false);
    compare(c, NN_FLOAT64, true, 2, true);
  }
  EXPECT_EQ(std::count(cublas.log.begin(), cublas.log.end(), "cublasLtMatmul epilogue 1"), 18);
}

TEST_F(CublasProducts, WithColumnSumsInOnePassOrTwo) {
  std::mt19937 random(3);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (int turned = 0; turned < 4; turned++) {
      const int ta = turned & 1, tb = turned >> 1;
      Array a(dtype, ta ? Dims{9, 5} : Dims{5, 9}), b(dtype, tb ? Dims{8, 9} : Dims{9, 8});
      a.fill_random(random), b.fill_random(random);
      const Array want(dtype, {5, 8}), got(dtype, {5, 8}), apart(dtype, {5, 8}), want_sums(dtype, {8}), got_sums(dtype, {8}),
          apart_sums(dtype, {8});
      ok("matmulWithSums", {&a, &b}, {&want, &want_sums}, {ta, tb});
      open_cublas();
      ok("matmulWithSums", {&a, &b}, {&got, &got_sums}, {ta, tb});
      EXPECT_EQ(cublas.log.back(), "cublasLtMatmul epilogue 256");
      cublas.without.insert(256);
      nn::cublas_close(&device);
      open_cublas();
      ok("matmulWithSums", {&a, &b}, {&apart, &apart_sums}, {ta, tb});
      EXPECT_EQ(cublas.log.back(), "cublasLtMatmul epilogue 1");
      nn::cublas_close(&device);
      cublas.without.clear();
      EXPECT_TRUE(want.same(got) && want.same(apart));
      EXPECT_TRUE(want_sums.same(got_sums) && want_sums.same(apart_sums));
    }
  }
}

TEST_F(CublasProducts, AreTrueFloat32UnlessAskedOtherwise) {
  open_cublas();
  const Array a(NN_FLOAT32, {4, 4}), b(NN_FLOAT32, {4, 4}), c(NN_FLOAT32, {4, 4});
  const Array a64(NN_FLOAT64, {4, 4}), b64(NN_FLOAT64, {4, 4}), c64(NN_FLOAT64, {4, 4});
  ok("matmul", {&a, &b}, {&c}, {0, 0, 0});
  set("precision", "tf32");
  ok("matmul", {&a, &b}, {&c}, {0, 0, 0});
  ok("matmul", {&a64, &b64}, {&c64}, {0, 0, 0});
  EXPECT_EQ(cublas.computed, (std::vector<cublasComputeType_t>{CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_64F}));
}

TEST_F(CublasProducts, AskOnceForAShapeAndKeepToTheWorkspace) {
  open_cublas();
  const Array a(NN_FLOAT32, {4, 4}), b(NN_FLOAT32, {4, 4}), c(NN_FLOAT32, {4, 4});
  for (int i = 0; i < 3; i++) ok("matmul", {&a, &b}, {&c}, {0, 0, 0});
  EXPECT_EQ(std::count(cublas.log.begin(), cublas.log.end(), "cublasLtMatmulAlgoGetHeuristic"), 1);
  EXPECT_EQ(cublas.preferred_workspace, size_t{32} << 20);
  EXPECT_EQ(cublas.preferred_schemes, static_cast<uint32_t>(CUBLASLT_REDUCTION_SCHEME_MASK));
  for (void* workspace : cublas.workspaces) EXPECT_NE(workspace, nullptr);
  for (void* stream : cublas.streams) EXPECT_EQ(stream, device.stream);
  set("workspaceLimit", "65536");
  set("deterministic", "true");
  ok("matmul", {&a, &b}, {&c}, {0, 0, 0});
  EXPECT_EQ(cublas.preferred_workspace, 65536u);
  EXPECT_EQ(cublas.preferred_schemes, static_cast<uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
}

TEST_F(CublasProducts, PassOnTheLibrarysWords) {
  open_cublas();
  cublas.failures["cublasLtMatmul"] = CUBLAS_STATUS_EXECUTION_FAILED;
  const Array a(NN_FLOAT32, {4, 4}), b(NN_FLOAT32, {4, 4}), c(NN_FLOAT32, {4, 4});
  const Outcome outcome = runner.run("matmul", {&a, &b}, {&c}, {0, 0, 0});
  EXPECT_EQ(outcome.code, NN_LIBRARY);
  EXPECT_EQ(outcome.message, "matmul: cuBLASLt: cublasLtMatmul: CUBLAS_STATUS_EXECUTION_FAILED");
  nn::cublas_close(&device);
  cublas.failures = {{"cublasLtCreate", CUBLAS_STATUS_NOT_SUPPORTED}};
  EXPECT_EQ(nn::cublas::attach(&device, cublas_api, &error), NN_LIBRARY);
  EXPECT_STREQ(error.message, "cuBLASLt's handle: cuBLASLt: cublasLtCreate: CUBLAS_STATUS_NOT_SUPPORTED");
  EXPECT_EQ(device.cublas, nullptr);
}

TEST_F(CublasProducts, AreOurOwnWhereTheLibraryFindsNoWay) {
  open_cublas();
  cublas.failures["cublasLtMatmulAlgoGetHeuristic"] = CUBLAS_STATUS_NOT_SUPPORTED;
  const Array a(NN_FLOAT32, {1, 2}, {3., 4.}), b(NN_FLOAT32, {2, 1}, {5., 6.}), c(NN_FLOAT32, {1, 1});
  ok("matmul", {&a, &b}, {&c}, {0, 0, 0});
  EXPECT_EQ(c.get(0), 39);
  EXPECT_TRUE(cublas.computed.empty());
}

TEST_F(CublasProducts, NeedTheRightLibrary) {
  std::string why;
  EXPECT_FALSE(nn::cublas::load_api(cudnn_library, &cublas_api, &why));
  EXPECT_EQ(why.rfind("cuBLASLt: expected 13, got a library without cublasLtGetVersion, cublasLtGetStatusName, ", 0), 0u) << why;
  cublas.version = 120800;
  EXPECT_FALSE(nn::cublas::load_api(cublas_library, &cublas_api, &why));
  EXPECT_EQ(why, "cuBLASLt: expected 13, got 12.8.0; install cuBLAS of CUDA 13");
}

}  // namespace
}  // namespace nn_test
