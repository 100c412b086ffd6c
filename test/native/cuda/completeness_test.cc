// What runs on the CPU runs on CUDA: a kernel for every op and every dtype.
#include <map>

#include "backends/cpu/backend.h"
#include "backends/cuda/kernels.h"
#include "op_runner.h"

namespace nn_test {
namespace {

std::map<std::string, uint32_t> dtypes_of(const nn_kernel* kernels, size_t n) {
  std::map<std::string, uint32_t> dtypes;
  for (size_t i = 0; i < n; i++) dtypes[kernels[i].op] |= kernels[i].dtypes;
  return dtypes;
}

// Our own kernels alone: a library that is missing, or has no plan, leaves nothing out.
TEST(CudaKernels, EveryOpOfTheCpu) {
  std::vector<nn_kernel> ours;
  using namespace nn::cuda;
  for (auto* append : {append_elementwise_kernels, append_random_kernels, append_optimizer_kernels, append_shape_kernels,
                       append_index_kernels, append_reduce_kernels, append_softmax_kernels, append_loss_kernels, append_norm_kernels,
                       append_pool_kernels, append_sort_kernels, append_conv_kernels, append_matmul_kernels}) {
    ASSERT_NE(append, nullptr);
    append(ours);
  }
  const nn_backend_api& cpu = *nn::cpu_backend();
  const auto want = dtypes_of(cpu.kernels, static_cast<size_t>(cpu.n_kernels)), got = dtypes_of(ours.data(), ours.size());
  ASSERT_GT(want.size(), 150u);
  for (const auto& [op, dtypes] : want) {
    const auto found = got.find(op);
    if (found == got.end())
      ADD_FAILURE() << op << ": no kernel";
    else
      EXPECT_EQ(dtypes & ~found->second, 0u) << op << ": dtypes (bits) without a kernel";
  }
}

}  // namespace
}  // namespace nn_test
