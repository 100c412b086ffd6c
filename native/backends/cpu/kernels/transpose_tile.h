// Transposes one tile of a cache line or so on each side. Whole lines are read, turned in a small buffer and written whole, so that rows
// lying a power of two apart cannot push each other's lines out half used.
#pragma once

#include <cstdint>
#include <cstring>

namespace nn {

// A 16-byte register of T and the two ways of interleaving a pair of them; the compiler makes single instructions of these.
template <class T>
struct Lanes {
  static constexpr int kCount = 16 / sizeof(T);
  typedef T Vector __attribute__((vector_size(16)));
  static Vector low(Vector a, Vector b) {
    Vector mask{};
    for (int i = 0; i < kCount; i++) mask[i] = static_cast<T>(i / 2 + (i & 1) * kCount);
    return __builtin_shuffle(a, b, mask);
  }
  static Vector high(Vector a, Vector b) {
    Vector mask{};
    for (int i = 0; i < kCount; i++) mask[i] = static_cast<T>(kCount / 2 + i / 2 + (i & 1) * kCount);
    return __builtin_shuffle(a, b, mask);
  }
  // Interleaving the first half of the rows with the second, log2(kCount) times, transposes.
  static void transpose(Vector (&rows)[kCount]) {
    for (int stage = 1; stage < kCount; stage *= 2) {
      Vector next[kCount];
      for (int i = 0; i < kCount / 2; i++) {
        next[2 * i] = low(rows[i], rows[i + kCount / 2]);
        next[2 * i + 1] = high(rows[i], rows[i + kCount / 2]);
      }
      for (int i = 0; i < kCount; i++) rows[i] = next[i];
    }
  }
};

template <class T>
struct TransposeTile {
  static constexpr int64_t kSize = sizeof(T) == 1 ? 32 : 16;
  static constexpr int64_t kBytes = sizeof(T);

  // Reads `rows` x `columns` elements, rows `from_step` bytes apart; writes `columns` x `rows`, rows `to_step` bytes apart.
  static void run(const char* from, int64_t from_step, char* to, int64_t to_step, int64_t rows, int64_t columns) {
    if (rows == kSize && columns == kSize) return whole(from, from_step, to, to_step);
    switch (rows) {
      case 2:
        return narrow<2>(from, from_step, to, to_step, columns);
      case 3:
        return narrow<3>(from, from_step, to, to_step, columns);
      case 4:
        return narrow<4>(from, from_step, to, to_step, columns);
      default:
        break;
    }
    for (int64_t c = 0; c < columns; c++) {
      for (int64_t r = 0; r < rows; r++) std::memcpy(to + c * to_step + r * kBytes, from + r * from_step + c * kBytes, sizeof(T));
    }
  }

 private:
  // Few rows, as the channels of an image: the inner loop unrolls.
  template <int64_t kRows>
  static void narrow(const char* from, int64_t from_step, char* to, int64_t to_step, int64_t columns) {
    for (int64_t c = 0; c < columns; c++) {
      for (int64_t r = 0; r < kRows; r++) std::memcpy(to + c * to_step + r * kBytes, from + r * from_step + c * kBytes, sizeof(T));
    }
  }

  static void whole(const char* from, int64_t from_step, char* to, int64_t to_step) {
    alignas(64) char turned[kSize * kSize * kBytes];
    constexpr int64_t kLine = kSize * kBytes;
    if constexpr (sizeof(T) <= 8) {
      using L = Lanes<T>;
      constexpr int64_t n = L::kCount;
      for (int64_t r = 0; r < kSize; r += n) {
        for (int64_t c = 0; c < kSize; c += n) {
          typename L::Vector block[n];
          for (int64_t i = 0; i < n; i++) std::memcpy(&block[i], from + (r + i) * from_step + c * kBytes, 16);
          L::transpose(block);
          for (int64_t i = 0; i < n; i++) std::memcpy(turned + (c + i) * kLine + r * kBytes, &block[i], 16);
        }
      }
    } else {
      for (int64_t r = 0; r < kSize; r++) {
        for (int64_t c = 0; c < kSize; c++) std::memcpy(turned + c * kLine + r * kBytes, from + r * from_step + c * kBytes, sizeof(T));
      }
    }
    for (int64_t c = 0; c < kSize; c++) std::memcpy(to + c * to_step, turned + c * kLine, kLine);
  }
};

}  // namespace nn
