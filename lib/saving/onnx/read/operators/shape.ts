/** Operators that move numbers about. */
import * as ops from '../../../../ops/index.js';
import { constantArray, filled } from '../../../../ops/common.js';
import { padded } from '../../../../ops/pad.js';
import { strided } from '../../../../ops/slice.js';
import type { Tensor } from '../../../../tensor/tensor.js';
import type { DType } from '../../../../tensor/dtype.js';
import { type Call, type Operators } from './operator.js';

function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  return ops.reshape<readonly number[]>(x, shape);
}

function reshape(call: Call): Tensor {
  const x = call.tensor(0);
  const keeps = call.number('allowzero', 0) === 0;
  const shape = call.numbers(1).map((dim, i) => (dim === 0 && keeps ? x.shape[i]! : dim));
  return reshaped(x, shape);
}

function flatten(call: Call): Tensor {
  const x = call.tensor(0);
  const given = call.number('axis', 1);
  const axis = given < 0 ? given + x.rank : given;
  const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  return reshaped(x, [rows, x.shape.slice(axis).reduce((a, b) => a * b, 1)]);
}

function unsqueeze(call: Call): Tensor {
  const x = call.tensor(0);
  const given = call.ints('axes') ?? call.numbers(1);
  const rank = x.rank + given.length;
  const axes = given.map((axis) => call.axis(axis, rank));
  const rest = [...x.shape];
  return reshaped(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
  );
}

function squeeze(call: Call): Tensor {
  const x = call.tensor(0);
  const axes = call.axes(x.rank) ?? x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  if (axes.some((axis) => x.shape[axis] !== 1)) throw call.refuse('axes of one element', `[${x.shape.join(', ')}]`);
  return reshaped(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

function slice(call: Call): Tensor {
  const x = call.tensor(0);
  const begins = call.ints('starts') ?? call.numbers(1);
  const ends = call.ints('ends') ?? call.numbers(2);
  const axes = call.axes(x.rank, 3) ?? begins.map((_, i) => i);
  const steps = call.has(4) ? call.numbers(4) : begins.map(() => 1);
  const [begin, count, stride] = [x.shape.map(() => 0), [...x.shape], x.shape.map(() => 1)];
  axes.forEach((axis, i) => {
    const [size, step] = [x.shape[axis]!, steps[i]!];
    if (!step) throw call.refuse('a step other than 0', String(step));
    const from = (at: number): number => (at < 0 ? at + size : at);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clip = (at: number, least: number): number => Math.max(least, Math.min(high, at));
    const first = clip(from(begins[i]!), 0);
    const last = clip(from(ends[i]!), low);
    begin[axis] = Math.min(first, Math.max(0, size - 1));
    count[axis] = Math.max(0, Math.ceil((last - first) / step));
    stride[axis] = step;
  });
  return strided(x, begin, count, stride);
}

const modes = { constant: 'constant', reflect: 'reflect', edge: 'edge' } as const;

function pad(call: Call): Tensor {
  const x = call.tensor(0);
  const mode = call.text('mode', 'constant');
  if (!Object.hasOwn(modes, mode)) throw call.refuse(`a mode of ${Object.keys(modes).join(', ')}`, `'${mode}'`);
  const given = call.ints('pads') ?? call.numbers(1);
  const axes = call.axes(x.rank, 3) ?? x.shape.map((_, axis) => axis);
  const value = call.has(2) ? call.numbers(2)[0]! : call.number('value', 0);
  const amounts = x.shape.map((_, axis): [number, number] => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [given[at]!, given[at + axes.length]!];
  });
  // Less than nothing is cut off.
  const cut = amounts.map(([before, after]) => [Math.max(0, -before), Math.max(0, -after)] as const);
  const kept = x.shape.map((dim, axis) => dim - cut[axis]![0] - cut[axis]![1]);
  const inner = cut.some(([a, b]) => a + b > 0)
    ? ops.slice(
        x,
        cut.map(([a]) => a),
        kept,
      )
    : x;
  return padded(
    inner,
    amounts.map(([a, b]): [number, number] => [Math.max(0, a), Math.max(0, b)]),
    modes[mode as keyof typeof modes],
    value,
  );
}

function expand(call: Call): Tensor {
  const x = call.tensor(0);
  const wanted = call.numbers(1);
  const rank = Math.max(x.rank, wanted.length);
  const at = (shape: readonly number[], i: number): number => shape[i - rank + shape.length] ?? 1;
  return ops.broadcastTo(
    x,
    Array.from({ length: rank }, (_, i) => (at(wanted, i) === 1 ? at(x.shape, i) : at(wanted, i))),
  );
}

function split(call: Call): Tensor[] {
  const x = call.tensor(0);
  const axis = call.axis(call.number('axis', 0), x.rank);
  const given = call.ints('split') ?? (call.has(1) ? call.numbers(1) : undefined);
  const each = Math.ceil(x.shape[axis]! / call.results);
  const sizes = given ?? Array.from({ length: call.results }, (_, i) => Math.min(each, x.shape[axis]! - i * each));
  let from = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? from : 0));
    from += size;
    return ops.slice(
      x,
      begin,
      x.shape.map((dim, i) => (i === axis ? size : dim)),
    );
  });
}

