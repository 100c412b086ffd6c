// From one type of number to another, as cast does it: from floats integers truncate toward zero, saturate outside their range and
// make 0 of NaN; between integers they wrap.
#pragma once

#include "math/bits.h"

namespace nn {
namespace math {

// `above` is the least float beyond To's range, `top` the greatest within.
template <class To, class From>
NN_HD To truncate(From x, From lowest, From top, From above, To highest) {
  const From inside = x < lowest ? lowest : x > top ? top : x;
  const To value = static_cast<To>(x != x ? From(0) : inside);
  return x >= above ? highest : value;
}

template <class To, class From>
NN_HD To convert(From x) {
  if constexpr (Number<To>::floating || !Number<From>::floating)
    return static_cast<To>(x);
  else if constexpr (sizeof(To) == 1)
    return truncate<To, From>(x, From(0), From(255), From(256), 255);
  else if constexpr (sizeof(From) == 4)
    return truncate<To, From>(x, From(-2147483648.0), From(2147483520.0), From(2147483648.0), INT32_MAX);
  else
    return truncate<To, From>(x, From(-2147483648.0), From(2147483647.0), From(2147483648.0), INT32_MAX);
}

}  // namespace math
}  // namespace nn
