/** Cells of recurrent layers: what one step makes of its input and the states before it. */
import { ArgumentError } from '../../errors.js';
import * as ops from '../../ops/index.js';
import { globalRandom, RandomState } from '../../random/state.js';
import { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import { type CallOptions, Layer, type LayerOptions } from '../layer.js';
import { type BatchShape, isShapeList, type Shapes } from '../symbolic.js';

/** What a cell keeps for all steps of a sequence. */
export interface Prepared {
  /** The sequence as the steps take it: [batch, steps, ...]. */
  readonly sequence: Tensor;
  /** What is multiplied with the state before each step, the same for all steps: for each gate. */
  readonly stateMasks?: readonly Tensor[] | undefined;
}

/** What a step gives. */
export interface Stepped {
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

/**
 * The base of cells; also of your own: a layer whose call takes `[input, ...states]` and gives `[output, ...states]`.
 *
 * @example
 * class Decay extends layers.RNNCell {
 *   readonly stateSizes = [4];
 *   override call([x, state]: readonly Tensor[]): readonly Tensor[] {
 *     const next = ops.add(ops.mul(state!, 0.5), x!);
 *     return [next, next];
 *   }
 * }
 */
export abstract class RNNCell<F extends ShapeFn = AnyShape> extends Layer<F> {
  /** Lengths of the states. */
  abstract readonly stateSizes: readonly number[];

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  /** Length of the output; that of the first state. */
  get outputSize(): number {
    return this.stateSizes[0]!;
  }

  protected override get takes(): 'list' {
    return 'list';
  }

  /** The shape of one step's input, whether or not the states' shapes come with it. */
  protected inputOf(shape: Shapes): BatchShape {
    return isShapeList(shape) ? shape[0]! : shape;
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    const batch = this.inputOf(inputShape)[0] ?? null;
    return [[batch, this.outputSize], ...this.stateSizes.map((size) => [batch, size])];
  }

  /** The states before the first step. */
  initialStates(sequence: Tensor): Tensor[] {
    return this.stateSizes.map((size) => ops.zeros([sequence.shape[0]!, size], this.dtype) as Tensor);
  }

  /** @internal Work that all steps share, as the product of the whole sequence with a kernel. */
  prepare(sequence: Tensor, _training: boolean): Prepared {
    return { sequence };
  }

  /** @internal One step over what `prepare` made of its input. */
  step(x: Tensor, states: readonly Tensor[], _prepared: Prepared, training: boolean): Stepped {
    const result = this.call([x, ...states], { training });
    if (result instanceof Tensor || result.length !== states.length + 1) {
      throw new ArgumentError({
        where: this.kind,
        expected: `a cell that returns [output, ...${states.length} states]`,
        received: result instanceof Tensor ? 'one tensor' : `${result.length} tensors`,
      });
    }
    return { output: result[0]!, states: result.slice(1) };
  }

  abstract override call(inputs: Tensor | readonly Tensor[], options: CallOptions): Tensor | readonly Tensor[];
}

/** A cell whose steps are made for whole sequences; called by itself it makes a sequence of one step. */
export abstract class SequenceCell<F extends ShapeFn = AnyShape> extends RNNCell<F> {
  protected readonly random: RandomState;

  constructor(options: LayerOptions, seed: number | null) {
    super(options);
    this.random = seed === null ? globalRandom : new RandomState(seed);
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  abstract override step(x: Tensor, states: readonly Tensor[], prepared: Prepared, training: boolean): Stepped;

  override call(inputs: Tensor | readonly Tensor[], { training = false }: CallOptions): readonly Tensor[] {
    const [x, ...states] = inputs as readonly Tensor[];
    const prepared = this.prepare(ops.expandDims(x!, 1), training);
    const { output, states: next } = this.step(ops.squeeze(prepared.sequence, 1), states, prepared, training);
    return [output, ...next];
  }

  /** Dropout of a sequence's features, the same at all steps. */
  protected droppedInput(sequence: Tensor, rate: number, training: boolean): Tensor {
    if (!training || rate === 0) return sequence;
    const noiseShape = sequence.shape.map((dim, i) => (i === 1 ? 1 : dim));
    return ops.random.dropout(sequence, rate, { noiseShape, seed: this.random });
  }

  /** Masks for the state, one for each gate, where it is dropped. */
  protected stateMasks(sequence: Tensor, shape: readonly number[], rate: number, gates: number, training: boolean): Tensor[] | undefined {
    if (!training || rate === 0) return undefined;
    const ones = ops.ones([sequence.shape[0]!, ...shape], this.dtype) as Tensor;
    return Array.from({ length: gates }, () => ops.random.dropout(ones, rate, { seed: this.random }));
  }
}
