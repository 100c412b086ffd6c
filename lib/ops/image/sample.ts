/** Elements between elements: reading a tensor at coordinates that are themselves tensors. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { add, divide, minimum, mod, multiply, subtract } from '../binary.js';
import { expandTo, reshaped } from '../broadcast.js';
import { clip } from '../clip.js';
import { asFloat, asTensor, castTo, shapeText, sizeOf, type TensorLike } from '../common.js';
import { greaterEqual, less, logicalAnd, where } from '../compare.js';
import { taken } from '../gather.js';
import { onDeviceOf } from '../define.js';
import { arange } from '../make.js';
import { part } from '../slice.js';
import { floor, isfinite } from '../unary.js';
import { type DataFormat, readDataFormat, toChannelsFirst, toChannelsLast } from '../window.js';

/**
 * What lies outside: a constant, the nearest element, the tensor again ('wrap'), its mirror image without the edge ('mirror') or with it
 * ('reflect').
 */
export type FillMode = 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect';

const fillModes: readonly FillMode[] = ['constant', 'nearest', 'wrap', 'mirror', 'reflect'];

function checkMode(where: string, mode: unknown): void {
  if (fillModes.includes(mode as FillMode)) return;
  throw new ArgumentError({ where, expected: `fillMode ${fillModes.map((one) => `'${one}'`).join(', ')}`, received: `'${String(mode)}'` });
}

/** Whole coordinates brought inside 0 to size - 1. */
function inside(at: Tensor, size: number, mode: FillMode): Tensor {
  if (mode === 'wrap') return mod(at, size);
  if (mode === 'mirror') {
    if (size === 1) return multiply(at, 0);
    const turn = mod(at, 2 * size - 2);
    return minimum(turn, subtract(2 * size - 2, turn));
  }
  if (mode === 'reflect') {
    const turn = mod(at, 2 * size);
    return minimum(turn, subtract(2 * size - 1, turn));
  }
  return clip(at, 0, size - 1);
}

interface Samples {
  /** [elements, width]: rows that are read whole. */
  flat: Tensor;
  /** Sizes of the axes that coordinates count through, and how many rows a step along each is. */
  sizes: readonly number[];
  steps: readonly number[];
  /** The row that coordinates start from, or 0. */
  base: Tensor | number;
  /** One for each axis, all of one shape. */
  coordinates: readonly Tensor[];
  linear: boolean;
  mode: FillMode;
  fillValue: number;
}

/** [...shape of the coordinates, width] */
function sampled({ flat, sizes, steps, base, coordinates, linear, mode, fillValue }: Samples): Tensor {
  const lower = coordinates.map((c) => (linear ? floor(c) : floor(add(c, 0.5))));
  const weights = coordinates.map((c, i) => subtract(c, lower[i]!));
  const corners = linear ? 2 ** sizes.length : 1;
  let total: Tensor | undefined;
  for (let corner = 0; corner < corners; corner++) {
    let row: Tensor | number = base;
    let known: Tensor | undefined;
    let weight: Tensor | undefined;
    sizes.forEach((size, i) => {
      const upper = (corner >> i) & 1;
      const at = add(castTo(lower[i]!, 'int32'), upper);
      row = add(row, multiply(inside(at, size, mode), steps[i]!));
      if (mode === 'constant') {
        const within = logicalAnd(greaterEqual(at, 0), less(at, size));
        known = known ? logicalAnd(known, within) : within;
      }
      if (linear) {
        const share = upper ? weights[i]! : subtract(1, weights[i]!);
        weight = weight ? multiply(weight, share) : share;
      }
    });
    const column = (x: Tensor) => reshaped(x, [...x.shape, 1]);
    let value = taken(flat, row as unknown as Tensor, 0);
    if (known) value = where(column(known), value, fillValue);
    if (weight) value = multiply(value, column(weight));
    total = total ? add(total, value) : value;
  }
  return total!;
}

/** Options of mapCoordinates. */
export interface MapCoordinatesOptions {
  /** Default 'constant'. */
  fillMode?: FillMode;
  /** Default 0. */
  fillValue?: number;
}

/**
 * The elements at coordinates [axes, ...]: the nearest (order 0) or interpolated (order 1). Keras 3: `keras.ops.image.map_coordinates`.
 *
 * @example
 * ops.image.mapCoordinates(tensor([[1, 2], [3, 4]]), tensor([[0.5], [0.5]]), 1);   // [2.5]
 */
export function mapCoordinates(inputs: TensorLike, coordinates: TensorLike, order: 0 | 1, options: MapCoordinatesOptions = {}): Tensor {
  const name = 'mapCoordinates';
  const { fillMode = 'constant', fillValue = 0 } = options;
  checkMode(name, fillMode);
  if (order !== 0 && order !== 1) throw new ArgumentError({ where: name, expected: 'order 0 or 1', received: String(order) });
  const given = asTensor(name, inputs);
  const x = asFloat(name, given);
  const c = castTo(asFloat(name, coordinates), x.dtype);
  const rank = x.shape.length;
  if (c.shape.length === 0 || c.shape[0] !== rank || rank === 0 || x.size === 0) {
    throw new ShapeError({
      where: name,
      expected: `coordinates [${rank}, ...] into a tensor with elements`,
      received: `${shapeText(c.shape)} into ${shapeText(x.shape)}`,
    });
  }
  const shape = c.shape.slice(1);
  const y = sampled({
    flat: reshaped(x, [x.size, 1]),
    sizes: x.shape,
    steps: x.shape.map((_, i) => sizeOf(x.shape.slice(i + 1))),
    base: 0,
    coordinates: x.shape.map((_, i) => reshaped(part(c, 0, i, 1), shape)),
    linear: order === 1,
    mode: fillMode,
    fillValue,
  });
  return castTo(reshaped(y, shape), given.dtype);
}

