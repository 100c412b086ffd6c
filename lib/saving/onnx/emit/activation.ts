/** Activations, by name and as layers. */
import type { Config } from '../../../options/index.js';
import type { Emitter, Emitters } from '../emitters.js';
import { real, type Scope } from '../scope.js';
import type { Value } from '../value.js';

type Formula = (g: Scope, x: string) => string;

function clip(g: Scope, x: string, low: number, high: number): string {
  return g.op('Clip', [x, g.number(low), g.number(high)]);
}

/** What treats each number by itself. */
const formulas: Readonly<Record<string, Formula>> = {
  celu: (g, x) => g.op('Celu', [x], { alpha: real(1) }),
  elu: (g, x) => g.op('Elu', [x], { alpha: real(1) }),
  exponential: (g, x) => g.op('Exp', [x]),
  gelu: (g, x) => {
    const half = g.mul(x, g.number(0.5));
    return g.mul(half, g.add(g.op('Erf', [g.mul(x, g.number(Math.SQRT1_2))]), g.number(1)));
  },
  hardShrink: (g, x) => g.op('Shrink', [x], { lambd: real(0.5), bias: real(0) }),
  hardSigmoid: (g, x) => g.op('HardSigmoid', [x], { alpha: real(1 / 6), beta: real(0.5) }),
  hardSilu: (g, x) => g.mul(x, g.op('HardSigmoid', [x], { alpha: real(1 / 6), beta: real(0.5) })),
  hardTanh: (g, x) => clip(g, x, -1, 1),
  leakyRelu: (g, x) => g.op('LeakyRelu', [x], { alpha: real(0.2) }),
  linear: (_, x) => x,
  logSigmoid: (g, x) => g.op('Neg', [g.op('Softplus', [g.op('Neg', [x])])]),
  mish: (g, x) => g.mul(x, g.op('Tanh', [g.op('Softplus', [x])])),
  relu: (g, x) => g.op('Relu', [x]),
  relu6: (g, x) => clip(g, x, 0, 6),
  selu: (g, x) => g.op('Selu', [x], { alpha: real(1.6732632423543772), gamma: real(1.0507009873554805) }),
  sigmoid: (g, x) => g.op('Sigmoid', [x]),
  silu: (g, x) => g.mul(x, g.op('Sigmoid', [x])),
  softplus: (g, x) => g.op('Softplus', [x]),
  softShrink: (g, x) => g.op('Shrink', [x], { lambd: real(0.5), bias: real(0.5) }),
  softsign: (g, x) => g.op('Softsign', [x]),
  // (clip(x, -1, 1) + 1)² / 4 + max(x - 1, 0)
  sparsePlus: (g, x) => {
    const inside = g.add(clip(g, x, -1, 1), g.number(1));
    const above = g.op('Relu', [g.sub(x, g.number(1))]);
    return g.add(g.mul(g.mul(inside, inside), g.number(0.25)), above);
  },
  sparseSigmoid: (g, x) => clip(g, g.mul(g.add(x, g.number(1)), g.number(0.5)), 0, 1),
  squareplus: (g, x) => g.mul(g.add(x, g.op('Sqrt', [g.add(g.mul(x, x), g.number(4))])), g.number(0.5)),
  tanh: (g, x) => g.op('Tanh', [x]),
  tanhShrink: (g, x) => g.sub(x, g.op('Tanh', [x])),
};

