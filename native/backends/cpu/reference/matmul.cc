#include "backends/cpu/parallel.h"
#include "backends/cpu/reference/reference.h"

namespace nn {
namespace reference {

template <class T>
void matmul(const MatmulGeometry& g, const T* a, const T* b, const T* bias, T* c) {
  if (g.m == 0 || g.n == 0) return;
  const int64_t a_row = g.transpose_a ? 1 : g.k, a_step = g.transpose_a ? g.m : 1;
  const int64_t b_row = g.transpose_b ? 1 : g.n, b_column = g.transpose_b ? g.k : 1;
  parallel_for(g.batch * g.m, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t i = row / g.m, r = row % g.m;
      const T* ar = a + (g.a_batched ? i * g.m * g.k : 0) + r * a_row;
      const T* bi = b + (g.b_batched ? i * g.k * g.n : 0);
      for (int64_t column = 0; column < g.n; column++) {
        double sum = bias ? static_cast<double>(bias[column]) : 0.0;
        for (int64_t s = 0; s < g.k; s++) sum += static_cast<double>(ar[s * a_step]) * bi[s * b_row + column * b_column];
        c[row * g.n + column] = static_cast<T>(g.relu && sum < 0 ? 0.0 : sum);
      }
    }
  });
}

template void matmul(const MatmulGeometry&, const float*, const float*, const float*, float*);
template void matmul(const MatmulGeometry&, const double*, const double*, const double*, double*);

}  // namespace reference
}  // namespace nn
