#include "backends/cpu/kernels/reduce_plan.h"

#include <cstring>

#include "backends/cpu/parallel.h"

namespace nn {
namespace cpu {

namespace {

constexpr int64_t kColumns = 1024;  // of a task: 8 KiB of accumulators
constexpr int64_t kNarrow = 16;     // fewer columns than these fill no vectors: several rows are taken as one
constexpr int64_t kLanes = 64;      // columns of such a row, at least
constexpr int64_t kShortRow = 64;
constexpr int64_t kEnoughTasks = 32;  // else rows are cut into chunks, whose partial results are joined in order
constexpr int64_t kChunk = 16384;     // elements of a chunk, at least

// Rows of one task folded into `acc`: `width` accumulators for the columns from `column` on.
class TaskFold {
 public:
  TaskFold(const ReduceShape& shape, const ReducePass& pass, const char* x, int x_bytes)
      : shape_(shape), fold_(*pass.fold), x_(x), x_bytes_(x_bytes), narrow_(shape.columns < kNarrow) {}

  // Rows [begin, end) counted over repeats and rows.
  void run(char* acc, int64_t output, int64_t column, int64_t width, int64_t begin, int64_t end, const char* aux) const {
    const int64_t base = shape_.kept_offset(output) + column;
    alignas(64) char wide[2 * kLanes * sizeof(double)], wide_aux[2 * kLanes * sizeof(double)];
    int64_t times = 1;  // how many rows are taken as one
    if (narrow_) {
      times = (kLanes + width - 1) / width;
      const int64_t run = shape_.repeats > 1 ? shape_.rows : end - begin;
      if (times > run / 4) times = run < 4 ? 1 : run / 4;
      fold_.init(wide, times * width);
      for (int64_t t = 0; t < times && aux; t++) std::memcpy(wide_aux + t * width * fold_.aux_bytes, aux, width * fold_.aux_bytes);
    } else {
      fold_.init(acc, width);
    }
    for (int64_t row = begin; row < end;) {
      const int64_t repeat = row / shape_.rows, first = row % shape_.rows;
      const int64_t left = shape_.rows - first, rows = left < end - row ? left : end - row;
      const char* from = x_ + (base + shape_.reduced_offset(repeat) + first * shape_.columns) * x_bytes_;
      if (narrow_)
        fold_narrow(wide, from, rows, width, times, aux ? wide_aux : nullptr);
      else
        fold_.rows(acc, from, rows, shape_.columns, width, aux);
      row += rows;
    }
    if (!narrow_) return;
    while (times > 1) {
      const int64_t upper = times / 2;
      times -= upper;
      fold_.join(wide, wide + times * width * fold_.bytes, upper * width);
    }
    std::memcpy(acc, wide, width * fold_.bytes);
  }

 private:
  void fold_narrow(char* wide, const char* from, int64_t rows, int64_t width, int64_t times, const char* aux) const {
    const int64_t whole = rows / times, rest = rows % times;
    fold_.rows(wide, from, whole, times * width, times * width, aux);
    if (rest > 0) fold_.rows(wide, from + whole * times * width * x_bytes_, 1, 0, rest * width, aux);
  }

  const ReduceShape& shape_;
  const FoldFunctions& fold_;
  const char* x_;
  int x_bytes_;
  bool narrow_;
};

struct Tasks {
  int64_t blocks, chunks, rows;  // blocks of columns, chunks of rows for each output
  explicit Tasks(const ReduceShape& s) : blocks((s.columns + kColumns - 1) / kColumns), chunks(1), rows(s.repeats * s.rows) {
    const int64_t tasks = s.outputs * blocks;
    if (tasks >= kEnoughTasks) return;
    const int64_t most = kMaxChunks / tasks, wanted = rows * s.columns / blocks / kChunk;
    chunks = wanted < 1 ? 1 : wanted > most ? most : wanted;
    if (chunks > rows) chunks = rows;
  }
};

void run_short_rows(const ReduceShape& s, const ReducePass& pass, const char* x, int x_bytes, const char* aux, char* out) {
  const FoldFunctions& fold = *pass.fold;
  parallel_for(s.outputs, kParallelWork / (s.rows + 1), [&](int64_t begin, int64_t end) {
    alignas(64) char acc[kColumns * sizeof(double)];
    for (int64_t i = begin; i < end; i += kColumns) {
      const int64_t n = end - i < kColumns ? end - i : kColumns;
      const char* known = aux ? aux + i * fold.aux_bytes : nullptr;
      fold.short_rows(acc, x + i * s.rows * x_bytes, n, s.rows, known);
      pass.finish(acc, known, out + i * pass.out_bytes, n, static_cast<double>(s.count));
    }
  });
}

}  // namespace

int64_t partial_bytes(const ReduceShape& shape, const ReducePass& pass) {
  const Tasks tasks(shape);
  return tasks.chunks > 1 ? shape.outputs * tasks.chunks * shape.columns * pass.fold->bytes : 0;
}

void run_pass(const ReduceShape& s, const ReducePass& pass, const char* x, int x_bytes, const char* aux, char* out, char* partials) {
  const FoldFunctions& fold = *pass.fold;
  if (s.columns == 1 && s.repeats == 1 && s.rows <= kShortRow) return run_short_rows(s, pass, x, x_bytes, aux, out);
  const Tasks tasks(s);
  const TaskFold task_fold(s, pass, x, x_bytes);
  const double count = static_cast<double>(s.count);
  const int64_t per_output = tasks.chunks * tasks.blocks;
  const int64_t work = tasks.rows * s.columns / per_output + 1;
  parallel_for(s.outputs * per_output, kParallelWork / work, [&](int64_t first, int64_t last) {
    alignas(64) char own[kColumns * sizeof(double)];
    for (int64_t t = first; t < last; t++) {
      const int64_t output = t / per_output, chunk = t % per_output / tasks.blocks, column = t % tasks.blocks * kColumns;
      const int64_t width = s.columns - column < kColumns ? s.columns - column : kColumns;
      const int64_t at = output * s.columns + column;
      const char* known = aux ? aux + at * fold.aux_bytes : nullptr;
      char* acc = tasks.chunks > 1 ? partials + ((output * tasks.chunks + chunk) * s.columns + column) * fold.bytes : own;
      task_fold.run(acc, output, column, width, tasks.rows * chunk / tasks.chunks, tasks.rows * (chunk + 1) / tasks.chunks, known);
      if (tasks.chunks == 1) pass.finish(acc, known, out + at * pass.out_bytes, width, count);
    }
  });
  if (tasks.chunks == 1) return;
  parallel_for(s.outputs, kParallelWork / (tasks.chunks * s.columns), [&](int64_t first, int64_t last) {
    for (int64_t o = first; o < last; o++) {
      char* acc = partials + o * tasks.chunks * s.columns * fold.bytes;
      for (int64_t c = 1; c < tasks.chunks; c++) fold.join(acc, acc + c * s.columns * fold.bytes, s.columns);
      const int64_t at = o * s.columns;
      pass.finish(acc, aux ? aux + at * fold.aux_bytes : nullptr, out + at * pass.out_bytes, s.columns, count);
    }
  });
}

}  // namespace cpu
}  // namespace nn