/** What looks along the last axis. */
const alongLast: Readonly<Record<string, (g: Scope, x: Value) => string>> = {
  glu: (g, x) => {
    const half = g.known(x.shape.at(-1), 'last axis') / 2;
    const [a, b] = g.ops(2, 'Split', [g.plain(x), g.ints([half, half])], { axis: -1 });
    return g.mul(a!, g.op('Sigmoid', [b!]));
  },
  logSoftmax: (g, x) => g.op('LogSoftmax', [g.plain(x)], { axis: -1 }),
  softmax: (g, x) => g.op('Softmax', [g.plain(x)], { axis: -1 }),
  sparsemax: (g, x) => {
    const name = g.plain(x);
    const size = g.known(x.shape.at(-1), 'last axis');
    const [values] = g.ops(2, 'TopK', [name, g.ints([size])], { axis: -1 });
    const rank = g.numbers(
      Array.from({ length: size }, (_, i) => i + 1),
      [size],
    );
    const sums = g.op('CumSum', [values!, g.number(-1, 'int64')]);
    const inside = g.op('Greater', [g.add(g.mul(values!, rank), g.number(1)), sums]);
    const count = g.reduce('Sum', g.castTo(inside, g.dtype), [-1], true);
    const total = g.reduce('Sum', g.op('Where', [inside, values!, g.number(0)]), [-1], true);
    return g.op('Relu', [g.sub(name, g.div(g.sub(total, g.number(1)), count))]);
  },
};

/** Applies an activation as configs have it. */
export function activated(g: Scope, x: Value, activation: Config[string]): Value {
  if (activation === undefined || activation === null || activation === 'linear') return x;
  if (typeof activation === 'string' && Object.hasOwn(formulas, activation)) return g.each(x, (name) => formulas[activation]!(g, name));
  if (typeof activation === 'string' && Object.hasOwn(alongLast, activation)) {
    const shape = activation === 'glu' ? [...x.shape.slice(0, -1), x.shape.at(-1)! / 2] : x.shape;
    return g.value(alongLast[activation]!(g, x), shape, x.dtype);
  }
  throw g.refuse(
    'an activation that has a name',
    typeof activation === 'string' ? `'${activation}'` : 'a function',
    'use one of the named ones',
  );
}

const reluLayer: Emitter = (g, { config, inputs }) => {
  const { maxValue, negativeSlope, threshold } = config as { maxValue: number | null; negativeSlope: number; threshold: number };
  return g.each(inputs[0]!, (x) => {
    if (threshold === 0 && negativeSlope === 0) return maxValue === null ? g.op('Relu', [x]) : clip(g, x, 0, maxValue);
    if (threshold === 0 && maxValue === null) return g.op('LeakyRelu', [x], { alpha: real(negativeSlope) });
    const upper = maxValue === null ? x : g.op('Min', [x, g.number(maxValue)]);
    const lower = negativeSlope === 0 ? g.number(0) : g.mul(g.sub(x, g.number(threshold)), g.number(negativeSlope));
    return g.op('Where', [g.op('LessOrEqual', [x, g.number(threshold)]), lower, upper]);
  });
};

const prelu: Emitter = (g, { inputs, weight }) => {
  const x = g.plain(inputs[0]!);
  const negative = g.op('Relu', [g.op('Neg', [x])]);
  return g.value(g.sub(g.op('Relu', [x]), g.mul(g.weight(weight('alpha')!), negative)), inputs[0]!.shape);
};

/** Below any logit: what Keras puts in the place of steps that are not real. */
const MASKED = -3e38;

const softmax: Emitter = (g, { config, inputs }) => {
  const [input] = inputs as readonly [Value];
  const x = input.mask ? g.op('Where', [g.plain(input.mask), g.plain(input), g.number(MASKED)]) : g.plain(input);
  const axes = [config['axis'] as number | readonly number[]].flat();
  if (axes.length === 1) return g.value(g.op('Softmax', [x], { axis: axes[0]! }), input.shape);
  const shifted = g.sub(x, g.reduce('Max', x, axes, true));
  const powers = g.op('Exp', [shifted]);
  return g.value(g.div(powers, g.reduce('Sum', powers, axes, true)), input.shape);
};

export const activationEmitters: Emitters = {
  Activation: (g, { config, inputs }) => activated(g, inputs[0]!, config['activation']),
  ReLU: reluLayer,
  LeakyReLU: (g, { config, inputs }) =>
    g.each(inputs[0]!, (x) => g.op('LeakyRelu', [x], { alpha: real(config['negativeSlope'] as number) })),
  ELU: (g, { config, inputs }) => g.each(inputs[0]!, (x) => g.op('Elu', [x], { alpha: real(config['alpha'] as number) })),
  PReLU: prelu,
  Softmax: softmax,
};
