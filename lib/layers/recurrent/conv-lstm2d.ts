/** LSTMs over sequences of images. */
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { Pair } from '../../types/messages.js';
import type { ConvLstmShape } from '../../types/recurrent.js';
import type { DataFormat } from '../defaults.js';
import { registerLayer } from '../registry.js';
import type { Padding } from '../window.js';
import { ConvLSTM, type ConvLSTMOptions } from './conv-lstm.js';

/** Options of `layers.convLstm2d`. */
export interface ConvLSTM2dOptions<
  N extends number = number,
  K extends Pair = Pair,
  S extends Pair = Pair,
  P extends Padding = Padding,
  D extends Pair = Pair,
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

/** An LSTM over sequences of images. */
export class ConvLSTM2D<F extends ShapeFn = AnyShape> extends ConvLSTM<F> {
  constructor(options: ConvLSTM2dOptions) {
    super('convLstm2d', 2, options);
  }

  override get className(): string {
    return 'ConvLSTM2D';
  }
}

registerLayer('ConvLSTM2D', ConvLSTM2D);

/**
 * Long short-term memory over sequences of images: the products of `lstm` are convolutions, of each step's input and of the state, which keeps
 * its size. Source: Keras 3, keras.layers.ConvLSTM2D; Shi et al. 2015.
 *
 * Shapes: [batch, time, height, width, channels] to [batch, newHeight, newWidth, filters]; with
 * `returnSequences` [batch, time, newHeight, newWidth, filters]; with `returnState` also the last output and carry (channelsFirst accordingly).
 * Initial states: `apply([sequence, output, carry])`. Weights: kernel [height, width, channels, 4 filters], recurrent_kernel
 * [height, width, filters, 4 filters], bias [4 filters], for input, forget, cell and output. A ShapeError for what is no sequence of
 * images, or smaller than the kernel.
 *
 * @example
 * sequential([10, 32, 32, 3]).add(layers.convLstm2d(16, 3, { padding: 'same' }));
 */
export function convLstm2d<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
  const Q extends boolean = false,
  const T extends boolean = false,
>(
  filters: N,
  kernelSize: K,
  options?: Omit<ConvLSTM2dOptions<N, K, S, P, D, F, Q, T>, 'filters' | 'kernelSize'>,
): ConvLSTM2D<ConvLstmShape<'convLstm2d', 2, N, K, S, P, D, F, Q, T>>;
export function convLstm2d<
  const N extends number,
  const K extends Pair,
  const S extends Pair = 1,
  const P extends Padding = 'valid',
  const D extends Pair = 1,
  const F extends DataFormat = 'channelsLast',
  const Q extends boolean = false,
  const T extends boolean = false,
>(options: ConvLSTM2dOptions<N, K, S, P, D, F, Q, T>): ConvLSTM2D<ConvLstmShape<'convLstm2d', 2, N, K, S, P, D, F, Q, T>>;
export function convLstm2d(filters: number | ConvLSTM2dOptions, kernelSize?: Pair, options?: object): ConvLSTM2D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as ConvLSTM2dOptions);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a layer of any shape, whose shape the overloads say
  return new ConvLSTM2D(all);
}
