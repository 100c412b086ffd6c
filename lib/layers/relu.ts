/** ReLU and its relatives as layers: elementwise functions with a number or two. */
import * as ops from '../ops/index.js';
import { type Config, nullable, optional, type Read, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** A function of each element in floats. */
abstract class Elementwise<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return inputShape as BatchShape;
  }
}

/** Options of `layers.relu`. */
export interface ReLUOptions extends LayerOptions {
  /** The greatest output; none. */
  maxValue?: number | null;
  /** Slope below the threshold; 0. */
  negativeSlope?: number;
  /** Where the function begins to pass its input; 0. */
  threshold?: number;
}

const reluReaders = {
  ...layerReaders,
  maxValue: nullable(real({ low: 0 })),
  negativeSlope: optional(real({ low: 0 }), 0),
  threshold: optional(real({ low: 0 }), 0),
};

/** `max(x, 0)` and its variants. */
export class ReLU<F extends ShapeFn = AnyShape> extends Elementwise<F> {
  private readonly options: Read<typeof reluReaders>;

  constructor(options?: ReLUOptions) {
    const read = readOptions('relu', options, reluReaders);
    super(common(read));
    this.options = read;
  }

  override get className(): string {
    return 'ReLU';
  }

  override get kind(): string {
    return 'relu';
  }

  override call(x: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this.options;
    return ops.relu(x, { maxValue, negativeSlope, threshold });
  }

  override getConfig(): Config {
    const { maxValue, negativeSlope, threshold } = this.options;
    return { ...super.getConfig(), maxValue, negativeSlope, threshold };
  }
}

/** Options of `layers.leakyRelu`. */
export interface LeakyReLUOptions extends LayerOptions {
  /** Slope below 0; 0.3. */
  negativeSlope?: number;
}

const leakyReaders = { ...layerReaders, negativeSlope: optional(real({ low: 0 }), 0.3) };

/** x, and a fraction of it below 0. */
export class LeakyReLU<F extends ShapeFn = AnyShape> extends Elementwise<F> {
  private readonly negativeSlope: number;

  constructor(options?: LeakyReLUOptions) {
    const read = readOptions('leakyRelu', options, leakyReaders);
    super(common(read));
    this.negativeSlope = read.negativeSlope;
  }

  override get className(): string {
    return 'LeakyReLU';
  }

  override get kind(): string {
    return 'leakyRelu';
  }

  override call(x: Tensor): Tensor {
    return ops.leakyRelu(x, this.negativeSlope);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), negativeSlope: this.negativeSlope };
  }
}

/** Options of `layers.elu`. */
export interface ELUOptions extends LayerOptions {
  /** The limit far below 0, negated; 1. */
  alpha?: number;
}

const eluReaders = { ...layerReaders, alpha: optional(real(), 1) };

/** x, and `alpha · (exp(x) - 1)` below 0. */
export class ELU<F extends ShapeFn = AnyShape> extends Elementwise<F> {
  private readonly alpha: number;

  constructor(options?: ELUOptions) {
    const read = readOptions('elu', options, eluReaders);
    super(common(read));
    this.alpha = read.alpha;
  }

  override get className(): string {
    return 'ELU';
  }

  override get kind(): string {
    return 'elu';
  }

  override call(x: Tensor): Tensor {
    return ops.elu(x, this.alpha);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}

registerLayer('ReLU', ReLU);
registerLayer('LeakyReLU', LeakyReLU);
registerLayer('ELU', ELU);

function short<O>(first: number | O | undefined, key: keyof O): O | undefined {
  return typeof first === 'number' ? ({ [key]: first } as O) : first;
}

/**
 * `max(x, 0)`; with options, at most `maxValue`, with a slope below `threshold`. Source: Keras 3, keras.layers.ReLU.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.relu();
 * layers.relu({ maxValue: 6 });
 */
export function relu(options?: ReLUOptions): ReLU<SameShape<'relu'>> {
  return new ReLU(options);
}

/**
 * x, and `negativeSlope · x` below 0; the slope is 0.3. Source: Keras 3, keras.layers.LeakyReLU.
 *
 * @example
 * layers.leakyRelu(0.1);
 */
export function leakyRelu(options?: number | LeakyReLUOptions): LeakyReLU<SameShape<'leakyRelu'>> {
  return new LeakyReLU(short(options, 'negativeSlope'));
}

/**
 * x, and `alpha · (exp(x) - 1)` below 0; alpha is 1. Source: Keras 3, keras.layers.ELU.
 *
 * @example
 * layers.elu();
 */
export function elu(options?: number | ELUOptions): ELU<SameShape<'elu'>> {
  return new ELU(short(options, 'alpha'));
}
