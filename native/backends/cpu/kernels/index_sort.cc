// sort and topK. Rows become keys with the position below the number, so that equal numbers keep their order and NaN its place.
#include <algorithm>

#include "backends/cpu/kernels/shape_parts.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/index.h"

namespace nn {
namespace {

constexpr int64_t kSlots = 64;       // rows that can be sorted at the same time
constexpr int64_t kElements = 4096;  // that are worth a thread's while

struct KeyBits {
  uint64_t bits;
  KeyBits() = default;
  KeyBits(uint32_t key, int64_t position) : bits(static_cast<uint64_t>(key) << 32 | static_cast<uint64_t>(position)) {}
  int32_t position() const { return static_cast<int32_t>(bits & 0xffffffffu); }
  bool operator<(const KeyBits& other) const { return bits < other.bits; }
};

struct KeyPair {
  uint64_t key;
  int64_t at;
  KeyPair() = default;
  KeyPair(uint64_t key_of, int64_t position) : key(key_of), at(position) {}
  int32_t position() const { return static_cast<int32_t>(at); }
  bool operator<(const KeyPair& other) const { return key != other.key ? key < other.key : at < other.at; }
};

template <class T>
struct Item {
  using Type = KeyBits;
};
template <>
struct Item<double> {
  using Type = KeyPair;
};

int32_t prepare_sort(nn_device*, const nn_args* a, void**, size_t* workspace, nn_error*) {
  const nn_tensor& x = a->in[0];
  if (x.size == 0) return NN_OK;
  const int64_t length = x.dims[x.rank - 1], item = x.dtype == NN_FLOAT64 ? sizeof(KeyPair) : sizeof(KeyBits);
  *workspace = static_cast<size_t>(std::min(x.size / length, kSlots) * length * item);
  return NN_OK;
}

template <class T>
void sort_rows(const nn_args* a, bool descending, void* workspace) {
  using ItemType = typename Item<T>::Type;
  const nn_tensor& x = a->in[0];
  const int64_t length = x.dims[x.rank - 1], kept = a->out[0].dims[x.rank - 1], rows = x.size / length;
  const int64_t slots = std::min(rows, kSlots);
  parallel_for(slots, kElements / (rows / slots * length), [=](int64_t begin, int64_t end) {
    for (int64_t slot = begin; slot < end; slot++) {
      ItemType* items = static_cast<ItemType*>(workspace) + slot * length;
      for (int64_t row = slot; row < rows; row += slots) {
        const T* from = static_cast<const T*>(a->in[0].data) + row * length;
        T* values = static_cast<T*>(a->out[0].data) + row * kept;
        int32_t* positions = static_cast<int32_t*>(a->out[1].data) + row * kept;
        for (int64_t i = 0; i < length; i++) {
          const auto key = math::order_key(from[i]);
          items[i] = ItemType(descending ? ~key : key, i);
        }
        if (kept < length / 8) {
          std::partial_sort(items, items + kept, items + length);
        } else {
          std::sort(items, items + length);
        }
        for (int64_t i = 0; i < kept; i++) {
          positions[i] = items[i].position();
          values[i] = from[positions[i]];
        }
      }
    }
  });
}

int32_t order(const nn_args* a, bool descending, void* workspace) {
  if (a->out[0].size > 0) {
    with_type(a->in[0].dtype, [&](auto zero) { sort_rows<decltype(zero)>(a, descending, workspace); });
  }
  return NN_OK;
}

int32_t run_sort(nn_device*, const nn_args* a, void*, void* workspace, nn_error*) { return order(a, a->attrs[0] != 0, workspace); }
int32_t run_top_k(nn_device*, const nn_args* a, void*, void* workspace, nn_error*) { return order(a, true, workspace); }

}  // namespace

void append_sort_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"sort", kNumbers, prepare_sort, run_sort, nullptr});
  kernels.push_back({"topK", kNumbers, prepare_sort, run_top_k, nullptr});
}

}  // namespace nn
