// Random programs of fusedElementwise with what they should give: the results of the single ops one after the other.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernel_rig.h"
#include "math/fused.h"
#include "ops/elementwise_check.h"

namespace nn_test {

using nn::math::ElementwiseInfo;
using nn::math::kElementwiseInfo;

// A chain under construction: each value is an input or the result of an instruction, and has been computed by the single op.
class Chain {
 public:
  // `singles` has the CPU's kernels of all element-wise ops.
  Chain(const OpRunner& singles, std::mt19937& random, Dims full) : singles_(singles), random_(random), full_(std::move(full)) {
    rng_ = std::make_shared<Array>(Array::ints({4}, {static_cast<int32_t>(random_()), 5, static_cast<int32_t>(random_()), 1}));
    inputs_.push_back(rng_);
    const int n = 1 + static_cast<int>(random_() % 4);
    for (int i = 0; i < n; i++) add_input();
  }

  void add_instruction() {
    for (int attempt = 0; attempt < 100; attempt++) {
      const int code = static_cast<int>(random_() % nn::math::kElementwiseCodes);
      if (try_instruction(code)) return;
    }
  }

  // All registers or some of them as outputs; then the whole chain in one op must give the same bits.
  using Run = std::function<void(const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs)>;
  void expect_same(const Run& run) {
    std::vector<int> outputs;
    for (size_t r = 0; r < registers_.size(); r++) {
      if (registers_[r] >= 0 && (outputs.empty() || random_() % 3 == 0) && outputs.size() < 16) outputs.push_back(static_cast<int>(r));
    }
    if (random_() % 4 == 0 && outputs.size() < 16) outputs.push_back(outputs[0]);
    Attrs attrs{count_};
    attrs.add_all(words_).add(static_cast<int32_t>(outputs.size())).add_all(outputs);
    std::vector<std::shared_ptr<Array>> results;
    std::vector<const Array*> out, in;
    for (int r : outputs) {
      results.push_back(std::make_shared<Array>(values_[static_cast<size_t>(registers_[static_cast<size_t>(r)])]->dtype(), full_));
      out.push_back(results.back().get());
    }
    for (const auto& a : inputs_) in.push_back(a.get());
    run(in, out, attrs);
    for (size_t i = 0; i < outputs.size(); i++) {
      const Array& want = *values_[static_cast<size_t>(registers_[static_cast<size_t>(outputs[i])])];
      EXPECT_TRUE(bits_of(*out[i]) == bits_of(want)) << "output " << i << " of " << text_;
    }
  }

 private:
  struct Source {
    int ref;
    std::shared_ptr<Array> value;
  };

  void add_input() {
    Dims dims = full_;
    switch (random_() % 5) {
      case 0:
        dims = {};
        break;
      case 1:
        dims = Dims(full_.end() - 1, full_.end());
        break;
      case 2:
        dims.back() = 1;
        break;  // no form that a planner makes, but allowed
      default:
        break;
    }
    const int dtypes[] = {NN_FLOAT32, NN_FLOAT32, NN_FLOAT32, NN_FLOAT64, NN_BOOL, NN_INT32};
    auto a = std::make_shared<Array>(dtypes[random_() % 6], dims);
    std::uniform_real_distribution<double> draw(-3, 3);
    for (int64_t i = 0; i < a->size(); i++) a->set(i, a->dtype() == NN_BOOL ? random_() & 1 : draw(random_));
    inputs_.push_back(a);
  }

  // A random input or register of a dtype among `dtypes`.
  bool pick(uint32_t dtypes, Source* source) {
    for (int attempt = 0; attempt < 30; attempt++) {
      const size_t i = random_() % (inputs_.size() + registers_.size());
      std::shared_ptr<Array> value;
      if (i < inputs_.size()) {
        if (i == 0) continue;  // the rng state
        value = inputs_[i];
      } else if (registers_[i - inputs_.size()] >= 0) {
        value = values_[static_cast<size_t>(registers_[i - inputs_.size()])];
      }
      if (!value || !(dtypes >> value->dtype() & 1)) continue;
      *source = {i < inputs_.size() ? static_cast<int>(i) : static_cast<int>(inputs_.size() + i - inputs_.size()), value};
      return true;
    }
    return false;
  }

