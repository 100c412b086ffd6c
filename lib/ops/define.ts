/** How an op reaches the device: declared once, then run with inputs, new outputs or tensors to change, and attributes. */
import { noteOp, type Backward } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { declareOp, type OpDefinition } from '../native/addon.js';
import { RESHAPE } from '../native/encoder.js';
import { activeRecording, type UniformSource } from '../native/recording.js';
import type { Runtime } from '../native/runtime.js';
import { selected } from '../native/select.js';
import { type DType, dtypeCodes, typedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

export type { OpDefinition };

/** Declares an op of native/ops by its name and attributes; checked against the addon when that is loaded. */
export function defineOp(name: string, attrs: readonly string[] = []): OpDefinition {
  return declareOp(name, attrs);
}

export interface OutputSpec {
  shape: readonly number[];
  dtype: DType;
}

/** The device of the inputs, or the current one where there are none. */
export function runtimeFor(where: string, inputs: readonly Tensor[]): Runtime {
  const recording = activeRecording();
  let runtime = inputs[0]?.runtime ?? recording?.runtime;
  for (const input of inputs) {
    input.check(where);
    if (input.runtime !== runtime) {
      throw new ArgumentError({
        where,
        expected: 'inputs on one device',
        received: `${runtime?.name} and ${input.runtime.name}`,
        hint: 'make them on the same device, or copy one over',
      });
    }
  }
  runtime ??= selected();
  if (recording && recording.runtime !== runtime) {
    throw new ArgumentError({
      where,
      expected: `tensors on ${recording.runtime.name}, where the step is captured`,
      received: runtime.name,
    });
  }
  return runtime;
}

/** The current device, chosen at its first use. */
export { selected as defaultRuntime } from '../native/select.js';

const LARGEST = 2 ** 31 - 1;

function checkShape(where: string, shape: readonly number[]): void {
  if (shape.length > 8) throw new ShapeError({ where, expected: 'at most 8 axes', received: `[${shape.join(', ')}]` });
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 0 || dim > LARGEST) {
      throw new ShapeError({ where, expected: `whole dimensions from 0 to ${LARGEST}`, received: `[${shape.join(', ')}]` });
    }
  }
}

/**
 * Runs an op and returns its new outputs. `backward`, if given, makes the op differentiable.
 */
export function runOp(
  op: OpDefinition,
  inputs: readonly Tensor[],
  outputs: readonly OutputSpec[],
  attrs: readonly number[] = [],
  backward?: (outputs: Tensor[]) => Backward,
): Tensor[] {
  const runtime = runtimeFor(op.name, inputs);
  const recording = activeRecording();
  const made = outputs.map(({ shape, dtype }) => {
    checkShape(op.name, shape);
    return new Tensor(runtime, (recording ?? runtime).newHandle(), shape, dtype, recording);
  });
  (recording ?? runtime).encoder.command(
    op.opcode,
    inputs,
    made.map((tensor) => ({ handle: tensor.handle, dtype: dtypeCodes[tensor.dtype], shape: tensor.shape })),
    attrs,
    op.floats,
  );
  if (!recording) runtime.scheduleFlush();
  if (backward) noteOp(inputs, made, backward(made));
  return made;
}

/** `runOp` for the many ops with one output. */
export function runOp1(
  op: OpDefinition,
  inputs: readonly Tensor[],
  output: OutputSpec,
  attrs: readonly number[] = [],
  backward?: (output: Tensor) => Backward,
): Tensor {
  return runOp(op, inputs, [output], attrs, backward && (([y]) => backward(y!)))[0]!;
}

/** Runs an op that changes `targets` in place: variables, accumulators. Not differentiable. */
export function runInPlace(op: OpDefinition, inputs: readonly Tensor[], targets: readonly Tensor[], attrs: readonly number[] = []): void {
  const runtime = runtimeFor(op.name, [...inputs, ...targets]);
  const recording = activeRecording();
  (recording ?? runtime).encoder.command(
    op.opcode,
    inputs,
    targets.map((tensor) => ({ handle: tensor.handle, dtype: -1, shape: tensor.shape })),
    attrs,
    op.floats,
  );
  if (!recording) runtime.scheduleFlush();
}

/** The same memory under another shape of the same size. The only view there is. */
export function runReshape(x: Tensor, shape: readonly number[]): Tensor {
  const runtime = runtimeFor('reshape', [x]);
  const recording = activeRecording();
  checkShape('reshape', shape);
  const y = new Tensor(runtime, (recording ?? runtime).newHandle(), shape, x.dtype, recording);
  (recording ?? runtime).encoder.command(RESHAPE, [x], [{ handle: y.handle, dtype: dtypeCodes[x.dtype], shape }], [], []);
  if (!recording) runtime.scheduleFlush();
  noteOp([x], [y], (dy) => [() => runReshape(dy!, x.shape)]);
  return y;
}

/** A tensor from host data (copied). Inside a capture it becomes a constant of the step. */
export function uploadTensor(data: ArrayBufferView, shape: readonly number[], dtype: DType, runtime: Runtime = selected()): Tensor {
  checkShape('tensor', shape);
  const tensor = new Tensor(runtime, runtime.newHandle(), shape, dtype);
  runtime.upload(tensor.handle, dtype, shape, data);
  return tensor;
}

/**
 * The tensor of a value that changes from step to step: inside a capture a uniform that every replay reads anew, outside a fresh
 * tensor with the value of now (the source is told that one step was taken by whoever takes it).
 */
export function uniformTensor(source: UniformSource): Tensor {
  const recording = activeRecording();
  if (recording) return new Tensor(recording.runtime, recording.uniform(source), source.shape, source.dtype, recording);
  const size = source.shape.reduce((a, b) => a * b, 1);
  const row = new Float64Array(size);
  source.write(row, 0, 0);
  const values = source.dtype === 'int32' ? Int32Array.from(row, (value) => value | 0) : typedArray(source.dtype, row);
  return uploadTensor(values, source.shape, source.dtype);
}
