// Distributions drawn by trial and rejection. Every element has words of its own for as many tries as it needs, so that all random ops use
// up the same counters and a result does not depend on how many tries others took.
#pragma once

#include "math/random.h"

namespace nn {
namespace math {

// The words of try `attempt` at element i: its block's counter with a third word that no other random op has (theirs is 0).
NN_HD Philox4 words_of_try(const RandomStream& stream, uint64_t i, uint32_t attempt) {
  const uint64_t n = stream.counter + i / 4;
  return philox({static_cast<uint32_t>(n), static_cast<uint32_t>(n >> 32), static_cast<uint32_t>(i % 4) + 1, attempt}, stream.key0,
                stream.key1);
}

// More tries than anyone needs: each of them fails with a probability below a fifth.
constexpr uint32_t kMostTries = 256;

NN_HD double not_a_number() { return ::sqrt(-1.0); }

// The logarithm of a gamma variable of this shape and scale 1 (Marsaglia and Tsang, 2000): for a small shape the variable itself is often
// too small for any float. NaN where the shape is not a finite number above 0.
NN_HD double log_gamma_draw(double shape, const RandomStream& stream, uint64_t i) {
  if (!(shape > 0) || shape > 1e300) return not_a_number();
  // Below 1: of shape + 1, times a uniform number to the power of 1 / shape.
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / ::sqrt(9 * d);
  for (uint32_t attempt = 0; attempt < kMostTries; attempt++) {
    const Philox4 words = words_of_try(stream, i, attempt);
    const double x = normal_pair(words.a, words.b).first;
    if (c * x <= -1) continue;
    const double log_v = 3 * ::log1p(c * x), v = ::exp(log_v);
    // Beyond 1e8 what is refused is less than the rounding of the comparison.
    if (d < 1e8 && ::log(uniform(words.c, 0.0)) >= 0.5 * x * x + d * (1 - v + log_v)) continue;
    const double drawn = ::log(d) + log_v;
    return shape < 1 ? drawn + ::log(uniform(words.d, 0.0)) / shape : drawn;
  }
  return ::log(d);
}

// log k! less Stirling's (k + 1/2) log(k + 1) - (k + 1) + log sqrt(2 pi).
NN_HD double stirling_rest(double k) {
  const double next = k + 1;
  if (k < 10) {
    double factorial = 1;
    for (double j = 2; j <= k; j++) factorial *= j;
    return ::log(factorial) - (k + 0.5) * ::log(next) + next - 0.91893853320467274178;
  }
  const double square = next * next;
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / next;
}

// A binomial variable of mean below 10, by adding up probabilities until they pass a uniform number.
NN_HD double few_successes(double n, double p, const Philox4& words) {
  const uint64_t bits = (static_cast<uint64_t>(words.a) << 32 | words.b) >> 11;
  double left = (static_cast<double>(bits) + 0.5) * 1.1102230246251565404e-16;  // 2^-53
  double probability = ::exp(n * ::log1p(-p)), k = 0;
  const double odds = p / (1 - p), most = n < 200 ? n : 200;
  while (left > probability && k < most) {
    left -= probability;
    k++;
    probability *= (n - k + 1) / k * odds;
  }
  return k;
}

// One of mean 10 and more, p at most a half: Hörmann's transformed rejection with squeeze (BTRS, 1993).
NN_HD double many_successes(double n, double p, const RandomStream& stream, uint64_t i) {
  const double deviation = ::sqrt(n * p * (1 - p)), odds = p / (1 - p), mode = ::floor((n + 1) * p);
  const double b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * p, sure = 0.92 - 4.2 / b;
  for (uint32_t attempt = 0; attempt < kMostTries; attempt++) {
    const Philox4 words = words_of_try(stream, i, attempt);
    const double u = uniform(words.a, 0.0) - 0.5, v = uniform(words.b, 0.0), edge = 0.5 - ::fabs(u);
    const double k = ::floor((2 * a / edge + b) * u + n * p + 0.5);
    if (k < 0 || k > n) continue;
    if (edge >= 0.07 && v <= sure) return k;
    const double height = ::log(v * (2.83 + 5.1 / b) * deviation / (a / (edge * edge) + b));
    const double bound = (mode + 0.5) * ::log((mode + 1) / (odds * (n - mode + 1))) + (n + 1) * ::log((n - mode + 1) / (n - k + 1)) +
                         (k + 0.5) * ::log(odds * (n - k + 1) / (k + 1)) + stirling_rest(mode) + stirling_rest(n - mode) -
                         stirling_rest(k) - stirling_rest(n - k);
    if (height <= bound) return k;
  }
  return mode;
}

// How many of n tries succeed, each with probability p. NaN where n is not a whole number from 0 to 2^53 or p not from 0 to 1.
NN_HD double binomial_draw(double n, double p, const RandomStream& stream, uint64_t i) {
  if (!(n >= 0 && n <= 9007199254740992.0) || n != ::floor(n) || !(p >= 0 && p <= 1)) return not_a_number();
  const double rarer = p <= 0.5 ? p : 1 - p;
  const double k = n * rarer < 10 ? few_successes(n, rarer, words_of_try(stream, i, 0)) : many_successes(n, rarer, stream, i);
  return p <= 0.5 ? k : n - k;
}

}  // namespace math
}  // namespace nn
