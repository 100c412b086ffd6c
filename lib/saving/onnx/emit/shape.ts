/** Layers that move numbers about, and those that do nothing when nothing is trained. */
import type { Emitter, Emitters } from '../emitters.js';
import type { Scope } from '../scope.js';
import { firstAxis, type Value } from '../value.js';

const nothing: Emitter = (_, { inputs }) => {
  const [{ shape, dtype, plain, first }] = inputs as readonly [Value];
  return { shape, dtype, plain, first };
};

const flatten: Emitter = (g, { config, inputs, shapes }) => {
  const [x] = inputs as readonly [Value];
  const rank = x.shape.length;
  if (rank === 1) return g.value(g.unsqueeze(g.plain(x), 1), shapes[0]!, x.dtype);
  const name = g.plain(x);
  const moved =
    config['dataFormat'] === 'channelsFirst' && rank > 2 ? g.transpose(name, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]) : name;
  return g.value(rank === 2 ? moved : g.op('Flatten', [moved], { axis: 1 }), shapes[0]!, x.dtype);
};

const reshape: Emitter = (g, { config, inputs, shapes }) => {
  const target = config['targetShape'] as readonly number[];
  // The batch stays (0), whatever it is.
  return g.value(g.op('Reshape', [g.plain(inputs[0]!), g.ints([0, ...target])]), shapes[0]!, inputs[0]!.dtype);
};

const permute: Emitter = (g, { config, inputs, shapes }) =>
  g.value(g.transpose(g.plain(inputs[0]!), [0, ...(config['dims'] as readonly number[])]), shapes[0]!, inputs[0]!.dtype);

const repeatVector: Emitter = (g, { config, inputs, shapes }) => {
  const tall = g.unsqueeze(g.plain(inputs[0]!), 1);
  return g.value(g.op('Tile', [tall, g.ints([1, config['n'] as number, 1])]), shapes[0]!, inputs[0]!.dtype);
};

type Sides = readonly (readonly [number, number])[];

/** Margins as configs have them: one pair for sequences, a list of them otherwise. */
function margins(value: unknown): Sides {
  const list = value as readonly unknown[];
  return typeof list[0] === 'number' ? [list as unknown as readonly [number, number]] : (list as Sides);
}

/** What is done to sides of a value, in the order in which it exists: `run` gets the axes of the sides. */
function onSides(g: Scope, x: Value, format: unknown, shape: Value['shape'], run: (name: string, axes: number[]) => string): Value {
  const rank = x.shape.length;
  const begin = format === 'channelsFirst' ? 2 : 1;
  const sides = Array.from({ length: rank - 2 }, (_, i) => begin + i);
  if (g.orderOf(x) === 'plain') return g.value(run(g.plain(x), sides), shape, x.dtype);
  return g.valueFirst(
    run(
      g.first(x),
      sides.map((axis) => firstAxis(axis, rank)),
    ),
    shape,
    x.dtype,
  );
}

const cropping: Emitter = (g, { config, inputs, shapes }) => {
  const sides = margins(config['cropping']);
  return onSides(g, inputs[0]!, config['dataFormat'], shapes[0]!, (name, axes) => {
    const begins = sides.map(([before]) => before);
    const ends = sides.map(([, after]) => (after === 0 ? Number.MAX_SAFE_INTEGER : -after));
    return g.op('Slice', [name, g.ints(begins), g.ints(ends), g.ints(axes)]);
  });
};

const zeroPadding: Emitter = (g, { config, inputs, shapes }) => {
  const sides = margins(config['padding']);
  const [x] = inputs as readonly [Value];
  return onSides(g, x, config['dataFormat'], shapes[0]!, (name, axes) => {
    const along = (end: 0 | 1): number[] => x.shape.map((_, axis) => (axes.includes(axis) ? sides[axes.indexOf(axis)]![end] : 0));
    return g.op('Pad', [name, g.ints([...along(0), ...along(1)])]);
  });
};

/** Keras' Masking: steps of which every number is the mask value become zeros, and are not real. */
const masking: Emitter = (g, { config, inputs }) => {
  const [input] = inputs as readonly [Value];
  const x = g.plain(input);
  const differs = g.op('Not', [g.op('Equal', [x, g.number(config['maskValue'] as number, input.dtype)])]);
  const real = g.castTo(g.reduce('Max', g.castTo(differs, 'float32'), [-1], true), 'bool');
  const y = g.value(g.op('Where', [real, x, g.number(0, input.dtype)]), input.shape, input.dtype);
  return { ...y, mask: g.value(g.squeeze(real, -1), input.shape.slice(0, -1), 'bool') };
};

/** Layers that change nothing outside of training. */
const idle = [
  'Identity',
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
];

export const shapeEmitters: Emitters = {
  ...Object.fromEntries(idle.map((name) => [name, nothing])),
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeatVector,
  Cropping1D: cropping,
  Cropping2D: cropping,
  Cropping3D: cropping,
  ZeroPadding1D: zeroPadding,
  ZeroPadding2D: zeroPadding,
  ZeroPadding3D: zeroPadding,
  Masking: masking,
};
