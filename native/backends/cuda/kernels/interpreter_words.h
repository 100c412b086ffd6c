// Values in the interpreter's words, and the functions of one element that are called instead of being spelled out four times.
#pragma once

#include "backends/cuda/kernels/interpreter.h"

namespace nn {
namespace cuda {

template <class T>
struct DtypeOf;
template <>
struct DtypeOf<float> {
  static constexpr uint32_t kBits = kF32;
};
template <>
struct DtypeOf<double> {
  static constexpr uint32_t kBits = kF64;
};
template <>
struct DtypeOf<int32_t> {
  static constexpr uint32_t kBits = kI32;
};
template <>
struct DtypeOf<uint8_t> {  // bool is a byte too
  static constexpr uint32_t kBits = kU8 | kBool;
};

template <class T, class Word>
__device__ __forceinline__ T from_word(Word word) {
  if constexpr (sizeof(T) == 1) {
    return static_cast<T>(word);
  } else if constexpr (sizeof(T) == 4) {
    const uint32_t low = static_cast<uint32_t>(word);
    T value;
    memcpy(&value, &low, sizeof value);
    return value;
  } else {
    T value;
    memcpy(&value, &word, sizeof value);
    return value;
  }
}
template <class Word, class T>
__device__ __forceinline__ Word to_word(T value) {
  if constexpr (sizeof(T) == 1) {
    return static_cast<Word>(value);
  } else if constexpr (sizeof(T) == 4) {
    uint32_t low;
    memcpy(&low, &value, sizeof low);
    return low;
  } else {
    Word word;
    memcpy(&word, &value, sizeof word);
    return word;
  }
}

template <class F, class T>
constexpr bool has_dtype = (F::kDtypes & DtypeOf<T>::kBits) != 0;

template <class F, class Word, class T>
__device__ __forceinline__ Word apply_word(T x, T y, T z, T p, T q) {
  const auto result = F::template apply<T>(x, y, z, p, q);
  if constexpr (F::kForm == math::kTest || F::kForm == math::kCompare)
    return result ? 1 : 0;
  else
    return to_word<Word>(static_cast<T>(result));
}

// Whether the four elements of an instruction are computed in place: what is longer would only swell the kernel and its registers.
template <int Code, class T>
constexpr bool in_place() {
  return math::kElementwiseInfo[Code].cost < (sizeof(T) == 4 && math::Number<T>::floating ? math::kLibrary : math::kPolynomial);
}

// One element of an instruction: of all of them, or of those alone that are not computed in place.
template <class T, class Word, bool All>
__device__ __forceinline__ Word apply_one(int code, T x, T y, T z, T p, T q) {
  switch (code) {
#define NN_FUNCTION(name, form, dtypes, cost, attributes, value)                                    \
  case math::code_##name:                                                                           \
    if constexpr (has_dtype<math::name##_functor, T> && (All || !in_place<math::code_##name, T>())) \
      return apply_word<math::name##_functor, Word, T>(x, y, z, p, q);                              \
    break;
    NN_ELEMENTWISE_OPS(NN_FUNCTION)
#undef NN_FUNCTION
    default:
      break;
  }
  return 0;
}
template <class T>
NN_NOINLINE uint32_t call_function(int code, T x, T y, T p, T q) {
  return apply_one<T, uint32_t, false>(code, x, y, y, p, q);
}

template <class From, class Word>
__device__ __forceinline__ Word cast_word(From x, int dtype) {
  switch (dtype) {
    case NN_FLOAT32:
      return to_word<Word>(math::convert<float>(x));
    case NN_FLOAT64:
      if constexpr (sizeof(Word) == 8) return to_word<Word>(math::convert<double>(x));
      return 0;
    case NN_INT32:
      return to_word<Word>(math::convert<int32_t>(x));
    case NN_UINT8:
      return to_word<Word>(math::convert<uint8_t>(x));
    default:
      return x != From(0) ? 1 : 0;
  }
}

}  // namespace cuda
}  // namespace nn
