/** Normalisations by moving figures, over axes and over groups; and by figures of a data set. */
import type { Weight } from '../../../layers/weight.js';
import * as ops from '../../../ops/index.js';
import { hostArray, type NestedArray, tensor } from '../../../tensor/create.js';
import type { Emitter, Emitters } from '../emitters.js';
import { real, type Scope, type Tensor } from '../scope.js';
import type { Value } from '../value.js';

function sortedAxes(axis: unknown, rank: number): number[] {
  const list = [(axis ?? []) as number | readonly number[]].flat();
  return list.map((one) => (one < 0 ? one + rank : one)).sort((a, b) => a - b);
}

/** A weight for each channel, or a constant in its place. */
function perChannel(g: Scope, weight: Weight | undefined, channels: number, otherwise: number): string {
  return weight ? g.weight(weight) : g.numbers(Array<number>(channels).fill(otherwise), [channels]);
}

/** Calls with the channels behind the batch and puts them back. */
function withChannelsFirst(g: Scope, x: Value, axis: number, run: (name: string) => string): Value {
  const rank = x.shape.length;
  if (axis === 1) return g.value(run(g.plain(x)), x.shape);
  if (axis === rank - 1) return g.valueFirst(run(g.first(x)), x.shape);
  const order = [0, axis, ...x.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis)];
  const back = order.map((_, i) => order.indexOf(i));
  return g.value(g.transpose(run(g.transpose(g.plain(x), order)), back), x.shape);
}

const batchNormalization: Emitter = (g, { config, inputs, weight }) => {
  const [x] = inputs as readonly [Value];
  const [axis] = sortedAxes(config['axis'], x.shape.length) as [number];
  const mean = weight('moving_mean')!;
  const channels = mean.kerasShape[0]!;
  return withChannelsFirst(g, x, axis, (name) =>
    g.op(
      'BatchNormalization',
      [
        name,
        perChannel(g, weight('gamma'), channels, 1),
        perChannel(g, weight('beta'), channels, 0),
        g.weight(mean),
        g.weight(weight('moving_variance')!),
      ],
      { epsilon: real(config['epsilon'] as number) },
    ),
  );
};

/** Weights of normalised axes, with ones where the others are. */
function spread(g: Scope, weight: Weight, axes: readonly number[], rank: number): string {
  const own = [...weight.kerasShape];
  const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? own.shift()! : 1));
  return g.weight(weight, { shape, to: (keras) => ops.reshape<readonly number[]>(keras, shape), as: `${weight.name}_spread` });
}

const layerNormalization: Emitter = (g, { config, inputs, weight }) => {
  const [input] = inputs as readonly [Value];
  const x = g.plain(input);
  const rank = input.shape.length;
  const axes = sortedAxes(config['axis'], rank);
  const epsilon = config['epsilon'] as number;
  const [gamma, beta] = [weight('gamma'), weight('beta')];
  if (axes[0]! + axes.length === rank) {
    const lengths = axes.map((axis) => g.known(input.shape[axis], 'length of the normalised axes'));
    const ones = (): string => g.numbers(Array<number>(lengths.reduce((a, b) => a * b, 1)).fill(1), lengths);
    const scale = gamma ? g.weight(gamma) : ones();
    const y = g.op('LayerNormalization', [x, scale, ...(beta ? [g.weight(beta)] : [])], { axis: axes[0]!, epsilon: real(epsilon) });
    return g.value(y, input.shape);
  }
  const centred = g.sub(x, g.reduce('Mean', x, axes, true));
  const variance = g.reduce('Mean', g.mul(centred, centred), axes, true);
  let y = g.div(centred, g.op('Sqrt', [g.add(variance, g.number(epsilon))]));
  if (gamma) y = g.mul(y, spread(g, gamma, axes, rank));
  if (beta) y = g.add(y, spread(g, beta, axes, rank));
  return g.value(y, input.shape);
};

