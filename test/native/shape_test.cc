// The ops of ops/shape.h against element by element references.
#include "ops/shape.h"

#include <omp.h>

#include <functional>

#include "backends/cpu/kernels.h"
#include "op_runner.h"

using namespace nn_test;

namespace {

const OpRunner& runner() {
  static const OpRunner* made = [] {
    auto* r = new OpRunner();
    nn::append_shape_ops(r->ops);
    nn::append_shape_kernels(r->kernels);
    return r;
  }();
  return *made;
}

void expect_ok(const Outcome& outcome) { ASSERT_EQ(outcome.code, NN_OK) << outcome.message; }

using Random = std::mt19937;
int draw(Random& random, int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

Dims random_dims(Random& random, int rank) {
  Dims dims;
  for (int i = 0; i < rank; i++) dims.push_back(draw(random, 0, 24) == 0 ? 0 : draw(random, 1, rank > 4 ? 3 : 6));
  return dims;
}

Array random_array(Random& random, const Dims& dims, int dtype) {
  Array a(dtype, dims);
  a.fill_random(random, 0, 100);
  return a;
}

// The array whose element at a position is the one of x that `source` names.
Array rearranged(const Array& x, const Dims& dims, const std::function<Dims(const Dims&)>& source) {
  Array y(x.dtype(), dims);
  for (Positions p(dims); !p.done; p.next()) y.set(offset_of(dims, p.at), x.get(offset_of(x.dims(), source(p.at))));
  return y;
}

void expect_rearranged(const char* op, const Array& x, const Dims& dims, const Attrs& attrs,
                       const std::function<Dims(const Dims&)>& source) {
  Array y(x.dtype(), dims);
  expect_ok(runner().run(op, {&x}, {&y}, attrs));
  EXPECT_TRUE(y.same(rearranged(x, dims, source))) << op;
}

double dot(const Array& a, const Array& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); i++) sum += a.get(i) * b.get(i);
  return sum;
}

void expect_transposed(Random& random, const Dims& dims, const std::vector<int>& perm, int dtype) {
  Array x = random_array(random, dims, dtype);
  Dims turned;
  for (int axis : perm) turned.push_back(dims[static_cast<size_t>(axis)]);
  expect_rearranged("transpose", x, turned, Attrs().add_all(perm), [&](const Dims& at) {
    Dims from(at.size());
    for (size_t i = 0; i < at.size(); i++) from[static_cast<size_t>(perm[i])] = at[i];
    return from;
  });
}

}  // namespace

TEST(Shape, TransposeOfRandomRanks) {
  Random random(1);
  for (int round = 0; round < 400; round++) {
    const int rank = round % 9;
    std::vector<int> perm(static_cast<size_t>(rank));
    for (int i = 0; i < rank; i++) perm[static_cast<size_t>(i)] = i;
    std::shuffle(perm.begin(), perm.end(), random);
    expect_transposed(random, random_dims(random, rank), perm, round % NN_DTYPES);
  }
}

TEST(Shape, TransposeOfLayouts) {
  Random random(2);
  for (int dtype = 0; dtype < NN_DTYPES; dtype++) {
    expect_transposed(random, {2, 13, 11, 3}, {0, 3, 1, 2}, dtype);   // NHWC to NCHW
    expect_transposed(random, {2, 32, 26, 26}, {0, 2, 3, 1}, dtype);  // and back
    expect_transposed(random, {2, 9, 7, 70}, {0, 3, 1, 2}, dtype);
    expect_transposed(random, {30, 5, 5, 15}, {1, 2, 3, 0}, dtype);  // OHWI to HWIO
    expect_transposed(random, {5, 5, 15, 30}, {3, 0, 1, 2}, dtype);
    expect_transposed(random, {131, 257}, {1, 0}, dtype);
    expect_transposed(random, {3, 300}, {1, 0}, dtype);
    expect_transposed(random, {300, 4}, {1, 0}, dtype);
    expect_transposed(random, {40, 50, 2}, {1, 0, 2}, dtype);  // pairs move together
    expect_transposed(random, {40, 50, 3}, {1, 0, 2}, dtype);
    expect_transposed(random, {7, 6, 5, 4}, {3, 2, 1, 0}, dtype);
    expect_transposed(random, {1, 40, 1, 33}, {3, 2, 1, 0}, dtype);
  }
}

