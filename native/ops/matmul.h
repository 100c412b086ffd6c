// Matrix products, alone and in batches, with the bias and the activation of a dense layer.
#pragma once

#include <string>
#include <vector>

#include "core/op.h"

namespace nn {

// c[i] = activation(op(a[i]) * op(b[i]) + bias), where a matrix without batch axes serves every i.
struct MatmulGeometry {
  int64_t batch = 1, m = 0, k = 0, n = 0;
  bool a_batched = false, b_batched = false;
  bool transpose_a = false, transpose_b = false, relu = false;
};

namespace matmul_ops {

inline bool is_flag(int32_t word) { return word == 0 || word == 1; }

inline std::string check_matmul(const nn_args& args) {
  const nn_tensor &a = args.in[0], &b = args.in[1], &c = args.out[0];
  if (!is_float(a.dtype)) return std::string("expected floats, got ") + dtype_name(a.dtype);
  if (b.dtype != a.dtype || c.dtype != a.dtype || (args.n_in > 2 && args.in[2].dtype != a.dtype)) {
    return std::string("expected ") + dtype_name(a.dtype) + " everywhere, got " + dtype_name(b.dtype) + " for the second operand and " +
           dtype_name(c.dtype) + " for the output";
  }
  if (a.rank < 2 || b.rank < 2) return "expected two operands of at least two axes, got " + shape_text(a) + " and " + shape_text(b);
  const int32_t* flags = args.attrs;
  if (!is_flag(flags[0]) || !is_flag(flags[1])) {
    return "expected transposeA and transposeB of 0 or 1, got " + std::to_string(flags[0]) + " and " + std::to_string(flags[1]);
  }
  if (flags[2] < 0 || flags[2] > 2) return "expected an activation of 0, 1 or 2, got " + std::to_string(flags[2]);

  const int64_t m = a.dims[a.rank - 2 + flags[0]], k = a.dims[a.rank - 1 - flags[0]];
  const int64_t inner = b.dims[b.rank - 2 + flags[1]], n = b.dims[b.rank - 1 - flags[1]];
  if (k != inner) {
    return "expected equal inner axes, got " + std::to_string(k) + " in " + shape_text(a) + " and " + std::to_string(inner) + " in " +
           shape_text(b);
  }
  const nn_tensor& batched = a.rank > b.rank ? a : b;
  bool fits = a.rank == b.rank || a.rank == 2 || b.rank == 2;
  for (int i = 0; fits && a.rank == b.rank && i < a.rank - 2; i++) fits = a.dims[i] == b.dims[i];
  if (!fits) return "expected the same batch axes or an operand without any, got " + shape_text(a) + " and " + shape_text(b);

  fits = c.rank == batched.rank && c.dims[c.rank - 2] == m && c.dims[c.rank - 1] == n;
  for (int i = 0; fits && i < c.rank - 2; i++) fits = c.dims[i] == batched.dims[i];
  if (!fits) {
    return "expected an output of [..., " + std::to_string(m) + ", " + std::to_string(n) + "] with the batch axes of " +
           shape_text(batched) + ", got " + shape_text(c);
  }
  if (args.n_in > 2 && (args.in[2].rank != 1 || args.in[2].dims[0] != n)) {
    return "expected a bias of [" + std::to_string(n) + "], got " + shape_text(args.in[2]);
  }
  if (args.n_out > 1 && (flags[2] != 2 || args.out[1].dtype != c.dtype || !same_shape(args.out[1], c))) {
    return "expected a second output only beside activation 2 and like the first, got " + shape_text(args.out[1]) + " beside activation " +
           std::to_string(flags[2]);
  }
  return {};
}

inline std::string check_matmul_with_sums(const nn_args& args) {
  const int32_t attrs[3] = {args.attrs[0], args.attrs[1], 0};
  const nn_args product = {args.in, args.out, attrs, 2, 1, 3};
  if (std::string e = check_matmul(product); !e.empty()) return e;
  const nn_tensor &c = args.out[0], &sums = args.out[1];
  if (args.in[0].rank != 2 || args.in[1].rank != 2) {
    return "expected matrices, got " + shape_text(args.in[0]) + " and " + shape_text(args.in[1]);
  }
  if (sums.dtype == c.dtype && sums.rank == 1 && sums.dims[0] == c.dims[1]) return {};
  return std::string("expected sums of ") + dtype_name(c.dtype) + "[" + std::to_string(c.dims[1]) + "], got " + dtype_name(sums.dtype) +
         shape_text(sums);
}

}  // namespace matmul_ops

inline MatmulGeometry matmul_geometry(const nn_args& args) {
  const nn_tensor &a = args.in[0], &b = args.in[1], &c = args.out[0];
  MatmulGeometry g;
  g.transpose_a = args.attrs[0] != 0;
  g.transpose_b = args.attrs[1] != 0;
  g.relu = args.attrs[2] == 1;
  g.m = c.dims[c.rank - 2];
  g.n = c.dims[c.rank - 1];
  g.k = a.dims[a.rank - 1 - args.attrs[0]];
  g.a_batched = a.rank > 2;
  g.b_batched = b.rank > 2;
  if (c.size == 0) {  // the product of the other axes may overflow
    g.batch = 0;
    return g;
  }
  for (int i = 0; i < c.rank - 2; i++) g.batch *= c.dims[i];
  if (g.a_batched && !g.b_batched && !g.transpose_a) {  // one tall matrix
    g.m *= g.batch;
    g.batch = 1;
    g.a_batched = false;
  }
  return g;
}

inline void append_matmul_ops(std::vector<OpSchema>& t) {
  // a [..., m, k], b [..., k, n], bias? [n] -> [..., m, n], before?. activation: 0 none, 1 relu, 2 geluTanh, which may also give out what
  // it was applied to.
  t.push_back({"matmul", 2, 3, 1, 2, {"transposeA", "transposeB", "activation"}, 0, 0, matmul_ops::check_matmul});
  // a [m, k], b [k, n] -> [m, n], sums of b over k [n]: the gradients of a dense layer's kernel and bias.
  t.push_back({"matmulWithSums", 2, 2, 2, 2, {"transposeA", "transposeB"}, 0, 0, matmul_ops::check_matmul_with_sums});
}

}  // namespace nn
