// The ops of ops/index.h against element by element references.
#include "ops/index.h"

#include <omp.h>

#include <cmath>
#include <functional>
#include <limits>

#include "backends/cpu/kernels.h"
#include "op_runner.h"

using namespace nn_test;

namespace {

const OpRunner& runner() {
  static const OpRunner* made = [] {
    auto* r = new OpRunner();
    nn::append_index_ops(r->ops);
    nn::append_index_kernels(r->kernels);
    return r;
  }();
  return *made;
}

void expect_ok(const Outcome& outcome) { ASSERT_EQ(outcome.code, NN_OK) << outcome.message; }

using Random = std::mt19937;
using List = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
int draw(Random& random, int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

Dims random_dims(Random& random, int rank) {
  Dims dims;
  for (int i = 0; i < rank; i++) dims.push_back(draw(random, 0, 24) == 0 ? 0 : draw(random, 1, 5));
  return dims;
}

Array random_array(Random& random, const Dims& dims, int dtype) {
  Array a(dtype, dims);
  a.fill_random(random);
  return a;
}

// Indices from both ends.
Array random_indices(Random& random, const Dims& dims, int64_t size) {
  Array a(NN_INT32, dims);
  if (a.size() > 0) a.fill_random(random, static_cast<int>(-size), static_cast<int>(size) - 1);
  return a;
}

int64_t wrapped(double index, int64_t size) { return static_cast<int64_t>(index) + (index < 0 ? size : 0); }

double dot(const Array& a, const Array& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); i++) sum += a.get(i) * b.get(i);
  return sum;
}

void expect_equal(const List& got, const List& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); i++) {
    if (std::isnan(wanted[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << "at " << i;
    } else {
      EXPECT_EQ(got[i], wanted[i]) << "at " << i;
    }
  }
}

// Runs f with one thread and with five, which must give the same bits.
void expect_same_with_threads(const Array& out, const std::function<void()>& f) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  f();
  std::vector<char> first(out.data(), out.data() + out.bytes());
  std::memset(out.data(), 0xCC, static_cast<size_t>(out.bytes()));
  omp_set_num_threads(5);
  f();
  omp_set_num_threads(before);
  EXPECT_EQ(std::memcmp(first.data(), out.data(), first.size()), 0);
}

}  // namespace

TEST(Index, GatherAndScatterAddAreAdjoint) {
  Random random(1);
  for (int round = 0; round < 500; round++) {
    const int rank = draw(random, 1, 4), axis = draw(random, 0, rank - 1), dtype = round % NN_DTYPES;
    const Dims dims = random_dims(random, rank);
    const int64_t size = dims[static_cast<size_t>(axis)];
    const Dims shape = size == 0 ? Dims{0, 2} : random_dims(random, draw(random, 0, 3));
    Dims taken(dims.begin(), dims.begin() + axis);
    taken.insert(taken.end(), shape.begin(), shape.end());
    taken.insert(taken.end(), dims.begin() + axis + 1, dims.end());
    const Array x = random_array(random, dims, dtype), indices = random_indices(random, shape, size);
    Array y(dtype, taken);
    expect_ok(runner().run("gather", {&x, &indices}, {&y}, {axis}));
    for (Positions p(taken); !p.done; p.next()) {
      const Dims inner(p.at.begin() + axis, p.at.begin() + axis + static_cast<int64_t>(shape.size()));
      Dims from(p.at.begin(), p.at.begin() + axis);
      from.push_back(wrapped(indices.get(offset_of(shape, inner)), size));
      from.insert(from.end(), p.at.begin() + axis + static_cast<int64_t>(shape.size()), p.at.end());
      ASSERT_EQ(y.get(offset_of(taken, p.at)), x.get(offset_of(dims, from)));
    }
    if (dtype == NN_BOOL || dtype == NN_UINT8) continue;
    const Array updates = random_array(random, taken, dtype);
    Array gradient(dtype, dims);
    expect_ok(runner().run("scatterAdd", {&indices, &updates}, {&gradient}, {axis}));
    EXPECT_EQ(dot(y, updates), dot(x, gradient));
  }
}

