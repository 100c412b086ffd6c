#include "elementwise_cases.h"

namespace nn_test {
namespace {

Real sigmoid(Real x) { return 1 / (1 + std::exp(-x)); }
Real softplus(Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
Real cdf(Real x) { return 0.5L * std::erfc(-x * std::sqrt(0.5L)); }
Real density(Real x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0L)); }
Real relu6(Real x) { return std::fmin(std::fmax(x, 0), 6); }
Real gelu_u(Real x) { return std::sqrt(2 / std::acos(-1.0L)) * (x + 0.044715L * x * x * x); }
constexpr Real kScale = 1.0507009873554804934193349852946L, kAlpha = 1.6732632423543772848170429916717L;

// By bisection: slow and sure.
Real erfinv(Real y) {
  if (y == 0 || std::fabs(y) == 1) return y == 0 ? 0 : y * HUGE_VALL;
  Real low = -20, high = 20;
  for (int i = 0; i < 200; i++) {
    const Real middle = (low + high) / 2;
    // Near 1 erf says nothing any more, erfc does.
    const bool below = y > 0 ? std::erfc(middle) > 1 - y : std::erfc(-middle) < 1 + y;
    (below ? low : high) = middle;
  }
  return low;
}

#define NN_WANT [](Real x, Real y, Real z, Real p, Real q) -> Real
#define NN_UNUSED (void)x, (void)y, (void)z, (void)p, (void)q;
#define NN_CASE(name, value, ...)         \
  {                                       \
    #name, {                              \
      NN_WANT { NN_UNUSED return value; } \
      , __VA_ARGS__                       \
    }                                     \
  }

