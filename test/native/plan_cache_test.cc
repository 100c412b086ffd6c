#include "core/plan_cache.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace nn {
namespace {

std::set<int*> alive;
int prepared = 0;
bool refuse = false;

int32_t prepare(nn_device*, const nn_args* args, void** plan, size_t* workspace, nn_error* error) {
  if (refuse) {
    error->code = NN_LIBRARY;
    return NN_LIBRARY;
  }
  int* made = new int(++prepared);
  alive.insert(made);
  *plan = made;
  *workspace = static_cast<size_t>(args->n_in) * 100;
  return NN_OK;
}
int32_t run(nn_device*, const nn_args*, void*, void*, nn_error*) { return NN_OK; }
void destroy(void* plan) {
  EXPECT_EQ(alive.erase(static_cast<int*>(plan)), 1u);
  delete static_cast<int*>(plan);
}

constexpr nn_kernel kKernel{"add", 1, prepare, run, destroy};
constexpr nn_kernel kOther{"multiply", 1, prepare, run, destroy};
constexpr nn_kernel kPlain{"fill", 1, nullptr, run, nullptr};

nn_tensor vector_of(int64_t n, int dtype = NN_FLOAT32) {
  nn_tensor tensor{};
  tensor.size = tensor.dims[0] = n;
  tensor.rank = 1;
  tensor.dtype = dtype;
  return tensor;
}

class PlanCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    prepared = 0;
    refuse = false;
  }
  void TearDown() override { EXPECT_TRUE(alive.empty()); }

  int find(PlanCache& cache, const nn_kernel& kernel, std::vector<nn_tensor> in, std::vector<nn_tensor> out,
           std::vector<int32_t> attrs = {}) {
    nn_args args{in.data(),
                 out.data(),
                 attrs.data(),
                 static_cast<int32_t>(in.size()),
                 static_cast<int32_t>(out.size()),
                 static_cast<int32_t>(attrs.size())};
    nn_error error{};
    const Plan* plan = nullptr;
    if (cache.find(&kernel, args, &plan, &error) != NN_OK) return -1;
    EXPECT_EQ(plan->kernel, &kernel);
    if (!kernel.prepare) {
      EXPECT_EQ(plan->state, nullptr);
      EXPECT_EQ(plan->workspace, 0u);
      return 0;
    }
    EXPECT_EQ(plan->workspace, in.size() * 100);
    return *static_cast<int*>(plan->state);
  }
};

TEST_F(PlanCacheTest, SameShapesShareAPlanWhereverTheirDataLies) {
  PlanCache cache(nullptr);
  nn_tensor a = vector_of(3), b = a;
  int here = 0;
  b.data = &here;
  EXPECT_EQ(find(cache, kKernel, {a}, {a}), 1);
  EXPECT_EQ(find(cache, kKernel, {b}, {b}), 1);
  EXPECT_EQ(cache.size(), 1u);
}

TEST_F(PlanCacheTest, EverythingThatAKernelSeesTellsPlansApart) {
  PlanCache cache(nullptr);
  nn_tensor a = vector_of(3), longer = vector_of(4), typed = vector_of(3, NN_INT32), matrix = vector_of(3);
  matrix.rank = 2;
  matrix.dims[1] = 1;
  EXPECT_EQ(find(cache, kKernel, {a}, {a}), 1);
  EXPECT_EQ(find(cache, kOther, {a}, {a}), 2);
  EXPECT_EQ(find(cache, kKernel, {longer}, {a}), 3);
  EXPECT_EQ(find(cache, kKernel, {typed}, {a}), 4);
  EXPECT_EQ(find(cache, kKernel, {matrix}, {a}), 5);
  EXPECT_EQ(find(cache, kKernel, {a}, {longer}), 6);
  EXPECT_EQ(find(cache, kKernel, {a, a}, {}), 7);
  EXPECT_EQ(find(cache, kKernel, {}, {a, a}), 8);
  EXPECT_EQ(find(cache, kKernel, {a}, {a}, {0}), 9);
  EXPECT_EQ(find(cache, kKernel, {a}, {a}, {1}), 10);
  EXPECT_EQ(find(cache, kKernel, {a}, {a}, {1, 0}), 11);
  EXPECT_EQ(find(cache, kKernel, {a}, {a}, {1}), 10);
}

TEST_F(PlanCacheTest, LeastRecentlyUsedGoesFirst) {
  PlanCache cache(nullptr, 3);
  for (int n = 1; n <= 3; n++) EXPECT_EQ(find(cache, kKernel, {vector_of(n)}, {}), n);
  EXPECT_EQ(find(cache, kKernel, {vector_of(1)}, {}), 1);
  EXPECT_EQ(find(cache, kKernel, {vector_of(9)}, {}), 4);  // 2 has gone
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(alive.size(), 3u);
  EXPECT_EQ(find(cache, kKernel, {vector_of(1)}, {}), 1);
  EXPECT_EQ(find(cache, kKernel, {vector_of(3)}, {}), 3);
  EXPECT_EQ(find(cache, kKernel, {vector_of(2)}, {}), 5);
}

TEST_F(PlanCacheTest, KernelsWithoutPlansTakeNoRoom) {
  PlanCache cache(nullptr, 1);
  EXPECT_EQ(find(cache, kKernel, {vector_of(1)}, {}), 1);
  for (int n = 0; n < 5; n++) EXPECT_EQ(find(cache, kPlain, {}, {vector_of(n)}, {n}), 0);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(find(cache, kKernel, {vector_of(1)}, {}), 1);
}

TEST_F(PlanCacheTest, AFailedPrepareLeavesNothingBehind) {
  PlanCache cache(nullptr);
  refuse = true;
  EXPECT_EQ(find(cache, kKernel, {vector_of(1)}, {}), -1);
  EXPECT_EQ(cache.size(), 0u);
  refuse = false;
  EXPECT_EQ(find(cache, kKernel, {vector_of(1)}, {}), 1);
}

TEST_F(PlanCacheTest, ClearDestroysAll) {
  PlanCache cache(nullptr);
  for (int n = 0; n < 5; n++) find(cache, kKernel, {vector_of(n)}, {});
  EXPECT_EQ(alive.size(), 5u);
  cache.clear();
  EXPECT_TRUE(alive.empty());
  EXPECT_EQ(cache.size(), 0u);
}

int waits = 0;
size_t alive_at_wait = 0;
int32_t wait_for_work(nn_device*, nn_error*) {
  waits++;
  alive_at_wait = alive.size();
  return NN_OK;
}

TEST_F(PlanCacheTest, WorkInFlightIsWaitedForBeforePlansGoAndManyGoAtOnce) {
  waits = 0;
  PlanCache cache(nullptr, 8, wait_for_work);
  for (int64_t n = 1; n <= 8; n++) find(cache, kKernel, {vector_of(n)}, {vector_of(n)});
  EXPECT_EQ(waits, 0);
  find(cache, kKernel, {vector_of(9)}, {vector_of(9)});
  EXPECT_EQ(waits, 1);
  EXPECT_EQ(alive_at_wait, 9u);  // nothing is gone yet
  EXPECT_EQ(cache.size(), 6u);
  find(cache, kKernel, {vector_of(10)}, {vector_of(10)});
  EXPECT_EQ(waits, 1);
  cache.clear();
  EXPECT_EQ(waits, 2);
  EXPECT_EQ(alive_at_wait, 7u);
  cache.clear();
  EXPECT_EQ(waits, 2);
}

}  // namespace
}  // namespace nn
