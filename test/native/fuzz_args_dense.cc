// Makers for the ops of layers, losses and optimizers.
#include <cstring>

#include "fuzz_args.h"
#include "math/optimizer.h"

namespace nn_test {
namespace {

bool named(const nn::OpSchema& op, const char* name) { return std::strcmp(op.name, name) == 0; }

}  // namespace

void CandidateMaker::matmul(const nn::OpSchema&, Candidate* c) {
  const int dtype = floating(), which = draw(0, 2);  // both batched, only a, only b
  const Dims batch = shape(draw(0, 3), 3), sizes = shape(3, 17);
  const int64_t m = sizes[0], k = sizes[1], n = sizes[2];
  c->attrs = {draw(0, 1), draw(0, 1), draw(0, 2)};
  const auto matrix = [&](bool batched, int64_t rows, int64_t columns, bool turned) {
    Dims dims = batched ? batch : Dims{};
    dims.push_back(turned ? columns : rows);
    dims.push_back(turned ? rows : columns);
    return tensor(dtype, dims);
  };
  c->in = {matrix(which != 2, m, k, c->attrs[0]), matrix(which != 1, k, n, c->attrs[1])};
  if (chance(2)) c->in.push_back(tensor(dtype, {n}));
  c->out = {matrix(true, m, n, false)};
  if (c->attrs[2] == 2 && chance(2)) c->out.push_back(c->out[0]);
}

void CandidateMaker::matmul_with_sums(const nn::OpSchema&, Candidate* c) {
  const int dtype = floating();
  const Dims sizes = shape(3, 17);
  const int64_t m = sizes[0], k = sizes[1], n = sizes[2];
  c->attrs = {draw(0, 1), draw(0, 1)};
  c->in = {c->attrs[0] ? tensor(dtype, {k, m}) : tensor(dtype, {m, k}), c->attrs[1] ? tensor(dtype, {n, k}) : tensor(dtype, {k, n})};
  c->out = {tensor(dtype, {m, n}), tensor(dtype, {n})};
}

void CandidateMaker::conv2d(const nn::OpSchema& op, Candidate* c) {
  const int dtype = floating(), groups = chance(3) ? draw(1, 4) : 1;
  const int64_t channels = draw(chance(30) ? 0 : 1, 4), filters = draw(chance(30) ? 0 : 1, 4), batch = draw(0, 9) == 0 ? 0 : draw(1, 3);
  int64_t image[2], out[2], kernel[2];
  int32_t stride[2], before[2], after[2], dilation[2];
  for (int i = 0; i < 2; i++) {
    kernel[i] = draw(1, 3), stride[i] = draw(1, 3), before[i] = draw(0, 3), after[i] = draw(0, 3), dilation[i] = chance(3) ? draw(1, 3) : 1;
    image[i] = chance(20) ? 0 : draw(1, 9);
    const int64_t room = image[i] + before[i] + after[i] - ((kernel[i] - 1) * dilation[i] + 1);
    out[i] = room < 0 ? 0 : room / stride[i] + 1;
  }
  const nn_tensor x = tensor(dtype, {batch, image[0], image[1], channels * groups}),
                  y = tensor(dtype, {batch, out[0], out[1], filters * groups});
  const nn_tensor filter = tensor(dtype, {filters * groups, kernel[0], kernel[1], channels}), bias = tensor(dtype, {filters * groups});
  c->attrs = {stride[0], stride[1], before[0], before[1], after[0], after[1], dilation[0], dilation[1], groups};
  if (named(op, "conv2d")) {
    c->in = {x, filter};
    c->out = {y};
    if (chance(2)) c->in.push_back(bias);
    if (c->in.size() > 2 && chance(2)) c->in.push_back(y);
    c->attrs.push_back(draw(0, 1));
  } else if (named(op, "conv2dBackwardInput")) {
    c->in = {y, filter};
    c->out = {x};
  } else {
    c->in = {x, y};
    c->out = {filter};
    if (chance(2)) c->out.push_back(bias);
  }
}

void CandidateMaker::pool2d(const nn::OpSchema& op, Candidate* c) {
  const int dtype = floating();
  const int64_t batch = draw(0, 9) == 0 ? 0 : draw(1, 3), channels = draw(chance(20) ? 0 : 1, 9);
  const int largest = chance(6) ? 40 : 4;  // windows above 256 elements need an int32 index
  int64_t image[2], out[2];
  int32_t window[2], stride[2], before[2], after[2];
  for (int i = 0; i < 2; i++) {
    window[i] = draw(1, largest), stride[i] = draw(1, 4), before[i] = draw(0, window[i] - 1), after[i] = draw(0, window[i] - 1);
    image[i] = draw(1, largest > 4 ? 45 : 9);
    const int64_t room = image[i] + before[i] + after[i] - window[i];
    out[i] = room < 0 ? 0 : room / stride[i] + 1;
  }
  const nn_tensor x = tensor(dtype, {batch, image[0], image[1], channels}), y = tensor(dtype, {batch, out[0], out[1], channels});
  nn_tensor index = y;
  index.dtype = window[0] * window[1] > 256 || chance(2) ? NN_INT32 : NN_UINT8;
  c->attrs = {window[0], window[1], stride[0], stride[1], before[0], before[1], after[0], after[1]};
  if (named(op, "maxPool2d")) {
    c->in = {x};
    c->out = {y};
    if (chance(2)) c->out.push_back(index);
  } else if (named(op, "maxPool2dBackward")) {
    c->in = {y, index};
    c->out = {x};
  } else {
    const bool forward = named(op, "avgPool2d");
    c->in = {forward ? x : y};
    c->out = {forward ? y : x};
    c->attrs.push_back(draw(0, 1));
  }
}

void CandidateMaker::batch_norm(const nn::OpSchema& op, Candidate* c) {
  const nn_tensor x = tensor(floating(), shape(draw(1, 4), 9)), channels = tensor(x.dtype, {x.dims[x.rank - 1]});
  const bool forward = named(op, "batchNorm");
  c->in = forward ? std::vector<nn_tensor>{x, channels, channels} : std::vector<nn_tensor>{x, x, channels, channels, channels};
  c->out = {x, channels, channels};
  add_float(c, 1e-3);
}

void CandidateMaker::cross_entropy(const nn::OpSchema& op, Candidate* c) {
  const Dims rows = shape(draw(0, 3), 7);
  Dims all = rows;
  all.push_back(draw(chance(20) ? 0 : 1, 20));
  const nn_tensor logits = tensor(floating(), all), loss = tensor(logits.dtype, rows), sparse = tensor(NN_INT32, rows);
  c->in = {logits, std::strncmp(op.name, "sparse", 6) == 0 ? sparse : logits};
  c->out = {loss};
  if (op.min_in < 3) return;
  c->in.push_back(loss);
  c->out = {logits};
}

// Scalars, then gradients; variables, then their slots.
void CandidateMaker::optimizer(const nn::OpSchema& op, Candidate* c) {
  const bool adam = named(op, "adamUpdate"), rmsprop = named(op, "rmspropUpdate");
  const int count = draw(1, 4), dtype = floating();
  const bool momentum = chance(2), flag = chance(2);
  c->in.assign(adam ? 2 : 1, tensor(NN_FLOAT64, {}));
  std::vector<nn_tensor> variables;
  for (int i = 0; i < count; i++) variables.push_back(tensor(dtype, shape(draw(0, 4), 9)));
  c->in.insert(c->in.end(), variables.begin(), variables.end());
  int slots = adam ? 2 + flag : rmsprop ? 1 + momentum + flag : momentum;
  for (; slots >= 0; slots--) c->out.insert(c->out.end(), variables.begin(), variables.end());
  c->attrs.push_back(count);
  add_float(c, adam ? 0.9 : rmsprop ? 0.95 : momentum ? 0.9 : 0);
  if (adam || rmsprop) add_float(c, adam ? 0.999 : momentum ? 0.5 : 0);
  if (adam || rmsprop) add_float(c, 1e-7);
  c->attrs.push_back(flag);
  add_float(c, chance(2) ? 0.01 : 0);
}

void CandidateMaker::optimizer_rule(const nn::OpSchema&, Candidate* c) {
  const int count = draw(1, 4), dtype = floating(), rule = draw(0, static_cast<int>(nn::math::Rule::kCount) - 1);
  c->in.assign(3, tensor(NN_FLOAT64, {}));
  std::vector<nn_tensor> variables;
  for (int i = 0; i < count; i++) variables.push_back(tensor(dtype, shape(draw(0, 4), 9)));
  c->in.insert(c->in.end(), variables.begin(), variables.end());
  for (int slots = nn::math::rule_slots(static_cast<nn::math::Rule>(rule)); slots >= 0; slots--) {
    c->out.insert(c->out.end(), variables.begin(), variables.end());
  }
  c->attrs.push_back(count);
  c->attrs.push_back(rule);
  for (double number : {0.9, 0.99, 1e-7, 0.5, 0.1}) add_float(c, number);
  add_float(c, chance(2) ? 0.01 : 0);
}

}  // namespace nn_test
