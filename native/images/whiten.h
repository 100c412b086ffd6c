// ZCA whitening: the symmetric matrix that takes correlations between pixels away.
#pragma once

#include <cstdint>
#include <vector>

namespace nn {
namespace images {

// For `count` centred samples of `size` values: U * diag(sqrt(count) / (s + epsilon)) * U', where s and U are singular values and left
// singular vectors of the data, one sample a column. Of fewer samples than values only the directions that they span are kept.
std::vector<double> whitening_matrix(const double* samples, int64_t count, int64_t size, double epsilon);

// Eigenvalues of a symmetric matrix (which is used up), and its eigenvectors as rows, in no order.
void symmetric_eigen(std::vector<double>* matrix, int64_t n, std::vector<double>* values, std::vector<double>* vectors);

}  // namespace images
}  // namespace nn
