// Philox4x32-10 (Salmon et al., 2011): from a counter and a key, four words of 32 random bits. Nothing is remembered between calls, so
// element i of an op has the same bits whoever computes it.
#pragma once

#include <stdint.h>

#include "math/config.h"

namespace nn {
namespace math {

struct Philox4 {
  uint32_t a, b, c, d;
};

NN_HD Philox4 philox_round(Philox4 x, uint32_t key0, uint32_t key1) {
  const uint64_t p = static_cast<uint64_t>(0xD2511F53u) * x.a, q = static_cast<uint64_t>(0xCD9E8D57u) * x.c;
  return {static_cast<uint32_t>(q >> 32) ^ x.b ^ key0, static_cast<uint32_t>(q), static_cast<uint32_t>(p >> 32) ^ x.d ^ key1,
          static_cast<uint32_t>(p)};
}

// The ten rounds in a row, not in a loop: compilers run only loops without loops inside on vectors.
template <int Rounds>
NN_HD Philox4 philox_rounds(Philox4 x, uint32_t key0, uint32_t key1) {
  if constexpr (Rounds == 0)
    return x;
  else
    return philox_rounds<Rounds - 1>(philox_round(x, key0, key1), key0 + 0x9E3779B9u, key1 + 0xBB67AE85u);
}
NN_HD Philox4 philox(Philox4 counter, uint32_t key0, uint32_t key1) { return philox_rounds<10>(counter, key0, key1); }

// Where a random op stands: the key is the seed, and element i takes lane i % 4 of counter + i / 4.
struct RandomStream {
  uint32_t key0, key1;
  uint64_t counter;
};

NN_HD Philox4 random_words(const RandomStream& stream, uint64_t block) {
  const uint64_t n = stream.counter + block;
  return philox({static_cast<uint32_t>(n), static_cast<uint32_t>(n >> 32), 0, 0}, stream.key0, stream.key1);
}

}  // namespace math
}  // namespace nn
