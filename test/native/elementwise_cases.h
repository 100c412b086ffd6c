// Every element-wise op in long double, as plainly as it can be written.
#pragma once

#include <cmath>
#include <map>
#include <string>

namespace nn_test {

using Real = long double;

struct ElementwiseCase {
  Real (*want)(Real x, Real y, Real z, Real p, Real q);
  // Distance allowed in float32: units in the last place, or 1e-7 of `scale` where the formula cancels; float64 likewise with 1e-16.
  double ulps;
  double scale;
  double low, high;     // of the operands
  double p = 0, q = 0;  // attributes
};

// By name; a test holds it complete.
const std::map<std::string, ElementwiseCase>& elementwise_cases();

}  // namespace nn_test
