// One matrix product of cuBLASLt with its epilogue, prepared for shapes and types.
#pragma once

#include "backends/cuda/cublas/state.h"
#include "ops/matmul.h"

namespace nn {
namespace cublas {

// What is done beside c = op(a) op(b), in the library's own words.
enum class Epilogue { kNone, kBias, kRelu, kReluBias, kGelu, kGeluBias, kGeluAux, kGeluAuxBias, kColumnSums };

struct Addresses {
  const void *a = nullptr, *b = nullptr;
  void* c = nullptr;
  const void* bias = nullptr;
  void* aux = nullptr;  // kGeluAux: what the activation was applied to; kColumnSums: the sums
};

class Product {
 public:
  // Throws Failure where the library has no algorithm for it.
  Product(nn_device* device, const MatmulGeometry& geometry, int32_t dtype, Epilogue epilogue);
  ~Product();
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  size_t workspace() const { return algorithm_.workspaceSize; }
  // Throws Failure.
  void run(nn_device* device, const Addresses& addresses, void* workspace);

 private:
  void describe(const MatmulGeometry& geometry);
  void choose(nn_device* device, const std::string& key);
  void release();
  void set(cublasLtMatmulDescAttributes_t name, const void* value, size_t bytes);
  cublasLtMatrixLayout_t layout(int64_t rows, int64_t columns, int64_t batch, bool batched);

  State& state_;
  Epilogue epilogue_;
  bool is_double_;
  cublasLtMatmulDesc_t product_ = nullptr;
  cublasLtMatrixLayout_t left_ = nullptr, right_ = nullptr, result_ = nullptr;
  cublasLtMatmulHeuristicResult_t algorithm_{};
  const void* bias_ = nullptr;
  void* aux_ = nullptr;
};

}  // namespace cublas
}  // namespace nn
