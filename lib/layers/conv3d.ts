/** Convolution of volumes. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConvShape, Triple } from '../types/grid.js';
import { Conv, type ConvOptions } from './conv.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.conv3d`. */
export interface Conv3dOptions<
  N extends number = number,
  K extends Triple = Triple,
  S extends Triple = Triple,
  P extends Padding = Padding,
  D extends Triple = Triple,
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

/** Filters that slide over volumes. */
export class Conv3D<F extends ShapeFn = AnyShape> extends Conv<F> {
  constructor(options: Conv3dOptions) {
    super('conv3d', 3, options);
  }

  override get className(): string {
    return 'Conv3D';
  }
}

registerLayer('Conv3D', Conv3D);

/**
 * Convolution: each filter slides over the volume and gives one channel of the output.
 * Source: Keras 3, keras.layers.Conv3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, newDepth, newHeight, newWidth, filters] (channelsFirst accordingly). Weights: kernel
 * [depth, height, width, channels / groups, filters], bias [filters]. A ShapeError for what is no volume, or smaller than the kernel.
 *
 * @example
 * layers.conv3d(32, 3, { activation: 'relu' });
 */
export function conv3d<
  const N extends number,
  const K extends Triple,
  const S extends Triple = 1,
  const P extends Padding = 'valid',
  const D extends Triple = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv3dOptions<N, K, S, P, D, F, G>, 'filters' | 'kernelSize'>,
): Conv3D<ConvShape<'conv3d', 3, N, K, S, P, D, F, G>>;
export function conv3d<
  const N extends number,
  const K extends Triple,
  const S extends Triple = 1,
  const P extends Padding = 'valid',
  const D extends Triple = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(options: Conv3dOptions<N, K, S, P, D, F, G>): Conv3D<ConvShape<'conv3d', 3, N, K, S, P, D, F, G>>;
export function conv3d(filters: number | Conv3dOptions, kernelSize?: Triple, options?: object): Conv3D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv3dOptions);
  return new Conv3D(all);
}
