/** Transposed convolution of volumes. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConvTransposeShape, Triple } from '../types/grid.js';
import { ConvTranspose, type ConvTransposeOptions } from './conv-transpose.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.conv3dTranspose`. */
export interface Conv3dTransposeOptions<
  N extends number = number,
  K extends Triple = Triple,
  S extends Triple = Triple,
  P extends Padding = Padding,
  E extends Triple | null = Triple | null,
  D extends Triple = Triple,
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

/** A convolution of volumes run backwards. */
export class Conv3DTranspose<F extends ShapeFn = AnyShape> extends ConvTranspose<F> {
  constructor(options: Conv3dTransposeOptions) {
    super('conv3dTranspose', 3, options);
  }

  override get className(): string {
    return 'Conv3DTranspose';
  }
}

registerLayer('Conv3DTranspose', Conv3DTranspose);

/**
 * Transposed convolution: the way back from a convolution's output to the size of its input. Source: Keras 3, keras.layers.Conv3DTranspose.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, newDepth, newHeight, newWidth, filters]; with padding 'same' the sides are multiplied by the
 * strides. Weights: kernel [depth, height, width, filters, channels], bias [filters].
 *
 * @example
 * layers.conv3dTranspose(16, 3, { strides: 2, padding: 'same' });   // twice the size
 */
export function conv3dTranspose<
  const N extends number,
  const K extends Triple,
  const S extends Triple = 1,
  const P extends Padding = 'valid',
  const E extends Triple | null = null,
  const D extends Triple = 1,
  const F extends DataFormat = 'channelsLast',
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv3dTransposeOptions<N, K, S, P, E, D, F>, 'filters' | 'kernelSize'>,
): Conv3DTranspose<ConvTransposeShape<'conv3dTranspose', 3, N, K, S, P, E, D, F>>;
export function conv3dTranspose<
  const N extends number,
  const K extends Triple,
  const S extends Triple = 1,
  const P extends Padding = 'valid',
  const E extends Triple | null = null,
  const D extends Triple = 1,
  const F extends DataFormat = 'channelsLast',
>(options: Conv3dTransposeOptions<N, K, S, P, E, D, F>): Conv3DTranspose<ConvTransposeShape<'conv3dTranspose', 3, N, K, S, P, E, D, F>>;
export function conv3dTranspose(filters: number | Conv3dTransposeOptions, kernelSize?: Triple, options?: object): Conv3DTranspose {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv3dTransposeOptions);
  return new Conv3DTranspose(all);
}