TEST(Shape, TransposeTwiceGivesTheSame) {
  Random random(3);
  Array x = random_array(random, {1000, 517}, NN_FLOAT32), turned(NN_FLOAT32, {517, 1000}), back(NN_FLOAT32, {1000, 517});
  expect_ok(runner().run("transpose", {&x}, {&turned}, {1, 0}));
  expect_ok(runner().run("transpose", {&turned}, {&back}, {1, 0}));
  EXPECT_TRUE(back.same(x));
  EXPECT_EQ(turned.get(3 * 1000 + 7), x.get(7 * 517 + 3));
}

TEST(Shape, BroadcastTo) {
  Random random(4);
  for (int round = 0; round < 400; round++) {
    const int rank = round % 9;
    Dims to = random_dims(random, rank), from(to.begin() + draw(random, 0, rank), to.end());
    for (int64_t& d : from) {
      if (draw(random, 0, 2) == 0) d = 1;
    }
    Array x = random_array(random, from, round % NN_DTYPES);
    expect_rearranged("broadcastTo", x, to, {}, [&](const Dims& at) {
      Dims source(at.end() - static_cast<int64_t>(from.size()), at.end());
      for (size_t i = 0; i < source.size(); i++) source[i] = from[i] == 1 ? 0 : source[i];
      return source;
    });
  }
}

TEST(Shape, BroadcastOfLongRows) {
  Random random(5);
  Array x = random_array(random, {3, 1}, NN_FLOAT32), y(NN_FLOAT32, {3, 70000});
  expect_ok(runner().run("broadcastTo", {&x}, {&y}, {}));
  for (int64_t i = 0; i < y.size(); i++) ASSERT_EQ(y.get(i), x.get(i / 70000));
}

TEST(Shape, SliceAndItsGradient) {
  Random random(6);
  for (int round = 0; round < 600; round++) {
    const int rank = round % 9;
    const Dims dims = random_dims(random, rank);
    const bool plain = draw(random, 0, 2) == 0;  // strides of 1
    Dims begin, stride, count;
    for (int64_t d : dims) {
      const int64_t s = plain ? 1 : draw(random, 0, 1) ? draw(random, 1, 3) : -draw(random, 1, 3);
      const int64_t b = d == 0 ? 0 : draw(random, 0, static_cast<int>(d) - 1);
      const int64_t most = d == 0 ? 0 : 1 + (s > 0 ? (d - 1 - b) / s : b / -s);
      begin.push_back(b);
      stride.push_back(s);
      count.push_back(draw(random, most > 0 && draw(random, 0, 9) ? 1 : 0, static_cast<int>(most)));
    }
    const Attrs attrs = Attrs().add_all(begin).add_all(stride);
    Array x = random_array(random, dims, round % NN_DTYPES);
    const auto source = [&](const Dims& at) {
      Dims from(at.size());
      for (size_t i = 0; i < at.size(); i++) from[i] = begin[i] + at[i] * stride[i];
      return from;
    };
    expect_rearranged("slice", x, count, attrs, source);

    Array dy = random_array(random, count, round % NN_DTYPES), dx(dy.dtype(), dims), wanted(dy.dtype(), dims);
    std::memset(wanted.data(), 0, static_cast<size_t>(wanted.bytes()));
    for (Positions p(count); !p.done; p.next()) wanted.set(offset_of(dims, source(p.at)), dy.get(offset_of(count, p.at)));
    expect_ok(runner().run("sliceGrad", {&dy}, {&dx}, attrs));
    EXPECT_TRUE(dx.same(wanted));
  }
}

namespace {

struct PadCase {
  Dims before, after, padded;
  Attrs words(int mode, bool with_value, double value) const {
    Attrs a{mode};
    if (with_value) a.add_float(value);
    return a.add_all(before).add_all(after);
  }
};

PadCase random_padding(Random& random, const Dims& dims, int most) {
  PadCase c;
  for (int64_t d : dims) {
    const bool none = draw(random, 0, 1) == 0 || d == 0;
    c.before.push_back(none ? 0 : draw(random, 0, most));
    c.after.push_back(none ? 0 : draw(random, 0, most));
    c.padded.push_back(d + c.before.back() + c.after.back());
  }
  return c;
}

// Walks from the nearest element, turning at the ends: another way than the kernel's.
int64_t mirror_walk(int mode, int64_t position, int64_t size) {
  if (mode == 3) return std::min(std::max<int64_t>(position, 0), size - 1);
  int64_t at = 0, direction = 1;
  for (int64_t steps = std::abs(position); steps > 0; steps--) {
    if (position < 0 && mode == 2 && steps == std::abs(position)) continue;  // symmetric: the first step left stays
    if (at + direction < 0 || at + direction >= size) {
      direction = -direction;
      if (mode == 2 || size == 1) continue;
    }
    at += direction;
  }
  return at;
}

}  // namespace

