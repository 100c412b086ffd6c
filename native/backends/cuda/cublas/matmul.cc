// Matrix products by cuBLASLt. What it cannot do in one pass goes in two (the product, then our kernel for bias and activation); where it
// cannot do the product either, our own kernel does all.
#include <climits>
#include <utility>

#include "backends/cuda/cublas/product.h"
#include "backends/cuda/epilogue.h"
#include "backends/cuda/kernels.h"

namespace nn {
namespace cublas {
namespace {

using cuda::Activation;
using PlanPointer = std::unique_ptr<cuda::KernelPlan>;

std::unique_ptr<Product> library_product(nn_device* device, const MatmulGeometry& g, int32_t dtype, Epilogue epilogue) {
  bool suits = device->cublas != nullptr && g.batch > 0 && g.batch <= INT_MAX;
  for (int64_t axis : {g.m, g.n, g.k}) suits = suits && axis > 0;
  if (!suits) return nullptr;
  try {
    return std::make_unique<Product>(device, g, dtype, epilogue);
  } catch (const Failure&) {
    return nullptr;
  }
}

struct Wanted {
  bool bias, before;
  Activation activation;
  Epilogue epilogue() const {
    if (activation == Activation::kRelu) return bias ? Epilogue::kReluBias : Epilogue::kRelu;
    if (activation == Activation::kNone) return bias ? Epilogue::kBias : Epilogue::kNone;
    if (before) return bias ? Epilogue::kGeluAuxBias : Epilogue::kGeluAux;
    return bias ? Epilogue::kGeluBias : Epilogue::kGelu;
  }
};

// The library's product, with the whole epilogue or with none and our kernel after it.
class Library : public cuda::KernelPlan {
 public:
  Library(std::unique_ptr<Product> product, Wanted wanted, bool whole) : product_(std::move(product)), wanted_(wanted), whole_(whole) {
    workspace = cuda::aligned(product_->workspace());
  }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    const nn_tensor& c = a.out[0];
    Addresses at;
    at.a = a.in[0].data;
    at.b = a.in[1].data;
    at.c = c.data;
    at.bias = wanted_.bias ? a.in[2].data : nullptr;
    at.aux = wanted_.before ? a.out[1].data : nullptr;
    try {
      product_->run(device, at, memory);
    } catch (const Failure& failure) {
      return report(failure, "matmul", error);
    }
    if (whole_) return NN_OK;
    const int64_t columns = c.dims[c.rank - 1];
    return cuda::finish_rows(device, c.dtype, c.data, at.bias, nullptr, at.aux, wanted_.activation, c.size / columns, columns, error);
  }

 private:
  std::unique_ptr<Product> product_;
  Wanted wanted_;
  bool whole_;
};

// Our own kernel knows bias and relu; the rest follows it.
class Own : public cuda::KernelPlan {
 public:
  Own(PlanPointer product, const nn_args& a, Wanted wanted)
      : product_(std::move(product)), attrs_{a.attrs[0], a.attrs[1], 0}, wanted_(wanted) {
    workspace = product_->workspace;
  }
  static nn_args product_args(const nn_args& a, const int32_t* attrs) { return {a.in, a.out, attrs, a.n_in, 1, 3}; }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    if (int32_t code = product_->run(device, product_args(a, attrs_), memory, error); code != NN_OK) return code;
    const nn_tensor& c = a.out[0];
    if (c.size == 0) return NN_OK;
    const int64_t columns = c.dims[c.rank - 1];
    return cuda::finish_rows(device, c.dtype, c.data, nullptr, nullptr, wanted_.before ? a.out[1].data : nullptr, wanted_.activation,
                             c.size / columns, columns, error);
  }

