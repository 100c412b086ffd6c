// Operands for the ops over volumes.
#include <cstring>

#include "fuzz_args.h"

namespace nn_test {

namespace {

bool named(const nn::OpSchema& op, const char* name) { return std::strcmp(op.name, name) == 0; }

void append(std::vector<int32_t>* words, const int32_t (&three)[3]) { words->insert(words->end(), three, three + 3); }

}  // namespace

void CandidateMaker::conv3d(const nn::OpSchema& op, Candidate* c) {
  const int dtype = floating(), groups = chance(3) ? draw(1, 3) : 1;
  const int64_t channels = draw(chance(30) ? 0 : 1, 3), filters = draw(chance(30) ? 0 : 1, 3), batch = chance(10) ? 0 : draw(1, 2);
  int64_t image[3], out[3], kernel[3];
  int32_t stride[3], before[3], after[3], dilation[3];
  for (int i = 0; i < 3; i++) {
    kernel[i] = draw(1, 3), stride[i] = draw(1, 3), before[i] = draw(0, 3), after[i] = draw(0, 3), dilation[i] = chance(3) ? draw(1, 3) : 1;
    image[i] = chance(20) ? 0 : draw(1, 6);
    const int64_t room = image[i] + before[i] + after[i] - ((kernel[i] - 1) * dilation[i] + 1);
    out[i] = room < 0 ? 0 : room / stride[i] + 1;
  }
  const nn_tensor x = tensor(dtype, {batch, image[0], image[1], image[2], channels * groups}),
                  y = tensor(dtype, {batch, out[0], out[1], out[2], filters * groups}),
                  filter = tensor(dtype, {filters * groups, kernel[0], kernel[1], kernel[2], channels}),
                  bias = tensor(dtype, {filters * groups});
  for (const auto* three : {&stride, &before, &after, &dilation}) append(&c->attrs, *three);
  c->attrs.push_back(groups);
  if (named(op, "conv3d")) {
    c->in = {x, filter};
    c->out = {y};
    if (chance(2)) c->in.push_back(bias);
    c->attrs.push_back(draw(0, 1));
  } else if (named(op, "conv3dBackwardInput")) {
    c->in = {y, filter};
    c->out = {x};
  } else {
    c->in = {x, y};
    c->out = {filter};
    if (chance(2)) c->out.push_back(bias);
  }
}

void CandidateMaker::pool3d(const nn::OpSchema& op, Candidate* c) {
  const int dtype = floating();
  const int64_t batch = chance(10) ? 0 : draw(1, 2), channels = draw(chance(20) ? 0 : 1, 5);
  const int largest = chance(6) ? 9 : 3;  // windows above 256 elements need an int32 index
  int64_t image[3], out[3];
  int32_t window[3], stride[3], before[3], after[3];
  for (int i = 0; i < 3; i++) {
    window[i] = draw(1, largest), stride[i] = draw(1, 4), before[i] = draw(0, window[i] - 1), after[i] = draw(0, window[i] - 1);
    image[i] = draw(1, largest > 3 ? 10 : 6);
    const int64_t room = image[i] + before[i] + after[i] - window[i];
    out[i] = room < 0 ? 0 : room / stride[i] + 1;
  }
  const nn_tensor x = tensor(dtype, {batch, image[0], image[1], image[2], channels}),
                  y = tensor(dtype, {batch, out[0], out[1], out[2], channels});
  nn_tensor index = y;
  index.dtype = window[0] * window[1] * window[2] > 256 || chance(2) ? NN_INT32 : NN_UINT8;
  for (const auto* three : {&window, &stride, &before, &after}) append(&c->attrs, *three);
  if (named(op, "maxPool3d")) {
    c->in = {x};
    c->out = {y};
    if (chance(2)) c->out.push_back(index);
  } else if (named(op, "maxPool3dBackward")) {
    c->in = {y, index};
    c->out = {x};
  } else {
    const bool forward = named(op, "avgPool3d");
    c->in = {forward ? x : y};
    c->out = {forward ? y : x};
    c->attrs.push_back(draw(0, 1));
  }
}

}  // namespace nn_test
