/** Layers of several inputs: sums, products, joining. */
import { type DType, promote } from '../../../tensor/dtype.js';
import type { Emitter, Emitters } from '../emitters.js';
import type { Scope } from '../scope.js';
import { firstAxis, type Value } from '../value.js';

/** The masks of all inputs that have one, as one. */
function jointMask(g: Scope, inputs: readonly Value[]): Value | null {
  const masks = inputs.flatMap(({ mask }) => (mask ? [mask] : []));
  return masks.length === 0 ? null : masks.reduce((a, b) => g.value(g.op('And', [g.plain(a), g.plain(b)]), a.shape, 'bool'));
}

function sameDType(g: Scope, inputs: readonly Value[]): { dtype: DType; values: readonly Value[] } {
  const dtype = inputs.map((input) => input.dtype).reduce(promote);
  return { dtype, values: inputs.map((input) => g.cast(input, dtype)) };
}

/** Joins two by two; shorter shapes get ones behind the batch, as Keras aligns them. */
function elementwise(opType: string, end?: (g: Scope, y: string, count: number) => string): Emitter {
  return (g, { inputs, shapes }) => {
    const { dtype, values } = sameDType(g, inputs);
    const rank = Math.max(...values.map((value) => value.shape.length));
    const order = values.every((value) => value.shape.length === rank && g.orderOf(value) === 'first') ? 'first' : 'plain';
    const names = values.map((value) => {
      if (order === 'first') return g.first(value);
      const missing = rank - value.shape.length;
      const name = g.plain(value);
      return missing === 0 || value.shape.length === 0 ? name : g.unsqueeze(name, ...Array.from({ length: missing }, (_, i) => i + 1));
    });
    const joined = names.reduce((a, b) => g.op(opType, [a, b]));
    const y = end ? end(g, joined, names.length) : joined;
    const made = order === 'first' ? g.valueFirst(y, shapes[0]!, dtype) : g.value(y, shapes[0]!, dtype);
    return { ...made, mask: jointMask(g, inputs) };
  };
}

const concatenate: Emitter = (g, { config, inputs, shapes }) => {
  const { dtype, values } = sameDType(g, inputs);
  const rank = shapes[0]!.length;
  const axis = (config['axis'] as number) < 0 ? (config['axis'] as number) + rank : (config['axis'] as number);
  if (values.every((value) => g.orderOf(value) === 'first')) {
    return g.valueFirst(
      g.concat(
        values.map((value) => g.first(value)),
        firstAxis(axis, rank),
      ),
      shapes[0]!,
      dtype,
    );
  }
  return g.value(
    g.concat(
      values.map((value) => g.plain(value)),
      axis,
    ),
    shapes[0]!,
    dtype,
  );
};

const dot: Emitter = (g, { config, inputs, shapes }) => {
  const { axes, normalize } = config as { axes: number | readonly [number, number]; normalize: boolean };
  const { dtype, values } = sameDType(g, inputs);
  const given = typeof axes === 'number' ? [axes, axes] : axes;
  const [i, j] = values.map((value, n) => (given[n]! < 0 ? given[n]! + value.shape.length : given[n]!)) as [number, number];
  const unit = (name: string, axis: number): string => {
    const squares = g.reduce('Sum', g.mul(name, name), [axis], true);
    return g.div(name, g.op('Sqrt', [g.op('Max', [squares, g.number(1e-12, dtype)])]));
  };
  const names = values.map((value, n) => (normalize ? unit(g.plain(value), [i, j][n]!) : g.plain(value)));
  // a is the batch, z the axis that is summed over, other letters count on.
  const letters = (value: Value, summed: number, from: number): string =>
    value.shape.map((_, axis) => (axis === 0 ? 'a' : axis === summed ? 'z' : String.fromCharCode(from + axis))).join('');
  const [left, right] = [letters(values[0]!, i, 97), letters(values[1]!, j, 97 + values[0]!.shape.length)];
  const rest = (term: string): string => term.replace(/[az]/g, '');
  const product = g.op('Einsum', names, { equation: `${left},${right}->a${rest(left)}${rest(right)}` });
  const y = values.every((value) => value.shape.length === 2) ? g.unsqueeze(product, 1) : product;
  return { ...g.value(y, shapes[0]!, dtype), mask: null };
};

export const mergeEmitters: Emitters = {
  Add: elementwise('Add'),
  Subtract: elementwise('Sub'),
  Multiply: elementwise('Mul'),
  Maximum: elementwise('Max'),
  Minimum: elementwise('Min'),
  Average: elementwise('Add', (g, y, count) => g.mul(y, g.number(1 / count))),
  Concatenate: concatenate,
  Dot: dot,
};
