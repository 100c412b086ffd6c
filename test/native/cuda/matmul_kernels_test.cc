// The CUDA kernels of matrix products against the plain loops of the CPU.
#include "backends/cpu/reference/reference.h"
#include "math/activation.h"
#include "ops/matmul.h"
#include "twins.h"

namespace nn_test {
namespace {

template <class T>
T* out(const nn_args* a, int i) {
  return i < a->n_out ? static_cast<T*>(a->out[i].data) : nullptr;
}
template <class T>
const T* in(const nn_args* a, int i) {
  return i < a->n_in ? static_cast<const T*>(a->in[i].data) : nullptr;
}

template <class T>
int32_t reference(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  T* c = out<T>(a, 0);
  nn::reference::matmul(nn::matmul_geometry(*a), in<T>(a, 0), in<T>(a, 1), in<T>(a, 2), c);
  for (int64_t i = 0; a->attrs[2] == 2 && i < a->out[0].size; i++) {
    if (a->n_out > 1) out<T>(a, 1)[i] = c[i];
    c[i] = nn::math::geluTanh_functor::apply(c[i], c[i], c[i], c[i], c[i]);
  }
  return NN_OK;
}

template <class T>
int32_t reference_with_sums(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const int32_t attrs[3] = {a->attrs[0], a->attrs[1], 0};
  const nn_args product = {a->in, a->out, attrs, 2, 1, 3};
  reference<T>(device, &product, nullptr, nullptr, error);
  const int64_t n = a->out[1].size, k = n == 0 ? 0 : a->in[1].size / n;
  for (int64_t j = 0; j < n; j++) {
    double sum = 0;
    for (int64_t i = 0; i < k; i++) sum += static_cast<double>(in<T>(a, 1)[a->attrs[1] != 0 ? j * k + i : i * n + j]);
    out<T>(a, 1)[j] = static_cast<T>(sum);
  }
  return NN_OK;
}

Twins& twins() {
  static Twins t(
      nn::append_matmul_ops,
      [](std::vector<nn_kernel>& kernels) {
        kernels.push_back({"matmul", nn::kF32, nullptr, reference<float>, nullptr});
        kernels.push_back({"matmul", nn::kF64, nullptr, reference<double>, nullptr});
        kernels.push_back({"matmulWithSums", nn::kF32, nullptr, reference_with_sums<float>, nullptr});
        kernels.push_back({"matmulWithSums", nn::kF64, nullptr, reference_with_sums<double>, nullptr});
      },
      nn::cuda::append_matmul_kernels);
  return t;
}

Dims with(Dims batch, int64_t rows, int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

// All transpositions, with and without bias and activation.
void expect_products(int dtype, const Dims& a_batch, const Dims& b_batch, int64_t m, int64_t k, int64_t n, std::mt19937& random) {
  SCOPED_TRACE(std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n));
  const double tolerance = (dtype == NN_FLOAT32 ? 3e-7 : 1e-15) * std::sqrt(static_cast<double>(k) + 1) * 4;
  for (int flags = 0; flags < 4; flags++) {
    const bool ta = flags & 1, tb = flags & 2;
    const Array a = normal(dtype, ta ? with(a_batch, k, m) : with(a_batch, m, k), random);
    const Array b = normal(dtype, tb ? with(b_batch, n, k) : with(b_batch, k, n), random);
    const Array bias = normal(dtype, {n}, random);
    const Made c{dtype, with(a_batch.empty() ? b_batch : a_batch, m, n)};
    twins().expect_same("matmul", {&a, &b}, {c}, {ta, tb, 0}, tolerance);
    twins().expect_same("matmul", {&a, &b, &bias}, {c}, {ta, tb, 1}, tolerance);
    twins().expect_same("matmul", {&a, &b, &bias}, {c, c}, {ta, tb, 2}, 2 * tolerance);
    if (a_batch.empty() && b_batch.empty()) twins().expect_same("matmulWithSums", {&a, &b}, {c, {dtype, {n}}}, {ta, tb}, tolerance);
  }
}

TEST(CudaMatmul, EveryFormOfProduct) {
  std::mt19937 random(1);
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    expect_products(dtype, {}, {}, 1, 1, 1, random);
    expect_products(dtype, {}, {}, 5, 7, 3, random);
    expect_products(dtype, {}, {}, 64, 16, 64, random);
    expect_products(dtype, {}, {}, 65, 17, 130, random);
    expect_products(dtype, {}, {}, 30, 5000, 10, random);
    expect_products(dtype, {3}, {3}, 9, 20, 11, random);
    expect_products(dtype, {2, 3}, {}, 9, 20, 70, random);
    expect_products(dtype, {}, {4}, 70, 5, 3, random);
    expect_products(dtype, {}, {}, 4, 0, 6, random);  // sums of nothing
    expect_products(dtype, {}, {}, 0, 3, 6, random);
    expect_products(dtype, {}, {}, 4, 3, 0, random);
    expect_products(dtype, {0}, {0}, 4, 3, 2, random);
  }
}

TEST(CudaMatmul, NotANumberAndInfinity) {
  std::mt19937 random(2);
  Array a = normal(NN_FLOAT32, {70, 40}, random), b = normal(NN_FLOAT32, {40, 66}, random), bias = normal(NN_FLOAT32, {66}, random);
  a.set(3 * 40 + 5, NAN);
  a.set(60 * 40 + 39, INFINITY);
  b.set(2 * 66 + 65, -INFINITY);
  for (int activation : {0, 1, 2}) twins().expect_same("matmul", {&a, &b, &bias}, {{NN_FLOAT32, {70, 66}}}, {0, 0, activation}, 1e-5);
}

}  // namespace
}  // namespace nn_test