 private:
  PlanPointer product_;
  int32_t attrs_[3];
  Wanted wanted_;
};

PlanPointer make_matmul(nn_device* device, const nn_args& a, nn_error* error) {
  const MatmulGeometry g = matmul_geometry(a);
  const Wanted wanted{a.n_in > 2, a.n_out > 1, static_cast<Activation>(a.attrs[2])};
  const int32_t dtype = a.in[0].dtype;
  // An auxiliary output has to begin its rows at multiples of 8 elements.
  if (!wanted.before || g.n % 8 == 0) {
    if (auto product = library_product(device, g, dtype, wanted.epilogue())) {
      return std::make_unique<Library>(std::move(product), wanted, true);
    }
  }
  if (wanted.epilogue() != Epilogue::kNone) {
    if (auto product = library_product(device, g, dtype, Epilogue::kNone)) {
      return std::make_unique<Library>(std::move(product), wanted, false);
    }
  }
  if (wanted.activation != Activation::kGeluTanh) return cuda::own_kernel(device, "matmul", a, error);
  const int32_t attrs[3] = {a.attrs[0], a.attrs[1], 0};
  PlanPointer product = cuda::own_kernel(device, "matmul", Own::product_args(a, attrs), error);
  if (product == nullptr) return nullptr;
  return std::make_unique<Own>(std::move(product), a, wanted);
}

// The product and the sums of its right operand's columns, in one pass over that operand.
class WithSums : public cuda::KernelPlan {
 public:
  explicit WithSums(std::unique_ptr<Product> product) : product_(std::move(product)) { workspace = cuda::aligned(product_->workspace()); }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    Addresses at;
    at.a = a.in[0].data;
    at.b = a.in[1].data;
    at.c = a.out[0].data;
    at.aux = a.out[1].data;
    try {
      product_->run(device, at, memory);
      return NN_OK;
    } catch (const Failure& failure) {
      return report(failure, "matmulWithSums", error);
    }
  }

 private:
  std::unique_ptr<Product> product_;
};

// The same in two passes, whoever does the product.
class SumsApart : public cuda::KernelPlan {
 public:
  SumsApart(PlanPointer product, PlanPointer sums, const nn_args& a)
      : product_(std::move(product)), sums_(std::move(sums)), attrs_{a.attrs[0], a.attrs[1], 0}, axes_(sum_axes(a)) {
    workspace = std::max(product_->workspace, sums_->workspace);
  }
  static int32_t sum_axes(const nn_args& a) { return a.attrs[1] != 0 ? 2 : 1; }
  static nn_args product_args(const nn_args& a, const int32_t* attrs) { return {a.in, a.out, attrs, 2, 1, 3}; }
  static nn_args sum_args(const nn_args& a, const int32_t* axes) { return {a.in + 1, a.out + 1, axes, 1, 1, 1}; }
  int32_t run(nn_device* device, const nn_args& a, char* memory, nn_error* error) override {
    const int32_t code = product_->run(device, product_args(a, attrs_), memory, error);
    return code == NN_OK ? sums_->run(device, sum_args(a, &axes_), memory, error) : code;
  }

 private:
  PlanPointer product_, sums_;
  int32_t attrs_[3], axes_;
};

PlanPointer make_with_sums(nn_device* device, const nn_args& a, nn_error* error) {
  const int32_t attrs[3] = {a.attrs[0], a.attrs[1], 0};
  const nn_args plain = SumsApart::product_args(a, attrs);
  if (auto product = library_product(device, matmul_geometry(plain), a.in[0].dtype, Epilogue::kColumnSums)) {
    return std::make_unique<WithSums>(std::move(product));
  }
  const int32_t axes = SumsApart::sum_axes(a);
  PlanPointer product = make_matmul(device, plain, error);
  PlanPointer sums = product == nullptr ? nullptr : cuda::own_kernel(device, "sum", SumsApart::sum_args(a, &axes), error);
  if (sums == nullptr) return nullptr;
  return std::make_unique<SumsApart>(std::move(product), std::move(sums), a);
}

}  // namespace
}  // namespace cublas

void cuda::append_cublas_kernels(std::vector<nn_kernel>& kernels) {
  using cuda::destroy_plan;
  using cuda::prepare_plan;
  using cuda::run_plan;
  kernels.push_back({"matmul", kFloats, prepare_plan<cublas::make_matmul>, run_plan, destroy_plan});
  kernels.push_back({"matmulWithSums", kFloats, prepare_plan<cublas::make_with_sums>, run_plan, destroy_plan});
}

}  // namespace nn
