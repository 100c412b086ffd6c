// Random fills and dropout. Threads take whole counters, so that the numbers do not depend on how many there are.
#include <cmath>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/kernels/random_loops.h"
#include "backends/cpu/kernels/random_stream.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"
#include "math/draws.h"
#include "math/rows.h"

namespace nn {
namespace cpu {

template <>
const RandomFunctions<float>& random_functions<float>() {
  return NN_SELECT(float32_random);
}
template <>
const RandomFunctions<double>& random_functions<double>() {
  static const RandomFunctions<double> functions = {base::dropout_loop<double>, base::uniform_loop<double>};
  return functions;
}

namespace {

constexpr int64_t kPiece = 1024;  // elements, a multiple of 4

// f(first, n) for pieces of the output on several threads.
template <class F>
void for_elements(int64_t n, int64_t cost, F f) {
  const int64_t pieces = (n + kPiece - 1) / kPiece;
  parallel_for(pieces, kParallelWork / (kPiece * cost), [&](int64_t first, int64_t last) {
    const int64_t begin = first * kPiece, end = last * kPiece < n ? last * kPiece : n;
    f(begin, end - begin);
  });
}

template <class T>
int32_t run_uniform(const nn_args* a) {
  const math::RandomStream stream = random_stream(a->in[0], a->attrs[0]);
  const T low = static_cast<T>(attr_float(a->attrs + 1)), high = static_cast<T>(attr_float(a->attrs + 3));
  const T last = high > low ? std::nextafter(high, low) : low;
  T* y = static_cast<T*>(a->out[0].data);
  for_elements(a->out[0].size, math::kPolynomial,
               [&](int64_t first, int64_t n) { random_functions<T>().uniform(y + first, first, n, stream, low, high, last); });
  return NN_OK;
}

// Elements 2k and 2k + 1 come from the words of the same places.
template <class T>
int32_t run_normal(const nn_args* a) {
  const math::RandomStream stream = random_stream(a->in[0], a->attrs[0]);
  const double mean = attr_float(a->attrs + 1), deviation = attr_float(a->attrs + 3);
  T* y = static_cast<T*>(a->out[0].data);
  for_elements(a->out[0].size, math::kLibrary, [&](int64_t first, int64_t n) {
    base::for_words(stream, first, n, [&](int64_t begin, const uint32_t* words, int64_t size) {
      T* to = y + first + begin;
      for (int64_t i = 0; i < size; i += 2) {
        const math::NormalPair pair = math::normal_pair(words[i], words[i + 1]);
        to[i] = static_cast<T>(mean + deviation * pair.first);
        if (i + 1 < size) to[i + 1] = static_cast<T>(mean + deviation * pair.second);
      }
    });
  });
  return NN_OK;
}

template <class T>
int32_t run_truncated(const nn_args* a) {
  const math::RandomStream stream = random_stream(a->in[0], a->attrs[0]);
  const double mean = attr_float(a->attrs + 1), deviation = attr_float(a->attrs + 3);
  T* y = static_cast<T*>(a->out[0].data);
  for_elements(a->out[0].size, math::kSlow, [&](int64_t first, int64_t n) {
    base::for_words(stream, first, n, [&](int64_t begin, const uint32_t* words, int64_t size) {
      T* to = y + first + begin;
      for (int64_t i = 0; i < size; i++) to[i] = static_cast<T>(mean + deviation * math::truncated_normal(words[i]));
    });
  });
  return NN_OK;
}

int32_t run_int(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const math::RandomStream stream = random_stream(a->in[0], a->attrs[0]);
  const int32_t low = a->attrs[1];
  const uint32_t count = static_cast<uint32_t>(a->attrs[2]) - static_cast<uint32_t>(low);
  int32_t* y = static_cast<int32_t*>(a->out[0].data);
  for_elements(a->out[0].size, math::kPolynomial, [&](int64_t first, int64_t n) {
    base::for_words(stream, first, n, [&](int64_t begin, const uint32_t* words, int64_t size) {
      int32_t* to = y + first + begin;
      for (int64_t i = 0; i < size; i++) to[i] = math::integer_from(words[i], low, count);
    });
  });
  return NN_OK;
}

int32_t run_dropout_op(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  const math::RandomStream stream = random_stream(a->in[1], a->attrs[0]);
  const double rate = attr_float(a->attrs + 1);
  const int dtype = a->in[0].dtype, bytes = dtype_bytes(dtype);
  const char* x = static_cast<const char*>(a->in[0].data);
  char* y = static_cast<char*>(a->out[0].data);
  for_elements(a->out[0].size, math::kPolynomial,
               [&](int64_t first, int64_t n) { run_dropout(dtype, x + first * bytes, y + first * bytes, first, n, stream, rate); });
  return NN_OK;
}

template <class T>
int32_t run_gamma(const nn_args* a) {
  const math::RandomStream stream = random_stream(a->in[1], a->attrs[0]);
  const bool logarithm = a->attrs[1] != 0;
  const T* shape = static_cast<const T*>(a->in[0].data);
  T* y = static_cast<T*>(a->out[0].data);
  for_elements(a->out[0].size, math::kSlow, [&](int64_t first, int64_t n) {
    for (int64_t i = first; i < first + n; i++) {
      const double drawn = math::log_gamma_draw(shape[i], stream, static_cast<uint64_t>(i));
      y[i] = static_cast<T>(logarithm ? drawn : std::exp(drawn));
    }
  });
  return NN_OK;
}

template <class T>
int32_t run_binomial(const nn_args* a) {
  const math::RandomStream stream = random_stream(a->in[2], a->attrs[0]);
  const T *counts = static_cast<const T*>(a->in[0].data), *probabilities = static_cast<const T*>(a->in[1].data);
  T* y = static_cast<T*>(a->out[0].data);
  for_elements(a->out[0].size, math::kSlow, [&](int64_t first, int64_t n) {
    for (int64_t i = first; i < first + n; i++) {
      y[i] = static_cast<T>(math::binomial_draw(counts[i], probabilities[i], stream, static_cast<uint64_t>(i)));
    }
  });
  return NN_OK;
}

template <int32_t (*Float)(const nn_args*), int32_t (*Double)(const nn_args*)>
int32_t run_either(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return a->out[0].dtype == NN_FLOAT32 ? Float(a) : Double(a);
}

}  // namespace

}  // namespace cpu

void append_random_kernels(std::vector<nn_kernel>& kernels) {
  using namespace cpu;
  kernels.push_back({"randomUniform", kFloats, nullptr, run_either<run_uniform<float>, run_uniform<double>>, nullptr});
  kernels.push_back({"randomNormal", kFloats, nullptr, run_either<run_normal<float>, run_normal<double>>, nullptr});
  kernels.push_back({"truncatedNormal", kFloats, nullptr, run_either<run_truncated<float>, run_truncated<double>>, nullptr});
  kernels.push_back({"randomInt", kI32, nullptr, run_int, nullptr});
  kernels.push_back({"dropout", kFloats, nullptr, run_dropout_op, nullptr});
  kernels.push_back({"randomGamma", kFloats, nullptr, run_either<run_gamma<float>, run_gamma<double>>, nullptr});
  kernels.push_back({"randomBinomial", kFloats, nullptr, run_either<run_binomial<float>, run_binomial<double>>, nullptr});
}

}  // namespace nn
