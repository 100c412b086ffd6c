// cuBLASLt counts columns first. A row-major [m, n] is a column-major [n, m] in the same memory, so it is asked for the transposed product
// c' = op(b)' op(a)' : its left operand is our b, its rows are our columns, and a bias along its rows is ours along the last axis.
#include "backends/cuda/cublas/product.h"

#include <algorithm>

namespace nn {
namespace cublas {
namespace {

cublasLtEpilogue_t library_epilogue(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::kBias:
      return CUBLASLT_EPILOGUE_BIAS;
    case Epilogue::kRelu:
      return CUBLASLT_EPILOGUE_RELU;
    case Epilogue::kReluBias:
      return CUBLASLT_EPILOGUE_RELU_BIAS;
    case Epilogue::kGelu:
      return CUBLASLT_EPILOGUE_GELU;
    case Epilogue::kGeluBias:
      return CUBLASLT_EPILOGUE_GELU_BIAS;
    case Epilogue::kGeluAux:
      return CUBLASLT_EPILOGUE_GELU_AUX;
    case Epilogue::kGeluAuxBias:
      return CUBLASLT_EPILOGUE_GELU_AUX_BIAS;
    case Epilogue::kColumnSums:
      return CUBLASLT_EPILOGUE_BGRADA;  // its A is our b, summed over k: the gradient of a bias
    default:
      return CUBLASLT_EPILOGUE_DEFAULT;
  }
}

bool has_bias(Epilogue e) {
  return e == Epilogue::kBias || e == Epilogue::kReluBias || e == Epilogue::kGeluBias || e == Epilogue::kGeluAuxBias;
}
bool has_aux(Epilogue e) { return e == Epilogue::kGeluAux || e == Epilogue::kGeluAuxBias; }

std::string key_of(const MatmulGeometry& g, bool is_double, bool tf32, bool deterministic, size_t limit, Epilogue epilogue) {
  std::string key;
  for (int64_t value : {g.batch, g.m, g.n, g.k, static_cast<int64_t>(limit)}) key += std::to_string(value) + ",";
  for (bool flag : {g.a_batched, g.b_batched, g.transpose_a, g.transpose_b, is_double, tf32, deterministic}) key += flag ? "1" : "0";
  return key + "," + std::to_string(static_cast<int>(epilogue));
}

}  // namespace

Product::Product(nn_device* device, const MatmulGeometry& g, int32_t dtype, Epilogue epilogue)
    : state_(*state_of(device)), epilogue_(epilogue), is_double_(dtype == NN_FLOAT64) {
  try {
    const bool tf32 = device->tf32 && !is_double_ && device->properties.major >= 8;
    const cublasComputeType_t compute = is_double_ ? CUBLAS_COMPUTE_64F : tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    check(*state_.api, state_.api->cublasLtMatmulDescCreate(&product_, compute, is_double_ ? CUDA_R_64F : CUDA_R_32F),
          "cublasLtMatmulDescCreate");
    describe(g);
    choose(device, key_of(g, is_double_, tf32, device->deterministic, device->workspace_limit, epilogue));
  } catch (...) {
    release();
    throw;
  }
}

Product::~Product() { release(); }

void Product::release() {
  for (cublasLtMatrixLayout_t layout : {left_, right_, result_}) {
    if (layout != nullptr) state_.api->cublasLtMatrixLayoutDestroy(layout);
  }
  if (product_ != nullptr) state_.api->cublasLtMatmulDescDestroy(product_);
}

void Product::set(cublasLtMatmulDescAttributes_t name, const void* value, size_t bytes) {
  check(*state_.api, state_.api->cublasLtMatmulDescSetAttribute(product_, name, value, bytes), "cublasLtMatmulDescSetAttribute");
}

// Of a column-major matrix that lies without gaps; one that is not batched serves the whole batch.
cublasLtMatrixLayout_t Product::layout(int64_t rows, int64_t columns, int64_t batch, bool batched) {
  cublasLtMatrixLayout_t made = nullptr;
  check(*state_.api,
        state_.api->cublasLtMatrixLayoutCreate(&made, is_double_ ? CUDA_R_64F : CUDA_R_32F, static_cast<uint64_t>(rows),
                                               static_cast<uint64_t>(columns), rows),
        "cublasLtMatrixLayoutCreate");
  if (batch > 1) {
    const int32_t count = static_cast<int32_t>(batch);
    const int64_t stride = batched ? rows * columns : 0;
    const cublasStatus_t counted =
        state_.api->cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count);
    const cublasStatus_t spaced =
        state_.api->cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride);
    if (counted != CUBLAS_STATUS_SUCCESS || spaced != CUBLAS_STATUS_SUCCESS) {
      state_.api->cublasLtMatrixLayoutDestroy(made);
      check(*state_.api, std::max(counted, spaced), "cublasLtMatrixLayoutSetAttribute");
    }
  }
  return made;
}

