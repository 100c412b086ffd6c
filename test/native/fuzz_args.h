// Random operands and attributes for an op: pure garbage, or such as the op may well accept.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/abi.h"
#include "core/op.h"

namespace nn_test {

struct Candidate {
  std::vector<nn_tensor> in, out;  // data NULL
  std::vector<int32_t> attrs;
};

class CandidateMaker {
 public:
  using Dims = std::vector<int64_t>;
  explicit CandidateMaker(uint32_t seed) : random_(seed) {}

  // Right only in the numbers of operands and attribute words, which the core checks before the op does.
  Candidate garbage(const nn::OpSchema& op);
  // Usually accepted. False: this op has no maker.
  bool plausible(const nn::OpSchema& op, Candidate* c);
  // Spoils one thing.
  void mutate(Candidate* c);

  int draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int of) { return draw(1, of) == 1; }

 private:
  using Maker = void (CandidateMaker::*)(const nn::OpSchema&, Candidate*);
  static const std::map<std::string, Maker>& makers();

  nn_tensor tensor(int dtype, const Dims& dims);
  nn_tensor garbage_tensor();
  int32_t garbage_word();
  double float_value();
  void add_float(Candidate* c, double value);
  void add_floats(const nn::OpSchema& op, Candidate* c);
  Dims shape(int rank) { return shape(rank, 4); }
  Dims shape(int rank, int most);
  int number() { return draw(NN_FLOAT32, NN_UINT8); }
  int floating() { return draw(NN_FLOAT32, NN_FLOAT64); }
  int any_dtype() { return draw(0, NN_DTYPES - 1); }
  nn_tensor rng() { return tensor(NN_INT32, {4}); }
  void position(Candidate* c) { c->in.push_back(tensor(NN_INT32, {})); }

  void elementwise(const nn::OpSchema& op, Candidate* c);
  void where(const nn::OpSchema& op, Candidate* c);
  void dropout(const nn::OpSchema& op, Candidate* c);
  void fused(const nn::OpSchema& op, Candidate* c);
  void reduce(const nn::OpSchema& op, Candidate* c);
  void reduce_axis(const nn::OpSchema& op, Candidate* c);
  void matmul_with_sums(const nn::OpSchema& op, Candidate* c);
  void matmul(const nn::OpSchema& op, Candidate* c);
  void conv2d(const nn::OpSchema& op, Candidate* c);
  void pool2d(const nn::OpSchema& op, Candidate* c);
  void conv3d(const nn::OpSchema& op, Candidate* c);
  void pool3d(const nn::OpSchema& op, Candidate* c);
  void batch_norm(const nn::OpSchema& op, Candidate* c);
  void same(const nn::OpSchema& op, Candidate* c);
  void cross_entropy(const nn::OpSchema& op, Candidate* c);
  void broadcast(const nn::OpSchema& op, Candidate* c);
  void transpose(const nn::OpSchema& op, Candidate* c);
  void slice(const nn::OpSchema& op, Candidate* c);
  void pad(const nn::OpSchema& op, Candidate* c);
  void concat(const nn::OpSchema& op, Candidate* c);
  void tile(const nn::OpSchema& op, Candidate* c);
  void reverse(const nn::OpSchema& op, Candidate* c);
  void create(const nn::OpSchema& op, Candidate* c);
  void gather(const nn::OpSchema& op, Candidate* c);
  void rows(const nn::OpSchema& op, Candidate* c);
  void along(const nn::OpSchema& op, Candidate* c);
  void one_hot(const nn::OpSchema& op, Candidate* c);
  void order(const nn::OpSchema& op, Candidate* c);
  void scan(const nn::OpSchema& op, Candidate* c);
  void random(const nn::OpSchema& op, Candidate* c);
  void parametric(const nn::OpSchema& op, Candidate* c);
  void optimizer(const nn::OpSchema& op, Candidate* c);
  void optimizer_rule(const nn::OpSchema& op, Candidate* c);

  std::mt19937 random_;
};

}  // namespace nn_test
