// Work on images beside the device: eigenvectors, whitening, resampling, the pool.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>
#include <vector>

#include "images/pool.h"
#include "images/resample.h"
#include "images/whiten.h"
#include "math/augment.h"

namespace nn_test {
namespace {

using namespace nn::images;  // NOLINT

// Small numbers without a pattern.
double noise(int64_t i) { return std::fmod(std::sin(static_cast<double>(i) * 12.9898) * 43758.5453, 1.0); }

TEST(Images, EigenvectorsMakeTheMatrixAgain) {
  for (int64_t n : {1, 2, 3, 7, 40}) {
    std::vector<double> matrix(n * n), values, vectors;
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = i; j < n; j++) matrix[i * n + j] = matrix[j * n + i] = noise(i * n + j);
    }
    std::vector<double> used = matrix;
    symmetric_eigen(&used, n, &values, &vectors);
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = 0; j < n; j++) {
        double again = 0, unit = 0;
        for (int64_t k = 0; k < n; k++) {
          again += values[k] * vectors[k * n + i] * vectors[k * n + j];
          unit += vectors[i * n + k] * vectors[j * n + k];
        }
        EXPECT_NEAR(again, matrix[i * n + j], 1e-12) << n;
        EXPECT_NEAR(unit, i == j ? 1 : 0, 1e-12) << n;
      }
    }
  }
}

TEST(Images, WhitenedSamplesHaveNoCorrelation) {
  const int64_t count = 50, size = 6;
  std::vector<double> samples(count * size);
  for (int64_t i = 0; i < count * size; i++) samples[i] = noise(i) + (i % size == 1 ? 0.8 * noise(i - 1) : 0);
  const std::vector<double> matrix = whitening_matrix(samples.data(), count, size, 0);
  for (int64_t a = 0; a < size; a++) {
    for (int64_t b = 0; b < size; b++) {
      double sum = 0;
      for (int64_t s = 0; s < count; s++) {
        double va = 0, vb = 0;
        for (int64_t k = 0; k < size; k++) {
          va += samples[s * size + k] * matrix[k * size + a];
          vb += samples[s * size + k] * matrix[k * size + b];
        }
        sum += va * vb;
      }
      EXPECT_NEAR(sum / count, a == b ? 1 : 0, 1e-9);
    }
  }
}

TEST(Images, FewSamplesAreWhitenedWithinWhatTheySpan) {
  const int64_t count = 3, size = 5;
  std::vector<double> samples(count * size);
  for (int64_t i = 0; i < count * size; i++) samples[i] = noise(i);
  const std::vector<double> matrix = whitening_matrix(samples.data(), count, size, 0);
  // Samples become orthogonal, each of length sqrt(count).
  for (int64_t a = 0; a < count; a++) {
    for (int64_t b = 0; b < count; b++) {
      double sum = 0;
      for (int64_t i = 0; i < size; i++) {
        double va = 0, vb = 0;
        for (int64_t k = 0; k < size; k++) {
          va += samples[a * size + k] * matrix[k * size + i];
          vb += samples[b * size + k] * matrix[k * size + i];
        }
        sum += va * vb;
      }
      EXPECT_NEAR(sum, a == b ? count : 0, 1e-9);
    }
  }
}

TEST(Images, ResamplingKeepsWhatIsThere) {
  std::vector<uint8_t> image(4 * 6 * 3);
  for (size_t i = 0; i < image.size(); i++) image[i] = static_cast<uint8_t>(i * 7);
  std::vector<uint8_t> same(image.size());
  for (int filter = 0; filter <= 5; filter++) {
    resample(image.data(), 4, 6, 3, {0, 0, 6, 4}, same.data(), 4, 6, static_cast<Filter>(filter), true);
    EXPECT_EQ(same, image) << filter;
  }
  const std::vector<uint8_t> flat(9 * 9, 77);
  std::vector<uint8_t> out(4 * 20, 0);
  for (int filter = 0; filter <= 5; filter++) {
    resample(flat.data(), 9, 9, 1, {1.5, 0.25, 6, 8}, out.data(), 4, 20, static_cast<Filter>(filter), filter % 2 == 0);
    for (uint8_t value : out) EXPECT_EQ(value, 77) << filter;
  }
}

TEST(Images, CoordinatesFoldAsTheModesSay) {
  using namespace nn::math;  // NOLINT
  const int64_t n = 4;
  for (int32_t mode : {kFillNearest, kFillGridWrap}) {
    for (int64_t i = -8; i < 12; i++) {
      double at = static_cast<double>(i);
      ASSERT_TRUE(fold_coordinate(&at, n, mode));
      const int64_t expected = mode == kFillNearest ? (i < 0 ? 0 : i > 3 ? 3 : i) : ((i % 4) + 4) % 4;
      EXPECT_EQ(at, expected) << mode << " " << i;
      EXPECT_EQ(fold_index(i, n, mode), expected);
    }
  }
  for (int64_t i = -20; i < 20; i++) {
    double at = static_cast<double>(i);
    ASSERT_TRUE(fold_coordinate(&at, n, kFillReflect));
    const int64_t m = ((i % 8) + 8) % 8;
    EXPECT_EQ(fold_index(i, n, kFillReflect), m < 4 ? m : 7 - m);
    EXPECT_EQ(at, m < 4 ? m : 7 - m);
  }
  double outside = -0.001, inside = 3;
  EXPECT_FALSE(fold_coordinate(&outside, n, kFillConstant));
  EXPECT_TRUE(fold_coordinate(&inside, n, kFillConstant));
  for (double wild : {1e300, -1e300, std::nan(""), static_cast<double>(INFINITY)}) {
    for (int32_t mode : {kFillNearest, kFillReflect, kFillWrap, kFillGridWrap}) {
      const LinearTap<float> tap = linear_tap<float>(wild, n, mode, false);
      EXPECT_TRUE(tap.low >= 0 && tap.low < n && tap.high >= 0 && tap.high < n) << wild << " " << mode;
    }
  }
}

TEST(Images, SplineWeightsAddUpToOne) {
  for (int32_t order = 1; order <= 5; order++) {
    for (double part : {0.0, 0.25, 0.7, 0.999}) {
      double weights[6], sum = 0;
      nn::math::spline_weights(order, part, weights);
      for (int32_t i = 0; i <= order; i++) {
        EXPECT_GE(weights[i], 0);
        sum += weights[i];
      }
      EXPECT_NEAR(sum, 1, 1e-14);
    }
  }
}

TEST(Images, ThePoolRunsEverythingAndDropsWhatWaitsAtTheEnd) {
  std::atomic<int> done{0};
  Pool pool(3);
  for (int i = 0; i < 100; i++) ASSERT_TRUE(pool.submit([&done] { done++; }));
  while (done < 100) std::this_thread::yield();

  std::atomic<bool> begun{false}, go{false}, late{false};
  std::thread opener;
  {
    Pool one(1);
    ASSERT_TRUE(one.submit([&] {
      begun = true;
      while (!go) std::this_thread::yield();
      done++;
    }));
    ASSERT_TRUE(one.submit([&] { late = true; }));
    while (!begun) std::this_thread::yield();
    opener = std::thread([&go] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      go = true;
    });
  }
  opener.join();
  EXPECT_EQ(done, 101);
  EXPECT_FALSE(late);
}

}  // namespace
}  // namespace nn_test
