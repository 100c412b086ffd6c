/** LSTMs over sequences of volumes. */
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { Triple } from '../../types/grid.js';
import type { ConvLstmShape } from '../../types/recurrent.js';
import type { DataFormat } from '../defaults.js';
import { registerLayer } from '../registry.js';
import type { Padding } from '../window.js';
import { ConvLSTM, type ConvLSTMOptions } from './conv-lstm.js';

/** Options of `layers.convLstm3d`. */
export interface ConvLSTM3dOptions<
  N extends number = number,
  K extends Triple = Triple,
  S extends Triple = Triple,
  P extends Padding = Padding,
  D extends Triple = Triple,
  F extends DataFormat = DataFormat,
  Q extends boolean = boolean,
  T extends boolean = boolean,
> extends ConvLSTMOptions {
  filters: N;
  kernelSize: K;
  strides?: S;
  padding?: P;
  dataFormat?: F;
  dilationRate?: D;
  returnSequences?: Q;
  returnState?: T;
}

/** An LSTM over sequences of volumes. */
export class ConvLSTM3D<F extends ShapeFn = AnyShape> extends ConvLSTM<F> {
  constructor(options: ConvLSTM3dOptions) {
    super('convLstm3d', 3, options);
  }

  override get className(): string {
    return 'ConvLSTM3D';
  }
}

registerLayer('ConvLSTM3D', ConvLSTM3D);

/**
 * Long short-term memory over sequences of volumes: the products of `lstm` are convolutions, of each step's input and of the state, which keeps
 * its size. Source: Keras 3, keras.layers.ConvLSTM3D; Shi et al. 2015.
 *
 * Shapes: [batch, time, depth, height, width, channels] to [batch, newDepth, newHeight, newWidth, filters]; with
 * `returnSequences` [batch, time, newDepth, newHeight, newWidth, filters]; with `returnState` also the last output and carry (channelsFirst accordingly).
 * Initial states: `apply([sequence, output, carry])`. Weights: kernel [depth, height, width, channels, 4 filters], recurrent_kernel
 * [depth, height, width, filters, 4 filters], bias [4 filters], for input, forget, cell and output. A ShapeError for what is no sequence of
 * volumes, or smaller than the kernel.
 *
 * @example
 * layers.convLstm3d({ filters: 4, kernelSize: [2, 3, 3], dataFormat: 'channelsFirst' });
 */
export function convLstm3d<
  const N extends number,
  const K extends Triple,
  const S extends Triple = 1,
  const P extends Padding = 'valid',
  const D extends Triple = 1,
  const F extends DataFormat = 'channelsLast',
  const Q extends boolean = false,
  const T extends boolean = false,
>(
  filters: N,
  kernelSize: K,
  options?: Omit<ConvLSTM3dOptions<N, K, S, P, D, F, Q, T>, 'filters' | 'kernelSize'>,
): ConvLSTM3D<ConvLstmShape<'convLstm3d', 3, N, K, S, P, D, F, Q, T>>;
export function convLstm3d<
  const N extends number,
  const K extends Triple,
  const S extends Triple = 1,
  const P extends Padding = 'valid',
  const D extends Triple = 1,
  const F extends DataFormat = 'channelsLast',
  const Q extends boolean = false,
  const T extends boolean = false,
>(options: ConvLSTM3dOptions<N, K, S, P, D, F, Q, T>): ConvLSTM3D<ConvLstmShape<'convLstm3d', 3, N, K, S, P, D, F, Q, T>>;
export function convLstm3d(filters: number | ConvLSTM3dOptions, kernelSize?: Triple, options?: object): ConvLSTM3D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as ConvLSTM3dOptions);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a layer of any shape, whose shape the overloads say
  return new ConvLSTM3D(all);
}
