/** One step of training, testing or predicting: as it is captured, and the programs that were captured for a model. */
import { type InputSpec, Program } from '../../autodiff/program.js';
import type { UniformSource } from '../../native/recording.js';
import { ArgumentError } from '../../errors.js';
import { defineOp, runOp1, uniformTensor } from '../../ops/define.js';
import * as ops from '../../ops/index.js';
import { describe } from '../../options/index.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Arrays } from './data.js';
import type { SampleWeights } from './compiled.js';

const gatherRowsOp = defineOp('gatherRows');

/** A batch as a step sees it. */
export interface Batch {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** None, one for all outputs, or one (perhaps undefined) for each. */
  readonly weights: SampleWeights;
}

/** Where in the order of samples a replay takes its batch: each a batch further than the one before. */
export class Position implements UniformSource {
  readonly dtype = 'int32';
  readonly shape: readonly number[] = [];
  start = 0;

  constructor(private readonly batch: number) {}

  write(row: Float64Array, at: number, replay: number): void {
    row[at] = this.start + replay * this.batch;
  }

  advance(replays: number): void {
    this.start += replays * this.batch;
  }
}

/** The figures of a step as one vector, so that one small copy brings them all. */
export function figuresVector(where: string, logs: Readonly<Record<string, Tensor>>): Tensor {
  const figures = Object.entries(logs ?? {});
  if (figures.length === 0) {
    throw new ArgumentError({ where, expected: 'figures by name', received: 'none', hint: 'return the loss, for example { loss }' });
  }
  return ops.concatenate(
    figures.map(([name, value]) => figureOf(where, name, value)),
    { axis: 0 },
  );
}

function figureOf(where: string, name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) {
    throw new ArgumentError({
      where: `${where} ${name}`,
      expected: 'a scalar tensor',
      received: describe(value),
      hint: 'a figure stays on the device: return the tensor, or result() of a metric',
    });
  }
  const figure = value as Tensor;
  if (figure.size === 1) return ops.reshape(ops.cast(figure, 'float32'), [1]);
  throw new ArgumentError({
    where: `metric ${name}`,
    expected: 'one figure',
    received: `a result of shape [${figure.shape.join(', ')}]`,
    hint: 'a metric gives one number here: choose an average, or one threshold',
  });
}

/** A captured step over arrays that lie on the device; `seek` before the first run of an epoch. */
export interface ArrayStep {
  readonly program: Program;
  seek(start: number): void;
}

function specs(tensors: readonly Tensor[]): InputSpec[] {
  return tensors.map(({ shape, dtype }) => ({ shape, dtype }));
}

function keyOf(tensors: readonly Tensor[]): string {
  return tensors.map(({ shape, dtype, runtime }) => `${dtype}[${shape.join()}]@${runtime.name}`).join(';');
}

export function inputsOf(arrays: Batch): Tensor[] {
  return [...arrays.x, ...arrays.y, ...arrays.weights.filter((part) => part !== undefined)];
}

/** Which outputs have weights of samples. */
function weightedOutputs(arrays: Batch): string {
  return arrays.weights.map((part) => (part ? 'w' : '-')).join('');
}

/** The batch among a program's inputs, in the order of `inputsOf`. */
export function batchAmong(inputs: readonly Tensor[], like: Pick<Batch, 'x' | 'y' | 'weights'>): Batch {
  const [nx, ny] = [like.x.length, like.y.length];
  let next = nx + ny;
  return { x: inputs.slice(0, nx), y: inputs.slice(nx, nx + ny), weights: like.weights.map((part) => part && inputs[next++]) };
}

/** Rows of `data` at `order[position ...]`, a batch of them. */
export function gatherRows(data: Tensor, order: Tensor, position: Tensor, batch: number): Tensor {
  return runOp1(gatherRowsOp, [data, order, position], { shape: [batch, ...data.shape.slice(1)], dtype: data.dtype });
}

/** Programs kept a model; each holds the memory of its step. */
const KEPT = 8;

/** The programs that a model's steps were captured as, by what makes them different. */
export class StepCache {
  private readonly programs = new Map<string, ArrayStep>();

  /** A step over batches of `batch` rows, taken from `arrays` in the order that the program's last input gives. */
  overArrays(kind: string, arrays: Arrays, order: Tensor, batch: number, step: (batch: Batch) => Tensor): ArrayStep {
    const data = inputsOf(arrays);
    return this.find(`${kind} ${weightedOutputs(arrays)} ${batch} of ${keyOf([...data, order])}`, () => {
      const position = new Position(batch);
      const program = new Program(order.runtime, specs([...data, order]), (inputs) => {
        const places = inputs[inputs.length - 1]!;
        const at = uniformTensor(position);
        const rows = inputs.slice(0, -1).map((part) => gatherRows(part, places, at, batch));
        return [step(batchAmong(rows, arrays))];
      });
      return { program, seek: (start) => (position.start = start) };
    });
  }

  /** A step over batches that come as the program's inputs. */
  overBatch(kind: string, arrays: Arrays, step: (batch: Batch) => Tensor): ArrayStep {
    const data = inputsOf(arrays);
    return this.find(`${kind} ${weightedOutputs(arrays)} ${keyOf(data)}`, () => ({
      program: new Program(data[0]!.runtime, specs(data), (inputs) => [step(batchAmong(inputs, arrays))]),
      seek: () => undefined,
    }));
  }

  /** A program of any kind, made where it is not there. */
  find(key: string, make: () => ArrayStep): ArrayStep {
    const known = this.programs.get(key);
    if (known) {
      this.programs.delete(key);
      this.programs.set(key, known);
      return known;
    }
    const made = make();
    this.programs.set(key, made);
    if (this.programs.size > KEPT) {
      const oldest = this.programs.keys().next().value!;
      this.programs.get(oldest)!.program.dispose();
      this.programs.delete(oldest);
    }
    return made;
  }

  clear(): void {
    for (const { program } of this.programs.values()) program.dispose();
    this.programs.clear();
  }
}