void Product::describe(const MatmulGeometry& g) {
  const cublasOperation_t left = g.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, right = g.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  set(CUBLASLT_MATMUL_DESC_TRANSA, &left, sizeof left);
  set(CUBLASLT_MATMUL_DESC_TRANSB, &right, sizeof right);
  const cublasLtEpilogue_t epilogue = library_epilogue(epilogue_);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue);
  if (has_aux(epilogue_)) set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, &g.n, sizeof g.n);
  left_ = g.transpose_b ? layout(g.k, g.n, g.batch, g.b_batched) : layout(g.n, g.k, g.batch, g.b_batched);
  right_ = g.transpose_a ? layout(g.m, g.k, g.batch, g.a_batched) : layout(g.k, g.m, g.batch, g.a_batched);
  result_ = layout(g.n, g.m, g.batch, true);
}

void Product::choose(nn_device* device, const std::string& key) {
  auto known = state_.chosen.find(key);
  if (known != state_.chosen.end()) {
    algorithm_ = known->second;
    return;
  }
  const Api& api = *state_.api;
  cublasLtMatmulPreference_t preference = nullptr;
  check(api, api.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
  const size_t limit = std::min(state_.workspace_limit, device->workspace_limit);
  // Partial sums that are added in place wait for one another by counters; those in a workspace have one order.
  const uint32_t schemes = device->deterministic ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE : CUBLASLT_REDUCTION_SCHEME_MASK;
  int found = 0;
  cublasStatus_t status =
      api.cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &limit, sizeof limit);
  if (status == CUBLAS_STATUS_SUCCESS) {
    status = api.cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &schemes, sizeof schemes);
  }
  if (status == CUBLAS_STATUS_SUCCESS) {
    status =
        api.cublasLtMatmulAlgoGetHeuristic(state_.handle, product_, left_, right_, result_, result_, preference, 1, &algorithm_, &found);
  }
  api.cublasLtMatmulPreferenceDestroy(preference);
  check(api, status, "cublasLtMatmulAlgoGetHeuristic");
  if (found == 0) throw Failure(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulAlgoGetHeuristic: no algorithm");
  check(api, algorithm_.state, "cublasLtMatmulAlgoGetHeuristic");
  state_.chosen.emplace(key, algorithm_);
}

void Product::run(nn_device* device, const Addresses& at, void* workspace) {
  const void* bias = epilogue_ == Epilogue::kColumnSums ? at.aux : at.bias;
  if ((has_bias(epilogue_) || epilogue_ == Epilogue::kColumnSums) && bias != bias_) {
    set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias);
    bias_ = bias;
  }
  if (has_aux(epilogue_) && at.aux != aux_) {
    set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, &at.aux, sizeof at.aux);
    aux_ = at.aux;
  }
  const float one = 1, none = 0;
  const double wide_one = 1, wide_none = 0;
  const void* alpha = is_double_ ? static_cast<const void*>(&wide_one) : &one;
  const void* beta = is_double_ ? static_cast<const void*>(&wide_none) : &none;
  check(*state_.api,
        state_.api->cublasLtMatmul(state_.handle, product_, alpha, at.b, left_, at.a, right_, beta, at.c, result_, at.c, result_,
                                   &algorithm_.algo, workspace, algorithm_.workspaceSize, device->stream),
        "cublasLtMatmul");
}

}  // namespace cublas
}  // namespace nn
