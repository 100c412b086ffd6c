// Makers for the ops that move, choose and order elements.
#include <algorithm>
#include <cstring>

#include "fuzz_args.h"

namespace nn_test {
namespace {

bool named(const nn::OpSchema& op, const char* name) { return std::strcmp(op.name, name) == 0; }

}  // namespace

void CandidateMaker::same(const nn::OpSchema& op, Candidate* c) {
  const nn_tensor t = tensor(op.key == 0 && chance(3) ? any_dtype() : floating(), shape(draw(0, 5), 7));
  c->in.assign(static_cast<size_t>(op.min_in), t);
  c->out.assign(static_cast<size_t>(op.min_out), t);
}

void CandidateMaker::broadcast(const nn::OpSchema&, Candidate* c) {
  const Dims to = shape(draw(0, NN_MAX_RANK));
  Dims from(to.begin() + draw(0, static_cast<int>(to.size())), to.end());
  for (int64_t& d : from) d = chance(3) ? 1 : d;
  const int dtype = any_dtype();
  c->in.push_back(tensor(dtype, from));
  c->out.push_back(tensor(dtype, to));
}

void CandidateMaker::transpose(const nn::OpSchema&, Candidate* c) {
  const Dims dims = shape(draw(0, NN_MAX_RANK), chance(4) ? 40 : 4);
  for (size_t i = 0; i < dims.size(); i++) c->attrs.push_back(static_cast<int32_t>(i));
  std::shuffle(c->attrs.begin(), c->attrs.end(), random_);
  Dims turned;
  for (int32_t axis : c->attrs) turned.push_back(dims[static_cast<size_t>(axis)]);
  const int dtype = any_dtype();
  c->in.push_back(tensor(dtype, dims));
  c->out.push_back(tensor(dtype, turned));
}

void CandidateMaker::slice(const nn::OpSchema& op, Candidate* c) {
  const Dims dims = shape(draw(0, 6), 9);
  Dims counts;
  std::vector<int32_t> strides;
  for (const int64_t size : dims) {
    const int begin = size == 0 ? draw(-1, 1) : draw(0, static_cast<int>(size) - 1), stride = chance(2)   ? 1
                                                                                              : chance(2) ? draw(1, 3)
                                                                                                          : -draw(1, 3);
    const int64_t most = size == 0 ? 0 : 1 + (stride > 0 ? (size - 1 - begin) / stride : begin / -stride);
    c->attrs.push_back(begin);
    strides.push_back(stride);
    counts.push_back(draw(chance(20) ? 0 : static_cast<int>(std::min<int64_t>(most, 1)), static_cast<int>(most)));
  }
  c->attrs.insert(c->attrs.end(), strides.begin(), strides.end());
  const int dtype = any_dtype();
  c->in.push_back(tensor(dtype, dims));
  c->out.push_back(tensor(dtype, counts));
  if (named(op, "sliceGrad")) std::swap(c->in, c->out);
}

void CandidateMaker::pad(const nn::OpSchema& op, Candidate* c) {
  const bool gradient = named(op, "padGrad");
  const Dims dims = shape(draw(0, 5));
  c->attrs.push_back(draw(0, 3));
  if (!gradient) add_float(c, float_value());
  std::vector<int32_t> after;
  Dims padded;
  for (const int64_t size : dims) {
    const bool none = chance(2) || (size == 0 && chance(2));
    c->attrs.push_back(none ? 0 : draw(0, 6));
    after.push_back(none ? 0 : draw(0, 6));
    padded.push_back(size + c->attrs.back() + after.back());
  }
  c->attrs.insert(c->attrs.end(), after.begin(), after.end());
  const int dtype = gradient ? number() : any_dtype();
  c->in.push_back(tensor(dtype, dims));
  c->out.push_back(tensor(dtype, padded));
  if (gradient) std::swap(c->in, c->out);
}

void CandidateMaker::concat(const nn::OpSchema&, Candidate* c) {
  Dims dims = shape(draw(1, 5));
  const size_t axis = static_cast<size_t>(draw(0, static_cast<int>(dims.size()) - 1));
  const int dtype = any_dtype();
  int64_t sum = 0;
  for (int n = draw(1, 6); n > 0; n--) {
    sum += dims[axis] = draw(0, chance(9) ? 300 : 3);
    c->in.push_back(tensor(dtype, dims));
  }
  dims[axis] = sum;
  c->out.push_back(tensor(dtype, dims));
  c->attrs.push_back(static_cast<int32_t>(axis));
}

void CandidateMaker::tile(const nn::OpSchema&, Candidate* c) {
  const Dims dims = shape(draw(0, NN_MAX_RANK), 3);
  Dims tiled;
  for (const int64_t d : dims) {
    c->attrs.push_back(chance(25) ? 0 : draw(1, 2));
    tiled.push_back(d * c->attrs.back());
  }
  const int dtype = any_dtype();
  c->in.push_back(tensor(dtype, dims));
  c->out.push_back(tensor(dtype, tiled));
}

void CandidateMaker::reverse(const nn::OpSchema&, Candidate* c) {
  const nn_tensor t = tensor(any_dtype(), shape(draw(0, NN_MAX_RANK), 3));
  c->in.push_back(t);
  c->out.push_back(t);
  c->attrs.push_back(draw(0, (1 << t.rank) - 1));
}

void CandidateMaker::create(const nn::OpSchema& op, Candidate* c) {
  c->out.push_back(tensor(any_dtype(), shape(named(op, "range") ? 1 : draw(0, 5), 9)));
  add_floats(op, c);
}

void CandidateMaker::gather(const nn::OpSchema& op, Candidate* c) {
  const Dims dims = shape(draw(1, 4), 6), index = shape(draw(0, 3));
  const int axis = draw(0, static_cast<int>(dims.size()) - 1);
  Dims taken(dims.begin(), dims.begin() + axis);
  taken.insert(taken.end(), index.begin(), index.end());
  taken.insert(taken.end(), dims.begin() + axis + 1, dims.end());
  const int dtype = any_dtype();
  const nn_tensor indices = tensor(NN_INT32, index), whole = tensor(dtype, dims), part = tensor(dtype, taken);
  c->in = named(op, "gather") ? std::vector<nn_tensor>{whole, indices} : std::vector<nn_tensor>{indices, part};
  c->out = {named(op, "gather") ? part : whole};
  c->attrs.push_back(axis);
}

void CandidateMaker::rows(const nn::OpSchema& op, Candidate* c) {
  Dims dims = shape(draw(1, 4), 9), batch = dims;
  const int dtype = any_dtype(), count = draw(0, 9);
  if (named(op, "gatherRows")) {
    batch[0] = draw(0, count);
    c->in = {tensor(dtype, dims), tensor(NN_INT32, {count}), tensor(NN_INT32, {})};
    c->out = {tensor(dtype, batch)};
  } else {
    batch[0] = draw(0, static_cast<int>(dims[0]));
    c->in = {tensor(dtype, batch), tensor(NN_INT32, {})};
    c->out = {tensor(dtype, dims)};
  }
}

void CandidateMaker::along(const nn::OpSchema& op, Candidate* c) {
  const Dims dims = shape(draw(1, 5));
  const int axis = draw(0, static_cast<int>(dims.size()) - 1), dtype = any_dtype();
  Dims taken = dims;
  taken[static_cast<size_t>(axis)] = draw(0, 5);
  const nn_tensor indices = tensor(NN_INT32, taken), whole = tensor(dtype, dims), part = tensor(dtype, taken);
  c->in = named(op, "takeAlongAxis") ? std::vector<nn_tensor>{whole, indices} : std::vector<nn_tensor>{indices, part};
  c->out = {named(op, "takeAlongAxis") ? part : whole};
  c->attrs.push_back(axis);
}

void CandidateMaker::one_hot(const nn::OpSchema& op, Candidate* c) {
  Dims dims = shape(draw(0, 4));
  c->in.push_back(tensor(NN_INT32, dims));
  dims.push_back(draw(0, 5));
  c->out.push_back(tensor(any_dtype(), dims));
  add_floats(op, c);
}

void CandidateMaker::order(const nn::OpSchema& op, Candidate* c) {
  Dims dims = shape(draw(0, 3));
  dims.push_back(chance(4) ? draw(0, 200) : draw(0, 9));
  const int dtype = number();
  c->in.push_back(tensor(dtype, dims));
  if (named(op, "topK")) {
    dims.back() = draw(0, static_cast<int>(dims.back()));
  } else {
    c->attrs.push_back(draw(0, 1));
  }
  c->out = {tensor(dtype, dims), tensor(NN_INT32, dims)};
}

void CandidateMaker::scan(const nn::OpSchema&, Candidate* c) {
  const nn_tensor t = tensor(number(), shape(draw(1, 5), chance(4) ? 80 : 5));
  c->in.push_back(t);
  c->out.push_back(t);
  c->attrs = {draw(0, t.rank - 1), draw(0, 1), draw(0, 1)};
}

void CandidateMaker::reduce(const nn::OpSchema& op, Candidate* c) {
  const Dims dims = shape(draw(0, 6), chance(9) ? 30 : 5);
  const int mask = draw(0, (1 << dims.size()) - 1);
  const bool keep = chance(2);
  Dims kept;
  for (size_t i = 0; i < dims.size(); i++) {
    if ((mask >> i & 1) == 0) {
      kept.push_back(dims[i]);
    } else if (keep) {
      kept.push_back(1);
    }
  }
  const bool logical = named(op, "any") || named(op, "all");
  const int dtype = logical ? static_cast<int>(NN_BOOL) : chance(2) ? floating() : number();
  c->in.push_back(tensor(dtype, dims));
  c->out.push_back(tensor(dtype, kept));
  c->attrs.push_back(mask);
}

void CandidateMaker::reduce_axis(const nn::OpSchema&, Candidate* c) {
  Dims dims = shape(draw(1, 5), 6);
  const int axis = draw(0, static_cast<int>(dims.size()) - 1);
  c->in.push_back(tensor(number(), dims));
  if (chance(2)) {
    dims[static_cast<size_t>(axis)] = 1;
  } else {
    dims.erase(dims.begin() + axis);
  }
  c->out.push_back(tensor(NN_INT32, dims));
  c->attrs.push_back(axis);
}

}  // namespace nn_test
