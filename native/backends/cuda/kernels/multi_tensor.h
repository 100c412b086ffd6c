// One kernel over many variables with their gradients and slots: what an optimizer does in a step.
#pragma once

#include "backends/cuda/kernels/parts.h"

namespace nn {
namespace cuda {

// An update is a struct that goes to the kernel by value, with
// - kScalars, kSlots: how many float64 scalars it reads, and how many tensors it changes, the variable included;
// - Step begin(const double (&scalars)[kScalars]): what is the same for all elements, made once a block;
// - static apply(const Step&, T (&slot)[kSlots], T gradient): one element.
template <class Update>
struct UpdateTensors {
  static constexpr int kSlots = Update::kSlots;
  // As many as the parameters of a kernel have room for.
  static constexpr int kMost = (4096 - 64 - static_cast<int>(sizeof(Update))) / ((kSlots + 2) * 8 + 4);
  const double* scalars[Update::kScalars];
  void* slot[kMost][kSlots];
  const void* gradient[kMost];
  int64_t size[kMost];
  uint32_t first_piece[kMost + 1];  // pieces of all tensors are numbered one after the other
  int32_t count;
};

constexpr int64_t kPieceElements = int64_t{kBlock} * 4;  // four for each thread of a block
constexpr int64_t pieces_of(int64_t size) { return (size + kPieceElements - 1) / kPieceElements; }

#if defined(__CUDACC__) || defined(NN_EMULATED_CUDA)

template <class Update, class T>
__device__ __forceinline__ void update_four(const typename Update::Step& step, void* const* slots, const void* gradient, int64_t i,
                                            int64_t n) {
  Pack<T, 4> slot[Update::kSlots], g;
  const bool whole = i + 4 <= n;
  if (whole) {
    g = *reinterpret_cast<const Pack<T, 4>*>(static_cast<const T*>(gradient) + i);
#pragma unroll
    for (int s = 0; s < Update::kSlots; s++) slot[s] = *reinterpret_cast<const Pack<T, 4>*>(static_cast<const T*>(slots[s]) + i);
  } else {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const int64_t at = i + k < n ? i + k : n - 1;
      g.v[k] = static_cast<const T*>(gradient)[at];
#pragma unroll
      for (int s = 0; s < Update::kSlots; s++) slot[s].v[k] = static_cast<const T*>(slots[s])[at];
    }
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    T one[Update::kSlots];
#pragma unroll
    for (int s = 0; s < Update::kSlots; s++) one[s] = slot[s].v[k];
    Update::apply(step, one, g.v[k]);
#pragma unroll
    for (int s = 0; s < Update::kSlots; s++) slot[s].v[k] = one[s];
  }
#pragma unroll
  for (int s = 0; s < Update::kSlots; s++) {
    T* to = static_cast<T*>(slots[s]) + i;
    if (whole) {
      *reinterpret_cast<Pack<T, 4>*>(to) = slot[s];
    } else {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (i + k < n) to[k] = slot[s].v[k];
      }
    }
  }
}

template <class Update, class T>
__global__ void __launch_bounds__(kBlock) update_tensors(const __grid_constant__ UpdateTensors<Update> tensors, Update update) {
  using Step = typename Update::Step;
  struct alignas(16) Bytes {
    unsigned char at[sizeof(Step)];
  };
  __shared__ Bytes shared_step;  // plain bytes: a step may have a constructor
  if (threadIdx.x == 0) {        // powers in float64 take long on most GPUs: one thread of a block does them for all
    double scalars[Update::kScalars];
    for (int i = 0; i < Update::kScalars; i++) scalars[i] = *tensors.scalars[i];
    const Step made = update.begin(scalars);
    memcpy(shared_step.at, &made, sizeof(Step));
  }
  __syncthreads();
  const Step step = *reinterpret_cast<const Step*>(shared_step.at);
  const uint32_t pieces = tensors.first_piece[tensors.count];
  for (uint32_t piece = blockIdx.x; piece < pieces; piece += gridDim.x) {
    int low = 0, high = tensors.count - 1;  // the last tensor that begins at or before this piece
    while (low < high) {
      const int middle = (low + high + 1) / 2;
      if (tensors.first_piece[middle] <= piece)
        low = middle;
      else
        high = middle - 1;
    }
    const int64_t i = static_cast<int64_t>(piece - tensors.first_piece[low]) * kPieceElements + threadIdx.x * 4;
    if (i < tensors.size[low]) update_four<Update, T>(step, tensors.slot[low], tensors.gradient[low], i, tensors.size[low]);
  }
}

// In: the scalars, then a gradient for each variable; out: the variables, then each slot for all of them. `kinds`: which group of the
// outputs each of the update's slots is.
template <class T, class Update>
int32_t run_update(nn_device* device, const char* name, const nn_args& a, const Update& update, const int (&kinds)[Update::kSlots],
                   nn_error* error) {
  using Tensors = UpdateTensors<Update>;
  const int count = a.attrs[0];
  for (int next = 0; next < count;) {
    Tensors tensors{};
    for (int i = 0; i < Update::kScalars; i++) tensors.scalars[i] = static_cast<const double*>(a.in[i].data);
    int64_t pieces = 0;
    for (; next < count && tensors.count < Tensors::kMost; next++) {
      const nn_tensor& variable = a.out[next];
      if (variable.size == 0) continue;
      const int at = tensors.count;
      if (pieces + pieces_of(variable.size) > INT32_MAX && at > 0) break;
      tensors.count++;
      tensors.gradient[at] = a.in[Update::kScalars + next].data;
      tensors.size[at] = variable.size;
      for (int s = 0; s < Update::kSlots; s++) tensors.slot[at][s] = a.out[kinds[s] * count + next].data;
      pieces += pieces_of(variable.size);
      tensors.first_piece[at + 1] = static_cast<uint32_t>(pieces);
    }
    if (tensors.count == 0) continue;
    Grid grid = grid_of_blocks(std::min<int64_t>(pieces, int64_t{device->multiprocessors} * 8));
    if (int32_t code = launch(device, name, update_tensors<Update, T>, grid, error, tensors, update)) return code;
  }
  return NN_OK;
}

#endif

}  // namespace cuda
}  // namespace nn
