/**
 * Every op that a test runs on the device under test runs on the CPU as well, on the same values: float32 in the float64 reference kernels
 * where results may be rounded differently, as it is where they may not. Required before mocha, or before the golden cases.
 *
 *     NODE_CUDNN_DEVICE=cuda mocha --require tsx/cjs --require test/gpu/shadow.ts test/ops
 */
import { appendFileSync } from 'node:fs';
import { loadAddon } from '../../lib/native/addon.js';
import { CommandEncoder, type EncodedOutput, RESHAPE } from '../../lib/native/encoder.js';
import { openRuntimes, Runtime } from '../../lib/native/runtime.js';
import { type DType, dtypeCodes, typedArray } from '../../lib/tensor/dtype.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { firstFar, numbers } from '../support/close.js';
import { toleranceOf } from './tolerances.js';

interface Operand {
  dtype: DType;
  shape: readonly number[];
  values: number[];
}

interface Finding {
  op: string;
  message: string;
}

const dtypes = Object.keys(dtypeCodes) as DType[];
const dtypeOfCode = (code: number): DType => dtypes.find((name) => dtypeCodes[name] === code)!;

/** The CPU with a queue of its own, so that nothing here disturbs what is tested. */
let reference: Runtime | undefined;
const seen = new Map<string, number>();
const findings: Finding[] = [];
let opNames: Map<number, string> | undefined;

/** Elements above which an op is left out: the weights of a large model are compared by the small ones. */
const LARGEST = 1 << 22;
const sizeOf = ({ shape }: { shape: readonly number[] }): number => shape.reduce((a, b) => a * b, 1);

/* eslint-disable @typescript-eslint/unbound-method -- replaced below, and called with their own `this` */
const command = CommandEncoder.prototype.command;
const upload = Runtime.prototype.upload;
/* eslint-enable @typescript-eslint/unbound-method */
/** The dtypes of the tensors of a device, by handle: a command names only its inputs'. */
const dtypeOf = new Map<Runtime, Map<number, DType>>();

function handlesOf(runtime: Runtime): Map<number, DType> {
  let handles = dtypeOf.get(runtime);
  if (!handles) dtypeOf.set(runtime, (handles = new Map()));
  return handles;
}

function read(runtime: Runtime, handle: number, dtype: DType, shape: readonly number[]): Operand {
  const size = sizeOf({ shape });
  return { dtype, shape, values: numbers(typedArray(dtype, runtime.readSync(handle, dtype, size))) };
}

/** Runs the op on the CPU and gives its outputs, those that it changes in place included. */
function runReference(
  opcode: number,
  inputs: readonly Operand[],
  targets: readonly (Operand | EncodedOutput)[],
  attrs: readonly number[],
  floats: readonly boolean[],
  wide: boolean,
): Operand[] {
  const runtime = (reference ??= new Runtime('reference', 'cpu', 0, 1));
  const widened = (dtype: DType): DType => (wide && dtype === 'float32' ? 'float64' : dtype);
  const made: number[] = [];
  const place = (operand: Operand): { handle: number } => {
    const handle = runtime.newHandle();
    const dtype = widened(operand.dtype);
    upload.call(runtime, handle, dtype, operand.shape, typedArray(dtype, operand.values));
    made.push(handle);
    return { handle };
  };
  const ins = inputs.map(place);
  const outs = targets.map((target): EncodedOutput => {
    if ('values' in target) return { ...place(target), dtype: -1, shape: target.shape };
    const handle = runtime.newHandle();
    made.push(handle);
    return { handle, dtype: dtypeCodes[widened(dtypeOfCode(target.dtype))], shape: target.shape };
  });
  try {
    command.call(runtime.encoder, opcode, ins, outs, attrs, floats);
    return outs.map(({ handle, shape }, i) => {
      const target = targets[i]!;
      const dtype = widened('values' in target ? target.dtype : dtypeOfCode(target.dtype));
      return read(runtime, handle, dtype, shape);
    });
  } finally {
    for (const handle of made) runtime.free(handle);
  }
}

