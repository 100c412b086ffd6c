// Cuts an element-wise op with very many elements into pieces whose elements can be numbered with 31 bits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/abi.h"

namespace nn {
namespace cuda {

// Elements of the full shape that follow each other: a box that is whole on its inner axes.
struct Piece {
  int rank = 0;
  int64_t dims[NN_MAX_RANK];
  int64_t origin[NN_MAX_RANK];  // of its first element
  int64_t first = 0, size = 1;  // the number of its first element, and how many it has
};

constexpr int64_t kMostInPiece = int64_t{1} << 30;

inline std::vector<Piece> cut_into_pieces(const nn_tensor& full, int64_t most) {
  int axis = full.rank;  // from here on the axes are whole
  int64_t inner = 1;
  while (axis > 0 && inner * full.dims[axis - 1] <= most) inner *= full.dims[--axis];
  Piece piece;
  piece.rank = full.rank;
  for (int i = 0; i < full.rank; i++) {
    piece.dims[i] = i < axis ? 1 : full.dims[i];
    piece.origin[i] = 0;
  }
  if (axis == 0) {
    piece.size = full.size;
    return {piece};
  }
  std::vector<Piece> pieces;
  const int64_t length = full.dims[axis - 1], step = std::max<int64_t>(most / inner, 1);
  while (piece.first < full.size) {
    int64_t& at = piece.origin[axis - 1];
    piece.dims[axis - 1] = std::min(step, length - at);
    piece.size = piece.dims[axis - 1] * inner;
    pieces.push_back(piece);
    piece.first += piece.size;
    at += piece.dims[axis - 1];
    for (int i = axis - 1; i > 0 && piece.origin[i] == full.dims[i]; i--) {
      piece.origin[i] = 0;
      piece.origin[i - 1]++;
    }
  }
  return pieces;
}

}  // namespace cuda
}  // namespace nn
