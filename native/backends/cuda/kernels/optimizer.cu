// Optimizers: one launch for all variables.
#include "backends/cuda/kernels.h"
#include "backends/cuda/kernels/multi_tensor.h"
#include "backends/cuda/kernels/optimizer_parts.h"
#include "math/optimizer.h"
#include "ops/optimizer.h"

namespace nn {
namespace cuda {

namespace {

template <class T, bool Momentum>
struct SgdUpdate {
  static constexpr int kScalars = 1, kSlots = Momentum ? 2 : 1;
  using Step = math::SgdStep<T>;
  double momentum, decay;
  bool nesterov;

  NN_HD Step begin(const double (&scalars)[kScalars]) const {
    Step step;
    step.rate = static_cast<T>(scalars[0]);
    step.momentum = static_cast<T>(momentum);
    step.nesterov = nesterov;
    step.decay = static_cast<T>(decay * scalars[0]);
    return step;
  }
  static NN_HD void apply(const Step& step, T (&slot)[kSlots], T g) {
    if constexpr (Momentum)
      step.with_momentum(slot[0], slot[1], g);
    else
      step.plain(slot[0], g);
  }
};

template <class T, bool Greatest>
struct AdamUpdate {
  static constexpr int kScalars = 2, kSlots = Greatest ? 4 : 3;
  using Step = math::AdamStep<T>;
  double beta1, beta2, epsilon, decay;

  NN_HD Step begin(const double (&scalars)[kScalars]) const {
    const double rate = scalars[0], t = scalars[1];
    Step step;
    step.rate = static_cast<T>(rate * ::sqrt(1 - ::pow(beta2, t)) / (1 - ::pow(beta1, t)));
    step.rest1 = static_cast<T>(1 - beta1);
    step.rest2 = static_cast<T>(1 - beta2);
    step.epsilon = static_cast<T>(epsilon);
    step.decay = static_cast<T>(decay * rate);
    return step;
  }
  static NN_HD void apply(const Step& step, T (&slot)[kSlots], T g) {
    T now = step.moments(slot[1], slot[2], g);
    if constexpr (Greatest) {
      slot[3] = now > slot[3] ? now : slot[3];
      now = slot[3];
    }
    step.apply(slot[0], slot[1], now);
  }
};

template <class T, bool Momentum, bool Centered>
struct RmspropUpdate {
  static constexpr int kScalars = 1, kSlots = 2 + Momentum + Centered;
  using Step = math::RmspropStep<T>;
  double rho, momentum, epsilon, decay;

  NN_HD Step begin(const double (&scalars)[kScalars]) const {
    const double rate = scalars[0];
    Step step;
    step.rate = static_cast<T>(rate);
    step.rho = static_cast<T>(rho);
    step.rest = static_cast<T>(1 - rho);
    step.momentum = static_cast<T>(momentum);
    step.epsilon = static_cast<T>(epsilon);
    step.decay = static_cast<T>(decay * rate);
    return step;
  }
  static NN_HD void apply(const Step& step, T (&slot)[kSlots], T g) {
    T average = 0;
    if constexpr (Centered) average = slot[kSlots - 1] = step.running_mean(slot[kSlots - 1], g);
    T increment = step.increment(slot[1], g, average);
    if constexpr (Momentum) increment = slot[2] = step.momentum * slot[2] + increment;
    step.apply(slot[0], increment);
  }
};

template <class T>
int32_t run_sgd(nn_device* device, const nn_args& a, nn_error* error) {
  const double momentum = attr_float(a.attrs + 1), decay = attr_float(a.attrs + 4);
  const bool nesterov = a.attrs[3] != 0;
  if (optimizer_ops::sgd_slots(a) == 0) return run_update<T>(device, "sgd", a, SgdUpdate<T, false>{momentum, decay, nesterov}, {0}, error);
  return run_update<T>(device, "sgd", a, SgdUpdate<T, true>{momentum, decay, nesterov}, {0, 1}, error);
}

template <class T>
int32_t run_adam(nn_device* device, const nn_args& a, nn_error* error) {
  const double beta1 = attr_float(a.attrs + 1), beta2 = attr_float(a.attrs + 3), epsilon = attr_float(a.attrs + 5),
               decay = attr_float(a.attrs + 8);
  if (a.attrs[7]) return run_update<T>(device, "adam", a, AdamUpdate<T, true>{beta1, beta2, epsilon, decay}, {0, 1, 2, 3}, error);
  return run_update<T>(device, "adam", a, AdamUpdate<T, false>{beta1, beta2, epsilon, decay}, {0, 1, 2}, error);
}

template <class T>
int32_t run_rmsprop(nn_device* device, const nn_args& a, nn_error* error) {
  const double rho = attr_float(a.attrs + 1), momentum = attr_float(a.attrs + 3), epsilon = attr_float(a.attrs + 5),
               decay = attr_float(a.attrs + 8);
  const bool centered = a.attrs[7] != 0;
  if (momentum != 0) {
    if (centered)
      return run_update<T>(device, "rmsprop", a, RmspropUpdate<T, true, true>{rho, momentum, epsilon, decay}, {0, 1, 2, 3}, error);
    return run_update<T>(device, "rmsprop", a, RmspropUpdate<T, true, false>{rho, momentum, epsilon, decay}, {0, 1, 2}, error);
  }
  if (centered) return run_update<T>(device, "rmsprop", a, RmspropUpdate<T, false, true>{rho, momentum, epsilon, decay}, {0, 1, 2}, error);
  return run_update<T>(device, "rmsprop", a, RmspropUpdate<T, false, false>{rho, momentum, epsilon, decay}, {0, 1}, error);
}

template <int32_t (*Float)(nn_device*, const nn_args&, nn_error*), int32_t (*Double)(nn_device*, const nn_args&, nn_error*)>
int32_t run_either(nn_device* device, const nn_args* a, void*, void*, nn_error* error) {
  return a->out[0].dtype == NN_FLOAT32 ? Float(device, *a, error) : Double(device, *a, error);
}

}  // namespace

void append_optimizer_kernels(std::vector<nn_kernel>& kernels) {
  kernels.push_back({"sgdUpdate", kFloats, nullptr, run_either<run_sgd<float>, run_sgd<double>>, nullptr});
  kernels.push_back({"adamUpdate", kFloats, nullptr, run_either<run_adam<float>, run_adam<double>>, nullptr});
  kernels.push_back({"rmspropUpdate", kFloats, nullptr, run_either<run_rmsprop<float>, run_rmsprop<double>>, nullptr});
  kernels.push_back({"ruleUpdate", kFloats, nullptr, run_rule, nullptr});
}

}  // namespace cuda
}  // namespace nn
