/** The namespace `activations`: functions by name, as layers take them. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type ConfigValue, describe, isSerialized, nearest, type Reader } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { gelu, glu, hardTanh, linear, sparseSigmoid, tanhShrink } from './functions.js';

export { gelu, glu, hardTanh, linear, sparseSigmoid, tanhShrink };
export {
  celu,
  elu,
  exp as exponential,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardSilu as hardSwish,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  silu as swish,
  softmax,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  squareplus,
  tanh,
  threshold,
} from '../ops/index.js';

type ActivationFunction = (x: Tensor) => Tensor;

/** Functions by the names that layers take. Where there are two, the first is written into configs. */
const named = {
  celu: (x) => ops.celu(x),
  elu: (x) => ops.elu(x),
  exponential: (x) => ops.exp(x),
  gelu: (x) => gelu(x),
  glu: (x) => glu(x),
  hardShrink: (x) => ops.hardShrink(x),
  hardSigmoid: (x) => ops.hardSigmoid(x),
  hardSilu: (x) => ops.hardSilu(x),
  hardSwish: (x) => ops.hardSilu(x),
  hardTanh: (x) => hardTanh(x),
  leakyRelu: (x) => ops.leakyRelu(x),
  linear: (x) => x,
  logSigmoid: (x) => ops.logSigmoid(x),
  logSoftmax: (x) => ops.logSoftmax(x),
  mish: (x) => ops.mish(x),
  relu: (x) => ops.relu(x),
  relu6: (x) => ops.relu6(x),
  selu: (x) => ops.selu(x),
  sigmoid: (x) => ops.sigmoid(x),
  silu: (x) => ops.silu(x),
  softmax: (x) => ops.softmax(x),
  softplus: (x) => ops.softplus(x),
  softShrink: (x) => ops.softShrink(x),
  softsign: (x) => ops.softsign(x),
  sparsemax: (x) => ops.sparsemax(x),
  sparsePlus: (x) => ops.sparsePlus(x),
  sparseSigmoid: (x) => sparseSigmoid(x),
  squareplus: (x) => ops.squareplus(x),
  swish: (x) => ops.silu(x),
  tanh: (x) => ops.tanh(x),
  tanhShrink: (x) => tanhShrink(x),
} satisfies Record<string, ActivationFunction>;

/** Names of activations. */
export type ActivationName = keyof typeof named;

/** What an activation option takes: a name, or a function from a tensor to one of the same shape. */
export type ActivationLike = ActivationName | Activation | ActivationFunction;

/** An activation with what a config says of it. */
export class Activation {
  /** undefined for a function of the user's. */
  readonly name: ActivationName | undefined;
  private readonly fn: ActivationFunction;

  /** @internal */
  constructor(name: ActivationName | undefined, fn: ActivationFunction) {
    this.name = name;
    this.fn = fn;
  }

  call(x: Tensor): Tensor {
    return this.fn(x);
  }

  /** The name, or the function itself. */
  get config(): ConfigValue {
    return this.name ?? this.fn;
  }
}

const preferred: Partial<Record<ActivationName, ActivationName>> = { swish: 'silu', hardSwish: 'hardSilu' };

/** The functions of this namespace, which users may pass instead of a name. */
const functions = new Map<unknown, ActivationName>([
  ...Object.entries(ops).flatMap(([key, fn]): [unknown, ActivationName][] =>
    Object.hasOwn(named, key) && key !== 'gelu' ? [[fn, key as ActivationName]] : [],
  ),
  [ops.exp, 'exponential'],
  [gelu, 'gelu'],
  [glu, 'glu'],
  [hardTanh, 'hardTanh'],
  [linear, 'linear'],
  [sparseSigmoid, 'sparseSigmoid'],
  [tanhShrink, 'tanhShrink'],
]);

function byName(name: ActivationName): Activation {
  const first = preferred[name] ?? name;
  return new Activation(first, named[first]);
}

/** Reads an activation option; null and undefined are 'linear'. */
export const activation: Reader<Activation> = (value, where) => {
  if (value === undefined || value === null) return byName('linear');
  if (value instanceof Activation) return value;
  if (typeof value === 'string' && Object.hasOwn(named, value)) return byName(value as ActivationName);
  if (typeof value === 'function') {
    const known = functions.get(value);
    return known ? byName(known) : new Activation(undefined, value as ActivationFunction);
  }
  if (isSerialized(value)) return activation(value.config['name'] ?? value.className, where);
  const near = typeof value === 'string' ? nearest(value, Object.keys(named)) : undefined;
  throw new ArgumentError({
    where,
    expected: `an activation (${Object.keys(named).join(', ')}), or a function`,
    received: describe(value),
    hint: near && `did you mean '${near}'?`,
  });
};

/**
 * An activation by its name, as a function.
 *
 * @example
 * activations.get('relu')(tensor([-1, 2]));   // [0, 2]
 */
export function get(name: ActivationLike): ActivationFunction {
  const found = activation(name, 'activations.get');
  return (x) => found.call(x);
}

/**
 * The name of an activation for a config, or the function itself where it has none.
 *
 * @example
 * activations.serialize(activations.relu);   // 'relu'
 */
export function serialize(fn: ActivationLike): ConfigValue {
  return activation(fn, 'activations.serialize').config;
}

export { get as deserialize };
