#include "images/whiten.h"

#include <algorithm>
#include <cmath>
#include <limits>

// The loops below are the time of a fit on whole images: on wider vectors where the processor has them. Sanitizers cannot start such
// functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define NN_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NN_CLONES
#endif

namespace nn {
namespace images {

namespace {

NN_CLONES double dot(const double* a, const double* b, int64_t n) {
  double sums[4] = {0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int lane = 0; lane < 4; lane++) sums[lane] += a[i + lane] * b[i + lane];
  }
  double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (; i < n; i++) sum += a[i] * b[i];
  return sum;
}

NN_CLONES void add_scaled(double* y, const double* x, double factor, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += factor * x[i];
}

NN_CLONES void add_two(double* y, const double* a, double fa, const double* b, double fb, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += fa * a[i] + fb * b[i];
}

NN_CLONES void rotate(double* a, double* b, double cosine, double sine, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const double above = a[i], below = b[i];
    a[i] = cosine * above - sine * below;
    b[i] = sine * above + cosine * below;
  }
}

// The sum over rows of factor * row' * row, full and symmetric.
NN_CLONES std::vector<double> gram(const double* rows, const double* factors, int64_t count, int64_t size) {
  std::vector<double> out(static_cast<size_t>(size * size), 0);
  constexpr int64_t kTogether = 4;
  int64_t r = 0;
  for (; r + kTogether <= count; r += kTogether) {
    const double *a = rows + r * size, *b = a + size, *c = b + size, *d = c + size;
    for (int64_t i = 0; i < size; i++) {
      const double fa = a[i] * (factors ? factors[r] : 1), fb = b[i] * (factors ? factors[r + 1] : 1);
      const double fc = c[i] * (factors ? factors[r + 2] : 1), fd = d[i] * (factors ? factors[r + 3] : 1);
      double* line = out.data() + i * size;
      for (int64_t j = i; j < size; j++) line[j] += (fa * a[j] + fb * b[j]) + (fc * c[j] + fd * d[j]);
    }
  }
  for (; r < count; r++) {
    const double* row = rows + r * size;
    for (int64_t i = 0; i < size; i++) {
      const double factor = row[i] * (factors ? factors[r] : 1);
      double* line = out.data() + i * size;
      for (int64_t j = i; j < size; j++) line[j] += factor * row[j];
    }
  }
  for (int64_t i = 0; i < size; i++) {
    for (int64_t j = 0; j < i; j++) out[i * size + j] = out[j * size + i];
  }
  return out;
}

// Householder: the matrix becomes tridiagonal; the reflections stay in its upper rows, their factors in `scales`.
void tridiagonalize(std::vector<double>* matrix, int64_t n, std::vector<double>* diagonal, std::vector<double>* beside,
                    std::vector<double>* scales) {
  double* a = matrix->data();
  std::vector<double> product(static_cast<size_t>(n));
  for (int64_t k = 0; k + 1 < n; k++) {
    double* v = a + k * n;  // by symmetry the row is the column
    const int64_t from = k + 1, rest = n - from;
    (*diagonal)[k] = v[k];
    const double tail = dot(v + from + 1, v + from + 1, rest - 1);
    if (tail == 0) {
      (*beside)[k] = v[from];
      continue;
    }
    const double length = std::sqrt(v[from] * v[from] + tail), alpha = v[from] > 0 ? -length : length;
    (*beside)[k] = alpha;
    v[from] -= alpha;
    const double scale = 2 / (v[from] * v[from] + tail);
    (*scales)[k] = scale;
    for (int64_t i = from; i < n; i++) product[i] = scale * dot(a + i * n + from, v + from, rest);
    add_scaled(product.data() + from, v + from, -scale / 2 * dot(product.data() + from, v + from, rest), rest);
    for (int64_t i = from; i < n; i++) add_two(a + i * n + from, v + from, -product[i], product.data() + from, -v[i], rest);
  }
  (*diagonal)[n - 1] = a[n * n - 1];
}

}  // namespace

void symmetric_eigen(std::vector<double>* matrix, int64_t n, std::vector<double>* values, std::vector<double>* vectors) {
  values->assign(static_cast<size_t>(n), 0);
  vectors->assign(static_cast<size_t>(n * n), 0);
  std::vector<double> e(static_cast<size_t>(n), 0), scales(static_cast<size_t>(n), 0);
  std::vector<double>& d = *values;
  tridiagonalize(matrix, n, &d, &e, &scales);
  double* z = vectors->data();
  for (int64_t i = 0; i < n; i++) z[i * n + i] = 1;
  // Implicit QL steps with Wilkinson's shift, each eigenvalue in its turn.
  for (int64_t l = 0; l < n; l++) {
    for (int step = 0; step < 60; step++) {
      int64_t m = l;
      while (m + 1 < n && std::fabs(e[m]) > std::numeric_limits<double>::epsilon() * (std::fabs(d[m]) + std::fabs(d[m + 1]))) m++;
      if (m == l) break;
      double g = (d[l + 1] - d[l]) / (2 * e[l]), r = std::hypot(g, 1.0);
      g = d[m] - d[l] + e[l] / (g + std::copysign(r, g));
      double s = 1, c = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; i--) {
        double f = s * e[i], b = c * e[i];
        r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate(z + i * n, z + (i + 1) * n, c, s, n);
      }
      if (i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  for (int64_t row = 0; row < n; row++) {
    for (int64_t k = n - 2; k >= 0; k--) {
      if (scales[k] == 0) continue;
      const double* v = matrix->data() + k * n + k + 1;
      double* part = z + row * n + k + 1;
      add_scaled(part, v, -scales[k] * dot(part, v, n - k - 1), n - k - 1);
    }
  }
}

std::vector<double> whitening_matrix(const double* samples, int64_t count, int64_t size, double epsilon) {
  const bool wide = count < size;
  std::vector<double> matrix, values, vectors;
  const int64_t n = wide ? count : size;
  if (wide) {
    matrix.resize(static_cast<size_t>(n * n));
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = i; j < n; j++) matrix[i * n + j] = matrix[j * n + i] = dot(samples + i * size, samples + j * size, size);
    }
  } else {
    matrix = gram(samples, nullptr, count, size);
  }
  symmetric_eigen(&matrix, n, &values, &vectors);
  const double largest = *std::max_element(values.begin(), values.end());
  // Squares lose half of the digits: what cannot be told from zero is zero, as it is in a decomposition of the data themselves.
  const double least = largest * std::numeric_limits<double>::epsilon() * static_cast<double>(n);
  std::vector<double> factors(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; i++) {
    const double singular = values[i] > least ? std::sqrt(values[i]) : 0;
    factors[i] = std::sqrt(static_cast<double>(count)) / (singular + epsilon);
    if (wide) factors[i] = singular > 0 ? factors[i] / values[i] : 0;
  }
  if (!wide) return gram(vectors.data(), factors.data(), n, size);
  std::vector<double> directions(static_cast<size_t>(n * size), 0);
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < n; j++) add_scaled(directions.data() + i * size, samples + j * size, vectors[i * n + j], size);
  }
  return gram(directions.data(), factors.data(), n, size);
}

}  // namespace images
}  // namespace nn
