#include "backends/cpu/kernels/strided_copy.h"

#include <algorithm>

#include "backends/cpu/kernels/transpose_tile.h"
#include "backends/cpu/parallel.h"

namespace nn {
namespace {

constexpr int64_t kChunk = 32768;  // bytes that are worth a thread's while, and the most that one step of a walk moves

struct Wide {
  char bytes[16];
};

// Walks the outer axes in order, keeping the offsets of the current row.
class Walk {
 public:
  Walk(const math::StridedCopy& plan, int axes, int64_t row) : plan_(plan), axes_(axes) {
    from = plan.from_start;
    to = plan.to_start;
    for (int i = axes - 1; i >= 0; i--) {
      at_[i] = row % plan.dims[i];
      row /= plan.dims[i];
      from += at_[i] * plan.from[i];
      to += at_[i] * plan.to[i];
    }
  }
  void next() {
    for (int i = axes_ - 1; i >= 0; i--) {
      from += plan_.from[i];
      to += plan_.to[i];
      if (++at_[i] < plan_.dims[i]) return;
      at_[i] = 0;
      from -= plan_.from[i] * plan_.dims[i];
      to -= plan_.to[i] * plan_.dims[i];
    }
  }
  int64_t from, to;

 private:
  const math::StridedCopy& plan_;
  int axes_;
  int64_t at_[math::StridedCopy::kMaxAxes];
};

// Calls row(from offset, to offset, first, count) so that long rows are shared between threads and short ones are many to a thread.
template <class Row>
void for_each_row(const math::StridedCopy& plan, int64_t element, const Row& row) {
  const int outer = plan.rank - 1;
  const int64_t length = plan.dims[outer];
  int64_t rows = 1;
  for (int i = 0; i < outer; i++) rows *= plan.dims[i];
  const int64_t piece = std::max<int64_t>(kChunk / element, 1);
  const int64_t pieces = (length + piece - 1) / piece;
  if (pieces == 1) {
    parallel_for(rows, std::max<int64_t>(kChunk / (length * element), 1), [&](int64_t begin, int64_t end) {
      Walk walk(plan, outer, begin);
      for (int64_t i = begin; i < end; i++, walk.next()) row(walk.from, walk.to, 0, length);
    });
    return;
  }
  parallel_for(rows * pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Walk walk(plan, outer, i / pieces);
      const int64_t first = i % pieces * piece;
      row(walk.from, walk.to, first, std::min(piece, length - first));
    }
  });
}

template <class T>
T load(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

template <class T>
void copy_elements(const math::StridedCopy& plan, const char* from, char* to) {
  constexpr int64_t size = sizeof(T);
  const int64_t from_step = plan.from[plan.rank - 1], to_step = plan.to[plan.rank - 1];
  for_each_row(plan, size, [=](int64_t f, int64_t t, int64_t first, int64_t count) {
    const char* source = from + f + first * from_step;
    char* target = to + t + first * to_step;
    if (to_step == size && from_step == 0) {
      const T value = load<T>(source);
      for (int64_t i = 0; i < count; i++) std::memcpy(target + i * size, &value, size);
    } else if (to_step == size && from_step == -size) {
      for (int64_t i = 0; i < count; i++) std::memcpy(target + i * size, source - i * size, size);
    } else {
      for (int64_t i = 0; i < count; i++) std::memcpy(target + i * to_step, source + i * from_step, size);
    }
  });
}

void copy_runs(const math::StridedCopy& plan, const char* from, char* to) {
  const int64_t size = plan.element;
  for_each_row(plan, size, [=](int64_t f, int64_t t, int64_t first, int64_t count) {
    copy_run(to + t + first * size, from + f + first * size, count * size);
  });
}

// The innermost axis is contiguous in the target and `column` in the source: tiles of both go through registers.
template <class T>
void transpose(const math::StridedCopy& plan, int column, const char* from, char* to) {
  constexpr int64_t kTile = TransposeTile<T>::kSize, kBand = kTile * 4;
  const int inner = plan.rank - 1;
  math::StridedCopy outer = plan;  // all other axes
  outer.rank = 0;
  for (int i = 0; i < inner; i++) {
    if (i == column) continue;
    outer.dims[outer.rank] = plan.dims[i];
    outer.from[outer.rank] = plan.from[i];
    outer.to[outer.rank++] = plan.to[i];
  }
  int64_t planes = 1;
  for (int i = 0; i < outer.rank; i++) planes *= outer.dims[i];
  const int64_t rows = plan.dims[inner], columns = plan.dims[column];  // of the source
  const int64_t row_step = plan.from[inner], column_step = plan.to[column];
  // A band of some tiles side by side is read along the source's rows; long bands are cut into pieces.
  const int64_t band = std::min(kBand, columns);
  const int64_t piece = std::max(kChunk / (band * static_cast<int64_t>(sizeof(T))) / kTile, int64_t{1}) * kTile;
  const int64_t bands = (columns + kBand - 1) / kBand, pieces = (rows + piece - 1) / piece;
  const int64_t work = std::min(rows, piece) * band * static_cast<int64_t>(sizeof(T));
  parallel_for(planes * bands * pieces, std::max<int64_t>(kChunk / work, 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Walk walk(outer, outer.rank, i / (bands * pieces));
      const int64_t first_column = i / pieces % bands * kBand, last_column = std::min(first_column + kBand, columns);
      const int64_t first = i % pieces * piece, last = std::min(first + piece, rows);
      for (int64_t r = first; r < last; r += kTile) {
        for (int64_t c = first_column; c < last_column; c += kTile) {
          const char* source = from + walk.from + r * row_step + c * static_cast<int64_t>(sizeof(T));
          char* target = to + walk.to + c * column_step + r * static_cast<int64_t>(sizeof(T));
          TransposeTile<T>::run(source, row_step, target, column_step, std::min(kTile, last - r), std::min(kTile, last_column - c));
        }
      }
    }
  });
}

template <class T>
void dispatch(const math::StridedCopy& plan, const char* from, char* to) {
  constexpr int64_t size = sizeof(T);
  const int inner = plan.rank - 1;
  if (plan.from[inner] == size && plan.to[inner] == size) return copy_runs(plan, from, to);
  if (plan.to[inner] == size && plan.from[inner] != 0 && plan.from[inner] != -size) {
    for (int i = 0; i < inner; i++) {
      if (plan.from[i] == size) return transpose<T>(plan, i, from, to);
    }
  }
  copy_elements<T>(plan, from, to);
}

}  // namespace

void run_strided_copy(const math::StridedCopy& plan, const void* from_data, void* to_data) {
  const char* from = static_cast<const char*>(from_data);
  char* to = static_cast<char*>(to_data);
  for (int i = 0; i < plan.rank; i++) {
    if (plan.dims[i] == 0) return;
  }
  if (plan.rank == 0) return copy_run(to + plan.to_start, from + plan.from_start, plan.element);
  switch (plan.element) {
    case 1:
      return dispatch<uint8_t>(plan, from, to);
    case 2:
      return dispatch<uint16_t>(plan, from, to);
    case 4:
      return dispatch<uint32_t>(plan, from, to);
    case 8:
      return dispatch<uint64_t>(plan, from, to);
    default:
      return dispatch<Wide>(plan, from, to);
  }
}

}  // namespace nn
