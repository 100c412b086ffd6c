// Random programs: eager execution, captured, fused, on late devices and as graphs all give the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "program_rig.h"

namespace nn {
namespace {

using Dims = std::vector<int64_t>;
using Bytes = std::vector<char>;

struct Tensor {
  int32_t handle;
  int dtype;
  Dims dims;
  int memory;       // tensors that share memory share this number
  bool changeable;  // neither an input nor a uniform
};

// The handles of what every program starts with.
enum : int32_t { kMatrix = 1, kRow, kDouble, kTotal, kMask, kInput, kScale, kRng, kInside = 100 };

class Writer {
 public:
  Writer(std::mt19937& random, int64_t rows, int64_t columns) : random_(random), full_{rows, columns}, row_{columns} {
    start(kMatrix, NN_FLOAT32, full_, true);
    start(kRow, NN_FLOAT32, row_, true);
    start(kDouble, NN_FLOAT64, full_, true);
    start(kTotal, NN_FLOAT32, {}, true);
    start(kMask, NN_BOOL, full_, true);
    start(kInput, NN_FLOAT32, full_, false);
    start(kScale, NN_FLOAT32, {}, false);
  }

  void write(int commands) {
    for (int i = 0; i < commands; i++) write_one();
    for (int i = 0; i < 5; i++) outputs.push_back(any().handle);
  }

  Words words;
  std::vector<int32_t> outputs;

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  Tensor& any() { return live_[static_cast<size_t>(pick(static_cast<int>(live_.size())))]; }
  // A tensor that fits, by trial; the first of its dtype when none is found.
  template <typename Fits>
  const Tensor* find(Fits fits) {
    for (int i = 0; i < 30; i++) {
      const Tensor& tensor = any();
      if (fits(tensor)) return &tensor;
    }
    return nullptr;
  }

  void start(int32_t handle, int dtype, Dims dims, bool changeable) {
    live_.push_back({handle, dtype, std::move(dims), memories_++, changeable});
  }

  // Writes the command, into a new tensor or one that exists.
  void emit(const char* op, const std::vector<Tensor>& in, int dtype, const Dims& dims, const std::vector<int32_t>& attrs,
            bool elementwise) {
    std::vector<int32_t> handles;
    for (const Tensor& tensor : in) handles.push_back(tensor.handle);
    if (elementwise && pick(4) == 0) {
      const Tensor* out = find([&](const Tensor& t) {
        return t.changeable && t.dtype == dtype && t.dims == dims &&
               std::all_of(in.begin(), in.end(), [&](const Tensor& i) { return i.memory != t.memory || i.dims == dims; }) &&
               !std::count(handles.begin(), handles.end(), kRng);
      });
      if (out) {
        words.op(op, handles, {{out->handle}}, attrs);
        return;
      }
    }
    words.op(op, handles, {{next_, dtype, dims}}, attrs);
    start(next_++, dtype, dims, true);
  }

  static Dims broadcast(const Tensor& a, const Tensor& b) { return a.dims.size() >= b.dims.size() ? a.dims : b.dims; }
  bool together(const Tensor& a, const Tensor& b) const {  // shapes that broadcast here
    return a.dims == b.dims || a.dims.empty() || b.dims.empty() || (a.dims == full_ && b.dims == row_) ||
           (a.dims == row_ && b.dims == full_);
  }

  void write_one() {
    const Tensor a = any();
    bool is_float = a.dtype == NN_FLOAT32 || a.dtype == NN_FLOAT64;
    switch (pick(14)) {
      case 0:
      case 1:
      case 2:
        return write_unary(a, is_float);
      case 3:
      case 4:
      case 5:
      case 6:
        return write_binary(a, is_float);
      case 7:
        return write_where(a);
      case 8: {
        const int targets[] = {NN_FLOAT32, NN_FLOAT64, NN_INT32, NN_FLOAT32};
        int dtype = targets[pick(4)];
        return emit("cast", {a}, dtype, a.dims, {}, true);
      }
      case 9: {
        if (!is_float || a.dims != full_) return;
        std::vector<int32_t> attrs = float_words({0.25});
        attrs.insert(attrs.begin(), pick(1000));
        return emit("dropout", {a, {kRng, NN_INT32, {4}, -1, false}}, a.dtype, a.dims, attrs, false);
      }
      case 10:
        if (is_float && a.dims == full_) emit("sum", {a}, a.dtype, row_, {1}, false);
        return;
      case 11: {
        Dims dims = a.dims == full_ ? Dims{full_[0] * full_[1]} : a.dims.size() == 1 && a.dims != row_ ? full_ : Dims{};
        if (dims.empty()) return;
        words.reshape(a.handle, {next_, a.dtype, dims});
        live_.push_back({next_++, a.dtype, dims, a.memory, a.changeable});
        return;
      }
      case 12: {
        const Tensor* out =
            find([&](const Tensor& t) { return t.changeable && t.dtype == a.dtype && t.dims == a.dims && t.memory != a.memory; });
        if (out) words.op("assign", {a.handle}, {{out->handle}});
        return;
      }
      default:
        if (a.dims == row_) return emit("broadcastTo", {a}, a.dtype, full_, {}, false);
        if (a.handle < kInside || live_.size() < 12) return;
        words.free({a.handle});
        live_.erase(std::find_if(live_.begin(), live_.end(), [&](const Tensor& t) { return t.handle == a.handle; }));
    }
  }

