/** What changes of colours and their like share: how strong they are, as two numbers, and which values are black and white. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, optional, type Read, type Reader } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { RandomImage, type RandomImageOptions, randomImageReaders, type Range, range } from './random-image.js';

/** Two numbers, the lower one first. */
export type Pair = readonly [number, number];

/** Options of random changes with one factor. */
export interface RandomFactorOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /** f for from 0 to f, or [lowest, highest]; each image gets its own. */
  factor: Range;
  /** Black and white; [0, 255]. */
  valueRange?: Pair;
}

/** Options of changes that only some images get. */
export interface RandomChanceOptions<F extends DataFormat = DataFormat> extends Omit<RandomFactorOptions<F>, 'factor'> {
  /** The probability: f for from 0 to f, or [lowest, highest]; each image gets its own. */
  factor?: Range;
}

export const valueRange: Reader<Pair> = (value, where) => {
  if (Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number' && Number.isFinite(one))) {
    return [Math.min(...(value as number[])), Math.max(...(value as number[]))];
  }
  throw new ArgumentError({ where, expected: 'two numbers, [black, white]', received: describe(value), hint: 'for example [0, 1]' });
};

/** A range as two numbers: a single one f is [0, f]. Lists may go below 0 where Keras writes them so. */
export function upTo(high: number, low = 0): Reader<Pair> {
  const [one, two] = [range(0, high), range(low, high)];
  return (value, where) => {
    const given = Array.isArray(value) ? two(value, where) : one(value, where);
    if (typeof given === 'number') return [0, given];
    return [Math.min(...given), Math.max(...given)];
  };
}

export const valuedReaders = { ...randomImageReaders, valueRange: optional(valueRange, [0, 255] as Pair) };

/** Values of one range in the place of those of another. */
export function rescaled(x: Tensor, [low, high]: Pair, [black, white]: Pair): Tensor {
  if (low === black && high === white) return x;
  const scale = (white - black) / (high - low);
  return ops.add(ops.multiply(x, scale), black - low * scale);
}

/** Images whose values have a range. */
export abstract class ValuedImage<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  protected readonly valueRange: Pair;

  constructor(read: Read<typeof valuedReaders>) {
    super(read);
    this.valueRange = read.valueRange;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), valueRange: this.valueRange };
  }
}

/** Images that are changed by a factor, each by its own. */
export abstract class FactorImage<F extends ShapeFn = AnyShape> extends ValuedImage<F> {
  protected readonly factor: Pair;

  constructor(read: Read<typeof valuedReaders> & { factor: Pair }) {
    super(read);
    this.factor = read.factor;
  }

  protected drawn(x: Tensor): Tensor {
    return this.draw(x, ...this.factor);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor };
  }
}
