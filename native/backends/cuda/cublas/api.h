// The functions of cuBLASLt that are used, found by name in the library that was opened.
#pragma once

#include <cublasLt.h>

#include <string>

namespace nn {
namespace cublas {

// clang-format off
#define NN_CUBLASLT_FUNCTIONS(X) \
  X(cublasLtGetVersion) X(cublasLtGetStatusName) X(cublasLtCreate) X(cublasLtDestroy) X(cublasLtMatmul) \
  X(cublasLtMatmulAlgoGetHeuristic) X(cublasLtMatmulDescCreate) X(cublasLtMatmulDescDestroy) \
  X(cublasLtMatmulDescSetAttribute) X(cublasLtMatrixLayoutCreate) X(cublasLtMatrixLayoutDestroy) \
  X(cublasLtMatrixLayoutSetAttribute) X(cublasLtMatmulPreferenceCreate) X(cublasLtMatmulPreferenceDestroy) \
  X(cublasLtMatmulPreferenceSetAttribute)
// clang-format on

struct Api {
#define X(name) decltype(&::name) name = nullptr;
  NN_CUBLASLT_FUNCTIONS(X)
#undef X
};

// 130100 is "13.1.0".
std::string version_text(size_t version);
// False with a sentence in `why` where a function is missing or the version is not one of CUDA 13.
bool load_api(void* library, Api* api, std::string* why);

}  // namespace cublas
}  // namespace nn
