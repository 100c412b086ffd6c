/** Separable convolution of sequences. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { CausalPadding, ConvShape, Single } from '../types/grid.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import { SeparableConv, type SeparableConvOptions } from './separable-conv.js';

/** Options of `layers.separableConv1d`. */
export interface SeparableConv1dOptions<
  N extends number = number,
  K extends Single = Single,
  S extends Single = Single,
  P extends CausalPadding = CausalPadding,
  D extends Single = Single,
  F extends DataFormat = DataFormat,
> extends SeparableConvOptions {
  filters: N;
  kernelSize: K;
  strides?: S;
  padding?: P;
  dataFormat?: F;
  dilationRate?: D;
}

/** Filters for each channel of sequences, then a mix of the channels. */
export class SeparableConv1D<F extends ShapeFn = AnyShape> extends SeparableConv<F> {
  constructor(options: SeparableConv1dOptions) {
    super('separableConv1d', 1, options);
  }

  override get className(): string {
    return 'SeparableConv1D';
  }
}

registerLayer('SeparableConv1D', SeparableConv1D);

/**
 * Separable convolution: filters for each channel by itself, then a convolution of size 1 that mixes the channels.
 * Source: Keras 3, keras.layers.SeparableConv1D.
 *
 * Shapes: [batch, steps, channels] to [batch, newSteps, filters]. Weights: depthwise_kernel
 * [size, channels, depthMultiplier], pointwise_kernel [1, channels * depthMultiplier, filters], bias [filters].
 *
 * @example
 * layers.separableConv1d(64, 3, { padding: 'same', activation: 'relu' });
 */
export function separableConv1d<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends CausalPadding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
>(
  filters: N,
  kernelSize: K,
  options?: Omit<SeparableConv1dOptions<N, K, S, P, D, F>, 'filters' | 'kernelSize'>,
): SeparableConv1D<ConvShape<'separableConv1d', 1, N, K, S, P, D, F>>;
export function separableConv1d<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends CausalPadding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
>(options: SeparableConv1dOptions<N, K, S, P, D, F>): SeparableConv1D<ConvShape<'separableConv1d', 1, N, K, S, P, D, F>>;
export function separableConv1d(filters: number | SeparableConv1dOptions, kernelSize?: Single, options?: object): SeparableConv1D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as SeparableConv1dOptions);
  return new SeparableConv1D(all);
}
