// Philox4x32-10 against the known answers published with Random123, and the vectorised form against the plain one.
#include "backends/cpu/kernels/random_loops.h"
#include "kernel_rig.h"
#include "math/random.h"

namespace nn_test {
namespace {

using nn::math::Philox4;

void expect_words(Philox4 counter, uint32_t key0, uint32_t key1, Philox4 want) {
  const Philox4 got = nn::math::philox(counter, key0, key1);
  EXPECT_EQ(got.a, want.a);
  EXPECT_EQ(got.b, want.b);
  EXPECT_EQ(got.c, want.c);
  EXPECT_EQ(got.d, want.d);
}

TEST(Philox, KnownAnswers) {
  expect_words({0, 0, 0, 0}, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint32_t ones = 0xffffffff;
  expect_words({ones, ones, ones, ones}, ones, ones, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expect_words({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(Philox, LanesGiveTheSameWords) {
  // The counter crosses 2^32 on the way, and the keys wrap as they are bumped.
  const nn::math::RandomStream stream = {0xdeadbeef, 0xffffff01, 0xfffffff0ull};
  for (int64_t counters : {1, 2, 3, 7, 8, 9, 33, 256}) {
    alignas(64) uint32_t words[nn::cpu::NN_ARCH::kWords];
    nn::cpu::NN_ARCH::fill_words(words, stream, 3, counters);
    for (int64_t i = 0; i < counters; i++) {
      const Philox4 want = nn::math::random_words(stream, 3 + static_cast<uint64_t>(i));
      EXPECT_EQ(words[4 * i], want.a) << i;
      EXPECT_EQ(words[4 * i + 1], want.b) << i;
      EXPECT_EQ(words[4 * i + 2], want.c) << i;
      EXPECT_EQ(words[4 * i + 3], want.d) << i;
    }
  }
}

}  // namespace
}  // namespace nn_test
