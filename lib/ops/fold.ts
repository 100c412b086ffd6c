/** Images as columns of patches, and patches added up to images again. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add } from './binary.js';
import { reshaped } from './broadcast.js';
import { asFloat, shapeText, type TensorLike } from './common.js';
import { stack, unstack } from './join.js';
import { padded } from './pad.js';
import { part, placed, strided } from './slice.js';
import { type Pair, readSizes } from './window.js';

/** How patches lie; one number for both directions. */
export interface FoldOptions {
  /** Distance between neighbours within a patch. Default 1. */
  dilation?: Pair;
  /** Zeros around the image. Default 0. */
  padding?: Pair;
  /** Distance between patches. Default 1. */
  stride?: Pair;
}

interface Lattice {
  readonly kernel: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Patches in each direction. */
  readonly count: readonly [number, number];
}

function lattice(where: string, size: readonly number[], kernelSize: Pair, options: FoldOptions): Lattice {
  const pair = (name: string, value: unknown, otherwise: number): [number, number] =>
    readSizes(where, name, value, otherwise, 2) as [number, number];
  const kernel = pair('kernelSize', kernelSize, 1);
  const [dilation, stride] = [pair('dilation', options.dilation, 1), pair('stride', options.stride, 1)];
  const given = options.padding ?? 0;
  const padding = (typeof given === 'number' ? [given, given] : given) as [number, number];
  const count = [0, 1].map((i) => Math.floor((size[i]! + 2 * padding[i]! - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]!) + 1);
  if (count.some((one) => !(one >= 1)) || padding.some((one) => !Number.isInteger(one) || one < 0)) {
    throw new ShapeError({
      where,
      expected: 'patches that fit into the padded image',
      received: `${shapeText(size)} and ${shapeText(kernel)}`,
    });
  }
  return { kernel, dilation, padding, stride, count: count as [number, number] };
}

/** Begins of what each place of a patch sees of the image. */
function begins({ kernel, dilation }: Lattice): [number, number][] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, i) => [Math.floor(i / kernel[1]) * dilation[0], (i % kernel[1]) * dilation[1]]);
}

/**
 * Patches of images [batch, channels, height, width] as columns, [batch, channels · patch, patches]. Keras 3: `keras.ops.unfold`.
 *
 * @example
 * ops.unfold(ops.ones([1, 2, 4, 4]), 2, { stride: 2 });   // [1, 8, 4]
 */
export function unfold(x: TensorLike, kernelSize: Pair, options: FoldOptions = {}): Tensor {
  const t = asFloat('unfold', x);
  if (t.shape.length !== 4) {
    throw new ShapeError({ where: 'unfold', expected: '[batch, channels, height, width]', received: shapeText(t.shape) });
  }
  const [n, c, h, w] = t.shape as readonly [number, number, number, number];
  const at = lattice('unfold', [h, w], kernelSize, options);
  const [rows, columns] = at.padding;
  const frame = padded(t, [
    [0, 0],
    [0, 0],
    [rows, rows],
    [columns, columns],
  ]);
  const seen = begins(at).map(([row, column]) => strided(frame, [0, 0, row, column], [n, c, ...at.count], [1, 1, ...at.stride]));
  return reshaped(stack(seen, 2), [n, c * seen.length, at.count[0] * at.count[1]]);
}

/**
 * Patches as `unfold` gives them added up to images [batch, channels, height, width]. Keras 3: `keras.ops.fold`.
 *
 * @example
 * ops.fold(ops.unfold(images, 2, { stride: 2 }), [4, 4], 2, { stride: 2 });
 */
export function fold(x: TensorLike, outputSize: Pair, kernelSize: Pair, options: FoldOptions = {}): Tensor {
  const t = asFloat('fold', x);
  const size = readSizes('fold', 'outputSize', outputSize, 1, 2) as [number, number];
  const at = lattice('fold', size, kernelSize, options);
  const places = begins(at);
  const [n, depth, count] = t.shape as readonly [number, number, number];
  if (t.shape.length !== 3 || depth % places.length !== 0 || count !== at.count[0] * at.count[1]) {
    throw new ShapeError({
      where: 'fold',
      expected: `[batch, channels · ${places.length}, ${at.count[0] * at.count[1]}]`,
      received: shapeText(t.shape),
    });
  }
  const c = depth / places.length;
  const [rows, columns] = at.padding;
  const whole = [n, c, size[0] + 2 * rows, size[1] + 2 * columns];
  const parts = unstack(reshaped(t, [n, c, places.length, ...at.count]), { axis: 2 });
  const sum = parts.map((one, i) => placed(one, whole, [0, 0, ...places[i]!], [1, 1, ...at.stride])).reduce((a, b) => add(a, b));
  return part(part(sum, 2, rows, size[0]), 3, columns, size[1]);
}
