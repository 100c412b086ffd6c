// Reads the bytecode of fusedElementwise (math/fused.h) and checks all of it.
#pragma once

#include <string>
#include <vector>

#include "math/fused.h"
#include "ops/elementwise_check.h"
#include "ops/random_check.h"

namespace nn {

struct FusedInstruction {
  int32_t code, dst, n_src;
  int32_t src[3];
  int32_t operand_dtype;  // of the last source that is data: what selects the function
  int32_t dtype;          // of the result
  const int32_t* attrs;   // into the program's words
};

struct FusedProgram {
  std::vector<FusedInstruction> instructions;
  std::vector<int32_t> outputs;  // registers
};

namespace elementwise_ops {

class FusedReader {
 public:
  FusedReader(const nn_args& args, FusedProgram* program) : args_(args), program_(program) {
    for (int32_t& d : register_dtype_) d = -1;
  }

  std::string read() {
    if (std::string e = check_outputs(); !e.empty()) return e;
    int32_t count = 0;
    if (!next(&count) || count < 1 || count > kFusedMaxInstructions) return range("instructions", count, 1, kFusedMaxInstructions);
    for (int32_t i = 0; i < count; i++) {
      if (std::string e = read_instruction(); !e.empty()) return "instruction " + std::to_string(i) + ": " + e;
    }
    return read_outputs();
  }

 private:
  static std::string range(const char* what, int64_t got, int64_t low, int64_t high) {
    return "expected " + std::to_string(low) + " to " + std::to_string(high) + " " + what + ", got " + std::to_string(got);
  }
  static std::string cut() { return "expected more words, got the end of the program"; }

  bool next(int32_t* word) {
    if (position_ >= args_.n_attrs) return false;
    *word = args_.attrs[position_++];
    return true;
  }

  std::string check_outputs() const {
    for (int i = 1; i < args_.n_out; i++) {
      if (!same_shape(args_.out[0], args_.out[i])) return "expected outputs of one shape, got " + shapes_text(args_.out, args_.n_out);
    }
    return {};
  }

  std::string read_instruction() {
    FusedInstruction in{};
    if (!next(&in.code) || !next(&in.dst) || !next(&in.n_src)) return cut();
    if (in.code < 0 || in.code >= math::kElementwiseCodes) return range("as code", in.code, 0, math::kElementwiseCodes - 1);
    if (in.dst < 0 || in.dst >= kFusedMaxRegisters) return range("as register", in.dst, 0, kFusedMaxRegisters - 1);
    const math::ElementwiseInfo& info = math::kElementwiseInfo[in.code];
    const int wanted = operand_count(info.form);
    if (in.n_src != wanted) return range("sources", in.n_src, wanted, wanted);
    nn_tensor source[3];
    for (int i = 0; i < wanted; i++) {
      if (!next(&in.src[i])) return cut();
      const bool rng = info.form == math::kDropout && i == 1;
      if (std::string e = read_source(in.src[i], rng, &source[i]); !e.empty()) return std::string(info.name) + ": " + e;
    }
    int32_t n_attr = 0;
    if (!next(&n_attr)) return cut();
    const int words = attribute_words(info);
    if (n_attr != words) return range("attribute words", n_attr, words, words);
    if (args_.n_attrs - position_ < words) return cut();
    in.attrs = args_.attrs + position_;
    position_ += words;
    if (std::string e = check_types(info, source, &in); !e.empty()) return std::string(info.name) + ": " + e;
    register_dtype_[in.dst] = in.dtype;
    program_->instructions.push_back(in);
    return {};
  }

  // Only the dtype of `t` means anything, but for rng.
  std::string read_source(int32_t ref, bool rng, nn_tensor* t) const {
    const int32_t n_in = args_.n_in;
    if (ref < 0 || ref >= n_in + kFusedMaxRegisters) return range("as source", ref, 0, n_in + kFusedMaxRegisters - 1);
    if (ref < n_in) {
      *t = args_.in[ref];
      if (rng || broadcasts_to(*t, args_.out[0])) return {};
      return "expected inputs that broadcast to " + shape_text(args_.out[0]) + ", got " + shape_text(*t);
    }
    if (rng) return "expected an input as rng state, got a register";
    *t = nn_tensor{};
    t->dtype = register_dtype_[ref - n_in];
    if (t->dtype >= 0) return {};
    return "expected a register that has been written, got register " + std::to_string(ref - n_in);
  }

  static int attribute_words(const math::ElementwiseInfo& info) {
    if (info.form == math::kCast) return 1;
    if (info.form == math::kDropout) return 3;
    return (info.attributes[0] ? 2 : 0) + (info.attributes[1] ? 2 : 0);
  }

  static std::string check_types(const math::ElementwiseInfo& info, const nn_tensor* source, FusedInstruction* in) {
    const int key = info.form == math::kWhere ? 1 : 0;
    if (std::string e = check_dtype(source[key], info.dtypes); !e.empty()) return e;
    in->operand_dtype = in->dtype = source[key].dtype;
    switch (info.form) {
      case math::kWhere:
        if (std::string e = check_dtype(source[0], kBool); !e.empty()) return e;
        return check_equal_dtype(source[1], source[2]);
      case math::kCast:
        in->dtype = in->attrs[0];
        return in->dtype >= 0 && in->dtype < NN_DTYPES ? std::string() : range("as dtype", in->dtype, 0, NN_DTYPES - 1);
      case math::kDropout:
        if (std::string e = random_ops::check_rng(source[1]); !e.empty()) return e;
        if (std::string e = random_ops::check_offset(in->attrs[0]); !e.empty()) return e;
        return random_ops::check_rate(in->attrs + 1);
      default:
        if (gives_bool(info.form)) in->dtype = NN_BOOL;
        for (int i = 1; i < in->n_src; i++) {
          if (std::string e = check_equal_dtype(source[0], source[i]); !e.empty()) return e;
        }
        return {};
    }
  }

  std::string read_outputs() {
    int32_t count = 0;
    if (!next(&count)) return cut();
    if (count != args_.n_out) return range("outputs in the program", count, args_.n_out, args_.n_out);
    for (int32_t i = 0; i < count; i++) {
      int32_t r = 0;
      if (!next(&r)) return cut();
      if (r < 0 || r >= kFusedMaxRegisters || register_dtype_[r] < 0) {
        return "expected registers that have been written as outputs, got " + std::to_string(r);
      }
      if (std::string e = check_output_dtype(args_.out[i], register_dtype_[r]); !e.empty()) return e;
      program_->outputs.push_back(r);
    }
    if (position_ == args_.n_attrs) return {};
    return "expected the end of the program, got " + std::to_string(args_.n_attrs - position_) + " more words";
  }

  const nn_args& args_;
  FusedProgram* program_;
  int position_ = 0;
  int32_t register_dtype_[kFusedMaxRegisters];
};

inline std::string check_fused(const nn_args& a) {
  FusedProgram program;
  return FusedReader(a, &program).read();
}

}  // namespace elementwise_ops
}  // namespace nn