  void write_unary(const Tensor& a, bool is_float) {
    const char* floats[] = {"negative", "abs", "sin", "tanh", "sigmoid", "relu", "floor", "sqrt", "square", "leakyRelu", "clip"};
    const char* integers[] = {"negative", "abs", "square", "sign", "relu"};
    if (a.dtype == NN_BOOL) return emit("logicalNot", {a}, NN_BOOL, a.dims, {}, true);
    const char* op = is_float ? floats[pick(11)] : integers[pick(5)];
    std::vector<int32_t> attrs;
    if (op == std::string("leakyRelu")) attrs = float_words({0.1});
    if (op == std::string("clip")) attrs = float_words({-1.5, 2});
    emit(op, {a}, a.dtype, a.dims, attrs, true);
  }

  void write_binary(const Tensor& a, bool is_float) {
    const Tensor* b = find([&](const Tensor& t) { return t.dtype == a.dtype && together(a, t); });
    if (!b) return;
    const char* numbers[] = {"add", "subtract", "multiply", "maximum", "minimum", "squaredDifference", "divide", "reluGrad"};
    const char* tests[] = {"less", "equal", "greaterEqual"};
    const char* logic[] = {"logicalAnd", "logicalXor"};
    if (a.dtype == NN_BOOL) return emit(logic[pick(2)], {a, *b}, NN_BOOL, broadcast(a, *b), {}, true);
    if (pick(6) == 0) return emit(tests[pick(3)], {a, *b}, NN_BOOL, broadcast(a, *b), {}, true);
    emit(numbers[pick(is_float ? 8 : 6)], {a, *b}, a.dtype, broadcast(a, *b), {}, true);
  }

  void write_where(const Tensor& a) {
    const Tensor* b = find([&](const Tensor& t) { return t.dtype == a.dtype && t.dims == a.dims; });
    const Tensor* test = find([&](const Tensor& t) { return t.dtype == NN_BOOL && t.dims == a.dims; });
    if (b && test) emit("where", {*test, a, *b}, a.dtype, a.dims, {}, true);
  }

  std::mt19937& random_;
  Dims full_, row_;
  std::vector<Tensor> live_;
  int memories_ = 0;
  int32_t next_ = kInside;
};

// The same NaN, however it came about: which of two operands' NaNs survives is up to the compiler.
void settle_nans(Bytes* bytes, int dtype) {
  auto settle = [&](auto zero) {
    using T = decltype(zero);
    for (size_t i = 0; i + sizeof(T) <= bytes->size(); i += sizeof(T)) {
      T value;
      std::memcpy(&value, bytes->data() + i, sizeof value);
      if (std::isnan(value)) value = std::numeric_limits<T>::quiet_NaN();
      std::memcpy(bytes->data() + i, &value, sizeof value);
    }
  };
  if (dtype == NN_FLOAT32) settle(0.0f);
  if (dtype == NN_FLOAT64) settle(0.0);
}

struct Case {
  Case(unsigned seed) {
    std::mt19937 random(seed);
    rows = random() % 2 ? 5 : 70;
    columns = random() % 2 ? 6 : 40;
    Writer writer(random, rows, columns);
    writer.write(5 + static_cast<int>(random() % 45));
    spec.words = writer.words.get();
    spec.outputs = writer.outputs;
    spec.inputs = {{kInput, make_tensor(NN_FLOAT32, {rows, columns})}};
    spec.uniforms = {{kScale, make_tensor(NN_FLOAT32, {})}, {kRng, make_tensor(NN_INT32, {4})}};
    std::uniform_real_distribution<double> value(-2, 2);
    for (int64_t i = 0; i < rows * columns; i++) {
      matrix.push_back(static_cast<float>(value(random)));
      doubles.push_back(value(random));
      input.push_back(static_cast<float>(value(random)));
      mask.push_back(static_cast<char>(random() % 2));
    }
    for (int i = 0; i < kReplays; i++) row_values.insert(row_values.end(), {value(random), 4294967295.0 - i, 3.0, 1.0 * (1 << i), 0.0});
  }