TEST(Index, ValuesOutsideAreRefused) {
  const Array x(NN_FLOAT32, {2, 5}), none(NN_FLOAT32, {2, 0}), rows(NN_FLOAT32, {6, 2}), order = Array::ints({4}, {0, 5, 6, -1});
  const Array over = Array::ints({3}, {0, 4, 5}), under = Array::ints({3}, {-5, -6, 0}), least = Array::ints({3}, {0, 0, INT32_MIN});
  const Array along = Array::ints({2, 2}, {0, 4, -5, 7}), updates(NN_FLOAT32, {2, 3}), pair(NN_FLOAT32, {2, 2});
  const Array zero = Array::ints({}, {0}), two = Array::ints({}, {2}), three = Array::ints({}, {3}), minus = Array::ints({}, {-1});
  Array y(NN_FLOAT32, {2, 3}), target(NN_FLOAT32, {2, 5}), taken(NN_FLOAT32, {2, 2}), batch(NN_FLOAT32, {2, 2}), all(NN_FLOAT32, {4, 2});
  const auto message = [](const char* op, const std::vector<const Array*>& in, const Array& out, const Attrs& attrs) {
    const Outcome outcome = runner().run(op, in, {&out}, attrs);
    EXPECT_EQ(outcome.code, NN_INVALID) << op;
    return outcome.message;
  };
  EXPECT_EQ(message("gather", {&x, &over}, y, {1}), "expected indices from -5 to 4 into axis 1 of size 5, got 5 at position 2");
  EXPECT_EQ(message("gather", {&x, &under}, y, {1}), "expected indices from -5 to 4 into axis 1 of size 5, got -6 at position 1");
  EXPECT_EQ(message("gather", {&x, &least}, y, {1}), "expected indices from -5 to 4 into axis 1 of size 5, got -2147483648 at position 2");
  EXPECT_EQ(message("gather", {&none, &over}, y, {1}), "expected no indices into axis 1 of size 0, got 0");
  EXPECT_EQ(message("scatterAdd", {&over, &updates}, target, {1}),
            "expected indices from -5 to 4 into axis 1 of size 5, got 5 at position 2");
  EXPECT_EQ(message("takeAlongAxis", {&x, &along}, taken, {1}), "expected indices from -5 to 4 into axis 1 of size 5, got 7 at position 3");
  EXPECT_EQ(message("scatterAlongAxis", {&along, &pair}, target, {1}),
            "expected indices from -5 to 4 into axis 1 of size 5, got 7 at position 3");
  EXPECT_EQ(message("gatherRows", {&rows, &order, &three}, batch, {}),
            "expected a position from 0 to 2 for 2 rows on axis 0 of size 4, got 3");
  EXPECT_EQ(message("gatherRows", {&rows, &order, &minus}, batch, {}),
            "expected a position from 0 to 2 for 2 rows on axis 0 of size 4, got -1");
  EXPECT_EQ(message("gatherRows", {&rows, &order, &two}, batch, {}),
            "expected indices from 0 to 5 into axis 0 of size 6, got 6 at position 0");
  EXPECT_EQ(message("gatherRows", {&rows, &order, &zero}, all, {}),
            "expected indices from 0 to 5 into axis 0 of size 6, got 6 at position 2");
  EXPECT_EQ(message("assignRows", {&batch, &three}, all, {}), "expected a position from 0 to 2 for 2 rows on axis 0 of size 4, got 3");
}

TEST(Index, GatherRowsFollowsTheOrder) {
  Random random(2);
  for (int dtype = 0; dtype < NN_DTYPES; dtype++) {
    const Array x = random_array(random, {50, 7, 3}, dtype), position = Array::ints({}, {11});
    Array order(NN_INT32, {40}), y(dtype, {13, 7, 3});
    order.fill_random(random, 0, 49);
    expect_same_with_threads(y, [&] { expect_ok(runner().run("gatherRows", {&x, &order, &position}, {&y}, {})); });
    for (int64_t i = 0; i < y.size(); i++) {
      ASSERT_EQ(y.get(i), x.get(static_cast<int64_t>(order.get(11 + i / 21)) * 21 + i % 21));
    }
  }
}

