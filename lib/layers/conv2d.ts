/** Convolution of images. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConvShape } from '../types/grid.js';
import type { Pair } from '../types/messages.js';
import { Conv, type ConvOptions } from './conv.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.conv2d`. */
export interface Conv2dOptions<
  N extends number = number,
  K extends Pair = Pair,
  S extends Pair = Pair,
  P extends Padding = Padding,
  D extends Pair = Pair,
  F extends DataFormat = DataFormat,
  G extends number = number,
> extends ConvOptions {
  filters: N;
  kernelSize: K;
  strides?: S;
  padding?: P;
  dataFormat?: F;
  dilationRate?: D;
  groups?: G;
}

/** Filters that slide over images. */
export class Conv2D<F extends ShapeFn = AnyShape> extends Conv<F> {
  constructor(options: Conv2dOptions) {
    super('conv2d', 2, options);
  }

  override get className(): string {
    return 'Conv2D';
  }
}

registerLayer('Conv2D', Conv2D);

/**
 * Convolution: each filter slides over the image and gives one channel of the output.
 * Source: Keras 3, keras.layers.Conv2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, filters] (channelsFirst accordingly). Weights: kernel
 * [height, width, channels / groups, filters], bias [filters]. A ShapeError for what is no image, or smaller than the kernel.
 *
 * @example
 * layers.conv2d(32, 3, { activation: 'relu' });
 */
export function conv2d<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv2dOptions<N, K, S, P, D, F, G>, 'filters' | 'kernelSize'>,
): Conv2D<ConvShape<'conv2d', 2, N, K, S, P, D, F, G>>;
export function conv2d<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(options: Conv2dOptions<N, K, S, P, D, F, G>): Conv2D<ConvShape<'conv2d', 2, N, K, S, P, D, F, G>>;
export function conv2d(filters: number | Conv2dOptions, kernelSize?: Pair, options?: object): Conv2D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv2dOptions);
  return new Conv2D(all);
}
