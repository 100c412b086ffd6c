/** Data that fit the model: checked before anything is trained, in the words of the compiler. */
import { DataError, ShapeError } from '../../errors.js';
import { dataCount, dataInput, dataTarget, fits } from '../../types/messages.js';
import type { Compiled } from './compiled.js';
import type { Arrays } from './data.js';
import type { Steppable } from './steps.js';
import type { TrainedModel } from '../../callbacks/callback.js';

/** A shape with the batch in front, null where it is not known. */
export type BatchShape = readonly (number | null)[];

/** What training needs of a model. */
export interface TrainableModel extends Steppable {
  /** The model itself, as callbacks see it. */
  readonly owner: TrainedModel;
  /** Makes the weights, where that has not happened yet. */
  buildFor(inputs: readonly BatchShape[]): void;
  /** Shapes of the inputs that the model takes; undefined for one that takes what comes. */
  readonly expectedInputs: readonly BatchShape[] | undefined;
  outputShapesFor(inputs: readonly BatchShape[]): readonly BatchShape[];
  /** Names of the outputs, by which losses and metrics may be given; undefined where the model does not know them yet. */
  readonly outputNames: readonly string[] | undefined;
}

/** Names of so many outputs. */
export function namesOf(model: TrainableModel, outputs: number): readonly string[] {
  return model.outputNames ?? Array.from({ length: outputs }, (_, i) => (outputs === 1 ? 'output' : `output_${i}`));
}

/** Builds the model for the data and refuses data that do not fit it, in the words of the compiler. */
export function accept(model: TrainableModel, compiled: Compiled, where: string, arrays: Arrays): void {
  const shapes = arrays.x.map((x) => [null, ...x.shape.slice(1)] as BatchShape);
  model.buildFor(shapes);
  const expected = model.expectedInputs;
  if (expected) {
    if (expected.length !== arrays.x.length) {
      throw new ShapeError(dataCount(where, 'x', expected.length, arrays.x.length === 1 ? 'one tensor' : String(arrays.x.length)));
    }
    expected.forEach((shape, i) => {
      const got = arrays.x[i]!.shape;
      if (!fits(got, [null, ...shape.slice(1)])) throw new ShapeError(dataInput(where, shape.slice(1), got));
    });
  }
  const outputs = model.outputShapesFor(shapes).map((shape) => shape.slice(1));
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
  );
  compiled.checkLabels(
    arrays.y.map((y) => y.shape),
    outputs,
    (output, got) => new ShapeError(dataTarget(where, output, got)),
  );
}
