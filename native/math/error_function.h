// erf, erfc, the normal distribution and the inverse of erf.
#pragma once

#include "math/exponential.h"

namespace nn {
namespace math {

NN_HD double erf(double x) { return ::erf(x); }
NN_HD double erfc(double x) { return ::erfc(x); }

// exp(-a^2 * scale) for scale 1 or 1/2. The square of a float has 48 bits: what rounding loses of it would be a large error of the
// result, so it is computed exactly (Veltkamp's splitting) and put back to first order.
NN_HD float exp_of_minus_square(float a, float scale) {
  a = a > 20.0f ? 20.0f : a;
  const float t = a * 4097.0f;
  const float high = t - (t - a), low = a - high;
  const float square = a * a;
  const float lost = ((high * high - square) + 2.0f * high * low) + low * low;
  const float e = exp(-square * scale);
  return e - e * (lost * scale);
}

// exp(a^2) erfc(a) for a >= 0: it varies slowly, so that rounding a does no harm.
NN_HD float erfc_scaled(float a) {
  a = a > 20.0f ? 20.0f : a;
  const float t = (a - 2.0f) / (a + 2.0f);
  const float q = polynomial(t, 1.27697839554f, -0.0927639973189f, -0.166031571538f, 0.164055653655f, -0.054202624397f, -0.00806088530984f,
                             0.00862536516095f, 0.00131257012209f, -0.00122234936185f, -0.000396110688539f);
  return q / (1.0f + 2.0f * a);
}

// erf(a) for |a| <= 1.
NN_HD float erf_near(float a) {
  const float z = a * a;
  const float q = polynomial(z, 0.128379165727f, -0.376126258234f, 0.112835851377f, -0.0268538114939f, 0.00518832688428f,
                             -0.000801018686244f, 7.85383975579e-5f);
  return a + a * q;
}

NN_HD float erf(float x) {
  const float a = abs(x);
  const float far = 1.0f - exp_of_minus_square(a, 1.0f) * erfc_scaled(a);
  return with_sign_of(a < 1.0f ? erf_near(a) : far, x);
}

NN_HD float erfc(float x) {
  const float a = abs(x);
  const float tail = exp_of_minus_square(a, 1.0f) * erfc_scaled(a);
  return a < 0.5f ? 1.0f - erf_near(x) : x < 0.0f ? 2.0f - tail : tail;
}

// The standard normal distribution: P(X <= x), and its density.
NN_HD float normal_cdf(float x) {
  const float a = abs(x), scaled = a * 0.707106781f;
  const float tail = 0.5f * exp_of_minus_square(a, 0.5f) * erfc_scaled(scaled);
  return a < 0.7f ? 0.5f + 0.5f * erf_near(x * 0.707106781f) : x < 0.0f ? tail : 1.0f - tail;
}
NN_HD double normal_cdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
template <class T>
NN_HD T normal_density(T x) {
  return T(0.39894228040143267794) * exp(x * x * T(-0.5));
}

// Winitzki's approximation (0.2 %), then Halley's method, which triples the digits at each step.
NN_HD double erfinv(double y) {
  const double a = abs(y);
  if (!(a < 1.0)) return a == 1.0 ? (y < 0 ? -Number<double>::infinity() : Number<double>::infinity()) : Number<double>::nan();
  const double c = 0.147, lg = ::log((1.0 - a) * (1.0 + a));
  const double t = 2.0 / (3.14159265358979323846 * c) + 0.5 * lg;
  double x = a < 1e-4 ? 0.88622692545275801365 * a : ::sqrt((-lg / c) / (::sqrt(t * t - lg / c) + t));
  for (int i = 0; i < 3; i++) {
    const double miss = a < 0.5 ? ::erf(x) - a : (1.0 - a) - ::erfc(x);
    const double step = miss * 0.88622692545275801365 * ::exp(x * x);
    x -= step / (1.0 + x * step);
  }
  return y < 0 ? -x : x;
}
NN_HD float erfinv(float y) { return static_cast<float>(erfinv(static_cast<double>(y))); }

}  // namespace math
}  // namespace nn
