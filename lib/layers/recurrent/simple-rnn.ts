/** The plain recurrent layer and its cell. */
import * as ops from '../../ops/index.js';
import { type Config, readOptions } from '../../options/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { RecurrentShape } from '../../types/recurrent.js';
import { shortForm } from '../kernel-options.js';
import { registerLayer } from '../registry.js';
import type { Prepared, Stepped } from './cell.js';
import { type CellOptions, cellReaders, DenseCell } from './gates.js';
import { RNN, type SequenceOptions, sequenceReaders } from './rnn.js';
import { cellOptions, sequenceOptions } from './split.js';

/** `activation(x · kernel + state · recurrentKernel + bias)`, which is the next state as well. */
export class SimpleRNNCell<F extends ShapeFn = AnyShape> extends DenseCell<F> {
  constructor(options: CellOptions) {
    super(readOptions('simpleRnnCell', options, cellReaders), 1);
  }

  override get className(): string {
    return 'SimpleRNNCell';
  }

  step(x: Tensor, [state]: readonly Tensor[], prepared: Prepared): Stepped {
    const output = this.settings.activation.call(ops.add(x, this.recurrent(state!, prepared)));
    return { output, states: [output] };
  }
}

/** Options of `layers.simpleRnn`. */
export interface SimpleRNNOptions<U extends number = number> extends CellOptions<U>, SequenceOptions {}

export class SimpleRNN<F extends ShapeFn = AnyShape> extends RNN<F> {
  constructor(options: SimpleRNNOptions) {
    const read = readOptions('simpleRnn', options, { ...cellReaders, ...sequenceReaders });
    super({ ...sequenceOptions(read), cell: new SimpleRNNCell(cellOptions(read, cellReaders, 'simple_rnn_cell')) }, 'simpleRnn');
  }

  override get className(): string {
    return 'SimpleRNN';
  }

  protected override cellConfig(): Config {
    const { name: _, trainable: __, dtype: ___, ...config } = this.cell.getConfig();
    return config;
  }
}

registerLayer('SimpleRNNCell', SimpleRNNCell);
registerLayer('SimpleRNN', SimpleRNN);

/**
 * The step of `simpleRnn`, for `layers.rnn`. Source: Keras 3, keras.layers.SimpleRNNCell.
 *
 * @example
 * layers.rnn(layers.simpleRnnCell(16));
 */
export function simpleRnnCell(units: number, options?: Omit<CellOptions, 'units'>): SimpleRNNCell;
export function simpleRnnCell(options: CellOptions): SimpleRNNCell;
export function simpleRnnCell(units: number | CellOptions, options?: object): SimpleRNNCell {
  return new SimpleRNNCell(shortForm(units, 'units', options));
}

/**
 * The plain recurrent layer: each step's output is an activation of the input and of the output before it.
 * Source: Keras 3, keras.layers.SimpleRNN.
 *
 * Shapes: [batch, steps, features] to [batch, units]; see `layers.rnn` for `returnSequences` and states. Weights: kernel [features, units],
 * recurrent_kernel [units, units], bias [units].
 *
 * @example
 * sequential([10, 8]).add(layers.simpleRnn(16));
 */
export function simpleRnn<const U extends number, const O extends Omit<SimpleRNNOptions, 'units'> = object>(
  units: U,
  options?: O & Omit<SimpleRNNOptions, 'units'>,
): SimpleRNN<RecurrentShape<U, O>>;
export function simpleRnn<const O extends SimpleRNNOptions>(options: O & SimpleRNNOptions): SimpleRNN<RecurrentShape<O['units'], O>>;
export function simpleRnn(units: number | SimpleRNNOptions, options?: object): SimpleRNN {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a layer of any shape, whose shape the overloads say
  return new SimpleRNN(shortForm(units, 'units', options));
}
