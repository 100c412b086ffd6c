// Plain loops that say what the operations are: the oracle of the tests, the float64 kernels, and what shapes that oneDNN is not made
// for fall back on. Sums are kept in float64 whatever T is.
#pragma once

#include "ops/conv2d.h"
#include "ops/conv3d.h"
#include "ops/matmul.h"

namespace nn {
namespace reference {

// bias, dbias may be NULL.
template <class T>
void matmul(const MatmulGeometry& g, const T* a, const T* b, const T* bias, T* c);

template <class T>
void conv2d(const Conv2dGeometry& g, const T* x, const T* filter, const T* bias, bool relu, T* y);
template <class T>
void conv2d_backward_input(const Conv2dGeometry& g, const T* dy, const T* filter, T* dx);
template <class T>
void conv2d_backward_filter(const Conv2dGeometry& g, const T* x, const T* dy, T* dfilter, T* dbias);

template <class T>
void conv3d(const Conv3dGeometry& g, const T* x, const T* filter, const T* bias, bool relu, T* y);
template <class T>
void conv3d_backward_input(const Conv3dGeometry& g, const T* dy, const T* filter, T* dx);
template <class T>
void conv3d_backward_filter(const Conv3dGeometry& g, const T* x, const T* dy, T* dfilter, T* dbias);

}  // namespace reference
}  // namespace nn