TEST(Shape, PadOfAllModes) {
  Random random(7);
  for (int round = 0; round < 800; round++) {
    const int mode = round % 4, rank = draw(random, 0, 5);
    const Dims dims = random_dims(random, rank);
    const PadCase c = random_padding(random, dims, 7);
    Array x = random_array(random, dims, draw(random, 0, NN_DTYPES - 1)), y(x.dtype(), c.padded);
    const double value = x.dtype() == NN_BOOL ? 1 : 7;
    expect_ok(runner().run("pad", {&x}, {&y}, c.words(mode, true, value)));
    for (Positions p(c.padded); !p.done; p.next()) {
      Dims from(p.at.size());
      bool inside = true;
      for (size_t i = 0; i < from.size(); i++) {
        from[i] = p.at[i] - c.before[i];
        if (from[i] >= 0 && from[i] < dims[i]) continue;
        inside = false;
        if (mode != 0) from[i] = mirror_walk(mode, from[i], dims[i]);
      }
      const double wanted = mode == 0 && !inside ? value : x.get(offset_of(dims, from));
      ASSERT_EQ(y.get(offset_of(c.padded, p.at)), wanted) << "mode " << mode;
    }
  }
}

TEST(Shape, PadLikeNumPy) {
  const Array x = Array::ints({3}, {1, 2, 3});
  const auto padded = [&](int mode, int before, int after) {
    Array y(NN_INT32, {3 + before + after});
    EXPECT_EQ(runner().run("pad", {&x}, {&y}, Attrs{mode}.add_float(9).add(before).add(after)).message, "");
    return y.values();
  };
  using List = std::vector<double>;
  EXPECT_EQ(padded(0, 2, 1), (List{9, 9, 1, 2, 3, 9}));
  EXPECT_EQ(padded(1, 2, 2), (List{3, 2, 1, 2, 3, 2, 1}));
  EXPECT_EQ(padded(1, 5, 0), (List{2, 1, 2, 3, 2, 1, 2, 3}));
  EXPECT_EQ(padded(2, 2, 3), (List{2, 1, 1, 2, 3, 3, 2, 1}));
  EXPECT_EQ(padded(2, 0, 5), (List{1, 2, 3, 3, 2, 1, 1, 2}));
  EXPECT_EQ(padded(3, 1, 2), (List{1, 1, 2, 3, 3, 3}));
}

// <pad(x), y> = <x, padGrad(y)> where the constant is 0.
TEST(Shape, PadGradientIsTheAdjoint) {
  Random random(8);
  for (int round = 0; round < 400; round++) {
    const int mode = round % 4;
    const int dtype = std::vector<int>{NN_FLOAT32, NN_FLOAT64, NN_INT32}[static_cast<size_t>(round % 3)];
    const Dims dims = random_dims(random, draw(random, 0, 5));
    const PadCase c = random_padding(random, dims, 5);
    Array x(dtype, dims), y(dtype, c.padded), padded(dtype, c.padded), gradient(dtype, dims);
    x.fill_random(random);
    y.fill_random(random);
    expect_ok(runner().run("pad", {&x}, {&padded}, c.words(mode, true, 0)));
    expect_ok(runner().run("padGrad", {&y}, {&gradient}, c.words(mode, false, 0)));
    EXPECT_EQ(dot(padded, y), dot(x, gradient)) << "mode " << mode;
  }
}

TEST(Shape, PadGradientWrapsIntegers) {
  const Array dy(NN_UINT8, {4}, {200, 100, 5, 7});
  Array dx(NN_UINT8, {2});
  expect_ok(runner().run("padGrad", {&dy}, {&dx}, {3, 1, 1}));
  EXPECT_EQ(dx.values(), (std::vector<double>{300 - 256, 12}));
}

TEST(Shape, Concat) {
  Random random(9);
  for (int round = 0; round < 300; round++) {
    const int rank = draw(random, 1, 5), axis = draw(random, 0, rank - 1), dtype = round % NN_DTYPES;
    const size_t along = static_cast<size_t>(axis);
    Dims dims = random_dims(random, rank);
    std::vector<Array> parts;
    std::vector<const Array*> inputs;
    dims[along] = 0;
    for (int n = draw(random, 1, 5); n > 0; n--) {
      Dims part = dims;
      part[along] = draw(random, 0, 4);
      parts.push_back(random_array(random, part, dtype));
    }
    for (const Array& part : parts) {
      inputs.push_back(&part);
      dims[along] += part.dims()[along];
    }
    Array y(dtype, dims);
    expect_ok(runner().run("concat", inputs, {&y}, {axis}));
    int64_t start = 0;
    for (const Array& part : parts) {
      for (Positions p(part.dims()); !p.done; p.next()) {
        Dims at = p.at;
        at[along] += start;
        ASSERT_EQ(y.get(offset_of(dims, at)), part.get(offset_of(part.dims(), p.at)));
      }
      start += part.dims()[along];
    }
  }
}

