// Optimizer updates against plain formulas over several steps, for many tensors of odd sizes in one op.
#include "ops/optimizer.h"

#include "kernel_rig.h"

namespace nn_test {
namespace {

using Real = long double;
using Values = std::vector<Real>;

const OpRunner& runner() {
  static const OpRunner* r = [] {
    auto* made = new OpRunner();
    nn::append_optimizer_ops(made->ops);
    nn::append_optimizer_kernels(made->kernels);
    return made;
  }();
  return *r;
}

// `count` variables with `slots` slots each, as arrays of a dtype and as long doubles beside them.
struct Model {
  std::vector<Array> gradients, outputs;  // outputs: variables, then each kind of slot
  std::vector<Values> want;               // of the outputs
  int64_t count;

  Model(int dtype, const std::vector<Dims>& shapes, int slots, std::mt19937& random) : count(static_cast<int64_t>(shapes.size())) {
    std::uniform_real_distribution<double> draw(-1, 1);
    for (int s = 0; s <= slots; s++) {
      for (const Dims& dims : shapes) {
        outputs.emplace_back(dtype, dims);
        for (int64_t i = 0; i < outputs.back().size(); i++) outputs.back().set(i, s == 0 ? draw(random) : 0);
        want.emplace_back();
        for (double v : outputs.back().values()) want.back().push_back(v);
      }
    }
    for (const Dims& dims : shapes) gradients.emplace_back(dtype, dims);
  }

  void draw_gradients(std::mt19937& random) {
    std::uniform_real_distribution<double> draw(-1, 1);
    for (Array& g : gradients) {
      for (int64_t i = 0; i < g.size(); i++) g.set(i, draw(random));
    }
  }

  Outcome run(const std::string& op, const std::vector<double>& scalars, const Attrs& attrs) const {
    std::vector<Array> values;
    for (double s : scalars) values.push_back(Array(NN_FLOAT64, {}, {s}));
    std::vector<const Array*> in, out;
    for (const Array& a : values) in.push_back(&a);
    for (const Array& a : gradients) in.push_back(&a);
    for (const Array& a : outputs) out.push_back(&a);
    return runner().run(op, in, out, attrs);
  }

  // f(gradient, the variable's and its slots' elements)
  void step(const std::function<void(Real g, Real* const* slot)>& f) {
    for (int64_t v = 0; v < count; v++) {
      for (int64_t i = 0; i < gradients[static_cast<size_t>(v)].size(); i++) {
        Real* slot[4] = {};
        for (size_t s = 0; s < outputs.size() / static_cast<size_t>(count); s++) {
          slot[s] = &want[s * static_cast<size_t>(count) + static_cast<size_t>(v)][static_cast<size_t>(i)];
        }
        f(gradients[static_cast<size_t>(v)].get(i), slot);
      }
    }
  }

