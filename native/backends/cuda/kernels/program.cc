#include "backends/cuda/kernels/program.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cuda/kernels/strided_copy.h"
#include "math/convert.h"
#include "math/random.h"

namespace nn {
namespace cuda {

int64_t most_in_piece = kMostInPiece;

namespace {

template <class T>
uint64_t bits_of(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}
uint64_t bits_of(double value, int dtype) {
  switch (dtype) {
    case NN_FLOAT32:
      return bits_of(math::convert<float>(value));
    case NN_FLOAT64:
      return bits_of(value);
    case NN_INT32:
      return bits_of(math::convert<int32_t>(value));
    default:
      return math::convert<uint8_t>(value);
  }
}

Attributes attributes_of(const FusedInstruction& in) {
  const math::ElementwiseInfo& info = math::kElementwiseInfo[in.code];
  Attributes a{};
  if (info.form == math::kDropout) {
    const double rate = attr_float(in.attrs + 1);
    a.words[0] = math::dropout_threshold(rate) | static_cast<uint64_t>(in.attrs[0]) << 32;
    a.words[1] = bits_of(rate < 1 ? 1 / (1 - rate) : 0, in.operand_dtype);
    return a;
  }
  for (int i = 0; i < 2 && info.attributes[i]; i++) a.words[i] = bits_of(attr_float(in.attrs + 2 * i), in.operand_dtype);
  return a;
}

}  // namespace

ProgramPlan::ProgramPlan(const nn_device& device, const nn_args& args, const FusedProgram& program) : all_(program.instructions) {
  early_ = compile_program(program, args.n_in, true);
  late_ = compile_program(program, args.n_in, false);
  std::vector<int> made_by(kFusedMaxRegisters, -1);
  is_data_.assign(static_cast<size_t>(args.n_in), false);
  for (size_t i = 0; i < all_.size(); i++) {
    FusedInstruction& in = all_[i];
    made_by[in.dst] = static_cast<int>(i);
    if (in.code == math::code_dropout) in.n_src = 1;  // the state is no data
    for (int s = 0; s < in.n_src; s++) {
      if (in.src[s] < args.n_in) is_data_[static_cast<size_t>(in.src[s])] = true;
    }
    wide_ = wide_ || in.dtype == NN_FLOAT64 || in.operand_dtype == NN_FLOAT64;
  }
  for (int32_t r : program.outputs) stored_by_.push_back(made_by[r]);
  while (args.out[0].size > 0 && !add_parts(args, program)) parts_.clear();
  for (Spread& s : spread_) {
    s.at = workspace;
    workspace += aligned(static_cast<size_t>(args.out[0].size * dtype_bytes(args.in[s.input].dtype)));
  }
  int64_t longest = 0;
  for (const Part& part : parts_) longest = std::max<int64_t>(longest, part.parameters.n);
  make_grid(device, longest);
}

bool ProgramPlan::is_spread(int input) const {
  return std::any_of(spread_.begin(), spread_.end(), [input](const Spread& s) { return s.input == input; });
}

// False where an input found no room for its terms: it is to be spread.
bool ProgramPlan::add_parts(const nn_args& args, const FusedProgram& program) {
  for (const Piece& piece : cut_into_pieces(args.out[0], most_in_piece)) {
    parts_.emplace_back();
    Part& part = parts_.back();
    std::memset(static_cast<void*>(&part), 0, sizeof part);
    for (size_t i = 0; i < program.instructions.size(); i++) part.parameters.attributes[i] = attributes_of(program.instructions[i]);
    const int refused = fill(args, piece, &part);
    if (refused < 0) continue;
    spread_.push_back({refused, 0});
    return false;
  }
  return true;
}

int ProgramPlan::fill(const nn_args& args, const Piece& piece, Part* part) const {
  ProgramParameters& p = part->parameters;
  p.n = static_cast<uint32_t>(piece.size);
  p.first = static_cast<uint64_t>(piece.first);
  TermTable<ProgramParameters::kMostTerms> table;
  for (int i = 0; i < args.n_in; i++) {
    if (!is_data_[static_cast<size_t>(i)]) continue;
    nn_tensor operand = args.in[i];
    if (is_spread(i)) {
      operand = args.out[0];
      operand.dtype = args.in[i].dtype;
    }
    part->in_start[i] = describe_operand(operand, args.out[0], piece, &table, &p.in[i]);
    if (part->in_start[i] < 0) return i;
  }
  std::copy(table.terms, table.terms + table.count, p.terms);
  for (int k = 0; k < args.n_out; k++) part->out_start[k] = piece.first * dtype_bytes(args.out[k].dtype);
  return -1;
}

void ProgramPlan::make_grid(const nn_device& device, int64_t n) {
  const int threads = wide_ ? kProgramThreads<uint64_t> : kProgramThreads<uint32_t>;
  const int in_memory = std::max(early_.slots, late_.slots) - (wide_ ? kSharedSlots<uint64_t> : kSharedSlots<uint32_t>);
  // Slots in memory are there once for each thread of the grid: the fewer, the likelier they stay in the cache.
  const int64_t most = int64_t{device.multiprocessors} * (in_memory > 0 ? 2 : 32);
  grid_.threads.x = static_cast<unsigned>(threads);
  grid_.blocks.x = static_cast<unsigned>(std::clamp<int64_t>((n + 4 * threads - 1) / (4 * threads), 1, most));
  spill_at_ = workspace;
  if (in_memory > 0) workspace += static_cast<size_t>(in_memory) * grid_.blocks.x * grid_.threads.x * (wide_ ? 32 : 16);
}

// Whether an output is the buffer of an input that is read after the output is made.
bool ProgramPlan::overwrites_unread(const nn_args& args) const {
  for (size_t k = 0; k < stored_by_.size(); k++) {
    for (size_t i = static_cast<size_t>(stored_by_[k]) + 1; i < all_.size(); i++) {
      for (int s = 0; s < all_[i].n_src; s++) {
        const int src = all_[i].src[s];
        if (src < args.n_in && args.in[src].data == args.out[k].data) return true;
      }
    }
  }
  return false;
}

int32_t ProgramPlan::run(nn_device* device, const nn_args& args, char* memory, nn_error* error) {
  for (const Spread& s : spread_) {
    const int32_t code =
        run_strided_copy(device, broadcast_plan(args.in[s.input], args.out[0]), args.in[s.input].data, memory + s.at, error);
    if (code != NN_OK) return code;
  }
  const ProgramCode& code = overwrites_unread(args) ? late_ : early_;
  for (const Part& part : parts_) {
    ProgramParameters p = part.parameters;
    for (int i = 0; i < args.n_in; i++) p.in[i].data = static_cast<const char*>(args.in[i].data) + part.in_start[i];
    for (const Spread& s : spread_) p.in[s.input].data = memory + s.at + part.in_start[s.input];
    for (int k = 0; k < args.n_out; k++) p.out[k] = static_cast<char*>(args.out[k].data) + part.out_start[k];
    p.spill = memory + spill_at_;
    p.count = static_cast<int32_t>(code.instructions.size());
    std::copy(code.instructions.begin(), code.instructions.end(), p.code);
    for (int i = 0; i < p.count; i++) {
      if (p.code[i].code == kCodeStore) p.code[i].extra = p.first % 4 == 0;
    }
    const int32_t status = wide_ ? interpret_words8(device, p, grid_, error) : interpret_words4(device, p, grid_, error);
    if (status != NN_OK) return status;
  }
  return NN_OK;
}

}  // namespace cuda
}  // namespace nn