TEST(Shape, ConcatOfLargeInputs) {
  Random random(10);
  Array a = random_array(random, {300, 401}, NN_FLOAT32), b = random_array(random, {300, 99}, NN_FLOAT32), y(NN_FLOAT32, {300, 500});
  expect_ok(runner().run("concat", {&a, &b}, {&y}, {1}));
  for (int64_t i = 0; i < y.size(); i++) {
    const int64_t row = i / 500, column = i % 500;
    ASSERT_EQ(y.get(i), column < 401 ? a.get(row * 401 + column) : b.get(row * 99 + column - 401));
  }
}

TEST(Shape, Tile) {
  Random random(11);
  for (int round = 0; round < 300; round++) {
    const int rank = round % 9;
    const Dims dims = random_dims(random, rank);
    Dims repeats, tiled;
    for (int64_t d : dims) {
      repeats.push_back(draw(random, 0, 20) == 0 ? 0 : draw(random, 1, rank > 4 ? 2 : 3));
      tiled.push_back(d * repeats.back());
    }
    Array x = random_array(random, dims, round % NN_DTYPES);
    expect_rearranged("tile", x, tiled, Attrs().add_all(repeats), [&](const Dims& at) {
      Dims from(at);
      for (size_t i = 0; i < from.size(); i++) from[i] %= dims[i];
      return from;
    });
  }
}

TEST(Shape, Reverse) {
  Random random(12);
  for (int round = 0; round < 300; round++) {
    const int rank = round % 9, mask = draw(random, 0, (1 << rank) - 1);
    const Dims dims = random_dims(random, rank);
    Array x = random_array(random, dims, round % NN_DTYPES);
    expect_rearranged("reverse", x, dims, {mask}, [&](const Dims& at) {
      Dims from(at);
      for (int i = 0; i < rank; i++) {
        const size_t axis = static_cast<size_t>(i);
        if (mask >> i & 1) from[axis] = dims[axis] - 1 - at[axis];
      }
      return from;
    });
  }
}

TEST(Shape, CopyAndAssign) {
  Random random(13);
  for (const Dims& dims : {Dims{}, Dims{0, 3}, Dims{100001}}) {
    for (const char* op : {"copy", "assign"}) {
      Array x = random_array(random, dims, NN_UINT8), y(NN_UINT8, dims);
      expect_ok(runner().run(op, {&x}, {&y}, {}));
      EXPECT_TRUE(y.same(x));
    }
  }
}

TEST(Shape, FillConvertsAsCastDoes) {
  const auto filled = [](int dtype, double value) {
    Array y(dtype, {2, 3});
    EXPECT_EQ(runner().run("fill", {}, {&y}, Attrs().add_float(value)).message, "");
    for (int64_t i = 1; i < y.size(); i++) EXPECT_EQ(y.get(i), y.get(0));
    return y.get(0);
  };
  EXPECT_EQ(filled(NN_FLOAT32, 0.1), static_cast<double>(0.1f));
  EXPECT_EQ(filled(NN_FLOAT64, 0.1), 0.1);
  EXPECT_EQ(filled(NN_INT32, -2147483648.0), -2147483648.0);
  EXPECT_EQ(filled(NN_INT32, 1e20), 2147483647.0);
  EXPECT_EQ(filled(NN_INT32, -1.9), -1);
  EXPECT_EQ(filled(NN_INT32, std::nan("")), 0);
  EXPECT_EQ(filled(NN_UINT8, 300), 255);
  EXPECT_EQ(filled(NN_BOOL, 0.5), 1);
  EXPECT_EQ(filled(NN_BOOL, 0), 0);
}

TEST(Shape, Range) {
  Array ints(NN_INT32, {5}), floats(NN_FLOAT64, {70001}), none(NN_FLOAT32, {0});
  expect_ok(runner().run("range", {}, {&ints}, Attrs().add_float(7).add_float(-3)));
  EXPECT_EQ(ints.values(), (std::vector<double>{7, 4, 1, -2, -5}));
  expect_ok(runner().run("range", {}, {&floats}, Attrs().add_float(0.5).add_float(0.1)));
  for (int64_t i = 0; i < floats.size(); i++) ASSERT_EQ(floats.get(i), 0.5 + static_cast<double>(i) * 0.1);
  expect_ok(runner().run("range", {}, {&none}, Attrs().add_float(0).add_float(1)));
}

