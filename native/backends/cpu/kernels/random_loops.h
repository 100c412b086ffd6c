// Random words for many counters at once, and the loops that use them up at once.
#pragma once

#include "backends/cpu/kernels/philox_lanes.h"
#include "math/random.h"

namespace nn {
namespace cpu {
namespace NN_ARCH {

constexpr int kWords = 1024;  // made at a time: 4 KiB, a multiple of what fill_lanes writes

// words[4 i + lane] of counters first, first + 1, ...; up to kLanes - 1 counters more than asked for are written.
NN_HD void fill_words(uint32_t* words, const math::RandomStream& stream, uint64_t first, int64_t counters) {
  const math::RandomStream s = stream;
  for (int64_t i = 0; i < counters; i += kLanes) fill_lanes(words + 4 * i, s.counter + first + static_cast<uint64_t>(i), s.key0, s.key1);
}

// Fetches what the loop after the words will touch: words take long enough to make for memory to arrive meanwhile.
template <class T>
NN_HD void fetch(const T* p, int64_t n) {
  constexpr int64_t line = 64 / static_cast<int64_t>(sizeof(T));
  for (int64_t i = 0; i < n; i += line) __builtin_prefetch(p + i);
}

// Calls f(begin, words, n) for pieces of the elements [first, first + n); first is a multiple of 4.
template <class F>
NN_HD void for_words(const math::RandomStream& stream, int64_t first, int64_t n, F f) {
  alignas(64) uint32_t words[kWords];
  for (int64_t begin = 0; begin < n; begin += kWords) {
    const int64_t size = n - begin < kWords ? n - begin : kWords;
    fill_words(words, stream, static_cast<uint64_t>(first + begin) / 4, (size + 3) / 4);
    f(begin, words, size);
  }
}

template <class T>
void dropout_loop(const T* x, T* y, int64_t first, int64_t n, const math::RandomStream& stream, double rate) {
  const uint32_t threshold = math::dropout_threshold(rate);
  const T scale = rate < 1 ? static_cast<T>(1 / (1 - rate)) : T(0);
  alignas(64) uint32_t words[kWords];
  for (int64_t begin = 0; begin < n; begin += kWords) {
    const int64_t size = n - begin < kWords ? n - begin : kWords;
    const T* from = x + begin;
    T* to = y + begin;
    fetch(from, size);
    fetch(to, size);
    fill_words(words, stream, static_cast<uint64_t>(first + begin) / 4, (size + 3) / 4);
#pragma omp simd
    for (int64_t i = 0; i < size; i++) to[i] = math::dropout(from[i], words[i], threshold, scale);
  }
}

template <class T>
void uniform_loop(T* y, int64_t first, int64_t n, const math::RandomStream& stream, T low, T high, T last) {
  const T width = high - low;
  for_words(stream, first, n, [&](int64_t begin, const uint32_t* words, int64_t size) {
    T* to = y + begin;
#pragma omp simd
    for (int64_t i = 0; i < size; i++) to[i] = math::uniform_between(words[i], low, width, high, last);
  });
}

}  // namespace NN_ARCH
}  // namespace cpu
}  // namespace nn
