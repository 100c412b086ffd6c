/** Dropout: random zeros while training. */
import { ArgumentError, ShapeError } from '../errors.js';
import { globalRandom, RandomState } from '../random/state.js';
import { dropout as dropped } from '../ops/random.js';
import { type Config, describe, nullable, type Reader, readOptions, real, seed } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { shortForm } from './kernel-options.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Options of `layers.dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** The share of elements that become 0: from 0 to below 1. */
  rate: number;
  /** Shape of the mask, with the batch; a dimension of 1 drops together, null stands for the input's. */
  noiseShape?: readonly (number | null)[] | null;
  seed?: number | null;
}

export const noise: Reader<readonly (number | null)[]> = (value, where) => {
  if (Array.isArray(value) && value.every((dim) => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 1))) {
    return [...(value as (number | null)[])];
  }
  throw new ArgumentError({
    where,
    expected: 'a list of whole numbers of at least 1, or null for those of the input',
    received: describe(value),
  });
};

const readers = { ...layerReaders, rate: real({ low: 0, below: 1 }), seed: nullable(seed), noiseShape: nullable(noise) };

/** Drops elements while training and scales up the others. */
export class Dropout<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly rate: number;
  private readonly seed: number | null;
  private readonly noiseShape: readonly (number | null)[] | null;
  private readonly random: RandomState;

  constructor(options: DropoutOptions) {
    const read = readOptions('dropout', options, readers);
    super(common(read));
    this.rate = read.rate;
    this.seed = read.seed;
    this.noiseShape = read.noiseShape;
    this.random = read.seed === null ? globalRandom : new RandomState(read.seed);
  }

  override get className(): string {
    return 'Dropout';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    const fits = (dim: number | null, i: number): boolean => dim === null || dim === 1 || shape[i] === null || dim === shape[i];
    if (this.noiseShape && (this.noiseShape.length !== shape.length || !this.noiseShape.every(fits))) {
      throw new ShapeError({
        where: 'dropout',
        expected: `a noiseShape that broadcasts to [${shape.map((dim) => dim ?? '?').join(', ')}]`,
        received: describe(this.noiseShape),
        hint: 'it counts the batch; use null for the dimensions of the input',
      });
    }
    return shape;
  }

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    if (!training || this.rate === 0) return x;
    return dropped(x, this.rate, { noiseShape: this.noiseShape, seed: this.random });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, noiseShape: this.noiseShape };
  }
}

registerLayer('Dropout', Dropout);

/**
 * While training, each element becomes 0 with probability `rate` and the others are divided by `1 - rate`; otherwise the input passes.
 * Source: Keras 3, keras.layers.Dropout.
 *
 * Shapes: the output has the shape of the input. An ArgumentError where the rate is not from 0 to below 1.
 *
 * @example
 * layers.dropout(0.25);
 * layers.dropout(0.5, { seed: 7 });
 */
export function dropout(rate: number, options?: Omit<DropoutOptions, 'rate'>): Dropout<SameShape<'dropout'>>;
export function dropout(options: DropoutOptions): Dropout<SameShape<'dropout'>>;
export function dropout(rate: number | DropoutOptions, options?: Omit<DropoutOptions, 'rate'>): Dropout {
  return new Dropout(shortForm(rate, 'rate', options));
}
