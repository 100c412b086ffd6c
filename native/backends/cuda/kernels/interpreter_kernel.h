// The interpreter's loop, for words of four or of eight bytes.
#pragma once

#ifdef __CUDACC__
#pragma nv_diag_suppress 186  // formulas for all types compare unsigned numbers with 0
#endif

#include "backends/cuda/kernels/interpreter_words.h"
#include "backends/cuda/kernels/random_words.h"

namespace nn {
namespace cuda {

template <class T, class Word>
__device__ __forceinline__ Pack<Word, 4> read_words(const Operand& o, const Term* terms, uint32_t i, uint32_t n) {
  const Pack<T, 4> values = read_quad<T>(o, terms, i, n);
  Pack<Word, 4> words;
#pragma unroll
  for (int k = 0; k < 4; k++) words.v[k] = to_word<Word>(values.v[k]);
  return words;
}

template <class T, class Word>
__device__ __forceinline__ void write_words(void* out, bool aligned, uint32_t i, uint32_t n, const Pack<Word, 4>& words) {
  Pack<T, 4> values;
#pragma unroll
  for (int k = 0; k < 4; k++) values.v[k] = from_word<T>(words.v[k]);
  write_quad(static_cast<T*>(out), aligned, i, n, values);
}

// One instruction for operands of type T.
template <class T>
__device__ __forceinline__ void run_instruction(const Instruction& in, const Attributes& attr, const Pack<uint32_t, 4>& a,
                                                const Pack<uint32_t, 4>& b, const Pack<uint32_t, 4>& c, Pack<uint32_t, 4>* result) {
  const T p = from_word<T>(static_cast<uint32_t>(attr.words[0])), q = from_word<T>(static_cast<uint32_t>(attr.words[1]));
  switch (in.code) {
#define NN_INSTRUCTION(name, form, dtypes, cost, attributes_of_row, value)                                                       \
  case math::code_##name:                                                                                                        \
    if constexpr (has_dtype<math::name##_functor, T> && in_place<math::code_##name, T>()) {                                      \
      _Pragma("unroll") for (int k = 0; k < 4; k++) result->v[k] =                                                               \
          apply_word<math::name##_functor, uint32_t, T>(from_word<T>(a.v[k]), from_word<T>(b.v[k]), from_word<T>(c.v[k]), p, q); \
      return;                                                                                                                    \
    }                                                                                                                            \
    break;
    NN_ELEMENTWISE_OPS(NN_INSTRUCTION)
#undef NN_INSTRUCTION
    default:
      break;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    result->v[k] = call_function<T>(in.code, from_word<T>(a.v[k]), from_word<T>(b.v[k]), p, q);
  }
}

// In programs with float64, which are few, the four elements go through the functions one after the other.
template <class T>
__device__ __forceinline__ void run_instruction(const Instruction& in, const Attributes& attr, Pack<uint64_t, 4>* a,
                                                const Pack<uint64_t, 4>* b, const Pack<uint64_t, 4>* c) {
  const T p = from_word<T>(attr.words[0]), q = from_word<T>(attr.words[1]);
#pragma unroll 1
  for (int k = 0; k < 4; k++) {
    a->v[k] = apply_one<T, uint64_t, true>(in.code, from_word<T>(a->v[k]), from_word<T>(b->v[k]), from_word<T>(c->v[k]), p, q);
  }
}

template <class T, class Word>
__device__ __forceinline__ void run_cast(int dtype, const Pack<Word, 4>& a, Pack<Word, 4>* result) {
#pragma unroll
  for (int k = 0; k < 4; k++) result->v[k] = cast_word<T, Word>(from_word<T>(a.v[k]), dtype);
}

template <class T, class Word>
__device__ __forceinline__ void run_dropout(const Attributes& attr, const Pack<uint32_t, 4>& words, const Pack<Word, 4>& a,
                                            Pack<Word, 4>* result) {
  const T scale = from_word<T>(static_cast<Word>(attr.words[1]));
  const uint32_t threshold = static_cast<uint32_t>(attr.words[0]);
#pragma unroll
  for (int k = 0; k < 4; k++) result->v[k] = to_word<Word>(math::dropout(from_word<T>(a.v[k]), words.v[k], threshold, scale));
}

template <class Word>
__global__ void __launch_bounds__(kProgramThreads<Word>) interpret(const __grid_constant__ ProgramParameters program) {
  using Words = Pack<Word, 4>;
  constexpr bool kWide = sizeof(Word) == 8;
  constexpr int kSlots = kSharedSlots<Word>;
  __shared__ Words slots[kSlots][kProgramThreads<Word>];
  __shared__ Words stage[kWide ? 3 : 1][kWide ? kProgramThreads<Word> : 1];  // where an element can be chosen by number
  const uint32_t threads = gridDim.x * blockDim.x, self = blockIdx.x * blockDim.x + threadIdx.x;
  Words* const spill = static_cast<Words*>(program.spill) + self;
  const uint32_t n = program.n, quads = (n + 3) / 4;
  for (uint32_t quad = self; quad < quads; quad += threads) {
    const uint32_t i = quad * 4;
    Words last{};
    const auto source = [&](int src) {
      if (src == kSourceLast) return last;
      if (src >= kSourceSlot) {
        const int slot = src - kSourceSlot;
        return slot < kSlots ? slots[slot][threadIdx.x] : spill[static_cast<uint64_t>(slot - kSlots) * threads];
      }
      const Operand& o = program.in[src];
      if (o.dtype == NN_FLOAT32 || o.dtype == NN_INT32) return read_words<uint32_t, Word>(o, program.terms, i, n);
      if constexpr (kWide) {
        if (o.dtype == NN_FLOAT64) return read_words<uint64_t, Word>(o, program.terms, i, n);
      }
      return read_words<uint8_t, Word>(o, program.terms, i, n);
    };
#pragma unroll 1
    for (int at = 0; at < program.count; at++) {
      const Instruction in = program.code[at];
      Words a = source(in.src[0]), b = a, c = a;
      if (in.code == kCodeStore) {
        const bool aligned = in.extra != 0;
        if (in.dtype == NN_FLOAT32 || in.dtype == NN_INT32) {
          write_words<uint32_t>(program.out[in.dst], aligned, i, n, a);
        } else if (kWide && in.dtype == NN_FLOAT64) {
          write_words<Word>(program.out[in.dst], aligned, i, n, a);
        } else {
          write_words<uint8_t>(program.out[in.dst], aligned, i, n, a);
        }
        continue;
      }
      if (in.n_src > 1) b = source(in.src[1]);
      if (in.n_src > 2) c = source(in.src[2]);
      if (in.code == math::code_where) {
#pragma unroll
        for (int k = 0; k < 4; k++) last.v[k] = a.v[k] != 0 ? b.v[k] : c.v[k];
      } else if (in.code == math::code_cast) {
        if (in.dtype == NN_FLOAT32)
          run_cast<float>(in.extra, a, &last);
        else if (in.dtype == NN_INT32)
          run_cast<int32_t>(in.extra, a, &last);
        else if (in.dtype != NN_FLOAT64)
          run_cast<uint8_t>(in.extra, a, &last);
        else if constexpr (kWide)
          run_cast<double>(in.extra, a, &last);
      } else if (in.code == math::code_dropout) {
        const Attributes& attr = program.attributes[in.extra];
        const math::RandomStream stream =
            random_stream(reinterpret_cast<const int32_t*>(program.in[in.src[2]].data), static_cast<int32_t>(attr.words[0] >> 32));
        const Pack<uint32_t, 4> words = words_from(stream, program.first + i);
        if (in.dtype == NN_FLOAT32)
          run_dropout<float>(attr, words, a, &last);
        else if constexpr (kWide)
          run_dropout<double>(attr, words, a, &last);
      } else if constexpr (kWide) {
        stage[0][threadIdx.x] = a;
        stage[1][threadIdx.x] = b;
        stage[2][threadIdx.x] = c;
        Words *x = &stage[0][threadIdx.x], *y = &stage[1][threadIdx.x], *z = &stage[2][threadIdx.x];
        const Attributes& attr = program.attributes[in.extra];
        if (in.dtype == NN_FLOAT64)
          run_instruction<double>(in, attr, x, y, z);
        else if (in.dtype == NN_FLOAT32)
          run_instruction<float>(in, attr, x, y, z);
        else if (in.dtype == NN_INT32)
          run_instruction<int32_t>(in, attr, x, y, z);
        else
          run_instruction<uint8_t>(in, attr, x, y, z);
        last = *x;
      } else {
        const Attributes& attr = program.attributes[in.extra];
        if (in.dtype == NN_FLOAT32)
          run_instruction<float>(in, attr, a, b, c, &last);
        else if (in.dtype == NN_INT32)
          run_instruction<int32_t>(in, attr, a, b, c, &last);
        else
          run_instruction<uint8_t>(in, attr, a, b, c, &last);
      }
      if (in.dst == kNoSlot) continue;
      if (in.dst < kSlots)
        slots[in.dst][threadIdx.x] = last;
      else
        spill[static_cast<uint64_t>(in.dst - kSlots) * threads] = last;
    }
  }
}

}  // namespace cuda
}  // namespace nn
