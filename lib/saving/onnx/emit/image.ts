/** Layers for images and numbers on their way into a model: sizes, scales, classes. */
import { weights as resizingWeights } from '../../../ops/image/resize.js';
import type { Emitter, Emitters } from '../emitters.js';
import type { Scope } from '../scope.js';

import type { Value } from '../value.js';
import { imageOf, imageValue, sidesOf } from './conv.js';

type Method = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5';

/** One axis of an image [batch, channels, height, width] at another size: by places, or by a matrix of weights. */
function resizedAxis(g: Scope, x: string, axis: 2 | 3, from: number, to: number, method: Method, antialias: boolean): string {
  if (method === 'nearest') {
    const places = Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor(((i + 0.5) * from) / to)));
    return g.op('Gather', [x, g.numbers(places, [to], 'int64')], { axis });
  }
  if (from === to && method === 'bilinear') return x;
  const matrix = [...resizingWeights(from, to, method, antialias)];
  if (axis === 2) return g.matmul(g.numbers(matrix, [to, from]), x);
  const turned = Array.from({ length: from * to }, (_, n) => matrix[(n % to) * from + Math.floor(n / to)]!);
  return g.matmul(x, g.numbers(turned, [from, to]));
}

interface Resize {
  method: Method;
  antialias?: boolean;
  crop?: boolean;
  pad?: boolean;
  fill?: number;
}

/** An image at another size; the sides have to be known. */
function resized(
  g: Scope,
  x: Value,
  format: unknown,
  [height, width]: readonly [number, number],
  how: Resize,
  shape: Value['shape'],
): Value {
  const [h, w] = sidesOf(x.shape, format).map((side) => g.known(side, 'image size')) as [number, number];
  const wanted = how.method === 'nearest' ? x : g.cast(x, g.dtype);
  let name = imageOf(g, wanted, format);
  let sides: [number, number] = [h, w];
  if (how.crop) {
    const rows = Math.max(1, Math.min(h, Math.trunc((w * height) / width)));
    const columns = Math.max(1, Math.min(w, Math.trunc((h * width) / height)));
    const [top, left] = [Math.trunc((h - rows) / 2), Math.trunc((w - columns) / 2)];
    name = g.op('Slice', [name, g.ints([top, left]), g.ints([top + rows, left + columns]), g.ints([2, 3])]);
    sides = [rows, columns];
  }
  if (how.pad) {
    const rows = Math.max(h, Math.trunc((w * height) / width)) - h;
    const columns = Math.max(w, Math.trunc((h * width) / height)) - w;
    const [top, left] = [Math.trunc(rows / 2), Math.trunc(columns / 2)];
    const pads = g.ints([0, 0, top, left, 0, 0, rows - top, columns - left]);
    name = g.op('Pad', [name, pads, g.number(how.fill ?? 0, wanted.dtype)]);
    sides = [h + rows, w + columns];
  }
  name = resizedAxis(g, name, 2, sides[0], height, how.method, how.antialias ?? false);
  name = resizedAxis(g, name, 3, sides[1], width, how.method, how.antialias ?? false);
  const made = { ...imageValue(g, name, shape, format), dtype: wanted.dtype };
  return g.cast(made, x.dtype);
}

const resizing: Emitter = (g, { config, inputs, shapes }) => {
  const { height, width, interpolation, antialias, cropToAspectRatio, padToAspectRatio, fillValue, dataFormat } = config as {
    height: number;
    width: number;
    interpolation: Method;
    antialias: boolean;
    cropToAspectRatio: boolean;
    padToAspectRatio: boolean;
    fillValue: number;
    dataFormat: string;
  };
  const how = { method: interpolation, antialias, crop: cropToAspectRatio, pad: padToAspectRatio, fill: fillValue };
  return resized(g, inputs[0]!, dataFormat, [height, width], how, shapes[0]!);
};

const centerCrop: Emitter = (g, { config, inputs, shapes }) => {
  const { height, width, dataFormat } = config as { height: number; width: number; dataFormat: string };
  const [x] = inputs as readonly [Value];
  const [h, w] = sidesOf(x.shape, dataFormat).map((side) => g.known(side, 'image size')) as [number, number];
  if (h < height || w < width) return resized(g, x, dataFormat, [height, width], { method: 'bilinear', crop: true }, shapes[0]!);
  const [top, left] = [Math.floor((h - height) / 2), Math.floor((w - width) / 2)];
  const begins = g.ints([top, left]);
  const cut = g.op('Slice', [imageOf(g, x, dataFormat), begins, g.ints([top + height, left + width]), g.ints([2, 3])]);
  return { ...imageValue(g, cut, shapes[0]!, dataFormat), dtype: x.dtype };
};

