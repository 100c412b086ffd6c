/** Separable convolution of images. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConvShape } from '../types/grid.js';
import type { Pair } from '../types/messages.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import { SeparableConv, type SeparableConvOptions } from './separable-conv.js';
import type { Padding } from './window.js';

/** Options of `layers.separableConv2d`. */
export interface SeparableConv2dOptions<
  N extends number = number,
  K extends Pair = Pair,
  S extends Pair = Pair,
  P extends Padding = Padding,
  D extends Pair = Pair,
  F extends DataFormat = DataFormat,
> extends SeparableConvOptions {
  filters: N;
  kernelSize: K;
  strides?: S;
  padding?: P;
  dataFormat?: F;
  dilationRate?: D;
}

/** Filters for each channel of images, then a mix of the channels. */
export class SeparableConv2D<F extends ShapeFn = AnyShape> extends SeparableConv<F> {
  constructor(options: SeparableConv2dOptions) {
    super('separableConv2d', 2, options);
  }

  override get className(): string {
    return 'SeparableConv2D';
  }
}

registerLayer('SeparableConv2D', SeparableConv2D);

/**
 * Separable convolution: filters for each channel by itself, then a convolution of size 1 that mixes the channels.
 * Source: Keras 3, keras.layers.SeparableConv2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, filters]. Weights: depthwise_kernel
 * [height, width, channels, depthMultiplier], pointwise_kernel [1, 1, channels * depthMultiplier, filters], bias [filters].
 *
 * @example
 * layers.separableConv2d(64, 3, { padding: 'same', activation: 'relu' });
 */
export function separableConv2d<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
>(
  filters: N,
  kernelSize: K,
  options?: Omit<SeparableConv2dOptions<N, K, S, P, D, F>, 'filters' | 'kernelSize'>,
): SeparableConv2D<ConvShape<'separableConv2d', 2, N, K, S, P, D, F>>;
export function separableConv2d<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
>(options: SeparableConv2dOptions<N, K, S, P, D, F>): SeparableConv2D<ConvShape<'separableConv2d', 2, N, K, S, P, D, F>>;
export function separableConv2d(filters: number | SeparableConv2dOptions, kernelSize?: Pair, options?: object): SeparableConv2D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as SeparableConv2dOptions);
  return new SeparableConv2D(all);
}