TEST(Shape, ResultsDoNotDependOnThreads) {
  Random random(14);
  const int before = omp_get_max_threads();
  Array x = random_array(random, {4, 61, 67, 5}, NN_FLOAT32), turned(NN_FLOAT32, {4, 5, 61, 67}), again(NN_FLOAT32, {4, 5, 61, 67});
  omp_set_num_threads(1);
  expect_ok(runner().run("transpose", {&x}, {&turned}, {0, 3, 1, 2}));
  omp_set_num_threads(5);
  expect_ok(runner().run("transpose", {&x}, {&again}, {0, 3, 1, 2}));
  omp_set_num_threads(before);
  EXPECT_TRUE(turned.same(again));
}

TEST(Shape, ChecksRefuse) {
  const Array x(NN_FLOAT32, {2, 3}), y(NN_FLOAT32, {2, 3}), t(NN_FLOAT32, {3, 2}), i(NN_INT32, {2, 3}), s(NN_FLOAT32, {});
  const auto refused = [](const char* op, const std::vector<const Array*>& in, const Array& out, const Attrs& attrs) {
    return runner().check(op, in, {&out}, attrs);
  };
  EXPECT_EQ(refused("copy", {&x}, i, {}), "expected an output of float32, got int32");
  EXPECT_EQ(refused("copy", {&x}, t, {}), "expected an output of shape [2, 3], got [3, 2]");
  EXPECT_EQ(refused("broadcastTo", {&x}, t, {}), "expected a shape that [2, 3] broadcasts to, got [3, 2]");
  EXPECT_EQ(refused("broadcastTo", {&x}, s, {}), "expected a shape that [2, 3] broadcasts to, got []");
  EXPECT_EQ(refused("transpose", {&x}, t, {1, 1}), "expected each axis from 0 to 1 once, got [1, 1]");
  EXPECT_EQ(refused("transpose", {&x}, t, {1}), "expected 2 attribute words, got 1");
  EXPECT_EQ(refused("transpose", {&x}, y, {1, 0}), "expected an output of [2, 3] with axes [1, 0], got [2, 3]");
  EXPECT_EQ(refused("slice", {&x}, y, {0, 0, 1, 0}), "expected strides other than 0, got 0 on axis 1");
  EXPECT_EQ(refused("slice", {&x}, y, {0, 1, 1, 1}), "expected a slice inside axis 1 of size 3, got 3 elements from 1 with stride 1");
  EXPECT_EQ(refused("slice", {&x}, y, {0, 2, 1, -2}), "expected a slice inside axis 1 of size 3, got 3 elements from 2 with stride -2");
  EXPECT_EQ(refused("pad", {&x}, y, Attrs{4}.add_float(0).add_all(Dims{0, 0, 0, 0})), "expected a padding mode from 0 to 3, got 4");
  EXPECT_EQ(refused("pad", {&x}, y, Attrs{0}.add_float(0).add_all(Dims{0, -1, 0, 1})),
            "expected paddings of at least 0, got -1 and 1 on axis 1");
  EXPECT_EQ(refused("pad", {&x}, y, Attrs{0}.add_float(0).add_all(Dims{1, 0, 0, 0})),
            "expected axis 0 to grow by 1, got [2, 3] and [2, 3]");
  EXPECT_NE(refused("concat", {&x, &y}, y, {1}), "");
  EXPECT_NE(refused("concat", {&x, &i}, Array(NN_FLOAT32, {4, 3}), {0}), "");
  EXPECT_EQ(refused("concat", {&x}, Array(NN_FLOAT32, {4, 3}), {0}), "expected inputs with 4 elements along axis 0 in all, got 2");
  EXPECT_EQ(refused("concat", {&s}, s, {0}), "expected at least one axis, got a scalar");
  EXPECT_EQ(refused("tile", {&x}, y, {1, 2}), "expected [2, 3] repeated [1, 2] times, got [2, 3]");
  EXPECT_EQ(refused("tile", {&x}, y, {-1, -1}), "expected [2, 3] repeated [-1, -1] times, got [2, 3]");
  EXPECT_EQ(refused("reverse", {&x}, y, {4}), "expected a mask of 2 axes, got 4");
  EXPECT_EQ(refused("range", {}, y, Attrs().add_float(0).add_float(1)), "expected rank 1, got 2 in [2, 3]");
}