TEST(Index, AssignRowsKeepsTheOthers) {
  const Array value = Array::ints({2, 2}, {1, 2, 3, 4}), position = Array::ints({}, {1}), empty(NN_INT32, {0, 2});
  Array out = Array::ints({4, 2}, {9, 9, 9, 9, 9, 9, 9, 9});
  expect_ok(runner().run("assignRows", {&value, &position}, {&out}, {}));
  EXPECT_EQ(out.values(), (List{9, 9, 1, 2, 3, 4, 9, 9}));
  expect_ok(runner().run("assignRows", {&empty, &position}, {&out}, {}));
  EXPECT_EQ(out.values(), (List{9, 9, 1, 2, 3, 4, 9, 9}));
}

TEST(Index, ScatterAddOfManyUpdatesIsExactToFloat32) {
  // 0.1 a hundred thousand times: float32 sums in order drift to 9998.56.
  Array indices(NN_INT32, {100000}), updates(NN_FLOAT32, {100000, 3}), y(NN_FLOAT32, {4, 3});
  for (int64_t i = 0; i < indices.size(); i++) indices.set(i, i % 10 == 0 ? 0 : 2);
  for (int64_t i = 0; i < updates.size(); i++) updates.set(i, 0.1);
  expect_same_with_threads(y, [&] { expect_ok(runner().run("scatterAdd", {&indices, &updates}, {&y}, {0})); });
  for (int64_t i = 0; i < 3; i++) {
    EXPECT_FLOAT_EQ(static_cast<float>(y.get(i)), 1000.0f);
    EXPECT_EQ(y.get(3 + i), 0);
    EXPECT_FLOAT_EQ(static_cast<float>(y.get(6 + i)), 9000.0f);
  }
}

TEST(Index, ScatterAddWrapsIntegers) {
  const Array indices = Array::ints({3}, {1, 1, -1}), bytes(NN_UINT8, {3}, {200, 100, 7});
  const Array words = Array::ints({3}, {INT32_MAX, 1, 5});
  Array y(NN_UINT8, {2}), z(NN_INT32, {3});
  expect_ok(runner().run("scatterAdd", {&indices, &bytes}, {&y}, {0}));
  EXPECT_EQ(y.values(), (List{0, 307 - 256}));
  expect_ok(runner().run("scatterAdd", {&indices, &words}, {&z}, {0}));
  EXPECT_EQ(z.values(), (List{0, INT32_MIN, 5}));
}

TEST(Index, AlongAxisAreAdjoint) {
  Random random(3);
  for (int round = 0; round < 500; round++) {
    const int rank = draw(random, 1, 5), axis = draw(random, 0, rank - 1), dtype = round % NN_DTYPES;
    const Dims dims = random_dims(random, rank);
    const size_t along = static_cast<size_t>(axis);
    Dims shape = dims;
    shape[along] = dims[along] == 0 ? 0 : draw(random, 0, 6);
    const Array x = random_array(random, dims, dtype), indices = random_indices(random, shape, dims[along]);
    Array y(dtype, shape);
    expect_ok(runner().run("takeAlongAxis", {&x, &indices}, {&y}, {axis}));
    for (Positions p(shape); !p.done; p.next()) {
      const int64_t here = offset_of(shape, p.at);
      Dims from = p.at;
      from[along] = wrapped(indices.get(here), dims[along]);
      ASSERT_EQ(y.get(here), x.get(offset_of(dims, from)));
    }
    if (dtype == NN_BOOL || dtype == NN_UINT8) continue;
    const Array updates = random_array(random, shape, dtype);
    Array gradient(dtype, dims);
    expect_ok(runner().run("scatterAlongAxis", {&indices, &updates}, {&gradient}, {axis}));
    EXPECT_EQ(dot(y, updates), dot(x, gradient));
  }
}

