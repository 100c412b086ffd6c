/** Recurrent layers: a cell for every step of a sequence. */
import { withoutTape } from '../../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../../errors.js';
import { initializer } from '../../initializers/index.js';
import * as ops from '../../ops/index.js';
import {
  type Config,
  describe,
  flag,
  isSerialized,
  optional,
  type Read,
  type Reader,
  readOptions,
  serialize,
} from '../../options/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from '../layer.js';
import { fromConfig, registerLayer } from '../registry.js';
import { type BatchShape, isShapeList, type Shapes } from '../symbolic.js';
import type { Weight } from '../weight.js';
import { RNNCell } from './cell.js';
import { StackedRNNCells } from './stacked.js';

/** Options of all recurrent layers. */
export interface SequenceOptions {
  /** Gives the outputs of all steps, not only the last; false. */
  returnSequences?: boolean;
  /** Gives the last states after the output; false. */
  returnState?: boolean;
  /** Begins with the last step; outputs come in the order in which they are made. */
  goBackwards?: boolean;
  /** Each batch begins with the states that the one before it ended with, until `resetStates`. The batch size has to be fixed. */
  stateful?: boolean;
  /** As in Keras. Steps are always laid out one after the other in a captured program, so both values give the same. */
  unroll?: boolean;
  /** Masked steps give zeros, not the output before them. */
  zeroOutputForMask?: boolean;
}

/** Options of `layers.rnn`. */
export interface RNNOptions extends LayerOptions, SequenceOptions {
  /** A cell, or a list of them, one upon the other. */
  cell: RNNCell | readonly RNNCell[];
}

export const sequenceReaders = {
  returnSequences: optional(flag, false),
  returnState: optional(flag, false),
  goBackwards: optional(flag, false),
  stateful: optional(flag, false),
  unroll: optional(flag, false),
  zeroOutputForMask: optional(flag, false),
};

export function isCell(value: unknown): value is RNNCell {
  return value instanceof RNNCell;
}

const cellReader: Reader<RNNCell> = (value, where) => {
  if (isCell(value)) return value;
  if (Array.isArray(value) && value.length > 0) return new StackedRNNCells({ cells: value.map((one) => cellReader(one, where)) });
  const made = isSerialized(value) ? fromConfig(value) : undefined;
  if (isCell(made)) return made;
  throw new ArgumentError({
    where,
    expected: 'a cell, or a list of cells',
    received: describe(value),
    hint: 'for example layers.lstmCell(32)',
  });
};

const readers = { ...layerReaders, ...sequenceReaders, cell: cellReader };

/** Runs a cell over [batch, steps, ...] sequences, with or without initial states. */
export class RNN<F extends ShapeFn = AnyShape> extends Layer<F> {
  readonly cell: RNNCell;
  readonly sequence: Read<typeof sequenceReaders>;
  /** Where it is stateful: the states that the next batch begins with. */
  private readonly carried: Weight[] = [];

  constructor(options: RNNOptions | (LayerOptions & Read<typeof sequenceReaders> & { cell: RNNCell }), where = 'rnn') {
    const read = readOptions(where, options, readers);
    super(common(read));
    this.cell = read.cell;
    this.sequence = Object.fromEntries(Object.keys(sequenceReaders).map((key) => [key, read[key as keyof typeof sequenceReaders]])) as Read<
      typeof sequenceReaders
    >;
  }