  bool try_instruction(int code) {
    const ElementwiseInfo& info = kElementwiseInfo[code];
    const int n = nn::elementwise_ops::operand_count(info.form);
    Source source[3];
    const int key = info.form == nn::math::kWhere ? 1 : 0;
    if (!pick(info.dtypes, &source[key])) return false;
    const uint32_t same = 1u << source[key].value->dtype();
    for (int i = 0; i < n; i++) {
      if (i == key) continue;
      if (info.form == nn::math::kDropout)
        source[i] = {0, rng_};
      else if (!pick(info.form == nn::math::kWhere && i == 0 ? nn::kBool : same, &source[i]))
        return false;
    }
    int dtype = source[key].value->dtype();
    if (nn::elementwise_ops::gives_bool(info.form)) dtype = NN_BOOL;
    Attrs attrs, alone;  // in the program, and of the op on its own
    if (info.form == nn::math::kCast) {
      dtype = static_cast<int>(random_() % NN_DTYPES);
      attrs.add(dtype);
    } else if (info.form == nn::math::kDropout) {
      attrs.add(static_cast<int32_t>(random_() % 1000)).add_float(0.25);
      alone = attrs;
    } else {
      if (info.attributes[0]) attrs.add_float(0.25);
      if (info.attributes[1]) attrs.add_float(0.75);
      alone = attrs;
    }
    append(code, n, source, dtype, attrs, alone);
    return true;
  }

  void append(int code, int n, const Source* source, int dtype, const Attrs& attrs, const Attrs& alone) {
    // What has not the full shape is spread out first, as the op on its own would not.
    std::vector<std::shared_ptr<Array>> spread;
    std::vector<const Array*> operands;
    for (int i = 0; i < n; i++) {
      auto value = source[i].value;
      if (value != rng_ && value->dims() != full_) value = spread_out(*value);
      spread.push_back(value);
      operands.push_back(value.get());
    }
    auto result = std::make_shared<Array>(dtype, full_);
    const Outcome outcome = singles_.run(kElementwiseInfo[code].name, operands, {result.get()}, alone);
    ASSERT_EQ(outcome.code, NN_OK) << kElementwiseInfo[code].name << ": " << outcome.message;
    // A new register, or one that is written again.
    size_t dst = registers_.size();
    if (dst >= 40 || (dst > 0 && random_() % 4 == 0))
      dst = random_() % registers_.size();
    else
      registers_.push_back(-1);
    words_.insert(words_.end(), {code, static_cast<int32_t>(dst), n});
    for (int i = 0; i < n; i++) words_.push_back(source[i].ref);
    words_.push_back(static_cast<int32_t>(attrs.words().size()));
    words_.insert(words_.end(), attrs.words().begin(), attrs.words().end());
    registers_[dst] = static_cast<int>(values_.size());
    values_.push_back(result);
    text_ += std::string(kElementwiseInfo[code].name) + " ";
    count_++;
  }

  std::shared_ptr<Array> spread_out(const Array& a) const {
    auto result = std::make_shared<Array>(a.dtype(), full_);
    for (Positions p(full_); !p.done; p.next()) {
      Dims own(a.dims().size());
      for (size_t i = 0; i < own.size(); i++) own[i] = a.dims()[i] == 1 ? 0 : p.at[full_.size() - own.size() + i];
      result->set(offset_of(full_, p.at), a.get(offset_of(a.dims(), own)));
    }
    return result;
  }

  const OpRunner& singles_;
  std::mt19937& random_;
  Dims full_;
  std::shared_ptr<Array> rng_;
  std::vector<std::shared_ptr<Array>> inputs_, values_;
  std::vector<int> registers_;  // which value each holds
  std::vector<int32_t> words_;
  std::string text_;
  int32_t count_ = 0;
};

}  // namespace nn_test
