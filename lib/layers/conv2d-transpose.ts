/** Transposed convolution of images. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConvTransposeShape } from '../types/grid.js';
import type { Pair } from '../types/messages.js';
import { ConvTranspose, type ConvTransposeOptions } from './conv-transpose.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.conv2dTranspose`. */
export interface Conv2dTransposeOptions<
  N extends number = number,
  K extends Pair = Pair,
  S extends Pair = Pair,
  P extends Padding = Padding,
  E extends Pair | null = Pair | null,
  D extends Pair = Pair,
  F extends DataFormat = DataFormat,
> extends ConvTransposeOptions {
  filters: N;
  kernelSize: K;
  strides?: S;
  padding?: P;
  outputPadding?: E;
  dataFormat?: F;
  dilationRate?: D;
}

/** A convolution of images run backwards. */
export class Conv2DTranspose<F extends ShapeFn = AnyShape> extends ConvTranspose<F> {
  constructor(options: Conv2dTransposeOptions) {
    super('conv2dTranspose', 2, options);
  }

  override get className(): string {
    return 'Conv2DTranspose';
  }
}

registerLayer('Conv2DTranspose', Conv2DTranspose);

/**
 * Transposed convolution: the way back from a convolution's output to the size of its input. Source: Keras 3, keras.layers.Conv2DTranspose.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, filters]; with padding 'same' the sides are multiplied by the
 * strides. Weights: kernel [height, width, filters, channels], bias [filters].
 *
 * @example
 * layers.conv2dTranspose(16, 3, { strides: 2, padding: 'same' });   // twice the size
 */
export function conv2dTranspose<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const E extends Pair | null = null,
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv2dTransposeOptions<N, K, S, P, E, D, F>, 'filters' | 'kernelSize'>,
): Conv2DTranspose<ConvTransposeShape<'conv2dTranspose', 2, N, K, S, P, E, D, F>>;
export function conv2dTranspose<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const E extends Pair | null = null,
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
>(options: Conv2dTransposeOptions<N, K, S, P, E, D, F>): Conv2DTranspose<ConvTransposeShape<'conv2dTranspose', 2, N, K, S, P, E, D, F>>;
export function conv2dTranspose(filters: number | Conv2dTransposeOptions, kernelSize?: Pair, options?: object): Conv2DTranspose {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv2dTransposeOptions);
  return new Conv2DTranspose(all);
}
