/** Convolutions, pooling and sizes of images; the channels stand behind the batch. */
import * as ops from '../../../../ops/index.js';
import { pooled } from '../../../../ops/pool.js';
import { padded } from '../../../../ops/pad.js';
import type { Tensor } from '../../../../tensor/tensor.js';
import type { Call, Operators } from './operator.js';

interface Sides {
  strides: readonly number[];
  dilations: readonly number[];
  pads: [number, number][];
}

/** Attributes of a window over the sides of an image. */
function sidesOf(call: Call, x: Tensor, size: readonly number[]): Sides {
  const count = x.rank - 2;
  if (count < 1 || count > 3 || size.length !== count) throw call.refuse('an image of 1 to 3 sides', `[${x.shape.join(', ')}]`);
  const strides = call.ints('strides') ?? size.map(() => 1);
  const dilations = call.ints('dilations') ?? size.map(() => 1);
  const given = call.ints('pads') ?? size.flatMap(() => [0, 0]);
  const auto = call.text('auto_pad', 'NOTSET');
  const pads = size.map((one, i): [number, number] => {
    if (auto === 'NOTSET') return [given[i]!, given[i + count]!];
    if (auto === 'VALID') return [0, 0];
    const [side, stride] = [x.shape[i + 2]!, strides[i]!];
    const total = Math.max(0, (Math.ceil(side / stride) - 1) * stride + (one - 1) * dilations[i]! + 1 - side);
    const small = Math.floor(total / 2);
    return auto === 'SAME_LOWER' ? [total - small, small] : [small, total - small];
  });
  return { strides, dilations, pads };
}

function withPads(x: Tensor, pads: readonly (readonly [number, number])[], value = 0): Tensor {
  if (pads.every(([a, b]) => a === 0 && b === 0)) return x;
  return padded(x, [[0, 0], [0, 0], ...pads] as [number, number][], 'constant', value);
}

/** [channels] as an operand of images. */
function ofChannels(x: Tensor, rank: number): Tensor {
  return ops.reshape<readonly number[]>(x, [1, x.shape[0]!, ...Array<number>(rank - 2).fill(1)]);
}

/** From [out, in, sides...] to Keras' [sides..., in, out]. */
function kernelOf(filters: Tensor): Tensor {
  return ops.transpose(filters, [...filters.shape.slice(2).map((_, i) => i + 2), 1, 0]);
}

function conv(call: Call): Tensor {
  const [x, filters] = [call.tensor(0), call.tensor(1)];
  const { strides, dilations, pads } = sidesOf(call, x, filters.shape.slice(2));
  const options = { strides, dilationRate: dilations, padding: 'valid', dataFormat: 'channelsFirst' } as const;
  const y = ops.conv(withPads(x, pads), kernelOf(filters), options);
  return call.has(2) ? ops.add(y, ofChannels(call.tensor(2), x.rank)) : y;
}

function transposed(call: Call): Tensor {
  const [x, filters] = [call.tensor(0), call.tensor(1)];
  const size = filters.shape.slice(2);
  const { strides, dilations, pads } = sidesOf(call, x, size);
  if (call.ints('output_shape') || !['NOTSET', 'VALID'].includes(call.text('auto_pad', 'NOTSET'))) {
    throw call.refuse('pads and output_padding', 'an output_shape or auto_pad');
  }
  const added = call.ints('output_padding') ?? size.map(() => 0);
  const groups = call.number('group', 1);
  const options = { strides, dilationRate: dilations, padding: 'valid', dataFormat: 'channelsFirst' } as const;
  const [images, kernels] = [ops.split(x, groups, 1), ops.split(filters, groups, 0)];
  const whole = ops.concatenate(
    images.map((image, i) => ops.convTranspose(image, kernelOf(kernels[i]!), options)),
    { axis: 1 },
  );
  // Ours may be longer than the kernels reach, by strides that are above the kernel, or shorter than what is wanted, by output_padding.
  const wanted = size.map((one, i) => (x.shape[i + 2]! - 1) * strides[i]! + (one - 1) * dilations[i]! + 1 + added[i]!);
  const long = withPads(
    whole,
    wanted.map((length, i): [number, number] => [0, Math.max(0, length - whole.shape[i + 2]!)]),
  );
  const begin = [0, 0, ...pads.map(([before]) => before)];
  const y = ops.slice(long, begin, [...long.shape.slice(0, 2), ...wanted.map((length, i) => length - pads[i]![0] - pads[i]![1])]);
  return call.has(2) ? ops.add(y, ofChannels(call.tensor(2), x.rank)) : y;
}

/** Windows that begin within the image or its padding count where sizes are rounded up. */
function roundedUp(call: Call, x: Tensor, size: readonly number[], { strides, pads }: Sides): [number, number][] {
  if (!call.number('ceil_mode', 0)) return pads;
  return pads.map(([before, after], i) => {
    const inside = x.shape[i + 2]! + before + after - size[i]!;
    let more = Math.ceil(inside / strides[i]!);
    if (more * strides[i]! >= x.shape[i + 2]! + before) more--;
    return [before, after + Math.max(0, more * strides[i]! - inside)];
  });
}

