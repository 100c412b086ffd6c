/** Data that fit the model: checked before anything is trained, in the words of the compiler. */
import { ArgumentError, DataError, ShapeError } from '../../errors.js';
import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Variable } from '../../tensor/variable.js';
import { dataCount, dataInput, dataTarget, fits } from '../../types/messages.js';
import type { Compiled } from './compiled.js';
import type { RandomState } from '../../random/state.js';
import type { Metric } from '../../metrics/index.js';
import type { Optimizer } from '../../optimizers/index.js';
import type { Batch } from './steps.js';
import type { TrainedModel } from '../../callbacks/callback.js';

/** A shape with the batch in front, null where it is not known. */
export type BatchShape = readonly (number | null)[];

/** What is known of an array without its values. */
export type Described = Pick<Tensor, 'shape' | 'dtype'>;

/** Shapes of data, without the data. */
export interface AcceptedShapes {
  readonly x: readonly Described[];
  readonly y: readonly Described[];
  readonly samples: number;
}

/** What training needs of a model. */
export interface TrainableModel {
  /** The model itself, as callbacks see it. */
  readonly owner: TrainedModel;
  readonly trainableWeights: readonly Variable[];
  /** The figures of one step, by name. */
  step(kind: 'train' | 'test', batch: Batch): Readonly<Record<string, Tensor>>;
  predictStep(x: readonly Tensor[]): readonly Tensor[];
  /** Whether the user's own code decides what a step does with labels. */
  ownStep(kind: 'train' | 'test'): boolean;
  /** Whether the loss is the user's own, beside or instead of what `compile` was given. */
  readonly ownLoss: boolean;
  resetMetrics(): void;
  /** Makes the weights, where that has not happened yet. */
  buildFor(inputs: readonly BatchShape[], dtypes: readonly DType[]): void;
  /** Shapes of the inputs that the model takes; undefined for one that takes what comes. */
  readonly expectedInputs: readonly BatchShape[] | undefined;
  /** Undefined where the model has no `call`, only steps. */
  outputShapesFor(inputs: readonly BatchShape[]): readonly BatchShape[] | undefined;
  /** All variables of the model, trained or not. */
  readonly variables: readonly Variable[];
  /** Streams of random numbers of its layers. */
  readonly randomStreams: readonly RandomState[];
  /** Loss and metrics, those of `compile` and the model's own. */
  readonly metrics: readonly Metric[];
  /** Optimizers that the model keeps in properties, for steps of its own. */
  readonly optimizers: readonly Optimizer[];
  /** A text a layer, the same for the same class and options. */
  describeLayers(): readonly string[];
  /** Names of the outputs, by which losses and metrics may be given; undefined where the model does not know them yet. */
  readonly outputNames: readonly string[] | undefined;
}

/** Names of so many outputs. */
export function namesOf(model: TrainableModel, outputs: number): readonly string[] {
  return model.outputNames ?? Array.from({ length: outputs }, (_, i) => (outputs === 1 ? 'output' : `output_${i}`));
}

/** Builds the model for inputs and refuses inputs that do not fit it, in the words of the compiler. The shapes, the batch as null. */
export function acceptInputs(model: TrainableModel, where: string, x: readonly Described[]): BatchShape[] {
  const shapes = x.map((part) => [null, ...part.shape.slice(1)]);
  model.buildFor(
    shapes,
    x.map((part) => part.dtype),
  );
  const expected = model.expectedInputs;
  if (expected) {
    if (expected.length !== x.length) {
      throw new ShapeError(dataCount(where, 'x', expected.length, x.length === 1 ? 'one tensor' : String(x.length)));
    }
    expected.forEach((shape, i) => {
      const got = x[i]!.shape;
      if (!fits(got, [null, ...shape.slice(1)])) throw new ShapeError(dataInput(where, shape.slice(1), got));
    });
  }
  return shapes;
}

/** Builds the model for the data and refuses data that do not fit it. Labels for a step of the user's own are the user's affair. */
export function accept(model: TrainableModel, compiled: Compiled, where: string, arrays: AcceptedShapes, kind: 'train' | 'test'): void {
  const shapes = acceptInputs(model, where, arrays.x);
  const outputs = model.outputShapesFor(shapes)?.map((shape) => shape.slice(1));
  const own = model.ownStep(kind);
  if (own && (!outputs || arrays.y.length !== outputs.length)) return;
  if (!outputs) {
    throw new ArgumentError({
      where,
      expected: 'a model with call(), or with a step of its own',
      received: 'one without',
      hint: 'override call, or trainStep and testStep',
    });
  }
  if (arrays.y.length === 0) {
    throw new DataError({ where, expected: 'labels y', received: 'none', hint: 'give the labels as the second argument' });
  }
  if (arrays.y.length !== outputs.length) {
    throw new ShapeError(dataCount(where, 'y', outputs.length, arrays.y.length === 1 ? 'one tensor' : String(arrays.y.length)));
  }
  const rows = arrays.samples;
  compiled.prepare(
    namesOf(model, outputs.length),
    arrays.y.map((y) => y.shape),
    outputs.map((shape) => [rows, ...shape.map((dim) => dim ?? 1)]),
    !own && !model.ownLoss,
  );
  if (own) return;
  compiled.checkLabels(
    arrays.y.map((y) => y.shape),
    outputs,
    (output, got) => new ShapeError(dataTarget(where, output, got)),
  );
}
