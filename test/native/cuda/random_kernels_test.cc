// Random ops give the bits of the CPU's for one state, whatever the size and the counter.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ops/random.h"
#include "twins.h"

namespace nn_test {
namespace {

Twins& twins() {
  static Twins* made = new Twins(nn::append_random_ops, nn::append_random_kernels, nn::cuda::append_random_kernels);
  return *made;
}

TEST(CudaRandom, ServesWhatTheCpuServes) { twins().expect_all_served(); }

TEST(CudaRandom, TheBitsOfTheCpu) {
  // The last counter is about to pass 2^32.
  const Array states[] = {Array::ints({4}, {1, 2, 3, 4}), Array::ints({4}, {-7, 0, 0, 0}), Array::ints({4}, {9, 9, -3, 5})};
  for (const Array& rng : states) {
    for (const Dims& dims : {Dims{0}, Dims{}, Dims{1}, Dims{2}, Dims{3}, Dims{4}, Dims{5}, Dims{7, 333}, Dims{6000}}) {
      for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
        twins().expect_identical("randomUniform", {&rng}, {{dtype, dims}}, Attrs{5}.add_float(-2.5).add_float(7));
        twins().expect_identical("randomUniform", {&rng}, {{dtype, dims}}, Attrs{0}.add_float(1).add_float(1.0000001));
        twins().expect_identical("randomNormal", {&rng}, {{dtype, dims}}, Attrs{5}.add_float(3).add_float(0.5));
        twins().expect_identical("truncatedNormal", {&rng}, {{dtype, dims}}, Attrs{1000000}.add_float(0).add_float(2));
        std::mt19937 random(3);
        const Array x = normal(dtype, dims, random);
        Array shape(dtype, dims), count(dtype, dims), probability(dtype, dims);
        for (int64_t i = 0; i < shape.size(); i++) {
          shape.set(i, 0.01 * std::pow(1.3, static_cast<double>(i % 40)));
          count.set(i, static_cast<double>(i % 90));
          probability.set(i, static_cast<double>(i % 11) / 10);
        }
        for (int32_t log : {0, 1}) twins().expect_identical("randomGamma", {&shape, &rng}, {{dtype, dims}}, {9, log});
        twins().expect_identical("randomBinomial", {&count, &probability, &rng}, {{dtype, dims}}, {9});
        for (double rate : {0.0, 0.3, 1.0}) twins().expect_identical("dropout", {&x, &rng}, {{dtype, dims}}, Attrs{7}.add_float(rate));
      }
      twins().expect_identical("randomInt", {&rng}, {{NN_INT32, dims}}, {5, -3, 12});
      twins().expect_identical("randomInt", {&rng}, {{NN_INT32, dims}}, {5, INT32_MIN, INT32_MAX});
    }
  }
}

}  // namespace
}  // namespace nn_test