const upSampling: Emitter = (g, { config, inputs, shapes, layer }) => {
  const [x] = inputs as readonly [Value];
  const format = layer.className === 'UpSampling1D' ? 'channelsLast' : config['dataFormat'];
  const factors = [config['size'] as number | readonly number[]].flat();
  const method = (config['interpolation'] ?? 'nearest') as Method;
  if (method !== 'nearest' && method !== 'bilinear') {
    return resized(g, x, format, sidesOf(shapes[0]!, format) as unknown as readonly [number, number], { method }, shapes[0]!);
  }
  const scales = g.numbers([1, 1, ...factors], [factors.length + 2], 'float32');
  const how =
    method === 'nearest'
      ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
      : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  const y = g.op('Resize', [imageOf(g, x, format), '', scales], how);
  return { ...imageValue(g, y, shapes[0]!, format), dtype: x.dtype };
};

const rescaling: Emitter = (g, { config, inputs }) => {
  const { scale, offset } = config as { scale: number | readonly number[]; offset: number | readonly number[] };
  const operand = (value: number | readonly number[]): string =>
    typeof value === 'number' ? g.number(value) : g.numbers(value, [value.length]);
  const apply = (name: string): string => {
    const scaled = scale === 1 ? name : g.mul(name, operand(scale));
    return offset === 0 ? scaled : g.add(scaled, operand(offset));
  };
  if (typeof scale === 'number' && typeof offset === 'number') return g.each(inputs[0]!, apply);
  return g.value(apply(g.plain(inputs[0]!)), inputs[0]!.shape);
};

/** Numbers of classes as vectors; numbers outside of the classes are zeros everywhere. */
function encoded(g: Scope, numbers: string, shape: Value['shape'], mode: string, depth: number, weights?: string): string {
  const single = mode === 'oneHot' && shape.length > 1 && shape.at(-1) === 1;
  const wide = single ? numbers : g.unsqueeze(numbers, -1);
  const classes = g.numbers(
    Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const vectors = g.castTo(g.op('Equal', [wide, classes]), g.dtype);
  if (mode === 'oneHot') return vectors;
  if (mode === 'multiHot') return g.reduce('Max', vectors, [-2], false);
  return g.reduce('Sum', weights === undefined ? vectors : g.mul(vectors, g.unsqueeze(weights, -1)), [-2], false);
}

const categoryEncoding: Emitter = (g, { config, inputs, shapes }) => {
  const [numbers, weights] = inputs as readonly [Value, Value?];
  const { numTokens, outputMode } = config as { numTokens: number; outputMode: string };
  const indices = g.plain(g.cast(numbers, 'int32'));
  const factors = weights && g.plain(g.cast(weights, g.dtype));
  return g.value(encoded(g, indices, numbers.shape, outputMode, numTokens, factors), shapes[0]!);
};

const discretization: Emitter = (g, { config, inputs, shapes }) => {
  const [x] = inputs as readonly [Value];
  const { binBoundaries, outputMode } = config as { binBoundaries: readonly number[] | null; outputMode: string };
  if (!binBoundaries) throw g.refuse('boundaries of bins', 'none', 'call adapt(data) first');
  const above = g.op('GreaterOrEqual', [g.unsqueeze(g.plain(x), -1), g.numbers(binBoundaries, [binBoundaries.length])]);
  const bins = g.reduce('Sum', g.castTo(above, 'int32'), [-1], false);
  if (outputMode === 'int') return g.value(bins, shapes[0]!, 'int32');
  return g.value(encoded(g, bins, x.shape, outputMode, binBoundaries.length + 1), shapes[0]!);
};

export const imageEmitters: Emitters = {
  Resizing: resizing,
  CenterCrop: centerCrop,
  UpSampling1D: upSampling,
  UpSampling2D: upSampling,
  UpSampling3D: upSampling,
  Rescaling: rescaling,
  CategoryEncoding: categoryEncoding,
  Discretization: discretization,
};