function gather(call: Call): Tensor {
  const x = call.tensor(0);
  return ops.take(x, call.tensor(1), call.axis(call.number('axis', 0), x.rank));
}

/** The last axis of the places are the indices of the axes behind the batch; the places are counted through. */
function gatherNd(call: Call): Tensor {
  const [x, at] = [call.tensor(0), call.tensor(1)];
  const batch = call.number('batch_dims', 0);
  const depth = at.shape.at(-1)!;
  const [lead, along, rest] = [x.shape.slice(0, batch), x.shape.slice(batch, batch + depth), x.shape.slice(batch + depth)];
  const places = at.shape.slice(batch, -1);
  const size = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  const strides = along.map((_, i) => size(along.slice(i + 1)));
  const parts = ops.split(at, depth, -1);
  const positive = parts.map((part, i) => ops.where(ops.less(part, 0), ops.add(part, along[i]!), part));
  const flat = positive.map((part, i) => ops.multiply(part, strides[i]!)).reduce((a, b) => ops.add(a, b));
  const rows = ops.add(
    reshaped(flat, [size(lead), size(places)]),
    reshaped(ops.multiply(ops.arange(size(lead), null, 1, 'int32'), size(along)), [size(lead), 1]),
  );
  const taken = ops.take(reshaped(x, [size(lead) * size(along), ...rest]), reshaped(rows, [size(lead) * size(places)]), 0);
  return reshaped(taken, [...lead, ...places, ...rest]);
}

function range(call: Call): Tensor {
  const [begin, end, step] = [0, 1, 2].map((i) => call.numbers(i)[0]!) as [number, number, number];
  return ops.arange(begin, end, step, call.host(0).dtype);
}

function constantOfShape(call: Call): Tensor {
  return filled(call.numbers(0), call.number('value', 0), call.text('value_dtype', 'float32') as DType);
}

function oneHot(call: Call): Tensor {
  const [places, depth, values] = [call.tensor(0), call.numbers(1)[0]!, call.host(2)];
  const axis = call.number('axis', -1);
  const inside = ops.where(ops.less(places, 0), ops.add(places, depth), places);
  const ones = ops.oneHot(ops.cast(inside, 'int32'), depth, { axis, dtype: 'bool' });
  const [off, on] = Array.from(values.data);
  return ops.where(ones, constantArray([on!], [], values.dtype), constantArray([off!], [], values.dtype));
}

function blocks(call: Call, toSpace: boolean): Tensor {
  const x = call.tensor(0);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const b = call.number('blocksize', 1);
  if (!toSpace) {
    const parts = ops.transpose(reshaped(x, [n, c, h / b, b, w / b, b]), [0, 3, 5, 1, 2, 4]);
    return reshaped(parts, [n, c * b * b, h / b, w / b]);
  }
  const rows = call.text('mode', 'DCR') === 'CRD';
  const parts = reshaped(x, rows ? [n, c / (b * b), b, b, h, w] : [n, b, b, c / (b * b), h, w]);
  const moved = ops.transpose(parts, rows ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  return reshaped(moved, [n, c / (b * b), h * b, w * b]);
}

function topK(call: Call): Tensor[] {
  const x = call.tensor(0);
  const k = call.has(1) ? call.numbers(1)[0]! : call.number('k', 1);
  const axis = call.axis(call.number('axis', -1), x.rank);
  const last = ops.moveaxis(x, axis, -1);
  const largest = call.number('largest', 1) !== 0;
  const { values, indices } = ops.topK(largest ? last : ops.negative(last), k);
  return [largest ? values : ops.negative(values), indices].map((one) => ops.moveaxis(one, -1, axis));
}

export const shapeOperators: Operators = {
  Concat: (call) => ops.concatenate(call.tensors(), { axis: call.number('axis', 0) }),
  ConstantOfShape: constantOfShape,
  CumSum: (call) =>
    ops.cumsum(call.tensor(0), call.numbers(1)[0], {
      exclusive: call.number('exclusive', 0) === 1,
      reverse: call.number('reverse', 0) === 1,
    }),
  DepthToSpace: (call) => blocks(call, true),
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: (call) => ops.takeAlongAxis(call.tensor(0), call.tensor(1), call.number('axis', 0)),
  GatherND: gatherNd,
  OneHot: oneHot,
  Pad: pad,
  Range: range,
  Reshape: reshape,
  Slice: slice,
  SpaceToDepth: (call) => blocks(call, false),
  Split: split,
  Squeeze: squeeze,
  Tile: (call) => ops.tile(call.tensor(0), call.numbers(1)),
  TopK: topK,
  Transpose: (call) => {
    const x = call.tensor(0);
    return ops.transpose(x, (call.ints('perm') ?? x.shape.map((_, i) => x.rank - 1 - i)) as number[]);
  },
  Trilu: (call) => {
    const k = call.has(1) ? call.numbers(1)[0]! : 0;
    return call.number('upper', 1) ? ops.triu(call.tensor(0), k) : ops.tril(call.tensor(0), k);
  },
  Unsqueeze: unsqueeze,
};