/** float32 overflows where float64 does not. */
function narrowed(values: readonly number[], dtype: DType): number[] {
  return dtype === 'float32' ? values.map((value) => Math.fround(value)) : [...values];
}

function compare(op: string, got: readonly Operand[], want: readonly Operand[], describe: () => string): void {
  const tolerance = toleranceOf(op);
  got.forEach((operand, i) => {
    const wanted = narrowed(want[i]!.values, operand.dtype);
    const at = firstFar(operand.values, wanted, operand.dtype.startsWith('float') ? tolerance : { rtol: 0, atol: 0 });
    if (at < 0) return;
    findings.push({
      op,
      message: `${describe()}, output ${i}, element ${at}: expected ${wanted[at]}, got ${operand.values[at]}`,
    });
  });
}

CommandEncoder.prototype.command = function shadowed(this: CommandEncoder, opcode, inputs, outputs, attrs, floats): void {
  const runtime = [...openRuntimes()].find((one) => one.encoder === this);
  const large =
    outputs.some((output) => sizeOf(output) > LARGEST) || (inputs as readonly Tensor[]).some((input) => sizeOf(input) > LARGEST);
  if (runtime === undefined || opcode === RESHAPE || large) {
    command.call(this, opcode, inputs, outputs, attrs, floats);
    if (runtime) for (const { handle, dtype } of outputs) if (dtype >= 0) handlesOf(runtime).set(handle, dtypeOfCode(dtype));
    return;
  }
  opNames ??= new Map(
    loadAddon()
      .ops()
      .map(({ name, opcode: code }) => [code, name]),
  );
  const handles = handlesOf(runtime);
  const op = opNames.get(opcode)!;
  const tensors = inputs as readonly Tensor[];
  let given: Operand[];
  let before: (Operand | EncodedOutput)[];
  try {
    given = tensors.map(({ handle, dtype, shape }) => read(runtime, handle, dtype, shape));
    before = outputs.map((output) => (output.dtype < 0 ? read(runtime, output.handle, handles.get(output.handle)!, output.shape) : output));
  } catch {
    // An operand that could not be made: what is tested is the error.
    command.call(this, opcode, inputs, outputs, attrs, floats);
    return;
  }
  command.call(this, opcode, inputs, outputs, attrs, floats);
  for (const { handle, dtype } of outputs) if (dtype >= 0) handles.set(handle, dtypeOfCode(dtype));
  let got: Operand[];
  try {
    got = outputs.map(({ handle, shape }) => read(runtime, handle, handles.get(handle)!, shape));
  } catch {
    return; // the test will see the error where it reads
  }
  seen.set(op, (seen.get(op) ?? 0) + 1);
  const tolerance = toleranceOf(op);
  const wide = tolerance.atol > 0;
  const describe = () => {
    const list = (operands: readonly { shape: readonly number[]; dtype: DType | number }[]) =>
      operands.map(({ dtype, shape }) => `${typeof dtype === 'number' ? dtypeOfCode(dtype) : dtype}[${shape.join(', ')}]`).join(', ');
    return `${op}(${list(given)}) -> ${list(before)} {${attrs.join(', ')}}`;
  };
  try {
    compare(op, got, runReference(opcode, given, before, attrs, floats, wide), describe);
  } catch (error) {
    findings.push({ op, message: `${describe()}: the reference failed: ${error instanceof Error ? error.message : String(error)}` });
  }
};

Runtime.prototype.upload = function noted(this: Runtime, handle, dtype, shape, data): void {
  handlesOf(this).set(handle, dtype);
  upload.call(this, handle, dtype, shape, data);
};

/** The report, as one line of JSON more in the file that the environment names. */
process.on('exit', () => {
  const file = process.env['NODE_CUDNN_SHADOW_REPORT'];
  const report = { seen: Object.fromEntries(seen), findings };
  if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(report)}\n`);
});
