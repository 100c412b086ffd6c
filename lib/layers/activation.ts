/** An activation as a layer of its own. */
import { type Activation as ActivationFunction, activation as activationReader, type ActivationLike } from '../activations/index.js';
import { ArgumentError } from '../errors.js';
import { type Config, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';

/** Options of `layers.activation`. */
export interface ActivationOptions extends LayerOptions {
  activation: ActivationLike;
}

const readers = {
  ...layerReaders,
  activation: (value: unknown, where: string): ActivationFunction => {
    if (value !== undefined) return activationReader(value, where);
    throw new ArgumentError({
      where: 'activation',
      expected: 'the name of an activation, or a function',
      received: 'undefined',
      hint: "for example 'relu'",
    });
  },
};

/** Applies a function to the input. */
export class Activation<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly activation: ActivationFunction;

  constructor(options: ActivationOptions) {
    const read = readOptions('activation', options, readers);
    super(common(read));
    this.activation = read.activation;
  }

  override get className(): string {
    return 'Activation';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call(x: Tensor): Tensor {
    return this.activation.call(x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), activation: this.activation.config };
  }
}

registerLayer('Activation', Activation);

/**
 * Applies an activation by name, or a function. Losses that follow see the logits under a softmax or sigmoid.
 * Source: Keras 3, keras.layers.Activation.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.activation('softmax');
 * layers.activation((x) => ops.square(ops.relu(x)));
 */
export function activation(
  activation: ActivationLike,
  options?: Omit<ActivationOptions, 'activation'>,
): Activation<SameShape<'activation'>>;
export function activation(options: ActivationOptions): Activation<SameShape<'activation'>>;
export function activation(given: ActivationLike | ActivationOptions, options?: Omit<ActivationOptions, 'activation'>): Activation {
  const all = typeof given === 'object' && 'activation' in given ? given : { ...options, activation: given };
  return new Activation(all);
}