TEST(Index, ScatterAlongWideAxesDoesNotDependOnThreads) {
  Random random(4);
  const Array indices = random_indices(random, {3, 40, 333}, 20);
  Array updates(NN_FLOAT32, {3, 40, 333}), y(NN_FLOAT32, {3, 20, 333});
  for (int64_t i = 0; i < updates.size(); i++) updates.set(i, std::sin(static_cast<double>(i)));
  expect_same_with_threads(y, [&] { expect_ok(runner().run("scatterAlongAxis", {&indices, &updates}, {&y}, {1})); });
}

TEST(Index, OneHot) {
  const Array indices = Array::ints({2, 3}, {0, 2, 3, -1, 1, 2});
  Array y(NN_FLOAT32, {2, 3, 3});
  expect_ok(runner().run("oneHot", {&indices}, {&y}, Attrs().add_float(0.9).add_float(0.5)));
  const float on = 0.9f;
  EXPECT_EQ(y.values(), (List{on, .5, .5, .5, .5, on, .5, .5, .5, .5, .5, .5, .5, on, .5, .5, .5, on}));
  Array flags(NN_BOOL, {2, 3, 1}), none(NN_INT32, {2, 3, 0});
  expect_ok(runner().run("oneHot", {&indices}, {&flags}, Attrs().add_float(2).add_float(0)));
  EXPECT_EQ(flags.values(), (List{1, 0, 0, 0, 0, 0}));
  expect_ok(runner().run("oneHot", {&indices}, {&none}, Attrs().add_float(1).add_float(0)));
}

namespace {

// Ascending with NaN as the greatest; descending the other way round; equal ones in their old order.
std::vector<int64_t> sorted_order(const Array& x, int64_t start, int64_t length, bool descending) {
  std::vector<int64_t> order(static_cast<size_t>(length));
  for (int64_t i = 0; i < length; i++) order[static_cast<size_t>(i)] = i;
  const auto less = [&](int64_t a, int64_t b) {
    const double u = x.get(start + a), v = x.get(start + b);
    return std::isnan(v) ? !std::isnan(u) : u < v;
  };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return descending ? less(b, a) : less(a, b); });
  return order;
}

void expect_sorted(const Array& x, bool descending, int64_t kept, const char* op, const Attrs& attrs) {
  Dims dims = x.dims();
  const int64_t length = dims.back();
  dims.back() = kept;
  Array values(x.dtype(), dims), positions(NN_INT32, dims);
  expect_ok(runner().run(op, {&x}, {&values, &positions}, attrs));
  for (int64_t row = 0; length > 0 && row < x.size() / length; row++) {
    const auto order = sorted_order(x, row * length, length, descending);
    for (int64_t i = 0; i < kept; i++) {
      const int64_t from = row * length + order[static_cast<size_t>(i)], to = row * kept + i;
      ASSERT_EQ(positions.get(to), static_cast<double>(order[static_cast<size_t>(i)]));
      ASSERT_EQ(std::memcmp(values.data() + to * x.element(), x.data() + from * x.element(), static_cast<size_t>(x.element())), 0);
    }
  }
}

}  // namespace

TEST(Index, SortAndTopK) {
  Random random(5);
  for (int round = 0; round < 300; round++) {
    const int dtype = round % NN_BOOL, length = round < 290 ? draw(random, 0, 40) : 20000;
    Dims dims = random_dims(random, draw(random, 0, 2));
    dims.push_back(length);
    Array x = random_array(random, dims, dtype);
    for (int64_t i = 0; nn::is_float(dtype) && i < x.size(); i++) {
      const int special = draw(random, 0, 30);
      if (special == 0) x.set(i, draw(random, 0, 1) ? kNaN : -kNaN);
      if (special == 1) x.set(i, -0.0);
      if (special == 2) x.set(i, draw(random, 0, 1) ? HUGE_VAL : -HUGE_VAL);
      if (special > 15) x.set(i, x.get(i) * 1e-3);
    }
    expect_sorted(x, false, length, "sort", {0});
    expect_sorted(x, true, length, "sort", {1});
    expect_sorted(x, true, draw(random, 0, length), "topK", {});
    expect_sorted(x, true, std::min(length, 2), "topK", {});
  }
}

