#include "core/command.h"

#include <limits>

namespace nn {

bool finish_tensor(nn_tensor* tensor) {
  if (tensor->rank < 0 || tensor->rank > NN_MAX_RANK || dtype_bytes(tensor->dtype) == 0) return false;
  // Half the range of int64 leaves kernels room to add offsets without overflow.
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max() / 2;
  int64_t size = 1;
  bool empty = false;
  for (int i = 0; i < tensor->rank; i++) {
    int64_t dim = tensor->dims[i];
    if (dim < 0) return false;
    if (dim == 0) {
      empty = true;
      continue;
    }
    if (size > kLargest / 8 / dim) return false;
    size *= dim;
  }
  for (int i = tensor->rank; i < NN_MAX_RANK; i++) tensor->dims[i] = 0;
  tensor->size = empty ? 0 : size;
  tensor->data = nullptr;
  return true;
}

bool CommandReader::fail(std::string sentence) {
  error_ = "expected well-formed command words, got " + std::move(sentence) + " at word " + std::to_string(at_);
  at_ = count_;
  return false;
}

bool CommandReader::next(Command* command) {
  if (!error_.empty() || at_ >= count_) return false;
  if (count_ - at_ < 5) return fail("a command cut short");
  const int32_t* words = words_ + at_;
  int32_t length = words[1], n_in = words[2], n_out = words[3], n_attrs = words[4];
  if (length < 5 || static_cast<size_t>(length) > count_ - at_) return fail("a length of " + std::to_string(length));
  if (n_in < 0 || n_out < 0 || n_attrs < 0) return fail("a negative count");
  int64_t at = 5, end = length;
  if (n_in > end - at) return fail(std::to_string(n_in) + " inputs");
  command->opcode = words[0];
  command->op = nullptr;
  if (words[0] >= kFirstOpcode) {
    const auto& table = op_table();
    size_t index = static_cast<size_t>(words[0] - kFirstOpcode);
    if (index >= table.size()) return fail("opcode " + std::to_string(words[0]));
    command->op = &table[index];
  } else if (words[0] != kFree && words[0] != kReshape) {
    return fail("opcode " + std::to_string(words[0]));
  }
  command->inputs = words + at;
  command->n_in = n_in;
  at += n_in;
  command->outputs.clear();
  for (int32_t i = 0; i < n_out; i++) {
    if (end - at < 2) return fail("an output cut short");
    OutputRef output{};
    output.handle = words[at];
    output.tensor.dtype = words[at + 1];
    output.existing = words[at + 1] == -1;
    at += 2;
    if (!output.existing) {
      if (end - at < 1) return fail("an output cut short");
      int32_t rank = words[at++];
      if (rank < 0 || rank > NN_MAX_RANK || rank > end - at) return fail("rank " + std::to_string(rank));
      output.tensor.rank = rank;
      for (int32_t d = 0; d < rank; d++) output.tensor.dims[d] = words[at + d];
      at += rank;
      if (!finish_tensor(&output.tensor))
        return fail("an impossible output (dtype " + std::to_string(output.tensor.dtype) + ", " + shape_text(output.tensor) + ")");
    }
    command->outputs.push_back(output);
  }
  if (end - at != n_attrs) return fail(std::to_string(n_attrs) + " attributes in " + std::to_string(end - at) + " words");
  command->attrs = words + at;
  command->n_attrs = n_attrs;
  at_ += static_cast<size_t>(length);
  return true;
}

}  // namespace nn
