/** The fully connected layer. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, type Read, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { DenseShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { denseInput } from '../types/messages.js';
import { biasWeight, kernelConfig, type KernelOptions, kernelReaders, kernelWeight, shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.dense`. */
export interface DenseOptions<U extends number = number> extends LayerOptions, KernelOptions {
  /** Length of the output's last axis. */
  units: U;
}

const readers = { ...layerReaders, ...kernelReaders, units: whole() };

/** `activation(x · kernel + bias)` over the last axis. */
export class Dense<F extends ShapeFn = AnyShape> extends Layer<F> {
  readonly units: number;
  private readonly options: Read<typeof readers>;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(options: DenseOptions) {
    const read = readOptions('dense', options, readers);
    super(common(read));
    this.options = read;
    this.units = read.units;
  }

  override get className(): string {
    return 'Dense';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const features = (inputShape as BatchShape).at(-1) ?? null;
    if (features === null) {
      throw new ShapeError({
        where: 'dense',
        expected: 'a known number of features',
        received: 'an unknown one',
        hint: 'give the last axis of the input shape as a number',
      });
    }
    const { options } = this;
    this.kernel = this.addWeight(kernelWeight(options, [features, this.units]));
    if (options.useBias) {
      this.bias = this.addWeight(biasWeight(options, [this.units]));
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    if (shape.length < 2) throw new ShapeError(denseInput('dense', withoutBatch(shape)));
    this.expectAxis(shape, -1, this.kernel?.kerasShape[0], 'features');
    return [...shape.slice(0, -1), this.units];
  }

  override call(x: Tensor): Tensor {
    const { activation } = this.options;
    // A relu is part of the kernel's one pass.
    if (activation.name === 'relu') return ops.dense(x, this.kernel, { bias: this.bias, activation: 'relu' });
    return activation.call(ops.dense(x, this.kernel, { bias: this.bias }));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), units: this.units, ...kernelConfig(this.options) };
  }
}

registerLayer('Dense', Dense);

/**
 * The fully connected layer: `activation(x · kernel + bias)`, over the last axis. Source: Keras 3, keras.layers.Dense.
 *
 * Shapes: [batch, ..., features] to [batch, ..., units]. Weights: kernel [features, units], bias [units]. A ShapeError where the input has no
 * axis but the batch.
 *
 * @example
 * layers.dense(10);
 * layers.dense(128, { activation: 'relu', kernelRegularizer: regularizers.l2(1e-4) });
 * layers.dense({ units: 10, activation: 'softmax' });
 */
export function dense<const U extends number>(units: U, options?: Omit<DenseOptions, 'units'>): Dense<DenseShape<U>>;
export function dense<const U extends number>(options: DenseOptions<U>): Dense<DenseShape<U>>;
export function dense(units: number | DenseOptions, options?: Omit<DenseOptions, 'units'>): Dense {
  return new Dense(shortForm(units, 'units', options));
}
