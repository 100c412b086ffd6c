/** Convolution of each channel of sequences by itself. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { CausalPadding, DepthwiseConvShape, Single } from '../types/grid.js';
import type { DataFormat } from './defaults.js';
import { DepthwiseConv, type DepthwiseConvOptions } from './depthwise-conv.js';
import { shortForm } from './kernel-options.js';
import { registerLayer } from './registry.js';

/** Options of `layers.depthwiseConv1d`. */
export interface DepthwiseConv1dOptions<
  K extends Single = Single,
  S extends Single = Single,
  P extends CausalPadding = CausalPadding,
  D extends Single = Single,
  F extends DataFormat = DataFormat,
  M extends number = number,
> extends DepthwiseConvOptions {
  kernelSize: K;
  strides?: S;
  padding?: P;
  depthMultiplier?: M;
  dataFormat?: F;
  dilationRate?: D;
}

/** One or more filters for each channel of sequences. */
export class DepthwiseConv1D<F extends ShapeFn = AnyShape> extends DepthwiseConv<F> {
  constructor(options: DepthwiseConv1dOptions) {
    super('depthwiseConv1d', 1, options);
  }

  override get className(): string {
    return 'DepthwiseConv1D';
  }
}

registerLayer('DepthwiseConv1D', DepthwiseConv1D);

/**
 * Convolves each channel with filters of its own. Source: Keras 3, keras.layers.DepthwiseConv1D.
 *
 * Shapes: [batch, steps, channels] to [batch, newSteps, channels * depthMultiplier]. Weights: kernel
 * [size, channels, depthMultiplier], bias [channels * depthMultiplier].
 *
 * @example
 * layers.depthwiseConv1d(3, { padding: 'same', depthMultiplier: 2 });
 */
export function depthwiseConv1d<
  const K extends Single,
  const S extends Single = 1,
  const P extends CausalPadding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
  const M extends number = 1,
>(
  kernelSize: K,
  options?: Omit<DepthwiseConv1dOptions<K, S, P, D, F, M>, 'kernelSize'>,
): DepthwiseConv1D<DepthwiseConvShape<'depthwiseConv1d', 1, K, S, P, D, F, M>>;
export function depthwiseConv1d<
  const K extends Single,
  const S extends Single = 1,
  const P extends CausalPadding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
  const M extends number = 1,
>(options: DepthwiseConv1dOptions<K, S, P, D, F, M>): DepthwiseConv1D<DepthwiseConvShape<'depthwiseConv1d', 1, K, S, P, D, F, M>>;
export function depthwiseConv1d(kernelSize: Single | DepthwiseConv1dOptions, options?: object): DepthwiseConv1D {
  return new DepthwiseConv1D(shortForm(kernelSize, 'kernelSize', options));
}
