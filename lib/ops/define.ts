/** How an op reaches the device: declared once, then run with inputs, new outputs or tensors to change, and attributes. */
import { noteOp, type Backward } from '../autodiff/tape.js';
import { DeviceError, ShapeError } from '../errors.js';
import { declareOp, type OpDefinition } from '../native/addon.js';
import { RESHAPE } from '../native/encoder.js';
import { activeRecording, refuseInCapture, type UniformSource } from '../native/recording.js';
import type { Runtime } from '../native/runtime.js';
import { canonicalName, openDevice, selected } from '../native/select.js';
import { type DType, dtypeCodes, typedArray } from '../tensor/dtype.js';
import { Tensor, transfer } from '../tensor/tensor.js';

export type { OpDefinition };

/** Declares an op of native/ops by its name and attributes; checked against the addon when that is loaded. */
export function defineOp(name: string, attrs: readonly string[] = []): OpDefinition {
  return declareOp(name, attrs);
}

export interface OutputSpec {
  shape: readonly number[];
  dtype: DType;
}

/** The device of the inputs; where there are none that of the step being captured, else the one wanted, else the current one. */
export function runtimeFor(where: string, inputs: readonly Tensor[], wanted?: Runtime): Runtime {
  const recording = activeRecording();
  let runtime = inputs[0]?.runtime ?? recording?.runtime ?? wanted;
  for (const input of inputs) {
    input.check(where);
    if (input.runtime !== runtime) {
      throw new DeviceError({
        where,
        expected: 'tensors on one device',
        received: `${runtime?.name} and ${input.runtime.name}`,
        hint: `copy one over, with x.to('${runtime?.name}')`,
      });
    }
  }
  runtime ??= selected();
  if (recording && recording.runtime !== runtime) {
    throw new DeviceError({
      where,
      expected: `tensors on ${recording.runtime.name}, where the step is captured`,
      received: `one on ${runtime.name}`,
      hint: `copy it over before the step, with x.to('${recording.runtime.name}')`,
    });
  }
  return runtime;
}

/** The current device, chosen at its first use. */
export { onDeviceOf, selected as defaultRuntime } from '../native/select.js';

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
 * Runs an op and returns its new outputs. `backward`, if given, makes the op differentiable. An op without inputs runs on the device that is
 * `wanted`: that of the tensors which its result is to meet.
 */
export function runOp(
  op: OpDefinition,
  inputs: readonly Tensor[],
  outputs: readonly OutputSpec[],
  attrs: readonly number[] = [],
  backward?: (outputs: Tensor[]) => Backward,
  wanted?: Runtime,
): Tensor[] {
  const runtime = runtimeFor(op.name, inputs, wanted);
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
  wanted?: Runtime,
): Tensor {
  return runOp(op, inputs, [output], attrs, backward && (([y]) => backward(y!)), wanted)[0]!;
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

/** A tensor's values on another device; a view where it is there already. */
function runTransfer(x: Tensor, device: string): Tensor {
  const name = canonicalName(device, `to('${device}')`);
  refuseInCapture('to', 'a copy to another device', 'copy it before the step and pass the copy to the captured function');
  if (x.runtime.name === name) return runReshape(x, x.shape);
  const runtime = openDevice(name, `to('${device}')`);
  const y = new Tensor(runtime, runtime.newHandle(), x.shape, x.dtype);
  runtime.receive(x.runtime, x.handle, y.handle, x.dtype, x.shape);
  noteOp([x], [y], (dy) => [() => runTransfer(dy!, x.runtime.name)]);
  return y;
}
transfer.run = runTransfer;

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
export function uniformTensor(source: UniformSource, runtime?: Runtime): Tensor {
  const recording = activeRecording();
  if (recording) return new Tensor(recording.runtime, recording.uniform(source), source.shape, source.dtype, recording);
  const size = source.shape.reduce((a, b) => a * b, 1);
  const row = new Float64Array(size);
  source.write(row, 0, 0);
  const values = source.dtype === 'int32' ? Int32Array.from(row, (value) => value | 0) : typedArray(source.dtype, row);
  return uploadTensor(values, source.shape, source.dtype, runtime);
}
