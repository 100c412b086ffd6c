// ruleUpdate: the optimizers whose step is a rule of math/optimizer.h. A new rule needs nothing here.
#include <cstdio>

#include "backends/cuda/kernels/multi_tensor.h"
#include "backends/cuda/kernels/optimizer_parts.h"
#include "math/optimizer.h"

namespace nn {
namespace cuda {

namespace {

template <class T, template <class> class Rule, int Slots>
struct RuleUpdate {
  static constexpr int kScalars = 3, kSlots = 1 + Slots;
  struct Step {
    Rule<T> rule;
    T decay;
  };
  math::RuleNumbers numbers;  // a to e
  double decay;

  NN_HD Step begin(const double (&scalars)[kScalars]) const {
    math::RuleNumbers now = numbers;
    now.rate = scalars[0];
    now.step = scalars[1];
    now.product = scalars[2];
    return {Rule<T>(now), static_cast<T>(decay * scalars[0])};
  }
  static NN_HD void apply(const Step& step, T (&slot)[kSlots], T g) {
    slot[0] = slot[0] - slot[0] * step.decay;
    step.rule.step(slot[0], slot[1], slot[kSlots - 1], g);
  }
};

template <class T, template <class> class Rule, int Slots>
int32_t run(nn_device* device, const char* name, const nn_args& a, nn_error* error) {
  RuleUpdate<T, Rule, Slots> update{};
  double* const own[] = {&update.numbers.a, &update.numbers.b, &update.numbers.c, &update.numbers.d, &update.numbers.e};
  for (int i = 0; i < 5; i++) *own[i] = attr_float(a.attrs + 2 + 2 * i);
  update.decay = attr_float(a.attrs + 12);
  int kinds[1 + Slots];
  for (int i = 0; i <= Slots; i++) kinds[i] = i;
  return run_update<T>(device, name, a, update, kinds, error);
}

template <class T>
int32_t run_any(nn_device* device, const nn_args& a, nn_error* error) {
  switch (static_cast<math::Rule>(a.attrs[1])) {
#define NN_RUN_RULE(name, slots) \
  case math::Rule::k##name:      \
    return run<T, math::name##Rule, slots>(device, #name, a, error);
    NN_RULES(NN_RUN_RULE)
#undef NN_RUN_RULE
    default:
      std::snprintf(error->message, sizeof error->message, "ruleUpdate: expected a known rule, got %d", a.attrs[1]);
      return error->code = NN_INVALID;
  }
}

}  // namespace

int32_t run_rule(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return a->out[0].dtype == NN_FLOAT32 ? run_any<float>(device, *a, error) : run_any<double>(device, *a, error);
}

}  // namespace cuda
}  // namespace nn