  void put_outside(Rig& rig) const {
    rig.put(kMatrix, NN_FLOAT32, {rows, columns}, matrix);
    rig.put(kRow, NN_FLOAT32, {columns}, std::vector<float>(matrix.begin(), matrix.begin() + columns));
    rig.put(kDouble, NN_FLOAT64, {rows, columns}, doubles);
    rig.put(kTotal, NN_FLOAT32, {}, std::vector<float>{0.5f});
    rig.put(kMask, NN_BOOL, {rows, columns}, mask);
    rig.put(kInput, NN_FLOAT32, {rows, columns}, input);
  }

  static void add_result(Rig& rig, const Entry& entry, std::vector<Bytes>* results) {
    results->push_back(read_entry(*rig.device, entry));
    settle_nans(&results->back(), entry.tensor.dtype);
  }
  void add_variables(Rig& rig, std::vector<Bytes>* results) const {
    for (int32_t handle = kMatrix; handle < kInput; handle++) add_result(rig, *rig.handles.find(handle), results);
  }

  std::vector<Bytes> eager() const {
    Rig rig(kCpu);
    put_outside(rig);
    std::vector<Bytes> results;
    for (int i = 0; i < kReplays; i++) {
      const double* row = row_values.data() + 5 * i;
      HandleTable handles = rig.handles;  // shares the variables' memory
      handles.insert(kScale, make_entry(*rig.device, NN_FLOAT32, {}, std::vector<float>{static_cast<float>(row[0])}.data()));
      std::vector<int32_t> rng;
      for (int k = 1; k < 5; k++) rng.push_back(static_cast<int32_t>(static_cast<uint32_t>(row[k])));
      handles.insert(kRng, make_entry(*rig.device, NN_INT32, {4}, rng.data()));
      std::string wrong = run_eagerly(*rig.device, handles, spec.words);
      EXPECT_EQ(wrong, "");
      if (!wrong.empty()) return {};
      results.clear();
      for (int32_t handle : spec.outputs) add_result(rig, *handles.find(handle), &results);
    }
    add_variables(rig, &results);
    return results;
  }

  std::vector<Bytes> captured(Mode mode, bool fuse) {
    Rig rig(mode);
    put_outside(rig);
    spec.fuse = fuse;
    auto program = rig.build(spec);
    EXPECT_TRUE(program) << rig.failure->op << ": " << rig.failure->message << ", " << rig.failure->operands;
    if (!program) return {};
    EXPECT_TRUE(rig.run(*program, {kInput}, row_values, kReplays));
    std::vector<Bytes> results;
    for (const Entry& entry : rig.outputs(*program)) add_result(rig, entry, &results);
    add_variables(rig, &results);
    stats = program->stats();
    return results;
  }

  static constexpr int kReplays = 3;
  int64_t rows, columns;
  ProgramSpec spec;
  ProgramStats stats;
  std::vector<float> matrix, input;
  std::vector<double> doubles, row_values;
  std::vector<char> mask;
};

TEST(ProgramRandom, CapturedIsEagerBitForBit) {
  int64_t recorded = 0, kernels = 0, arena = 0, unplanned = 0;
  for (unsigned seed = 0; seed < 300; seed++) {
    Case one(seed);
    std::vector<Bytes> expected = one.eager();
    ASSERT_FALSE(expected.empty()) << "seed " << seed;
    ASSERT_EQ(one.captured(kCpu, false), expected) << "seed " << seed;
    ASSERT_EQ(one.captured(kCpu, true), expected) << "seed " << seed << ", fused";
    recorded += one.stats.recorded;
    kernels += one.stats.kernels;
    arena += one.stats.arena;
    unplanned += one.stats.unplanned;
  }
  EXPECT_LT(kernels * 10, recorded * 7);
  EXPECT_LT(arena * 10, unplanned * 9);
  RecordProperty("kernels", std::to_string(kernels) + " of " + std::to_string(recorded));
  RecordProperty("arena", std::to_string(arena) + " of " + std::to_string(unplanned));
}

TEST(ProgramRandom, LateDevicesAndGraphsGiveTheSameBits) {
  for (unsigned seed = 1000; seed < 1040; seed++) {
    Case one(seed);
    std::vector<Bytes> expected = one.eager();
    ASSERT_FALSE(expected.empty()) << "seed " << seed;
    for (Mode mode : {kFakeSync, kFakeAsync, kFakeGraph}) {
      ASSERT_EQ(one.captured(mode, true), expected) << "seed " << seed << ", mode " << mode;
    }
  }
}

}  // namespace
}  // namespace nn