TEST(Index, SortPutsNaNLast) {
  const Array x = Array::floats({6}, {3, kNaN, -0.0, 0, -HUGE_VAL, 1});
  Array values(NN_FLOAT32, {6}), positions(NN_INT32, {6}), first(NN_FLOAT32, {2}), where(NN_INT32, {2});
  expect_ok(runner().run("sort", {&x}, {&values, &positions}, {0}));
  expect_equal(values.values(), {-HUGE_VAL, 0, 0, 1, 3, kNaN});
  EXPECT_EQ(positions.values(), (List{4, 2, 3, 5, 0, 1}));
  expect_ok(runner().run("topK", {&x}, {&first, &where}, {}));
  expect_equal(first.values(), {kNaN, 3});
}

TEST(Index, CumulativeSumsAndProducts) {
  Random random(6);
  for (int round = 0; round < 600; round++) {
    const int rank = draw(random, 1, 5), axis = draw(random, 0, rank - 1), dtype = round % NN_BOOL;
    const int exclusive = draw(random, 0, 1), reverse = draw(random, 0, 1);
    const bool product_of = draw(random, 0, 1) == 1;
    const Dims dims = random_dims(random, rank);
    const int64_t size = dims[static_cast<size_t>(axis)];
    Array x(dtype, dims), y(dtype, dims);
    x.fill_random(random, -3, 3);
    expect_ok(runner().run(product_of ? "cumprod" : "cumsum", {&x}, {&y}, {axis, exclusive, reverse}));
    for (Positions p(dims); !p.done; p.next()) {
      const int64_t here = p.at[static_cast<size_t>(axis)];
      double wanted = product_of ? 1 : 0;
      for (int64_t k = 0; k < size; k++) {
        if (reverse ? k < here : k > here) continue;
        if (exclusive && k == here) continue;
        Dims at = p.at;
        at[static_cast<size_t>(axis)] = k;
        const double value = x.get(offset_of(dims, at));
        wanted = product_of ? wanted * value : wanted + value;
      }
      if (dtype == NN_UINT8) wanted = static_cast<double>(static_cast<int64_t>(wanted) & 255);
      ASSERT_EQ(y.get(offset_of(dims, p.at)), wanted);
    }
  }
}

TEST(Index, LongSumsStayExactToFloat32) {
  Array x(NN_FLOAT32, {1000000}), y(NN_FLOAT32, {1000000});
  for (int64_t i = 0; i < x.size(); i++) x.set(i, 0.1);
  expect_ok(runner().run("cumsum", {&x}, {&y}, {0, 0, 0}));
  EXPECT_FLOAT_EQ(static_cast<float>(y.get(999999)), 100000.0f);
}

TEST(Index, CumulativeSumsWrapIntegers) {
  const Array x = Array::ints({3}, {INT32_MAX, 1, 1});
  Array y(NN_INT32, {3});
  expect_ok(runner().run("cumsum", {&x}, {&y}, {0, 0, 0}));
  EXPECT_EQ(y.values(), (List{INT32_MAX, INT32_MIN, static_cast<double>(INT32_MIN) + 1}));
}

TEST(Index, WideScansDoNotDependOnThreads) {
  Random random(7);
  Array x(NN_FLOAT32, {5, 90, 150}), y(NN_FLOAT32, {5, 90, 150});
  for (int64_t i = 0; i < x.size(); i++) x.set(i, std::sin(static_cast<double>(i)));
  expect_same_with_threads(y, [&] { expect_ok(runner().run("cumsum", {&x}, {&y}, {1, 1, 1})); });
  for (int64_t i = 0; i < 150; i++) EXPECT_EQ(y.get(89 * 150 + i), 0);
}

