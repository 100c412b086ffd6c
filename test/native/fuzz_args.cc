#include "fuzz_args.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/command.h"
#include "math/elementwise.h"
#include "math/fused.h"

namespace nn_test {
namespace {

bool is_float_attr(const char* name) {
  const size_t n = std::strlen(name);
  return n > 2 && name[n - 2] == ':' && name[n - 1] == 'f';
}

}  // namespace

const std::map<std::string, CandidateMaker::Maker>& CandidateMaker::makers() {
  using M = CandidateMaker;
  static const std::map<std::string, Maker> list = {
      {"where", &M::where},
      {"dropout", &M::dropout},
      {"fusedElementwise", &M::fused},
      {"sum", &M::reduce},
      {"mean", &M::reduce},
      {"prod", &M::reduce},
      {"max", &M::reduce},
      {"min", &M::reduce},
      {"variance", &M::reduce},
      {"logsumexp", &M::reduce},
      {"sumSquares", &M::reduce},
      {"any", &M::reduce},
      {"all", &M::reduce},
      {"argmax", &M::reduce_axis},
      {"argmin", &M::reduce_axis},
      {"matmul", &M::matmul},
      {"matmulWithSums", &M::matmul_with_sums},
      {"conv2d", &M::conv2d},
      {"conv2dBackwardInput", &M::conv2d},
      {"conv2dBackwardFilter", &M::conv2d},
      {"conv3d", &M::conv3d},
      {"conv3dBackwardInput", &M::conv3d},
      {"conv3dBackwardFilter", &M::conv3d},
      {"maxPool3d", &M::pool3d},
      {"maxPool3dBackward", &M::pool3d},
      {"avgPool3d", &M::pool3d},
      {"avgPool3dBackward", &M::pool3d},
      {"maxPool2d", &M::pool2d},
      {"maxPool2dBackward", &M::pool2d},
      {"avgPool2d", &M::pool2d},
      {"avgPool2dBackward", &M::pool2d},
      {"batchNorm", &M::batch_norm},
      {"batchNormBackward", &M::batch_norm},
      {"softmax", &M::same},
      {"softmaxBackward", &M::same},
      {"logSoftmax", &M::same},
      {"logSoftmaxBackward", &M::same},
      {"copy", &M::same},
      {"assign", &M::same},
      {"softmaxCrossEntropy", &M::cross_entropy},
      {"softmaxCrossEntropyGrad", &M::cross_entropy},
      {"sparseSoftmaxCrossEntropy", &M::cross_entropy},
      {"sparseSoftmaxCrossEntropyGrad", &M::cross_entropy},
      {"broadcastTo", &M::broadcast},
      {"transpose", &M::transpose},
      {"slice", &M::slice},
      {"sliceGrad", &M::slice},
      {"pad", &M::pad},
      {"padGrad", &M::pad},
      {"concat", &M::concat},
      {"tile", &M::tile},
      {"reverse", &M::reverse},
      {"fill", &M::create},
      {"range", &M::create},
      {"gather", &M::gather},
      {"scatterAdd", &M::gather},
      {"gatherRows", &M::rows},
      {"assignRows", &M::rows},
      {"takeAlongAxis", &M::along},
      {"scatterAlongAxis", &M::along},
      {"oneHot", &M::one_hot},
      {"sort", &M::order},
      {"topK", &M::order},
      {"cumsum", &M::scan},
      {"cumprod", &M::scan},
      {"randomUniform", &M::random},
      {"randomNormal", &M::random},
      {"truncatedNormal", &M::random},
      {"randomInt", &M::random},
      {"randomGamma", &M::parametric},
      {"randomBinomial", &M::parametric},
      {"sgdUpdate", &M::optimizer},
      {"adamUpdate", &M::optimizer},
      {"rmspropUpdate", &M::optimizer},
      {"ruleUpdate", &M::optimizer_rule},
  };
  return list;
}

nn_tensor CandidateMaker::tensor(int dtype, const Dims& dims) {
  nn_tensor t{};
  t.dtype = dtype;
  t.rank = static_cast<int32_t>(std::min<size_t>(dims.size(), NN_MAX_RANK));
  for (int i = 0; i < t.rank; i++) t.dims[i] = dims[static_cast<size_t>(i)];
  if (!nn::finish_tensor(&t)) {
    t.rank = 0;
    nn::finish_tensor(&t);
  }
  return t;
}

CandidateMaker::Dims CandidateMaker::shape(int rank, int most) {
  Dims dims;
  for (int i = 0; i < rank; i++) dims.push_back(chance(30) ? 0 : draw(1, chance(40) ? 60 * most : most));  // long rows now and then
  return dims;
}

nn_tensor CandidateMaker::garbage_tensor() {
  constexpr int64_t kDims[] = {0, 1, 2, 3, 5, 255, 65536, std::numeric_limits<int32_t>::max(), int64_t{1} << 40, int64_t{1} << 58};
  Dims dims;
  for (int i = draw(0, NN_MAX_RANK); i > 0; i--) dims.push_back(kDims[chance(2) ? draw(0, 4) : draw(0, 9)]);
  return tensor(any_dtype(), dims);
}

int32_t CandidateMaker::garbage_word() {
  constexpr int32_t kWords[] = {0, 1, -1, 2, 3, 4, 7, 8, 255, 65536, INT32_MAX, INT32_MIN, 0x7ff00000, 0x7ff80000, -1074790400};
  return chance(3) ? static_cast<int32_t>(random_()) : kWords[draw(0, 14)];
}

double CandidateMaker::float_value() {
  constexpr double kValues[] = {0, 1, -1, 0.5, 1e-7, 3, -1e30, 1e300, HUGE_VAL, -HUGE_VAL, std::numeric_limits<double>::quiet_NaN()};
  return kValues[chance(2) ? draw(0, 5) : draw(0, 10)];
}

void CandidateMaker::add_float(Candidate* c, double value) {
  int32_t words[2];
  std::memcpy(words, &value, sizeof words);
  c->attrs.insert(c->attrs.end(), words, words + 2);
}

void CandidateMaker::add_floats(const nn::OpSchema& op, Candidate* c) {
  for (const char* name : op.attrs) {
    if (is_float_attr(name)) {
      add_float(c, float_value());
    } else {
      c->attrs.push_back(draw(0, 1));
    }
  }
}

Candidate CandidateMaker::garbage(const nn::OpSchema& op) {
  Candidate c;
  const int n_in = draw(op.min_in, op.max_in < 0 ? op.min_in + 5 : op.max_in);
  const int n_out = draw(op.min_out, op.max_out < 0 ? op.min_out + 5 : op.max_out);
  const nn_tensor common = garbage_tensor();
  const auto operand = [&] { return chance(2) ? common : garbage_tensor(); };
  for (int i = 0; i < n_in; i++) c.in.push_back(operand());
  for (int i = 0; i < n_out; i++) c.out.push_back(operand());
  for (size_t i = 0; i < op.attrs.size(); i++) {
    if (is_float_attr(op.attrs[i])) {
      add_float(&c, float_value());
    } else if (i + 1 == op.attrs.size() && op.variadic_attrs()) {
      for (int n = chance(2) ? draw(0, 24) : common.rank * draw(1, 2); n > 0; n--) c.attrs.push_back(garbage_word());
    } else {
      c.attrs.push_back(garbage_word());
    }
  }
  return c;
}

bool CandidateMaker::plausible(const nn::OpSchema& op, Candidate* c) {
  *c = Candidate{};
  const auto found = makers().find(op.name);
  if (found != makers().end()) {
    (this->*found->second)(op, c);
  } else if (op.flags & nn::kElementwise) {
    elementwise(op, c);
  } else {
    return false;
  }
  return true;
}

void CandidateMaker::mutate(Candidate* c) {
  const size_t tensors = c->in.size() + c->out.size(), pick = static_cast<size_t>(draw(0, 1000));
  if (tensors == 0 || (!c->attrs.empty() && chance(2))) {
    if (!c->attrs.empty()) c->attrs[pick % c->attrs.size()] = chance(2) ? draw(-2, 5) : garbage_word();
    return;
  }
  nn_tensor& t = pick % tensors < c->in.size() ? c->in[pick % tensors] : c->out[pick % tensors - c->in.size()];
  Dims dims(t.dims, t.dims + t.rank);
  int dtype = t.dtype;
  const int kind = draw(0, 3);
  if (kind == 0) {
    dtype = any_dtype();
  } else if (kind == 1 || dims.empty()) {
    dims.insert(dims.begin() + draw(0, static_cast<int>(dims.size())), draw(0, 3));
  } else if (kind == 2) {
    dims.erase(dims.begin() + draw(0, static_cast<int>(dims.size()) - 1));
  } else {
    dims[static_cast<size_t>(draw(0, static_cast<int>(dims.size()) - 1))] = chance(4) ? int64_t{1} << draw(0, 40) : draw(0, 5);
  }
  t = tensor(dtype, dims);
}

void CandidateMaker::elementwise(const nn::OpSchema& op, Candidate* c) {
  const Dims full = shape(draw(0, 5));
  const int dtype = chance(2) ? floating() : any_dtype();
  const bool broadcast = chance(2);
  for (int i = 0; i < op.min_in; i++) {
    Dims dims = full;
    if (broadcast && i > 0) {
      dims.erase(dims.begin(), dims.begin() + draw(0, static_cast<int>(dims.size())));
      for (int64_t& d : dims) d = chance(3) ? 1 : d;
    }
    c->in.push_back(tensor(dtype, dims));
  }
  const bool cast = std::strcmp(op.name, "cast") == 0;
  c->out.push_back(tensor(cast ? any_dtype() : chance(2) ? dtype : static_cast<int>(NN_BOOL), full));
  add_floats(op, c);
}

void CandidateMaker::where(const nn::OpSchema&, Candidate* c) {
  const Dims full = shape(draw(0, 5));
  const int dtype = any_dtype();
  Dims condition = full;
  for (int64_t& d : condition) d = chance(3) ? 1 : d;
  c->in = {tensor(NN_BOOL, condition), tensor(dtype, full), tensor(dtype, chance(2) ? full : Dims{})};
  c->out = {tensor(dtype, full)};
}

void CandidateMaker::dropout(const nn::OpSchema&, Candidate* c) {
  const nn_tensor x = tensor(floating(), shape(draw(0, 5), 6));
  c->in = {x, rng()};
  c->out = {x};
  c->attrs.push_back(draw(0, 1000));
  add_float(c, draw(0, 10) / 10.0);
}

// A chain over float inputs of one dtype; sometimes with comparisons, casts and choices between.
void CandidateMaker::fused(const nn::OpSchema&, Candidate* c) {
  using nn::math::kElementwiseInfo;
  const Dims full = shape(draw(0, 4), 9);
  const int dtype = floating(), inputs = draw(1, 3);
  for (int i = 0; i < inputs; i++)
    c->in.push_back(tensor(dtype, i > 0 && chance(2) ? Dims(full.end() - (full.empty() ? 0 : 1), full.end()) : full));
  c->in.push_back(rng());
  const int n_in = inputs + 1, count = draw(1, 8);
  std::vector<int32_t> values;  // sources of the dtype of the inputs
  for (int i = 0; i < inputs; i++) values.push_back(i);
  const auto source = [&] { return values[static_cast<size_t>(draw(0, static_cast<int>(values.size()) - 1))]; };
  c->attrs.push_back(count);
  int32_t last = 0;
  for (int i = 0; i < count; i++) {
    const int code = draw(0, nn::math::kElementwiseCodes - 1);
    const auto& info = kElementwiseInfo[code];
    const bool usable = (info.form == nn::math::kUnary || info.form == nn::math::kBinary || info.form == nn::math::kTernary) &&
                        (info.dtypes >> dtype & 1) != 0;
    const int32_t reg = draw(0, 9) == 0 ? draw(0, nn::kFusedMaxRegisters - 1) : i;
    std::vector<int32_t> words;
    if (info.form == nn::math::kDropout) {
      words = {code, reg, 2, source(), inputs, 3, draw(0, 99), 0, 0x3fe00000};
    } else {
      const int chosen = usable ? code : nn::fusable_code("add");
      const auto& row = kElementwiseInfo[chosen];
      const int sources = row.form == nn::math::kUnary ? 1 : row.form == nn::math::kBinary ? 2 : 3;
      words = {chosen, reg, sources};
      for (int s = 0; s < sources; s++) words.push_back(source());
      Candidate floats;
      for (const char* name : row.attributes) {
        if (name) add_float(&floats, float_value());
      }
      words.push_back(static_cast<int32_t>(floats.attrs.size()));
      words.insert(words.end(), floats.attrs.begin(), floats.attrs.end());
    }
    c->attrs.insert(c->attrs.end(), words.begin(), words.end());
    values.push_back(n_in + reg);
    last = reg;
  }
  c->out.push_back(tensor(dtype, full));
  c->attrs.push_back(1);
  c->attrs.push_back(last);
}

void CandidateMaker::random(const nn::OpSchema& op, Candidate* c) {
  c->in.push_back(rng());
  const bool integers = std::strcmp(op.name, "randomInt") == 0;
  c->out.push_back(tensor(integers ? static_cast<int>(NN_INT32) : floating(), shape(draw(0, 4), 9)));
  c->attrs.push_back(chance(4) ? INT32_MAX : draw(0, 1000));
  if (integers) {
    c->attrs.push_back(chance(4) ? INT32_MIN : draw(-5, 5));
    c->attrs.push_back(chance(4) ? INT32_MAX : draw(-5, 5));
  } else {
    add_float(c, draw(-3, 1));
    add_float(c, draw(0, 3));
  }
}

void CandidateMaker::parametric(const nn::OpSchema& op, Candidate* c) {
  const int dtype = floating();
  const Dims dims = shape(draw(0, 4), 9);
  const bool gamma = std::strcmp(op.name, "randomGamma") == 0;
  c->in.assign(gamma ? 1 : 2, tensor(dtype, dims));
  c->in.push_back(rng());
  c->out.push_back(tensor(dtype, dims));
  c->attrs.push_back(chance(4) ? INT32_MAX : draw(0, 1000));
  if (gamma) c->attrs.push_back(draw(0, 1));
}

}  // namespace nn_test
