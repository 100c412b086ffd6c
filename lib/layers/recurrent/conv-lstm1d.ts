/** LSTMs over sequences of sequences. */
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { Single } from '../../types/grid.js';
import type { ConvLstmShape } from '../../types/recurrent.js';
import type { DataFormat } from '../defaults.js';
import { registerLayer } from '../registry.js';
import type { Padding } from '../window.js';
import { ConvLSTM, type ConvLSTMOptions } from './conv-lstm.js';

/** Options of `layers.convLstm1d`. */
export interface ConvLSTM1dOptions<
  N extends number = number,
  K extends Single = Single,
  S extends Single = Single,
  P extends Padding = Padding,
  D extends Single = Single,
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

/** An LSTM over sequences of sequences. */
export class ConvLSTM1D<F extends ShapeFn = AnyShape> extends ConvLSTM<F> {
  constructor(options: ConvLSTM1dOptions) {
    super('convLstm1d', 1, options);
  }

  override get className(): string {
    return 'ConvLSTM1D';
  }
}

registerLayer('ConvLSTM1D', ConvLSTM1D);

/**
 * Long short-term memory over sequences of sequences: the products of `lstm` are convolutions, of each step's input and of the state, which keeps
 * its size. Source: Keras 3, keras.layers.ConvLSTM1D; Shi et al. 2015.
 *
 * Shapes: [batch, time, steps, channels] to [batch, newSteps, filters]; with
 * `returnSequences` [batch, time, newSteps, filters]; with `returnState` also the last output and carry (channelsFirst accordingly).
 * Initial states: `apply([sequence, output, carry])`. Weights: kernel [size, channels, 4 filters], recurrent_kernel
 * [size, filters, 4 filters], bias [4 filters], for input, forget, cell and output. A ShapeError for what is no sequence of
 * sequences, or smaller than the kernel.
 *
 * @example
 * layers.convLstm1d(16, 3, { padding: 'same', returnSequences: true });
 */
export function convLstm1d<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends Padding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
  const Q extends boolean = false,
  const T extends boolean = false,
>(
  filters: N,
  kernelSize: K,
  options?: Omit<ConvLSTM1dOptions<N, K, S, P, D, F, Q, T>, 'filters' | 'kernelSize'>,
): ConvLSTM1D<ConvLstmShape<'convLstm1d', 1, N, K, S, P, D, F, Q, T>>;
export function convLstm1d<
  const N extends number,
  const K extends Single,
  const S extends Single = 1,
  const P extends Padding = 'valid',
  const D extends Single = 1,
  const F extends DataFormat = 'channelsLast',
  const Q extends boolean = false,
  const T extends boolean = false,
>(options: ConvLSTM1dOptions<N, K, S, P, D, F, Q, T>): ConvLSTM1D<ConvLstmShape<'convLstm1d', 1, N, K, S, P, D, F, Q, T>>;
export function convLstm1d(filters: number | ConvLSTM1dOptions, kernelSize?: Single, options?: object): ConvLSTM1D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as ConvLSTM1dOptions);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a layer of any shape, whose shape the overloads say
  return new ConvLSTM1D(all);
}