/** How pixels between pixels and beyond the border are made. */
export interface PixelOptions {
  interpolation: 'nearest' | 'bilinear';
  fillMode: FillMode;
  fillValue: number;
}

/** @internal */
export function checkPixels(where: string, { interpolation, fillMode }: PixelOptions): void {
  checkMode(where, fillMode);
  if (interpolation === 'nearest' || interpolation === 'bilinear') return;
  throw new ArgumentError({ where, expected: "interpolation 'nearest' or 'bilinear'", received: `'${String(interpolation)}'` });
}

/** @internal Of images [batch, h, w, channels] the pixels at rows and columns [batch, height, width]. */
export function pixelsAt(x: Tensor, rows: Tensor, columns: Tensor, { interpolation, fillMode, fillValue }: PixelOptions): Tensor {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  return sampled({
    flat: reshaped(x, [n * h * w, c]),
    sizes: [h, w],
    steps: [w, 1],
    base: onDeviceOf(x, () => multiply(reshaped(arange(0, n, 1, 'int32'), [n, 1, 1]), h * w)),
    coordinates: [rows, columns],
    linear: interpolation === 'bilinear',
    mode: fillMode,
    fillValue,
  });
}

/** @internal One image or a batch as floats [batch, h, w, channels], and the way back. */
export function asImages(
  where: string,
  images: TensorLike,
  dataFormat: DataFormat | null | undefined,
): { x: Tensor; back: (y: Tensor) => Tensor } {
  const given = asTensor(where, images);
  const format = readDataFormat(where, dataFormat);
  const float = asFloat(where, given);
  const batch = float.shape.length === 3 ? reshaped(float, [1, ...float.shape]) : float;
  if (batch.shape.length !== 4 || batch.size === 0) {
    throw new ShapeError({ where, expected: 'one image or a batch of them', received: shapeText(given.shape) });
  }
  const back = (y: Tensor): Tensor => {
    const result = toChannelsFirst(castTo(y, given.dtype), format);
    return given.shape.length === 3 ? reshaped(result, result.shape.slice(1)) : result;
  };
  return { x: toChannelsLast(batch, format), back };
}

/** Options of affineTransform. */
export interface AffineTransformOptions {
  /** Default 'bilinear'. */
  interpolation?: 'nearest' | 'bilinear';
  /** Default 'constant'. */
  fillMode?: FillMode;
  /** Default 0. */
  fillValue?: number;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

/**
 * Images [batch, height, width, channels] under a transform of 8 numbers [a0, a1, a2, b0, b1, b2, c0, c1] each (or one for all): the pixel
 * (x, y) of the result is that of the input at ((a0·x + a1·y + a2) / k, (b0·x + b1·y + b2) / k) with k = c0·x + c1·y + 1. Keras 3:
 * `keras.ops.image.affine_transform`.
 *
 * @example
 * ops.image.affineTransform(images, tensor([1, 0, 2, 0, 1, 0, 0, 0]));   // moved 2 pixels to the left
 */
export function affineTransform(images: TensorLike, transform: TensorLike, options: AffineTransformOptions = {}): Tensor {
  const name = 'affineTransform';
  const { interpolation = 'bilinear', fillMode = 'constant', fillValue = 0 } = options;
  checkPixels(name, { interpolation, fillMode, fillValue });
  const { x, back } = asImages(name, images, options.dataFormat);
  const [n, h, w] = x.shape as readonly [number, number, number];
  const t = castTo(asFloat(name, transform, x), x.dtype);
  const all = t.shape.length === 1 ? reshaped(t, [1, t.size]) : t;
  if (all.shape.length !== 2 || all.shape[1] !== 8 || (all.shape[0] !== 1 && all.shape[0] !== n)) {
    throw new ShapeError({ where: name, expected: `transforms [${n}, 8] or [8]`, received: shapeText(t.shape) });
  }
  const number = (i: number) => reshaped(part(all, 1, i, 1), [all.shape[0]!, 1, 1]);
  const count = (size: number): Tensor => onDeviceOf(x, () => arange(0, size, 1, x.dtype));
  const columns = reshaped(count(w), [1, 1, w]);
  const rows = reshaped(count(h), [1, h, 1]);
  const plane = (i: number) => add(multiply(number(i), columns), multiply(number(i + 1), rows));
  const depth = add(plane(6), 1);
  const at = (i: number): Tensor => {
    const place = divide(add(plane(i), number(i + 2)), depth);
    // On the horizon, where the depth is 0: far outside, instead of weights that are not numbers.
    return expandTo(where(isfinite(place), place, -1e9), [n, h, w]);
  };
  return back(pixelsAt(x, at(3), at(0), { interpolation, fillMode, fillValue }));
}
