// Random operands that an op accepts (fuzz_args.h), run on both devices.
#pragma once

#include <functional>

#include "fuzz_args.h"
#include "twins.h"

namespace nn_test {

struct Operands {
  std::vector<Array> in;
  std::vector<Made> out;
  Attrs attrs;
  std::vector<const Array*> inputs() const {
    std::vector<const Array*> pointers;
    for (const Array& a : in) pointers.push_back(&a);
    return pointers;
  }
};

inline Dims dims_of(const nn_tensor& t) { return Dims(t.dims, t.dims + t.rank); }

// Calls run(operands) for about `rounds` of them, filled with small numbers. False from `change` leaves one out.
inline void for_candidates(const nn::OpSchema& op, int rounds, uint32_t seed, const std::function<bool(Operands&, std::mt19937&)>& change,
                           const std::function<void(const Operands&)>& run) {
  CandidateMaker maker(seed);
  std::mt19937 random(seed);
  int done = 0;
  for (int i = 0; i < 20 * rounds && done < rounds; i++) {
    Candidate c;
    if (!maker.plausible(op, &c)) FAIL() << op.name << " has no maker in fuzz_args.cc";
    const nn_args args{c.in.data(),
                       c.out.data(),
                       c.attrs.data(),
                       static_cast<int32_t>(c.in.size()),
                       static_cast<int32_t>(c.out.size()),
                       static_cast<int32_t>(c.attrs.size())};
    int64_t elements = 0;
    for (const nn_tensor& t : c.in) elements += t.size;
    for (const nn_tensor& t : c.out) elements += t.size;
    if (elements > 100000 || !op.check(args).empty()) continue;
    Operands operands;
    for (const nn_tensor& t : c.in) {
      operands.in.emplace_back(t.dtype, dims_of(t));
      operands.in.back().fill_random(random);
    }
    for (const nn_tensor& t : c.out) operands.out.push_back({t.dtype, dims_of(t)});
    operands.attrs.add_all(c.attrs);
    if (!change(operands, random)) continue;
    run(operands);
    if (testing::Test::HasFailure()) FAIL() << op.name << ", candidate " << i;
    done++;
  }
  EXPECT_GT(done, rounds / 4) << op.name << ": too few candidates";
}

}  // namespace nn_test
