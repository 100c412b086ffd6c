// Optimizer updates: all variables in one parallel region, cut into pieces of one size.
#include "ops/optimizer.h"

#include <cmath>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/kernels/functions.h"
#include "backends/cpu/kernels/optimizer_loops.h"
#include "backends/cpu/parallel.h"
#include "core/op.h"

namespace nn {
namespace cpu {

template <>
const OptimizerFunctions<float>& optimizer_functions<float>() {
  return NN_SELECT(float32_optimizer);
}
template <>
const OptimizerFunctions<double>& optimizer_functions<double>() {
  static const OptimizerFunctions<double> functions = base::optimizer_table<double>();
  return functions;
}

namespace {

constexpr int64_t kPiece = 8192;  // elements

inline int64_t pieces_of(const nn_tensor& t) { return (t.size + kPiece - 1) / kPiece; }

// f(slot, gradient, n) for pieces of every variable. `first_gradient`: how many scalars come before. `kinds`: which group of outputs
// each slot is, 0 the variables, -1 none.
template <class T, class F>
void for_pieces(const nn_args& a, int first_gradient, const int (&kinds)[kMostSlots], F f) {
  const int64_t count = a.attrs[0];
  int64_t total = 0;
  for (int64_t v = 0; v < count; v++) total += pieces_of(a.out[v]);
  parallel_for(total, kParallelWork / (4 * kPiece), [&](int64_t first, int64_t last) {
    int64_t before = 0;  // pieces of the variables before v
    for (int64_t v = 0; v < count && before < last; v++) {
      const int64_t pieces = pieces_of(a.out[v]);
      const int64_t from = first > before ? first - before : 0, to = last - before < pieces ? last - before : pieces;
      before += pieces;
      if (from >= to) continue;
      const int64_t begin = from * kPiece, end = to * kPiece < a.out[v].size ? to * kPiece : a.out[v].size;
      T* slot[kMostSlots];
      for (int s = 0; s < kMostSlots; s++) slot[s] = kinds[s] < 0 ? nullptr : static_cast<T*>(a.out[kinds[s] * count + v].data) + begin;
      f(slot, static_cast<const T*>(a.in[first_gradient + v].data) + begin, end - begin);
    }
  });
}

double scalar(const nn_args& a, int i) { return *static_cast<const double*>(a.in[i].data); }

template <class T>
int32_t run_sgd(const nn_args& a) {
  const double rate = scalar(a, 0);
  math::SgdStep<T> step;
  step.rate = static_cast<T>(rate);
  step.momentum = static_cast<T>(attr_float(a.attrs + 1));
  step.nesterov = a.attrs[3] != 0;
  step.decay = static_cast<T>(attr_float(a.attrs + 4) * rate);
  const int kinds[kMostSlots] = {0, optimizer_ops::sgd_slots(a) > 0 ? 1 : -1, -1, -1};
  for_pieces<T>(a, 1, kinds, [&](T* const* slot, const T* g, int64_t n) { optimizer_functions<T>().sgd(step, slot, g, n); });
  return NN_OK;
}

template <class T>
int32_t run_adam(const nn_args& a) {
  const double rate = scalar(a, 0), t = scalar(a, 1), beta1 = attr_float(a.attrs + 1), beta2 = attr_float(a.attrs + 3);
  math::AdamStep<T> step;
  step.rate = static_cast<T>(rate * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t)));
  step.rest1 = static_cast<T>(1 - beta1);
  step.rest2 = static_cast<T>(1 - beta2);
  step.epsilon = static_cast<T>(attr_float(a.attrs + 5));
  step.decay = static_cast<T>(attr_float(a.attrs + 8) * rate);
  const int kinds[kMostSlots] = {0, 1, 2, a.attrs[7] ? 3 : -1};
  for_pieces<T>(a, 2, kinds, [&](T* const* slot, const T* g, int64_t n) { optimizer_functions<T>().adam(step, slot, g, n); });
  return NN_OK;
}

template <class T>
int32_t run_rmsprop(const nn_args& a) {
  const double rate = scalar(a, 0), rho = attr_float(a.attrs + 1), momentum = attr_float(a.attrs + 3);
  math::RmspropStep<T> step;
  step.rate = static_cast<T>(rate);
  step.rho = static_cast<T>(rho);
  step.rest = static_cast<T>(1 - rho);
  step.momentum = static_cast<T>(momentum);
  step.epsilon = static_cast<T>(attr_float(a.attrs + 5));
  step.decay = static_cast<T>(attr_float(a.attrs + 8) * rate);
  const bool moving = momentum != 0, centered = a.attrs[7] != 0;
  const int kinds[kMostSlots] = {0, 1, moving ? 2 : -1, centered ? (moving ? 3 : 2) : -1};
  for_pieces<T>(a, 1, kinds, [&](T* const* slot, const T* g, int64_t n) { optimizer_functions<T>().rmsprop(step, slot, g, n); });
  return NN_OK;
}

template <class T>
int32_t run_rule(const nn_args& a) {
  math::RuleNumbers numbers;
  numbers.rate = scalar(a, 0);
  numbers.step = scalar(a, 1);
  numbers.product = scalar(a, 2);
  double* const own[] = {&numbers.a, &numbers.b, &numbers.c, &numbers.d, &numbers.e};
  for (int i = 0; i < 5; i++) *own[i] = attr_float(a.attrs + 2 + 2 * i);
  const double decay = attr_float(a.attrs + 12) * numbers.rate;
  const int rule = a.attrs[1];
  const int kinds[kMostSlots] = {0, 1, math::rule_slots(static_cast<math::Rule>(rule)) > 1 ? 2 : -1, -1};
  for_pieces<T>(a, 3, kinds,
                [&](T* const* slot, const T* g, int64_t n) { optimizer_functions<T>().rules[rule](numbers, decay, slot, g, n); });
  return NN_OK;
}

template <int32_t (*Float)(const nn_args&), int32_t (*Double)(const nn_args&)>
int32_t run_either(nn_device*, const nn_args* a, void*, void*, nn_error*) {
  return a->out[0].dtype == NN_FLOAT32 ? Float(*a) : Double(*a);
}

}  // namespace
}  // namespace cpu

void append_optimizer_kernels(std::vector<nn_kernel>& kernels) {
  using namespace cpu;
  kernels.push_back({"sgdUpdate", kFloats, nullptr, run_either<run_sgd<float>, run_sgd<double>>, nullptr});
  kernels.push_back({"adamUpdate", kFloats, nullptr, run_either<run_adam<float>, run_adam<double>>, nullptr});
  kernels.push_back({"rmspropUpdate", kFloats, nullptr, run_either<run_rmsprop<float>, run_rmsprop<double>>, nullptr});
  kernels.push_back({"ruleUpdate", kFloats, nullptr, run_either<run_rule<float>, run_rule<double>>, nullptr});
}

}  // namespace nn
