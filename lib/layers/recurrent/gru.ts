/** The gated recurrent unit: the layer and its cell. */
import * as ops from '../../ops/index.js';
import { type Config, flag, optional, type Read, readOptions } from '../../options/index.js';
import { part } from '../../ops/slice.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import type { RecurrentShape } from '../../types/recurrent.js';
import { shortForm } from '../kernel-options.js';
import { registerLayer } from '../registry.js';
import type { Prepared, Stepped } from './cell.js';
import { DenseCell, type GatedOptions, gateReaders } from './gates.js';
import { RNN, type SequenceOptions, sequenceReaders } from './rnn.js';
import { cellOptions, sequenceOptions } from './split.js';

/** Options of `layers.gruCell`. */
export interface GRUCellOptions<U extends number = number> extends GatedOptions<U> {
  /** The reset gate acts on the product with the state (true, as cuDNN has it), or on the state before it. */
  resetAfter?: boolean;
}

const readers = { ...gateReaders, resetAfter: optional(flag, true) };

/** Gates in Keras' order: update, reset, candidate. */
export class GRUCell<F extends ShapeFn = AnyShape> extends DenseCell<F> {
  private readonly own: Read<typeof readers>;

  constructor(options: GRUCellOptions) {
    const read = readOptions('gruCell', options, readers);
    super(read, 3);
    this.own = read;
  }

  override get className(): string {
    return 'GRUCell';
  }

  protected override biasShape(): number[] {
    return this.own.resetAfter ? [2, 3 * this.units] : [3 * this.units];
  }

  /** With `resetAfter` there is a bias for the product with the input, and one for that with the state. */
  private biasRow(row: number): Tensor | undefined {
    if (!this.bias || !this.own.resetAfter) return row === 0 ? this.bias : undefined;
    return ops.reshape<readonly number[]>(part(this.bias, 0, row, 1), [3 * this.units]);
  }

  protected override inputBias(): Tensor | undefined {
    return this.biasRow(0);
  }

  /** What the state is multiplied with is the same at all steps. */
  override prepare(sequence: Tensor, training: boolean): Prepared & { kernels: readonly Tensor[]; bias: Tensor | undefined } {
    const { units, recurrentKernel } = this;
    const kernels = this.own.resetAfter ? [recurrentKernel] : ops.split(recurrentKernel, [2 * units], 1);
    return { ...super.prepare(sequence, training), kernels, bias: this.biasRow(1) };
  }

  step(x: Tensor, [state]: readonly Tensor[], prepared: ReturnType<GRUCell['prepare']>): Stepped {
    const { activation, recurrentActivation, resetAfter } = this.own;
    const { kernels, bias, stateMasks } = prepared;
    const [xz, xr, xh] = ops.split(x, 3, 1) as [Tensor, Tensor, Tensor];
    const inner = this.recurrent(state!, prepared, kernels[0], bias);
    const [hz, hr, hh] = ops.split(inner, resetAfter ? 3 : 2, 1) as [Tensor, Tensor, Tensor | undefined];
    const z = recurrentActivation.call(ops.add(xz, hz));
    const r = recurrentActivation.call(ops.add(xr, hr));
    let product: Tensor;
    if (hh) {
      product = ops.mul(r, hh);
    } else {
      const dropped = stateMasks ? ops.mul(state!, stateMasks[2]!) : state!;
      product = ops.matmul(ops.mul(r, dropped), kernels[1]!);
    }
    const candidate = activation.call(ops.add(xh, product));
    const output = ops.add(ops.mul(z, state!), ops.mul(ops.sub(1, z), candidate));
    return { output, states: [output] };
  }

  override getConfig(): Config {
    const { recurrentActivation, resetAfter } = this.own;
    return { ...super.getConfig(), recurrentActivation: recurrentActivation.config, resetAfter };
  }
}

/** Options of `layers.gru`. */
export interface GRUOptions<U extends number = number> extends GRUCellOptions<U>, SequenceOptions {}

export class GRU<F extends ShapeFn = AnyShape> extends RNN<F> {
  constructor(options: GRUOptions) {
    const read = readOptions('gru', options, { ...readers, ...sequenceReaders });
    super({ ...sequenceOptions(read), cell: new GRUCell(cellOptions(read, readers, 'gru_cell')) }, 'gru');
  }

  override get className(): string {
    return 'GRU';
  }

  protected override cellConfig(): Config {
    const { name: _, trainable: __, dtype: ___, ...config } = this.cell.getConfig();
    return config;
  }
}

registerLayer('GRUCell', GRUCell);
registerLayer('GRU', GRU);

/**
 * The step of `gru`, for `layers.rnn`. Source: Keras 3, keras.layers.GRUCell.
 *
 * @example
 * layers.rnn(layers.gruCell(16, { resetAfter: false }));
 */
export function gruCell(units: number, options?: Omit<GRUCellOptions, 'units'>): GRUCell;
export function gruCell(options: GRUCellOptions): GRUCell;
export function gruCell(units: number | GRUCellOptions, options?: object): GRUCell {
  return new GRUCell(shortForm(units, 'units', options));
}

/**
 * The gated recurrent unit: gates say how much of the state stays. Source: Keras 3, keras.layers.GRU; Cho et al. 2014.
 *
 * Shapes: [batch, steps, features] to [batch, units]; see `layers.rnn` for `returnSequences` and states. Weights: kernel [features, 3 units],
 * recurrent_kernel [units, 3 units], bias [2, 3 units] (without `resetAfter` [3 units]), for update, reset and candidate.
 *
 * @example
 * sequential([10, 8]).add(layers.gru(32));
 */
export function gru<const U extends number, const O extends Omit<GRUOptions, 'units'> = object>(
  units: U,
  options?: O & Omit<GRUOptions, 'units'>,
): GRU<RecurrentShape<U, O>>;
export function gru<const O extends GRUOptions>(options: O & GRUOptions): GRU<RecurrentShape<O['units'], O>>;
export function gru(units: number | GRUOptions, options?: object): GRU {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a layer of any shape, whose shape the overloads say
  return new GRU(shortForm(units, 'units', options));
}