  override get className(): string {
    return 'RNN';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  protected override get takes(): 'either' {
    return 'either';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  /** The carried states are no weights in Keras' sense: files and `getWeights` do without them. */
  override get weights(): Weight[] {
    return super.weights.filter((weight) => !this.carried.includes(weight));
  }

  private cells(): readonly RNNCell[] {
    return this.cell instanceof StackedRNNCells ? this.cell.cells : [this.cell];
  }

  /** The shape of the sequence, without those of the states. */
  protected sequenceShape(shape: Shapes): BatchShape {
    const own = isShapeList(shape) ? shape[0]! : shape;
    if (own.length >= 3) return own;
    throw new ShapeError({
      where: this.kind,
      expected: '[steps, features]',
      received: `[${own
        .slice(1)
        .map((dim) => dim ?? '?')
        .join(', ')}]`,
      hint: 'add reshape([steps, features]) before it',
    });
  }

  override build(inputShape: Shapes): void {
    const shape = this.sequenceShape(inputShape);
    const step = [shape[0]!, ...shape.slice(2)];
    if (!this.cell.built) {
      this.cell.build(step);
      this.cell.built = true;
    }
    if (this.sequence.stateful) {
      const [batch] = shape;
      if (typeof batch !== 'number') {
        throw new ShapeError({
          where: this.kind,
          expected: 'a fixed batch size where it is stateful',
          received: 'an unknown one',
          hint: 'begin the model with an input of batchShape, for example inputLayer({ batchShape: [32, 10, 8] })',
        });
      }
      for (const state of this.stateShapes(shape)) {
        this.carried.push(
          this.addWeight({
            name: 'rnn_state',
            shape: state as number[],
            initializer: initializer('zeros', this.kind),
            trainable: false,
          }),
        );
      }
    }
    super.build(inputShape);
  }

  /** Shapes of all states, cell by cell. */
  protected stateShapes(shape: BatchShape): BatchShape[] {
    return this.cells().flatMap(({ stateSizes }) => stateSizes.map((size) => [shape[0]!, size]));
  }

  /** The shape of one step's output without the batch. */
  protected outputTail(_shape: BatchShape): BatchShape {
    return [this.cells().at(-1)!.outputSize];
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    const shape = this.sequenceShape(inputShape);
    const { returnSequences, returnState } = this.sequence;
    const tail = this.outputTail(shape);
    if (this.cell.built) this.cell.computeOutputShape([shape[0]!, ...shape.slice(2)]);
    const states = this.stateShapes(shape);
    const given = isShapeList(inputShape) ? inputShape.length - 1 : 0;
    if (given !== 0 && given !== states.length) {
      throw new ShapeError({
        where: this.kind,
        expected: `a sequence and ${states.length} initial states`,
        received: `${given} states`,
        hint: 'apply([sequence, ...states])',
      });
    }
    const output: BatchShape = returnSequences ? [shape[0]!, shape[1]!, ...tail] : [shape[0]!, ...tail];
    return returnState ? [output, ...states] : output;
  }

  override call(inputs: Tensor | readonly Tensor[], { training = false, mask }: CallOptions): Tensor | readonly Tensor[] {
    const [sequence, ...given] = Array.isArray(inputs) ? (inputs as readonly Tensor[]) : [inputs as Tensor];
    const own = (Array.isArray(mask) ? (mask as (Tensor | undefined)[])[0] : mask) as Tensor | undefined;
    const { returnSequences, returnState, stateful, goBackwards } = this.sequence;
    if (stateful && this.carried[0]!.shape[0] !== sequence!.shape[0]) {
      throw new ShapeError({
        where: this.kind,
        expected: `batches of ${this.carried[0]!.shape[0]}, since it is stateful`,
        received: String(sequence!.shape[0]),
        hint: 'choose a batch size that divides the number of samples',
      });
    }
    const cells = this.cells();
    let states: readonly Tensor[] = given.length > 0 ? given : stateful ? this.carried : [];
    let outputs: Tensor[] | undefined;
    const last: Tensor[] = [];
    let real = own && ops.unstack(own, { axis: 1 });
    if (real && goBackwards) real = [...real].reverse();
    cells.forEach((cell, i) => {
      const from: Tensor = outputs ? ops.stack(outputs, { axis: 1 }) : sequence!;
      const count = cell.stateSizes.length;
      const before = states.length > 0 ? states.slice(0, count) : cell.initialStates(from);
      states = states.slice(count);
      // The first cell turns the sequence round, the next ones get it as it comes.
      const result = this.run(cell, from, before, real, i === 0 && goBackwards, training, i < cells.length - 1 || returnSequences);
      outputs = result.outputs;
      last.push(...result.states);
    });
    if (stateful) {
      withoutTape(() => {
        this.carried.forEach((state, i) => state.assign(last[i]!));
      });
    }
    const output = returnSequences ? ops.stack(outputs!, { axis: 1 }) : outputs!.at(-1)!;
    return returnState ? [output, ...last] : output;
  }

  /** One cell over a sequence. Masked steps keep the states, and repeat the output before them (or give zeros). */
  private run(
    cell: RNNCell,
    sequence: Tensor,
    initial: readonly Tensor[],
    real: readonly Tensor[] | undefined,
    backwards: boolean,
    training: boolean,
    all: boolean,
  ): { outputs: Tensor[]; states: readonly Tensor[] } {
    const prepared = cell.prepare(sequence, training);
    const steps = ops.unstack(prepared.sequence, { axis: 1 });
    if (backwards) steps.reverse();
    if (steps.length === 0) {
      throw new ShapeError({ where: this.kind, expected: 'at least one step', received: 'none' });
    }
    let states = initial;
    const outputs: Tensor[] = [];
    let output: Tensor | undefined;
    steps.forEach((x, t) => {
      const made = cell.step(x, states, prepared, training);
      const shown = real?.[t];
      if (!shown) {
        output = made.output;
        states = made.states;
      } else {
        const choose = (now: Tensor, before: Tensor | undefined): Tensor => {
          const wide = ops.reshape<readonly number[]>(shown, [now.shape[0]!, ...new Array<number>(now.rank - 1).fill(1)]);
          return ops.where(wide, now, before ?? ops.zerosLike(now));
        };
        states = made.states.map((state, i) => choose(state, states[i]));
        output = choose(made.output, this.sequence.zeroOutputForMask ? undefined : output);
      }
      if (all) outputs.push(output);
    });
    return { outputs: all ? outputs : [output!], states };
  }

  protected override computeMask(_inputs: readonly Tensor[], mask: CallOptions['mask']): (Tensor | undefined)[] {
    const own = (Array.isArray(mask) ? (mask as (Tensor | undefined)[])[0] : mask) as Tensor | undefined;
    return this.sequence.returnSequences ? [own] : [];
  }

  /** Where it is stateful: the next batch begins with zeros. */
  resetStates(): void {
    for (const state of this.carried) state.fill(0);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.sequence, ...this.cellConfig() };
  }

  /** The cell in the config; layers of one cell give its options. */
  protected cellConfig(): Config {
    return { cell: serialize(this.cell) };
  }
}

registerLayer('RNN', RNN);

/**
 * Runs a cell (or several, one upon the other) over the steps of a sequence. Source: Keras 3, keras.layers.RNN.
 *
 * Shapes: [batch, steps, ...] to [batch, units], with `returnSequences` [batch, steps, units], with `returnState` the states after it. Initial
 * states are given as further inputs: `apply([sequence, ...states])`.
 *
 * @example
 * layers.rnn([layers.gruCell(32), layers.gruCell(16)], { returnSequences: true });
 */
export function rnn(cell: RNNCell | readonly RNNCell[], options?: Omit<RNNOptions, 'cell'>): RNN;
export function rnn(options: RNNOptions): RNN;
export function rnn(cell: RNNCell | readonly RNNCell[] | RNNOptions, options?: object): RNN {
  return new RNN(isCell(cell) || Array.isArray(cell) ? { ...options, cell: cell as RNNCell } : (cell as RNNOptions));
}