TEST(Index, ChecksRefuse) {
  const Array x(NN_FLOAT32, {4, 3}), i(NN_INT32, {2}), f(NN_FLOAT32, {2}), two(NN_FLOAT32, {2, 3}), s(NN_INT32, {}), b(NN_BOOL, {4, 3});
  const Array ints(NN_INT32, {4, 3}), scalar(NN_FLOAT32, {}), wide(NN_FLOAT32, {4, 4}), pairs(NN_INT32, {2, 3});
  const auto refused = [](const char* op, const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) {
    return runner().check(op, in, out, attrs);
  };
  EXPECT_EQ(refused("gather", {&x, &f}, {&two}, {0}), "expected int32 indices, got float32");
  EXPECT_EQ(refused("gather", {&x, &i}, {&two}, {2}), "expected an axis from 0 to 1, got 2");
  EXPECT_EQ(refused("gather", {&scalar, &i}, {&f}, {0}), "expected at least one axis, got a scalar");
  EXPECT_EQ(refused("gather", {&x, &i}, {&two}, {1}), "expected [4, 3] with axis 1 replaced by [2], got [2, 3]");
  EXPECT_EQ(refused("gather", {&x, &i}, {&pairs}, {0}), "expected an output of float32, got int32");
  EXPECT_EQ(refused("scatterAdd", {&i, &two}, {&wide}, {0}), "expected [4, 4] with axis 0 replaced by [2], got [2, 3]");
  EXPECT_EQ(refused("scatterAdd", {&i, &b}, {&b}, {0}), "expected numbers, got bool");
  EXPECT_EQ(refused("gatherRows", {&x, &i, &i}, {&two}, {}), "expected rank 0, got 1 in [2]");
  EXPECT_EQ(refused("gatherRows", {&x, &i, &s}, {&x}, {}), "expected at most 2 rows as those of [4, 3], got [4, 3]");
  EXPECT_EQ(refused("gatherRows", {&scalar, &i, &s}, {&scalar}, {}), "expected at most 2 rows as those of [], got []");
  EXPECT_EQ(refused("assignRows", {&wide, &s}, {&x}, {}), "expected at most 4 rows as those of [4, 3], got [4, 4]");
  EXPECT_EQ(refused("takeAlongAxis", {&x, &pairs}, {&two}, {1}), "expected indices of shape [4, 3] but for axis 1, got [2, 3]");
  EXPECT_EQ(refused("takeAlongAxis", {&x, &pairs}, {&x}, {0}), "expected an output of shape [2, 3], got [4, 3]");
  EXPECT_EQ(refused("scatterAlongAxis", {&pairs, &x}, {&x}, {0}), "expected updates of shape [2, 3], got [4, 3]");
  EXPECT_EQ(refused("oneHot", {&i}, {&wide}, Attrs().add_float(1).add_float(0)), "expected [2] with one more axis, got [4, 4]");
  EXPECT_EQ(refused("sort", {&x}, {&x, &ints}, {2}), "expected 0 or 1 for descending, got 2");
  EXPECT_EQ(refused("sort", {&x}, {&x, &x}, {0}), "expected int32 positions as the second output, got float32");
  EXPECT_EQ(refused("sort", {&b}, {&b, &ints}, {0}), "expected numbers, got bool");
  EXPECT_EQ(refused("topK", {&scalar}, {&scalar, &s}, {}), "expected at least one axis, got a scalar");
  EXPECT_EQ(refused("topK", {&two}, {&x, &ints}, {}),
            "expected two outputs of shape [2, 3] or less on the last axis, got [4, 3] and [4, 3]");
  EXPECT_EQ(refused("cumsum", {&x}, {&x}, {-1, 0, 0}), "expected an axis from 0 to 1, got -1");
  EXPECT_EQ(refused("cumprod", {&x}, {&wide}, {0, 0, 0}), "expected an output of shape [4, 3], got [4, 4]");
}
