// Neighbouring elements that one instruction loads or stores.
#pragma once

#include <cstddef>
#include <cstdint>

#include "math/config.h"

namespace nn {
namespace cuda {

template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T v[N];
};
template <int N, class T>
NN_HD Pack<T, N> load_pack(const T* p) {
  return *reinterpret_cast<const Pack<T, N>*>(p);
}
template <int N, class T>
NN_HD void store_pack(T* p, const Pack<T, N>& pack) {
  *reinterpret_cast<Pack<T, N>*>(p) = pack;
}

// Whether all of these may be read in packs of so many bytes.
template <class... Pointers>
bool aligned_to(std::size_t bytes, const Pointers*... pointers) {
  return ((reinterpret_cast<uintptr_t>(pointers) % bytes == 0) && ...);
}

}  // namespace cuda
}  // namespace nn
