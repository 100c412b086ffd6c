/** Transposed convolution of sequences. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConvTransposeShape, Single } from '../types/grid.js';
import { ConvTranspose, type ConvTransposeOptions } from './conv-transpose.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.conv1dTranspose`. */
export interface Conv1dTransposeOptions<
  N extends number = number,
  K extends Single = Single,
  S extends Single = Single,
  P extends Padding = Padding,
  E extends Single | null = Single | null,
  D extends Single = Single,
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

/** A convolution of sequences run backwards. */
export class Conv1DTranspose<F extends ShapeFn = AnyShape> extends ConvTranspose<F> {
  constructor(options: Conv1dTransposeOptions) {
    super('conv1dTranspose', 1, options);
  }

  override get className(): string {
    return 'Conv1DTranspose';
  }
}

registerLayer('Conv1DTranspose', Conv1DTranspose);

/**
 * Transposed convolution: the way back from a convolution's output to the size of its input. Source: Keras 3, keras.layers.Conv1DTranspose.
 *
 * Shapes: [batch, steps, channels] to [batch, newSteps, filters]; with padding 'same' the sides are multiplied by the
 * strides. Weights: kernel [size, filters, channels], bias [filters].
 *
 * @example
 * layers.conv1dTranspose(16, 3, { strides: 2, padding: 'same' });   // twice the size
 */
export function conv1dTranspose<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends Padding = 'valid',
  const E extends Single | null = null,
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv1dTransposeOptions<N, K, S, P, E, D, F>, 'filters' | 'kernelSize'>,
): Conv1DTranspose<ConvTransposeShape<'conv1dTranspose', 1, N, K, S, P, E, D, F>>;
export function conv1dTranspose<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends Padding = 'valid',
  const E extends Single | null = null,
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
>(options: Conv1dTransposeOptions<N, K, S, P, E, D, F>): Conv1DTranspose<ConvTransposeShape<'conv1dTranspose', 1, N, K, S, P, E, D, F>>;
export function conv1dTranspose(filters: number | Conv1dTransposeOptions, kernelSize?: Single, options?: object): Conv1DTranspose {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv1dTransposeOptions);
  return new Conv1DTranspose(all);
}
