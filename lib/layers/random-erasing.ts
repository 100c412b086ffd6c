/** Parts of images taken out by chance. */
import { ArgumentError } from '../errors.js';
import { constantArray } from '../ops/common.js';
import * as ops from '../ops/index.js';
import { type Config, describe, nullable, optional, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { FactorImage, type Pair, type RandomChanceOptions, upTo, valuedReaders } from './random-factor.js';
import type { Range } from './random-image.js';
import { registerLayer } from './registry.js';

type Fill = number | readonly number[];

/** Options of `layers.randomErasing`. */
export interface RandomErasingOptions<F extends DataFormat = DataFormat> extends RandomChanceOptions<F> {
  /** The share of each side's square that goes: [lowest, highest], [0.02, 0.33]. */
  scale?: Range;
  /** What comes in the place: a number, or one for each channel; by itself noise. */
  fillValue?: Fill | null;
}

const fill: Reader<Fill> = (value, where) => {
  const finite = (one: unknown): one is number => typeof one === 'number' && Number.isFinite(one);
  if (finite(value)) return value;
  if (Array.isArray(value) && value.length > 0 && value.every(finite)) return [...value];
  throw new ArgumentError({ where, expected: 'a finite number, or a list of one for each channel', received: describe(value) });
};

const readers = {
  ...valuedReaders,
  factor: optional(upTo(1), [0, 1] as Pair),
  scale: optional(upTo(1), [0.02, 0.33] as Pair),
  fillValue: nullable(fill),
};

/** Some of the images with a rectangle filled. */
export class RandomErasing<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  private readonly scale: Pair;
  private readonly fillValue: Fill | null;

  constructor(options?: RandomErasingOptions) {
    const { scale, fillValue, ...read } = readOptions('randomErasing', options, readers);
    super(read);
    this.scale = scale;
    this.fillValue = fillValue;
  }

  override get className(): string {
    return 'RandomErasing';
  }

  /** Whether rows or columns lie between two places that each image has for itself. */
  private within(x: Tensor, axis: number): Tensor {
    const size = x.shape[axis]!;
    const length = ops.multiply(ops.sqrt(this.draw(x, ...this.scale)), size);
    const start = ops.multiply(this.draw(x, 0, 1), ops.subtract(size, length));
    const places = ops.reshape(
      ops.arange(0, size, 1, x.dtype),
      x.shape.map((_, i) => (i === axis ? size : 1)),
    );
    return ops.logicalAnd(ops.greaterEqual(places, start), ops.less(places, ops.add(start, length)));
  }

  private filling(x: Tensor): Tensor | number {
    const [black, white] = this.valueRange;
    const { fillValue } = this;
    if (typeof fillValue === 'number') return Math.min(Math.max(fillValue, black), white);
    const axis = this.dataFormat === 'channelsFirst' ? 1 : 3;
    if (fillValue === null) return ops.clip(ops.multiply(this.noise(x), white), black, white);
    const channels = x.shape[axis]!;
    if (fillValue.length !== channels) {
      throw new ArgumentError({
        where: 'randomErasing fillValue',
        expected: `${channels} numbers, one for each channel`,
        received: `${fillValue.length}`,
      });
    }
    const shape = x.shape.map((_, i) => (i === axis ? channels : 1));
    return ops.clip(constantArray([...fillValue], shape, x.dtype, x), black, white);
  }

  protected override augment(x: Tensor): Tensor {
    const [rows, columns] = this.sides.map((axis) => this.within(x, axis)) as [Tensor, Tensor];
    const erased = ops.logicalAnd(ops.logicalAnd(rows, columns), this.chosen(x, this.factor));
    return ops.where(erased, this.filling(x), x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scale: this.scale, fillValue: this.fillValue };
  }
}

registerLayer('RandomErasing', RandomErasing);

/**
 * Fills a rectangle of some of the images while training, each with a probability of its own, drawn from `factor`. Source: Keras 3,
 * keras.layers.RandomErasing.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomErasing([0.5, 0.5], { scale: [0.1, 0.2], fillValue: 0 });
 */
export function randomErasing<const F extends DataFormat = 'channelsLast'>(
  factor?: Range,
  options?: Omit<RandomErasingOptions<F>, 'factor'>,
): RandomErasing<ImageShape<'randomErasing', F>>;
export function randomErasing<const F extends DataFormat = 'channelsLast'>(
  options: RandomErasingOptions<F>,
): RandomErasing<ImageShape<'randomErasing', F>>;
export function randomErasing(factor?: Range | RandomErasingOptions, options?: object): RandomErasing {
  return new RandomErasing(shortForm<RandomErasingOptions>(factor, 'factor', options));
}