const rmsNormalization: Emitter = (g, { config, inputs, weight }) => {
  const x = g.plain(inputs[0]!);
  const { shape } = inputs[0]!;
  const axes = sortedAxes(config['axis'], shape.length);
  const squares = g.reduce('Mean', g.mul(x, x), axes, true);
  const y = g.div(x, g.op('Sqrt', [g.add(squares, g.number(config['epsilon'] as number))]));
  return g.value(g.mul(y, spread(g, weight('scale')!, axes, shape.length)), shape);
};

const unitNormalization: Emitter = (g, { config, inputs }) => {
  const x = g.plain(inputs[0]!);
  const { shape } = inputs[0]!;
  const squares = g.reduce('Sum', g.mul(x, x), sortedAxes(config['axis'], shape.length), true);
  return g.value(g.div(x, g.op('Sqrt', [g.op('Max', [squares, g.number(1e-12)])])), shape);
};

/** Each group is an instance's channel: one operator normalises it, whatever its size. */
const groupNormalization: Emitter = (g, { config, inputs, weight }) => {
  const [x] = inputs as readonly [Value];
  const rank = x.shape.length;
  const [axis] = sortedAxes(config['axis'], rank) as [number];
  const channels = g.known(x.shape[axis], 'number of channels');
  const groups = config['groups'] === -1 ? channels : (config['groups'] as number);
  return withChannelsFirst(g, x, axis, (name) => {
    const grouped = g.op('Reshape', [name, g.ints([0, groups, -1])]);
    const [ones, zeros] = [1, 0].map((fill) => g.numbers(Array<number>(groups).fill(fill), [groups]));
    const normal = g.op('InstanceNormalization', [grouped, ones!, zeros!], { epsilon: real(config['epsilon'] as number) });
    let y = g.op('Reshape', [normal, g.op('Shape', [name])]);
    const shaped = (which: string): string | undefined => {
      const own = weight(which);
      const shape = [channels, ...Array<number>(rank - 2).fill(1)];
      return own && g.weight(own, { shape, to: (keras) => ops.reshape<readonly number[]>(keras, shape) });
    };
    const [gamma, beta] = [shaped('gamma'), shaped('beta')];
    if (gamma) y = g.mul(y, gamma);
    return beta ? g.add(y, beta) : y;
  });
};

/** Keras' least standard deviation. */
const LEAST = 1e-7;

const normalization: Emitter = (g, { config, inputs, weight }) => {
  const [input] = inputs as readonly [Value];
  const kept = sortedAxes(config['axis'], input.shape.length);
  const given = (key: 'mean' | 'variance'): { shape: readonly number[]; read: () => Tensor } => {
    const own = weight(key);
    if (own) return { shape: own.kerasShape, read: () => own };
    const value = config[key] as number | NestedArray;
    const host = typeof value === 'number' ? { data: [value], shape: [] } : hostArray('normalization', value);
    return { shape: host.shape, read: () => tensor(Float64Array.from(host.data), host.shape, g.dtype) };
  };
  const constant = (key: 'mean' | 'variance', change: (x: Tensor) => Tensor): string => {
    const { shape, read } = given(key);
    const own = kept.slice(kept.length - shape.length);
    const wide = input.shape.map((_, axis) => (own.includes(axis) ? shape[own.indexOf(axis)]! : 1));
    return g.made(`${g.path}/${key}`, wide, g.dtype, () => change(ops.reshape<readonly number[]>(read(), wide)));
  };
  const mean = constant('mean', (x) => ops.copy(x));
  const deviation = constant('variance', (x) => ops.maximum(ops.sqrt(x), LEAST));
  const x = g.plain(input);
  return g.value(config['invert'] ? g.add(g.mul(x, deviation), mean) : g.div(g.sub(x, mean), deviation), input.shape);
};

export const normalizationEmitters: Emitters = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  UnitNormalization: unitNormalization,
  GroupNormalization: groupNormalization,
  Normalization: normalization,
};
