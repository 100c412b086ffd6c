/** Long short-term memory: the layer and its cell. */
import type { Activation } from '../../activations/index.js';
import { type Initializer, initializer } from '../../initializers/index.js';
import * as ops from '../../ops/index.js';
import { type Config, flag, optional, type Read, readOptions } from '../../options/index.js';
import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { RecurrentShape } from '../../types/recurrent.js';
import { shortForm } from '../kernel-options.js';
import { registerLayer } from '../registry.js';
import type { Prepared, Stepped } from './cell.js';
import { DenseCell, type GatedOptions, gateReaders } from './gates.js';
import { RNN, type SequenceOptions, sequenceReaders } from './rnn.js';
import { cellOptions, sequenceOptions } from './split.js';

/** Options of `layers.lstmCell`. */
export interface LSTMCellOptions<U extends number = number> extends GatedOptions<U> {
  /** The bias of the forget gate begins with ones; true. */
  unitForgetBias?: boolean;
}

const readers = { ...gateReaders, unitForgetBias: optional(flag, true) };

/** A bias for four gates whose forget gate begins with ones. */
export function forgetBias(of: Initializer, units: number, where: string): Initializer {
  const call = (_: readonly number[], dtype: DType): Tensor =>
    ops.concatenate([of.call([units], dtype), ops.ones([units], dtype), of.call([2 * units], dtype)], { axis: 0 });
  return initializer(call, where);
}

/** A step from the gates' sums, which lie side by side along `axis`, and the carry: gates in Keras' order are input, forget, cell, output. */
export function gated(sums: Tensor, carry: Tensor, axis: number, activation: Activation, recurrentActivation: Activation): Stepped {
  const [i, f, c, o] = ops.split(sums, 4, axis) as [Tensor, Tensor, Tensor, Tensor];
  const kept = ops.mul(recurrentActivation.call(f), carry);
  const next = ops.add(kept, ops.mul(recurrentActivation.call(i), activation.call(c)));
  const output = ops.mul(recurrentActivation.call(o), activation.call(next));
  return { output, states: [output, next] };
}

/** States: output and carry. */
export class LSTMCell<F extends ShapeFn = AnyShape> extends DenseCell<F> {
  private readonly own: Read<typeof readers>;

  constructor(options: LSTMCellOptions) {
    const read = readOptions('lstmCell', options, readers);
    super(read, 4, 2);
    this.own = read;
  }

  override get className(): string {
    return 'LSTMCell';
  }

  protected override biasInitializer(): Initializer {
    const plain = super.biasInitializer();
    return this.own.unitForgetBias ? forgetBias(plain, this.units, this.kind) : plain;
  }

  step(x: Tensor, [state, carry]: readonly Tensor[], prepared: Prepared): Stepped {
    const { activation, recurrentActivation } = this.own;
    return gated(ops.add(x, this.recurrent(state!, prepared)), carry!, 1, activation, recurrentActivation);
  }

  override getConfig(): Config {
    const { recurrentActivation, unitForgetBias } = this.own;
    return { ...super.getConfig(), recurrentActivation: recurrentActivation.config, unitForgetBias };
  }
}

/** Options of `layers.lstm`. */
export interface LSTMOptions<U extends number = number> extends LSTMCellOptions<U>, SequenceOptions {}

export class LSTM<F extends ShapeFn = AnyShape> extends RNN<F> {
  constructor(options: LSTMOptions) {
    const read = readOptions('lstm', options, { ...readers, ...sequenceReaders });
    super({ ...sequenceOptions(read), cell: new LSTMCell(cellOptions(read, readers, 'lstm_cell')) }, 'lstm');
  }

  override get className(): string {
    return 'LSTM';
  }

  protected override cellConfig(): Config {
    const { name: _, trainable: __, dtype: ___, ...config } = this.cell.getConfig();
    return config;
  }
}

registerLayer('LSTMCell', LSTMCell);
registerLayer('LSTM', LSTM);

/**
 * The step of `lstm`, for `layers.rnn`. Source: Keras 3, keras.layers.LSTMCell.
 *
 * @example
 * layers.rnn([layers.lstmCell(32), layers.lstmCell(16)]);
 */
export function lstmCell(units: number, options?: Omit<LSTMCellOptions, 'units'>): LSTMCell;
export function lstmCell(options: LSTMCellOptions): LSTMCell;
export function lstmCell(units: number | LSTMCellOptions, options?: object): LSTMCell {
  return new LSTMCell(shortForm(units, 'units', options));
}

/**
 * Long short-term memory: a carry that gates change, and an output made of it. Source: Keras 3, keras.layers.LSTM; Hochreiter 1997.
 *
 * Shapes: [batch, steps, features] to [batch, units]; with `returnSequences` [batch, steps, units]; with `returnState` also the last output and
 * carry. Initial states: `apply([sequence, output, carry])`. Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias
 * [4 units], for input, forget, cell and output.
 *
 * @example
 * sequential([10, 8]).add(layers.lstm(32, { returnSequences: true })).add(layers.lstm(16));
 */
export function lstm<const U extends number, const O extends Omit<LSTMOptions, 'units'> = object>(
  units: U,
  options?: O & Omit<LSTMOptions, 'units'>,
): LSTM<RecurrentShape<U, O>>;
export function lstm<const O extends LSTMOptions>(options: O & LSTMOptions): LSTM<RecurrentShape<O['units'], O>>;
export function lstm(units: number | LSTMOptions, options?: object): LSTM {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a layer of any shape, whose shape the overloads say
  return new LSTM(shortForm(units, 'units', options));
}
