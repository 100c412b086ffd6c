// Vectors of the widest kind that the instruction set of this compilation has. For files that are compiled once for each (arch.h).
#pragma once

#include "backends/cpu/kernels/arch.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64, kVectorRegisters = 32;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32, kVectorRegisters = 16;
#elif defined(__aarch64__)
constexpr int kVectorBytes = 16, kVectorRegisters = 32;
#else
constexpr int kVectorBytes = 16, kVectorRegisters = 16;
#endif

template <class T>
struct Vec {
  static constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));
  typedef T Type __attribute__((vector_size(kVectorBytes)));
  typedef T Loose __attribute__((vector_size(kVectorBytes), aligned(sizeof(T)), may_alias));  // anywhere in memory
};

template <class T>
inline __attribute__((always_inline)) typename Vec<T>::Type load(const T* p) {
  return *reinterpret_cast<const typename Vec<T>::Loose*>(p);
}
template <class T>
inline __attribute__((always_inline)) void store(T* p, typename Vec<T>::Type v) {
  *reinterpret_cast<typename Vec<T>::Loose*>(p) = v;
}
template <class T>
inline __attribute__((always_inline)) typename Vec<T>::Type splat(T value) {
  return value - typename Vec<T>::Type{};
}
// The first `n` lanes only: never reads or writes beyond them.
template <class T>
inline __attribute__((always_inline)) typename Vec<T>::Type load_some(const T* p, int64_t n) {
  if (n >= Vec<T>::kLanes) return load(p);
  T lanes[Vec<T>::kLanes] = {};
  for (int64_t i = 0; i < n; i++) lanes[i] = p[i];
  return load(lanes);
}
template <class T>
inline __attribute__((always_inline)) void store_some(T* p, typename Vec<T>::Type v, int64_t n) {
  if (n >= Vec<T>::kLanes) return store(p, v);
  T lanes[Vec<T>::kLanes];
  store(lanes, v);
  for (int64_t i = 0; i < n; i++) p[i] = lanes[i];
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