function pool(call: Call, take: 'max' | 'mean'): Tensor {
  const x = call.tensor(0);
  const size = call.ints('kernel_shape') ?? [];
  const sides = sidesOf(call, x, size);
  if (sides.dilations.some((one) => one !== 1)) throw call.refuse('windows without dilation', sides.dilations.join(', '));
  if (call.results > 1) throw call.refuse('one result', 'the indices of the largest numbers as well');
  const pads = roundedUp(call, x, size, sides);
  const run = (image: Tensor): Tensor =>
    pooled(call.opType, image, take, { poolSize: size, strides: sides.strides, padding: 'valid', dataFormat: 'channelsFirst' } as never);
  if (take === 'max') return run(withPads(x, pads, -Infinity));
  const y = run(withPads(x, pads));
  if (pads.every(([a, b]) => a === 0 && b === 0)) return y;
  const one = ops.ones([1, 1, ...x.shape.slice(2)], x.dtype) as Tensor;
  // What counts: the image, with the padding where that is asked for, but never what rounding up added.
  const counted = call.number('count_include_pad', 0) ? withPads(one, sides.pads, 1) : one;
  const rest = call.number('count_include_pad', 0)
    ? pads.map(([a, b], i): [number, number] => [a - sides.pads[i]![0], b - sides.pads[i]![1]])
    : pads;
  return ops.divide(y, run(withPads(counted, rest)));
}

function overSides(x: Tensor): number[] {
  return x.shape.slice(2).map((_, i) => i + 2);
}

function resize(call: Call): Tensor {
  const x = call.tensor(0);
  const [mode, place] = [call.text('mode', 'nearest'), call.text('coordinate_transformation_mode', 'half_pixel')];
  const sizes = call.has(3) ? call.numbers(3) : undefined;
  const scales = call.has(2) && !sizes ? call.numbers(2) : undefined;
  const axes = call.ints('axes') ?? x.shape.map((_, i) => i);
  const wanted = x.shape.map((dim, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? dim : (sizes?.[at] ?? Math.floor(dim * (scales?.[at] ?? 1)));
  });
  const rounding = call.text('nearest_mode', 'round_prefer_floor');
  let y = x;
  wanted.forEach((to, axis) => {
    const from = x.shape[axis]!;
    if (from === to) return;
    const ratio = scales && !sizes ? 1 / scales[axes.indexOf(axis)]! : from / to;
    const at = (i: number): number => {
      if (place === 'asymmetric') return i * ratio;
      if (place === 'align_corners') return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
      if (place === 'half_pixel' || (place === 'pytorch_half_pixel' && to > 1)) return (i + 0.5) * ratio - 0.5;
      if (place === 'pytorch_half_pixel') return 0;
      throw call.refuse('half_pixel, asymmetric or align_corners', `'${place}'`);
    };
    y = along(call, y, axis, { from, to, at, mode, rounding });
  });
  return y;
}

interface Axis {
  from: number;
  to: number;
  at: (i: number) => number;
  mode: string;
  rounding: string;
}

const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** One axis at another size: by places, or by two weights for each new place. */
function along(call: Call, x: Tensor, axis: number, { from, to, at, mode, rounding }: Axis): Tensor {
  const clip = (place: number): number => Math.max(0, Math.min(from - 1, place));
  const places = Array.from({ length: to }, (_, i) => at(i));
  const take = (list: readonly number[]): Tensor => ops.take(x, [...list], axis);
  if (mode === 'nearest') return take(places.map((place) => clip((roundings[rounding] ?? Math.floor)(place))));
  if (mode !== 'linear') throw call.refuse("mode 'nearest' or 'linear'", `'${mode}'`);
  const inside = places.map(clip);
  const low = inside.map(Math.floor);
  const shape = x.shape.map((_, i) => (i === axis ? to : 1));
  const share = ops.reshape<readonly number[]>(
    ops.cast(
      inside.map((place, i) => place - low[i]!),
      x.dtype,
    ),
    shape,
  );
  const [a, b] = [take(low), take(low.map((place) => clip(place + 1)))];
  return ops.add(a, ops.multiply(ops.subtract(b, a), share));
}

export const windowOperators: Operators = {
  AveragePool: (call) => pool(call, 'mean'),
  Conv: conv,
  ConvTranspose: transposed,
  GlobalAveragePool: (call) => ops.mean(call.tensor(0), { axis: overSides(call.tensor(0)), keepdims: true }),
  GlobalMaxPool: (call) => ops.max(call.tensor(0), { axis: overSides(call.tensor(0)), keepdims: true }),
  MaxPool: (call) => pool(call, 'max'),
  Resize: resize,
};