const std::map<std::string, ElementwiseCase> kCases = {
    // Functions of one number.
    NN_CASE(sqrt, std::sqrt(x), 0.5, 0, 0, 1e6),
    NN_CASE(rsqrt, 1 / std::sqrt(x), 1.5, 0, 1e-3, 1e6),
    NN_CASE(reciprocal, 1 / x, 0.5, 0, -9, 9),
    NN_CASE(exp, std::exp(x), 1, 0, -90, 90),
    NN_CASE(exp2, std::exp2(x), 1.5, 0, -90, 90),
    NN_CASE(expm1, std::expm1(x), 1.5, 0, -9, 9),
    NN_CASE(log, std::log(x), 1, 0, 1e-9, 30),
    NN_CASE(log2, std::log2(x), 2, 0, 1e-9, 30),
    NN_CASE(log10, std::log10(x), 2, 0, 1e-9, 30),
    NN_CASE(log1p, std::log1p(x), 1.5, 0, -1, 30),
    NN_CASE(sin, std::sin(x), 2, 0, -20, 20),
    NN_CASE(cos, std::cos(x), 2, 0, -20, 20),
    NN_CASE(tan, std::tan(x), 2, 0, -20, 20),
    NN_CASE(arcsin, std::asin(x), 2, 0, -1, 1),
    NN_CASE(arccos, std::acos(x), 2, 0, -1, 1),
    NN_CASE(arctan, std::atan(x), 2, 0, -20, 20),
    NN_CASE(sinh, std::sinh(x), 3, 0, -20, 20),
    NN_CASE(cosh, std::cosh(x), 3, 0, -20, 20),
    NN_CASE(tanh, std::tanh(x), 3, 0, -20, 20),
    NN_CASE(arcsinh, std::asinh(x), 3, 0, -20, 20),
    NN_CASE(arccosh, std::acosh(x), 3, 0, 1, 20),
    NN_CASE(arctanh, std::atanh(x), 3, 0, -1, 1),
    NN_CASE(erf, std::erf(x), 2, 0, -5, 5),
    NN_CASE(erfc, std::erfc(x), 4.5, 0, -5, 5),
    NN_CASE(erfinv, erfinv(x), 4, 0, -0.999, 0.999),
    NN_CASE(cbrt, std::cbrt(x), 3, 0, -99, 99),
    NN_CASE(floor, std::floor(x), 0, 0, -9, 9),
    NN_CASE(ceil, std::ceil(x), 0, 0, -9, 9),
    NN_CASE(round, std::nearbyint(x), 0, 0, -9, 9),
    NN_CASE(trunc, std::trunc(x), 0, 0, -9, 9),
    NN_CASE(negative, -x, 0, 0, -9, 9),
    NN_CASE(abs, std::fabs(x), 0, 0, -9, 9),
    NN_CASE(sign, (x > 0) - (x < 0), 0, 0, -9, 9),
    NN_CASE(square, x* x, 0.5, 0, -9, 9),
    NN_CASE(clip, x<p ? p : x> q ? q : x, 0, 0, -9, 9, -2, 3),
    NN_CASE(isnan, std::isnan(x), 0, 0, -9, 9),
    NN_CASE(isinf, std::isinf(x), 0, 0, -9, 9),
    NN_CASE(isfinite, std::isfinite(x), 0, 0, -9, 9),
    NN_CASE(logicalNot, x == 0, 0, 0, 0, 1),
    // Activations.
    NN_CASE(relu, std::fmax(x, 0), 0, 0, -9, 9),
    NN_CASE(relu6, relu6(x), 0, 0, -9, 9),
    NN_CASE(leakyRelu, x < 0 ? p * x : x, 0.5, 0, -9, 9, 0.25),
    NN_CASE(sigmoid, sigmoid(x), 3, 0, -30, 30),
    NN_CASE(logSigmoid, -softplus(-x), 3, 0, -30, 30),
    NN_CASE(softplus, softplus(x), 3, 0, -30, 30),
    NN_CASE(softsign, x / (1 + std::fabs(x)), 2, 0, -30, 30),
    NN_CASE(silu, x* sigmoid(x), 4, 0, -30, 30),
    NN_CASE(mish, x* std::tanh(softplus(x)), 5, 0, -30, 30),
    NN_CASE(gelu, x* cdf(x), 5, 0.2, -5, 5),
    NN_CASE(geluTanh, x / 2 * (1 + std::tanh(gelu_u(x))), 10, 0.1, -5, 5),
    NN_CASE(elu, x > 0 ? x : p * std::expm1(x), 2.5, 0, -9, 9, 0.75),
    NN_CASE(celu, x > 0 ? x : p * std::expm1(x / p), 4, 0, -9, 9, 0.75),
    NN_CASE(selu, x > 0 ? kScale * x : kScale * kAlpha * std::expm1(x), 3, 0, -9, 9),
    NN_CASE(hardSigmoid, relu6(x + 3) / 6, 2, 1, -9, 9),
    NN_CASE(hardSilu, x* relu6(x + 3) / 6, 2, 9, -9, 9),
    NN_CASE(sparsePlus,
            x <= -1  ? 0
            : x >= 1 ? x
                     : (x + 1) * (x + 1) / 4,
            3, 1, -3, 3),
    NN_CASE(hardShrink, std::fabs(x) <= p ? 0 : x, 0, 0, -3, 3, 0.5),
    NN_CASE(softShrink,
            x > p    ? x - p
            : x < -p ? x + p
                     : 0,
            0.5, 0, -3, 3, 0.5),
    NN_CASE(threshold, x <= p ? q : x, 0, 0, -3, 3, 0.5, -7),
    // Two numbers.
    NN_CASE(add, x + y, 0.5, 0, -9, 9),
    NN_CASE(subtract, x - y, 0.5, 0, -9, 9),
    NN_CASE(multiply, x* y, 0.5, 0, -9, 9),
    NN_CASE(divide, x / y, 0.5, 0, -9, 9),
    NN_CASE(maximum, std::fmax(x, y), 0, 0, -9, 9),
    NN_CASE(minimum, std::fmin(x, y), 0, 0, -9, 9),
    NN_CASE(squaredDifference, (x - y) * (x - y), 2, 0, -9, 9),
    NN_CASE(floorDivide, std::floor(x / y), 0, 0, -9, 9),
    NN_CASE(mod, x - std::floor(x / y) * y, 1, 1, -9, 9),
    NN_CASE(power, std::pow(x, y), 1.5, 0, 0, 9),
    NN_CASE(arctan2, std::atan2(x, y), 2, 0, -9, 9),
    NN_CASE(hypot, std::hypot(x, y), 1.5, 0, -9, 9),
    NN_CASE(logaddexp, std::log(std::exp(x) + std::exp(y)), 2, 9, -9, 9),
    NN_CASE(equal, x == y, 0, 0, -3, 3),
    NN_CASE(notEqual, x != y, 0, 0, -3, 3),
    NN_CASE(less, x < y, 0, 0, -3, 3),
    NN_CASE(lessEqual, x <= y, 0, 0, -3, 3),
    NN_CASE(greater, x > y, 0, 0, -3, 3),
    NN_CASE(greaterEqual, x >= y, 0, 0, -3, 3),
    NN_CASE(logicalAnd, x != 0 && y != 0, 0, 0, 0, 1),
    NN_CASE(logicalOr, x != 0 || y != 0, 0, 0, 0, 1),
    NN_CASE(logicalXor, (x != 0) != (y != 0), 0, 0, 0, 1),
    // Gradients: x is what was saved, y what comes in.
    NN_CASE(reluGrad, x > 0 ? y : 0, 0, 0, -3, 3),
    NN_CASE(relu6Grad, x > 0 && x < 6 ? y : 0, 0, 0, -9, 9),
    NN_CASE(leakyReluGrad, x > 0 ? y : p * y, 0.5, 0, -3, 3, 0.25),
    NN_CASE(clipGrad, x >= p && x <= q ? y : 0, 0, 0, -3, 3, -1, 2),
    NN_CASE(sigmoidGrad, y* x * (1 - x), 2, 0, 0, 1),
    NN_CASE(tanhGrad, y * (1 - x * x), 2, 3, -1, 1),
    NN_CASE(softplusGrad, y* sigmoid(x), 4, 0, -9, 9),
    NN_CASE(siluGrad, y* sigmoid(x) * (1 + x * (1 - sigmoid(x))), 5, 9, -9, 9),
    NN_CASE(mishGrad, y*(std::tanh(softplus(x)) + x * (1 - std::tanh(softplus(x)) * std::tanh(softplus(x))) * sigmoid(x)), 8, 9, -9, 9),
    NN_CASE(geluGrad, y*(cdf(x) + x * density(x)), 5, 5, -5, 5),
    NN_CASE(geluTanhGrad,
            y * (0.5L * (1 + std::tanh(gelu_u(x))) + 0.5L * x * (1 - std::tanh(gelu_u(x)) * std::tanh(gelu_u(x))) *
                                                         std::sqrt(2 / std::acos(-1.0L)) * (1 + 3 * 0.044715L * x * x)),
            8, 9, -5, 5),
    NN_CASE(eluGrad, x > 0 ? y : p * std::exp(x) * y, 3, 0, -9, 9, 0.75),
    NN_CASE(celuGrad, x > 0 ? y : std::exp(x / p) * y, 8, 0, -5, 5, 0.75),
    NN_CASE(seluGrad, x > 0 ? kScale * y : kScale * kAlpha * std::exp(x) * y, 3, 0, -9, 9),
    NN_CASE(hardSigmoidGrad, x > -3 && x < 3 ? y / 6 : 0, 1, 0, -9, 9),
    NN_CASE(hardSiluGrad,
            x < -3  ? 0
            : x > 3 ? y
                    : y * (2 * x + 3) / 6,
            3, 9, -9, 9),
    // Losses: x the logit, y the label, z the gradient that comes in.
    NN_CASE(sigmoidCrossEntropy, std::fmax(x, 0) - x * y + std::log1p(std::exp(-std::fabs(x))), 3, 9, -9, 9),
    NN_CASE(sigmoidCrossEntropyGrad, (sigmoid(x) - y) * z, 3, 9, -9, 9),
};

}  // namespace

const std::map<std::string, ElementwiseCase>& elementwise_cases() { return kCases; }

}  // namespace nn_test
