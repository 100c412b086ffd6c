/** Convolution of each channel of images by itself. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DepthwiseConvShape } from '../types/grid.js';
import type { Pair } from '../types/messages.js';
import type { DataFormat } from './defaults.js';
import { DepthwiseConv, type DepthwiseConvOptions } from './depthwise-conv.js';
import { shortForm } from './kernel-options.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.depthwiseConv2d`. */
export interface DepthwiseConv2dOptions<
  K extends Pair = Pair,
  S extends Pair = Pair,
  P extends Padding = Padding,
  D extends Pair = Pair,
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

/** One or more filters for each channel of images. */
export class DepthwiseConv2D<F extends ShapeFn = AnyShape> extends DepthwiseConv<F> {
  constructor(options: DepthwiseConv2dOptions) {
    super('depthwiseConv2d', 2, options);
  }

  override get className(): string {
    return 'DepthwiseConv2D';
  }
}

registerLayer('DepthwiseConv2D', DepthwiseConv2D);

/**
 * Convolves each channel with filters of its own. Source: Keras 3, keras.layers.DepthwiseConv2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, channels * depthMultiplier]. Weights: kernel
 * [height, width, channels, depthMultiplier], bias [channels * depthMultiplier].
 *
 * @example
 * layers.depthwiseConv2d(3, { padding: 'same', depthMultiplier: 2 });
 */
export function depthwiseConv2d<
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
  const M extends number = 1,
>(
  kernelSize: K,
  options?: Omit<DepthwiseConv2dOptions<K, S, P, D, F, M>, 'kernelSize'>,
): DepthwiseConv2D<DepthwiseConvShape<'depthwiseConv2d', 2, K, S, P, D, F, M>>;
export function depthwiseConv2d<
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
  const M extends number = 1,
>(options: DepthwiseConv2dOptions<K, S, P, D, F, M>): DepthwiseConv2D<DepthwiseConvShape<'depthwiseConv2d', 2, K, S, P, D, F, M>>;
export function depthwiseConv2d(kernelSize: Pair | DepthwiseConv2dOptions, options?: object): DepthwiseConv2D {
  return new DepthwiseConv2D(shortForm(kernelSize, 'kernelSize', options));
}
