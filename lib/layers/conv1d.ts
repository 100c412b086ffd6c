/** Convolution of sequences. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { CausalPadding, ConvShape, Single } from '../types/grid.js';
import { Conv, type ConvOptions } from './conv.js';
import type { DataFormat } from './defaults.js';
import { registerLayer } from './registry.js';

/** Options of `layers.conv1d`. */
export interface Conv1dOptions<
  N extends number = number,
  K extends Single = Single,
  S extends Single = Single,
  P extends CausalPadding = CausalPadding,
  D extends Single = Single,
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

/** Filters that slide over sequences. */
export class Conv1D<F extends ShapeFn = AnyShape> extends Conv<F> {
  constructor(options: Conv1dOptions) {
    super('conv1d', 1, options);
  }

  override get className(): string {
    return 'Conv1D';
  }
}

registerLayer('Conv1D', Conv1D);

/**
 * Convolution: each filter slides over the sequence and gives one channel of the output. Padding 'causal' lets no step see a later one.
 * Source: Keras 3, keras.layers.Conv1D.
 *
 * Shapes: [batch, steps, channels] to [batch, newSteps, filters] (channelsFirst accordingly). Weights: kernel
 * [size, channels / groups, filters], bias [filters]. A ShapeError for what is no sequence, or smaller than the kernel.
 *
 * @example
 * layers.conv1d(32, 3, { activation: 'relu' });
 */
export function conv1d<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends CausalPadding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv1dOptions<N, K, S, P, D, F, G>, 'filters' | 'kernelSize'>,
): Conv1D<ConvShape<'conv1d', 1, N, K, S, P, D, F, G>>;
export function conv1d<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends CausalPadding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(options: Conv1dOptions<N, K, S, P, D, F, G>): Conv1D<ConvShape<'conv1d', 1, N, K, S, P, D, F, G>>;
export function conv1d(filters: number | Conv1dOptions, kernelSize?: Single, options?: object): Conv1D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv1dOptions);
  return new Conv1D(all);
}
