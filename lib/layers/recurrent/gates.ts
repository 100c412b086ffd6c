/** Options and weights that dense cells share: kernel, recurrent kernel and bias for all gates side by side. */
import { activation, type ActivationLike } from '../../activations/index.js';
import { constraint, type ConstraintLike } from '../../constraints/index.js';
import { ShapeError } from '../../errors.js';
import { initializer, type Initializer, type InitializerLike } from '../../initializers/index.js';
import * as ops from '../../ops/index.js';
import { type Config, flag, nullable, optional, type Read, real, seed, whole } from '../../options/index.js';
import { regularizer, type RegularizerLike } from '../../regularizers/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import { named, serialized } from '../kernel-options.js';
import { common, type LayerOptions, layerReaders } from '../layer.js';
import type { Shapes } from '../symbolic.js';
import type { Weight } from '../weight.js';
import { type Prepared, SequenceCell } from './cell.js';

/** Options of a cell. */
export interface CellOptions<U extends number = number> extends LayerOptions {
  /** Length of the state and of the output. */
  units: U;
  /** Of the output (or the candidate); 'tanh'. */
  activation?: ActivationLike | null;
  useBias?: boolean;
  kernelInitializer?: InitializerLike;
  recurrentInitializer?: InitializerLike;
  biasInitializer?: InitializerLike;
  kernelRegularizer?: RegularizerLike | null;
  recurrentRegularizer?: RegularizerLike | null;
  biasRegularizer?: RegularizerLike | null;
  kernelConstraint?: ConstraintLike | null;
  recurrentConstraint?: ConstraintLike | null;
  biasConstraint?: ConstraintLike | null;
  /** Share of the input's features that is dropped while training, the same at all steps. */
  dropout?: number;
  /** Share of the state that is dropped while training, the same at all steps. */
  recurrentDropout?: number;
  seed?: number | null;
}

/** Options of a cell with gates. */
export interface GatedOptions<U extends number = number> extends CellOptions<U> {
  /** Of the gates; 'sigmoid'. */
  recurrentActivation?: ActivationLike | null;
}

const share = optional(real({ low: 0, below: 1 }), 0);

export const weightReaders = {
  activation: optional(activation, named(activation, 'tanh')),
  useBias: optional(flag, true),
  kernelInitializer: optional(initializer, named(initializer, 'glorotUniform')),
  recurrentInitializer: optional(initializer, named(initializer, 'orthogonal')),
  biasInitializer: optional(initializer, named(initializer, 'zeros')),
  kernelRegularizer: nullable(regularizer),
  recurrentRegularizer: nullable(regularizer),
  biasRegularizer: nullable(regularizer),
  kernelConstraint: nullable(constraint),
  recurrentConstraint: nullable(constraint),
  biasConstraint: nullable(constraint),
  dropout: share,
  recurrentDropout: share,
  seed: nullable(seed),
};

export const cellReaders = { ...layerReaders, ...weightReaders, units: whole() };
export const recurrentActivation = optional(activation, named(activation, 'sigmoid'));
export const gateReaders = { ...cellReaders, recurrentActivation };

export function weightConfig(settings: Read<typeof weightReaders>): Config {
  return {
    activation: settings.activation.config,
    useBias: settings.useBias,
    kernelInitializer: serialized(settings.kernelInitializer),
    recurrentInitializer: serialized(settings.recurrentInitializer),
    biasInitializer: serialized(settings.biasInitializer),
    kernelRegularizer: serialized(settings.kernelRegularizer),
    recurrentRegularizer: serialized(settings.recurrentRegularizer),
    biasRegularizer: serialized(settings.biasRegularizer),
    kernelConstraint: serialized(settings.kernelConstraint),
    recurrentConstraint: serialized(settings.recurrentConstraint),
    biasConstraint: serialized(settings.biasConstraint),
    dropout: settings.dropout,
    recurrentDropout: settings.recurrentDropout,
    seed: settings.seed,
  };
}

/** A cell of `gates` products: the kernel is [features, gates · units], the recurrent kernel [units, gates · units]. */
export abstract class DenseCell<F extends ShapeFn = AnyShape> extends SequenceCell<F> {
  readonly units: number;
  readonly stateSizes: readonly number[];
  protected readonly settings: Read<typeof cellReaders>;
  protected kernel!: Weight;
  protected recurrentKernel!: Weight;
  protected bias: Weight | undefined;

  constructor(
    settings: Read<typeof cellReaders>,
    private readonly gates: number,
    states = 1,
  ) {
    super(common(settings), settings.seed);
    this.settings = settings;
    this.units = settings.units;
    this.stateSizes = new Array<number>(states).fill(settings.units);
  }

  protected biasShape(): number[] {
    return [this.gates * this.units];
  }

  protected biasInitializer(): Initializer {
    return this.settings.biasInitializer;
  }

  override build(inputShape: Shapes): void {
    const features = this.inputOf(inputShape).at(-1) ?? null;
    if (features === null) {
      throw new ShapeError({
        where: this.kind,
        expected: 'a known number of features',
        received: 'an unknown one',
        hint: 'give the last axis of the input shape as a number',
      });
    }
    const { settings, units, gates } = this;
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [features, gates * units],
      initializer: settings.kernelInitializer,
      regularizer: settings.kernelRegularizer,
      constraint: settings.kernelConstraint,
    });
    this.recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: [units, gates * units],
      initializer: settings.recurrentInitializer,
      regularizer: settings.recurrentRegularizer,
      constraint: settings.recurrentConstraint,
    });
    if (settings.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: this.biasShape(),
        initializer: this.biasInitializer(),
        regularizer: settings.biasRegularizer,
        constraint: settings.biasConstraint,
      });
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    this.expectAxis(this.inputOf(inputShape), -1, this.kernel?.kerasShape[0], 'features');
    return super.computeOutputShape(inputShape);
  }

  /** The bias of the product with the input. */
  protected inputBias(): Tensor | undefined {
    return this.bias;
  }

  override prepare(sequence: Tensor, training: boolean): Prepared {
    const { dropout, recurrentDropout } = this.settings;
    const x = this.droppedInput(sequence, dropout, training);
    return {
      sequence: ops.dense(x, this.kernel, { bias: this.inputBias() }),
      stateMasks: this.stateMasks(sequence, [this.units], recurrentDropout, this.gates, training),
    };
  }

  /** The product of a state with some gates' part of the recurrent kernel, each gate's state dropped by itself. */
  protected recurrent(state: Tensor, { stateMasks }: Prepared, kernel: Tensor = this.recurrentKernel, bias?: Tensor): Tensor {
    if (!stateMasks) return ops.dense(state, kernel, { bias });
    const parts = ops.split(kernel, kernel.shape[1]! / this.units, 1);
    const products = parts.map((part, i) => ops.matmul(ops.mul(state, stateMasks[i]!), part));
    const joined = ops.concatenate(products, { axis: 1 });
    return bias ? ops.add(joined, bias) : joined;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), units: this.units, ...weightConfig(this.settings) };
  }
}