  void expect_close(double tolerance) const {
    for (size_t t = 0; t < outputs.size(); t++) {
      Real worst = 0;
      for (int64_t i = 0; i < outputs[t].size(); i++) {
        const Real w = want[t][static_cast<size_t>(i)];
        worst = std::fmax(worst, std::fabs(outputs[t].get(i) - w) / std::fmax(1.0L, std::fabs(w)));
      }
      EXPECT_LE(worst, tolerance) << "output " << t;
    }
  }
};

const std::vector<Dims> kShapes = {{3, 3, 1, 32}, {32}, {}, {0, 4}, {540, 10}, {10}, {8192}, {8193}, {20000}};

// Runs `steps` of an op on every instruction set with 1 and 3 threads; all must end within the tolerance, and on one set alike.
void expect_steps(const std::string& op, int slots, const std::function<std::vector<double>(int t)>& scalars, const Attrs& options,
                  const std::function<void(int t, Real g, Real* const* slot)>& formula) {
  Attrs attrs{static_cast<int32_t>(kShapes.size())};
  attrs.add_all(options.words());
  for (int dtype : {NN_FLOAT32, NN_FLOAT64}) {
    for (nn::cpu::Arch arch : archs()) {
      UseArch use(arch);
      std::vector<std::string> first;
      for (int threads : {1, 3}) {
        Threads use_threads(threads);
        std::mt19937 random(21);
        Model model(dtype, kShapes, slots, random);
        for (int t = 1; t <= 3; t++) {
          model.draw_gradients(random);
          const Outcome outcome = model.run(op, scalars(t), attrs);
          ASSERT_EQ(outcome.code, NN_OK) << outcome.message;
          model.step([&](Real g, Real* const* slot) { formula(t, g, slot); });
        }
        model.expect_close(dtype == NN_FLOAT32 ? 2e-6 : 1e-14);
        std::vector<std::string> bits;
        for (const Array& a : model.outputs) bits.push_back(bits_of(a));
        if (first.empty()) first = bits;
        EXPECT_TRUE(first == bits) << "other bits with " << threads << " threads";
      }
    }
  }
}

TEST(Optimizer, Sgd) {
  for (double momentum : {0.0, 0.9}) {
    for (int nesterov : {0, 1}) {
      for (double decay : {0.0, 0.1}) {
        Attrs options;
        options.add_float(momentum).add(nesterov).add_float(decay);
        expect_steps(
            "sgdUpdate", momentum != 0 ? 1 : 0, [](int t) { return std::vector<double>{0.05 / t}; }, options,
            [=](int t, Real g, Real* const* slot) {
              const Real rate = 0.05 / t;
              *slot[0] -= *slot[0] * decay * rate;
              if (momentum == 0) {
                *slot[0] -= rate * g;
                return;
              }
              *slot[1] = momentum * *slot[1] - rate * g;
              *slot[0] += nesterov ? momentum * *slot[1] - rate * g : *slot[1];
            });
      }
    }
  }
}

TEST(Optimizer, Adam) {
  for (int amsgrad : {0, 1}) {
    for (double decay : {0.0, 0.1}) {
      Attrs options;
      options.add_float(0.9).add_float(0.999).add_float(1e-7).add(amsgrad).add_float(decay);
      expect_steps(
          "adamUpdate", 2 + amsgrad, [](int t) { return std::vector<double>{0.001, double(t)}; }, options,
          [=](int t, Real g, Real* const* slot) {
            const Real rate = 0.001, b1 = 0.9, b2 = 0.999;
            const Real alpha = rate * std::sqrt(1 - std::pow(b2, t)) / (1 - std::pow(b1, t));
            *slot[0] -= *slot[0] * decay * rate;
            *slot[1] = b1 * *slot[1] + (1 - b1) * g;
            *slot[2] = b2 * *slot[2] + (1 - b2) * g * g;
            Real v = *slot[2];
            if (amsgrad) v = *slot[3] = std::fmax(*slot[3], v);
            *slot[0] -= alpha * *slot[1] / (std::sqrt(v) + 1e-7L);
          });
    }
  }
}

// One rule with its numbers a to e, its slots and its formula, which finds the decayed weight.
struct RuleCase {
  nn::math::Rule rule;
  std::vector<double> numbers;
  std::function<void(int t, Real product, Real g, Real* const* slot)> formula;
};

const Real kRate = 0.25L;

const std::vector<RuleCase> kRuleCases = {
    {nn::math::Rule::kAdamax,
     {0.9, 0.999, 1e-3},
     [](int t, Real, Real g, Real* const* s) {
       s[1][0] = 0.9 * s[1][0] + (1 - 0.9) * g;
       s[2][0] = std::fmax(0.999 * s[2][0], std::fabs(g));
       s[0][0] -= kRate * s[1][0] / ((1 - std::pow(0.9, t)) * (s[2][0] + 1e-3));
     }},
    {nn::math::Rule::kNadam,
     {0.9, 0.999, 1e-3},
     [](int t, Real product, Real g, Real* const* s) {
       const Real u = 0.9 * (1 - 0.5 * std::pow(0.96, t)), next = 0.9 * (1 - 0.5 * std::pow(0.96, t + 1));
       s[1][0] = 0.9 * s[1][0] + (1 - 0.9) * g;
       s[2][0] = 0.999 * s[2][0] + (1 - 0.999) * g * g;
       const Real m = next * s[1][0] / (1 - product * next) + (1 - u) * g / (1 - product);
       s[0][0] -= kRate * m / (std::sqrt(s[2][0] / (1 - std::pow(0.999, t))) + 1e-3);
     }},
    {nn::math::Rule::kAdagrad,
     {1e-2},
     [](int, Real, Real g, Real* const* s) {
       s[1][0] += g * g;
       s[0][0] -= kRate * g / std::sqrt(s[1][0] + 1e-2);
     }},
    {nn::math::Rule::kAdadelta,
     {0.95, 1e-2},
     [](int, Real, Real g, Real* const* s) {
       s[1][0] = 0.95 * s[1][0] + (1 - 0.95) * g * g;
       const Real step = std::sqrt(s[2][0] + 1e-2) * g / std::sqrt(s[1][0] + 1e-2);
       s[2][0] = 0.95 * s[2][0] + (1 - 0.95) * step * step;
       s[0][0] -= kRate * step;
     }},
    {nn::math::Rule::kFtrl,
     {-0.5, 0.125, 0.25, 0.125, 0.5},
     [](int, Real, Real g, Real* const* s) {
       const Real grown = std::sqrt(s[1][0] + g * g), l2 = 0.25 + 0.5 / (2 * kRate);
       s[2][0] += g + 2 * 0.125 * s[0][0] - (grown - std::sqrt(s[1][0])) / kRate * s[0][0];
       const Real within = std::fmin(std::fmax(s[2][0], -0.125L), 0.125L);
       s[0][0] = (within - s[2][0]) / (grown / kRate + 2 * l2);
       s[1][0] += g * g;
     }},
    {nn::math::Rule::kLion,
     {0.5, 0.75},
     [](int, Real, Real g, Real* const* s) {
       const Real way = 0.5 * s[1][0] + 0.5 * g;
       s[0][0] -= kRate * (way > 0 ? 1 : way < 0 ? -1 : 0);
       s[1][0] = 0.75 * s[1][0] + 0.25 * g;
     }},
    {nn::math::Rule::kScheduleFree,
     {0.9, 0.999, 1e-3, 2},
     [](int t, Real, Real g, Real* const* s) {
       const Real rate = t < 2 ? kRate / 2 : kRate;
       s[2][0] = 0.999 * s[2][0] + (1 - 0.999) * g * g;
       const Real mean = (s[0][0] - (1 - 0.9) * s[1][0]) / 0.9;
       s[1][0] -= rate * g / (std::sqrt(s[2][0] / (1 - std::pow(0.999L, t))) + 1e-3);
       s[0][0] = (1 - 0.9) * s[1][0] + 0.9 * ((1 - 1.0L / t) * mean + s[1][0] / t);
     }},
};

TEST(Optimizer, Rules) {
  EXPECT_EQ(kRuleCases.size(), static_cast<size_t>(nn::math::Rule::kCount));
  for (const RuleCase& rule : kRuleCases) {
    for (double decay : {0.0, 0.125}) {
      SCOPED_TRACE(static_cast<int>(rule.rule));
      Attrs options;
      options.add(static_cast<int32_t>(rule.rule));
      for (size_t i = 0; i < 5; i++) options.add_float(i < rule.numbers.size() ? rule.numbers[i] : 0);
      options.add_float(decay);
      const auto product = [](int t) {
        double all = 1;
        for (int i = 1; i <= t; i++) all *= 0.9 * (1 - 0.5 * std::pow(0.96, i));
        return all;
      };
      expect_steps(
          "ruleUpdate", nn::math::rule_slots(rule.rule), [&](int t) { return std::vector<double>{double(kRate), double(t), product(t)}; },
          options,
          [&](int t, Real g, Real* const* slot) {
            *slot[0] -= *slot[0] * decay * kRate;
            rule.formula(t, product(t), g, slot);
          });
    }
  }
}

TEST(Optimizer, Rmsprop) {
  for (double momentum : {0.0, 0.5}) {
    for (int centered : {0, 1}) {
      for (double decay : {0.0, 0.1}) {
        Attrs options;
        options.add_float(0.9).add_float(momentum).add_float(1e-2).add(centered).add_float(decay);
        expect_steps(
            "rmspropUpdate", 1 + (momentum != 0) + centered, [](int) { return std::vector<double>{0.01}; }, options,
            [=](int, Real g, Real* const* slot) {
              const Real rate = 0.01, rho = 0.9;
              *slot[0] -= *slot[0] * decay * rate;
              *slot[1] = rho * *slot[1] + (1 - rho) * g * g;
              Real denominator = *slot[1] + 1e-2L;
              if (centered) {
                Real* average = slot[momentum != 0 ? 3 : 2];
                *average = rho * *average + (1 - rho) * g;
                denominator -= *average * *average;
              }
              Real step = rate * g / std::sqrt(denominator);
              if (momentum != 0) step = *slot[2] = momentum * *slot[2] + step;
              *slot[0] -= step;
            });
      }
    }
  }
}

TEST(Optimizer, SchemasRefuse) {
  const Array rate(NN_FLOAT64, {}), narrow(NN_FLOAT32, {}), pair(NN_FLOAT64, {2}), g(NN_FLOAT32, {3}), w(NN_FLOAT32, {3}),
      v(NN_FLOAT32, {3}), other(NN_FLOAT32, {4}), wide(NN_FLOAT64, {3}), ints(NN_INT32, {3});
  const auto sgd = [](int32_t count, double momentum, int32_t nesterov, double decay) {
    Attrs attrs{count};
    return attrs.add_float(momentum).add(nesterov).add_float(decay);
  };
  const auto& r = runner();
  EXPECT_EQ(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(1, 0, 0, 0)), "");
  EXPECT_EQ(r.check("sgdUpdate", {&rate, &g}, {&w, &v}, sgd(1, 0.9, 1, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(1, 0.9, 0, 0)), "");  // no velocity
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w, &v}, sgd(1, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(2, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(0, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(INT32_MIN, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&narrow, &g}, {&w}, sgd(1, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&pair, &g}, {&w}, sgd(1, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &other}, {&w}, sgd(1, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &wide}, {&w}, sgd(1, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w, &other}, sgd(1, 0.9, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &ints}, {&ints}, sgd(1, 0, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(1, NAN, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w, &v}, sgd(1, 1.5, 0, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(1, 0, 2, 0)), "");
  EXPECT_NE(r.check("sgdUpdate", {&rate, &g}, {&w}, sgd(1, 0, 0, -1)), "");
  Attrs adam{1};
  adam.add_float(0.9).add_float(0.999).add_float(1e-7).add(3).add_float(0);
  EXPECT_EQ(r.check("adamUpdate", {&rate, &rate, &g}, {&w, &v, &v}, adam), "expected 0 or 1 for amsgrad, got 3");
  Attrs rmsprop{1};
  rmsprop.add_float(0.9).add_float(0).add_float(1e-7).add(-1).add_float(0);
  EXPECT_EQ(r.check("rmspropUpdate", {&rate, &g}, {&w}, rmsprop), "expected 0 or 1 for centered, got -1");
}

}  // namespace
}  // namespace nn_test
