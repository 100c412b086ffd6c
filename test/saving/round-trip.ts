/** What the tests of files by and for Keras share: arrays beside a model's file, predictions, steps of training, and comparisons. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Model, tensor, type Tensor } from '../../lib/index.js';
import { writeFileWhole } from '../../lib/io/files.js';
import { readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js';
import { bytesSource } from '../../lib/io/source.js';
import type { DType, TypedArray } from '../../lib/tensor/dtype.js';
import { firstFar } from '../support/close.js';

export interface Kept {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** Arrays by name: inputs x0, x1, ..., targets y0, ..., predictions p0, ..., losses, and weights after/0, .... */
export type Arrays = Map<string, Kept>;

export async function readArrays(file: string): Promise<Arrays> {
  const { arrays } = await readSafetensors(bytesSource(file, readFileSync(file)));
  const found: Arrays = new Map();
  for (const array of arrays) found.set(array.name, { shape: array.shape, dtype: array.dtype, data: await array.read() });
  return found;
}

export function writeArrays(file: string, arrays: Arrays): Promise<void> {
  const stored = [...arrays].map(([name, { shape, dtype, data }]) => ({ name, shape, dtype, read: () => Promise.resolve(data) }));
  return writeFileWhole('round trip', file, (sink) => writeSafetensors(sink, stored));
}

/** The arrays `${prefix}0`, `${prefix}1`, .... */
export function listed(arrays: Arrays, prefix: string): Kept[] {
  const list: Kept[] = [];
  for (let next = arrays.get(`${prefix}0`); next; next = arrays.get(`${prefix}${list.length}`)) list.push(next);
  return list;
}

function given(list: readonly Kept[]): Tensor {
  const tensors = list.map(({ data, shape }) => tensor(data, shape));
  return (tensors.length === 1 ? tensors[0]! : tensors) as Tensor;
}

/** What a model answers to x0, x1, .... */
export async function predictions(model: Model, arrays: Arrays): Promise<Kept[]> {
  const answer: unknown = await model.predict(given(listed(arrays, 'x')), { verbose: 0 });
  const outputs = (Array.isArray(answer) ? answer : [answer]) as Tensor[];
  return outputs.map((output) => ({ shape: output.shape, dtype: output.dtype, data: output.dataSync() }));
}

/** Steps of training with all samples at once, an epoch each, so that the losses are those of the steps. */
export async function train(model: Model, arrays: Arrays, epochs: number): Promise<number[]> {
  const [x, y] = [given(listed(arrays, 'x')), given(listed(arrays, 'y'))];
  const batchSize = listed(arrays, 'x')[0]!.shape[0]!;
  const { history } = await model.fit(x, y, { epochs, batchSize, shuffle: false, verbose: 0 });
  return history['loss']!;
}

/** Numbers that differ by no more than `tolerance` of the largest. */
export function close(what: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  assert.equal(got.length, want.length, `${what}: number of elements`);
  const largest = Array.from(want, Math.abs).reduce((a, b) => Math.max(a, b), 1e-3);
  const scaled = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value / largest);
  const at = firstFar(scaled(got), scaled(want), { rtol: 0, atol: tolerance });
  if (at >= 0) assert.fail(`${what} element ${at}: expected ${want[at]}, got ${got[at]}`);
}

/** Predictions, five steps and the weights after them are those beside the file. */
export async function goesOnAs(model: Model, arrays: Arrays): Promise<void> {
  const answers = await predictions(model, arrays);
  listed(arrays, 'p').forEach((want, i) => {
    assert.deepEqual(answers[i]!.shape, want.shape);
    close(`prediction ${i}`, answers[i]!.data, want.data, 1e-5);
  });
  close('losses', await train(model, arrays, 5), arrays.get('losses')!.data, 1e-4);
  const weights = await model.getWeights();
  const after = listed(arrays, 'after/');
  assert.equal(weights.length, after.length);
  weights.forEach(({ name, data }, i) => close(`${i} ${name} after five steps`, data, after[i]!.data, 1e-4));
}
