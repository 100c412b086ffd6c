#include "fake_cublaslt.h"

#include <cmath>
#include <cstring>

using nn::fake::CublasLt;

namespace {

CublasLt state;

struct Product {
  cublasComputeType_t compute;
  cudaDataType_t type;
  cublasOperation_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  void *bias = nullptr, *aux = nullptr;
  int64_t aux_rows = 0;
};
struct Layout {
  int64_t rows, columns, leading;
  int32_t batch = 1;
  int64_t stride = 0;
};

Product& product_of(cublasLtMatmulDesc_t raw) { return *reinterpret_cast<Product*>(raw); }
Layout& layout_of(cublasLtMatrixLayout_t raw) { return *reinterpret_cast<Layout*>(raw); }

cublasStatus_t called(const char* name) {
  state.log.push_back(name);
  auto failure = state.failures.find(name);
  return failure == state.failures.end() ? CUBLAS_STATUS_SUCCESS : failure->second;
}

template <class Raw, class T>
cublasStatus_t make(Raw* made, T* value) {
  *made = reinterpret_cast<Raw>(value);
  state.live++;
  return CUBLAS_STATUS_SUCCESS;
}
template <class T, class Raw>
cublasStatus_t drop(Raw raw) {
  delete reinterpret_cast<T*>(raw);
  state.live--;
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
void compute(const Product& p, const T* a, const Layout& la, const T* b, const Layout& lb, T* d, const Layout& ld) {
  const int64_t inner = p.a == CUBLAS_OP_N ? la.columns : la.rows;
  const auto left = [&](int64_t i, int64_t r, int64_t s) {
    return a[i * la.stride + (p.a == CUBLAS_OP_N ? r + s * la.leading : s + r * la.leading)];
  };
  const auto right = [&](int64_t i, int64_t s, int64_t c) {
    return b[i * lb.stride + (p.b == CUBLAS_OP_N ? s + c * lb.leading : c + s * lb.leading)];
  };
  const int flags = p.epilogue;
  for (int64_t i = 0; i < ld.batch; i++) {
    for (int64_t c = 0; c < ld.columns; c++) {
      for (int64_t r = 0; r < ld.rows; r++) {
        double sum = 0;
        for (int64_t s = 0; s < inner; s++) sum += static_cast<double>(left(i, r, s)) * right(i, s, c);
        if (flags & CUBLASLT_EPILOGUE_BIAS) sum += static_cast<T*>(p.bias)[r];
        const int64_t at = i * ld.stride + r + c * ld.leading;
        if ((flags & 128) != 0) static_cast<T*>(p.aux)[i * p.aux_rows * ld.columns + r + c * p.aux_rows] = static_cast<T>(sum);
        if ((flags & CUBLASLT_EPILOGUE_RELU) != 0) sum = sum < 0 ? 0 : sum;
        if ((flags & CUBLASLT_EPILOGUE_GELU) != 0)
          sum = 0.5 * sum * (1 + std::tanh(std::sqrt(2 / M_PI) * (sum + 0.044715 * sum * sum * sum)));
        d[at] = static_cast<T>(sum);
      }
    }
  }
  if (p.epilogue != CUBLASLT_EPILOGUE_BGRADA) return;
  for (int64_t r = 0; r < ld.rows; r++) {
    double sum = 0;
    for (int64_t s = 0; s < inner; s++) sum += left(0, r, s);
    static_cast<T*>(p.bias)[r] = static_cast<T>(sum);
  }
}

template <class T>
void take(T* to, const void* value) {
  std::memcpy(to, value, sizeof(T));
}

}  // namespace

extern "C" {

CublasLt* fake_cublaslt() { return &state; }

size_t cublasLtGetVersion() { return state.version; }
const char* cublasLtGetStatusName(cublasStatus_t status) {
  return status == CUBLAS_STATUS_EXECUTION_FAILED ? "CUBLAS_STATUS_EXECUTION_FAILED" : "CUBLAS_STATUS_NOT_SUPPORTED";
}
cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  const cublasStatus_t status = called("cublasLtCreate");
  return status == CUBLAS_STATUS_SUCCESS ? make(handle, new int(0)) : status;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) { return drop<int>(handle); }

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* made, cublasComputeType_t compute, cudaDataType_t type) {
  Product* product = new Product();
  product->compute = compute;
  product->type = type;
  return make(made, product);
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t raw) { return drop<Product>(raw); }
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t raw, cublasLtMatmulDescAttributes_t name, const void* value, size_t) {
  Product& p = product_of(raw);
  if (name == CUBLASLT_MATMUL_DESC_TRANSA) take(&p.a, value);
  if (name == CUBLASLT_MATMUL_DESC_TRANSB) take(&p.b, value);
  if (name == CUBLASLT_MATMUL_DESC_EPILOGUE) take(&p.epilogue, value);
  if (name == CUBLASLT_MATMUL_DESC_BIAS_POINTER) take(&p.bias, value);
  if (name == CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER) take(&p.aux, value);
  if (name == CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD) take(&p.aux_rows, value);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* made, cudaDataType, uint64_t rows, uint64_t columns, int64_t leading) {
  return make(made, new Layout{static_cast<int64_t>(rows), static_cast<int64_t>(columns), leading});
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t raw) { return drop<Layout>(raw); }
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t raw, cublasLtMatrixLayoutAttribute_t name, const void* value,
                                                size_t) {
  if (name == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) take(&layout_of(raw).batch, value);
  if (name == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET) take(&layout_of(raw).stride, value);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* made) { return make(made, new int(0)); }
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t raw) { return drop<int>(raw); }
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t name,
                                                    const void* value, size_t) {
  if (name == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) take(&state.preferred_workspace, value);
  if (name == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK) take(&state.preferred_schemes, value);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t product, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatmulPreference_t, int, cublasLtMatmulHeuristicResult_t results[], int* found) {
  const cublasStatus_t status = called("cublasLtMatmulAlgoGetHeuristic");
  *found = state.without.count(product_of(product).epilogue) ? 0 : 1;
  results[0] = {};
  results[0].workspaceSize = state.workspace;
  results[0].state = CUBLAS_STATUS_SUCCESS;
  return status;
}
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t raw, const void*, const void* a, cublasLtMatrixLayout_t la,
                              const void* b, cublasLtMatrixLayout_t lb, const void*, const void*, cublasLtMatrixLayout_t, void* d,
                              cublasLtMatrixLayout_t ld, const cublasLtMatmulAlgo_t*, void* workspace, size_t, cudaStream_t stream) {
  const Product& p = product_of(raw);
  state.computed.push_back(p.compute);
  state.workspaces.push_back(workspace);
  state.streams.push_back(stream);
  const cublasStatus_t status = called("cublasLtMatmul");
  state.log.back() += " epilogue " + std::to_string(p.epilogue);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  if (p.type == CUDA_R_64F) {
    compute(p, static_cast<const double*>(a), layout_of(la), static_cast<const double*>(b), layout_of(lb), static_cast<double*>(d),
            layout_of(ld));
  } else {
    compute(p, static_cast<const float*>(a), layout_of(la), static_cast<const float*>(b), layout_of(lb), static_cast<float*>(d),
            layout_of(ld));
  }
  return CUBLAS_STATUS_SUCCESS;
}
}
