// concat: one launch for as many inputs as fit into the parameters.
#include <vector>

#include "backends/cuda/kernels/shape_parts.h"
#include "math/divider32.h"

namespace nn {
namespace cuda {

namespace {

constexpr int kMostInputs = 120;

template <class Index>
struct Joined {
  const char* from[kMostInputs];
  int64_t start[kMostInputs + 1];  // units: where each input's run begins in the part of a row that this launch writes
  math::Divider_<Index> part;      // units of that part
  int64_t row;                     // units of a whole row of the output
  int32_t count;
};

template <class Unit, class Index>
__global__ void __launch_bounds__(kBlock) join(const __grid_constant__ Joined<Index> inputs, char* to, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_stride()) {
    Index outer = static_cast<Index>(i);
    const int64_t at = static_cast<int64_t>(inputs.part.split(&outer));
    int low = 0, high = inputs.count - 1;  // the last input that begins at or before `at`
    while (low < high) {
      const int middle = (low + high + 1) / 2;
      if (inputs.start[middle] <= at)
        low = middle;
      else
        high = middle - 1;
    }
    const int64_t run = inputs.start[low + 1] - inputs.start[low];
    const Unit* source = reinterpret_cast<const Unit*>(inputs.from[low]) + static_cast<int64_t>(outer) * run + (at - inputs.start[low]);
    reinterpret_cast<Unit*>(to)[static_cast<int64_t>(outer) * inputs.row + at] = *source;
  }
}

// Inputs [first, last) of the list, whose runs begin at byte `begin` of a row.
template <class Unit, class Index>
int32_t run_part(nn_device* device, const nn_args* a, const std::vector<int>& list, size_t first, size_t last, int64_t outer,
                 int64_t element, int64_t begin, int64_t row, nn_error* error) {
  constexpr int64_t unit = sizeof(Unit);
  Joined<Index> inputs{};
  inputs.count = static_cast<int32_t>(last - first);
  inputs.row = row / unit;
  for (size_t i = first; i < last; i++) {
    const nn_tensor& x = a->in[list[i]];
    inputs.from[i - first] = static_cast<const char*>(x.data);
    inputs.start[i - first + 1] = inputs.start[i - first] + x.dims[a->attrs[0]] * element / unit;
  }
  const int64_t part = inputs.start[last - first];
  inputs.part = math::Divider_<Index>(part);
  return launch(device, "concat", join<Unit, Index>, grid_for(device, outer * part), error, inputs,
                static_cast<char*>(a->out[0].data) + begin, outer * part);
}

}  // namespace

int32_t run_concat(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  const nn_tensor& y = a->out[0];
  if (y.size == 0) return NN_OK;
  const AxisView view(y, a->attrs[0]);
  const int64_t element = view.inner * dtype_bytes(y.dtype), row = view.size * element;
  std::vector<int> list;  // inputs with elements
  UnitBytes unit(row);
  for (int i = 0; i < a->n_in; i++) {
    if (a->in[i].size == 0) continue;
    list.push_back(i);
    unit.divides(a->in[i].dims[a->attrs[0]] * element);
  }
  int64_t begin = 0;
  for (size_t first = 0; first < list.size(); first += kMostInputs) {
    const size_t last = std::min(first + kMostInputs, list.size());
    const int32_t code = with_unit(unit.bytes(), [&](auto of) {
      using Unit = decltype(of);
      if (y.size < limit_of_32_bits) return run_part<Unit, uint32_t>(device, a, list, first, last, view.outer, element, begin, row, error);
      return run_part<Unit, uint64_t>(device, a, list, first, last, view.outer, element, begin, row, error);
    });
    if (code != NN_OK) return code;
    for (size_t i = first; i < last; i++) begin += a->in[list[i]].dims[a->attrs[0]] * element;
  }
  return NN_OK;
}

}  // namespace cuda
}  // namespace nn
