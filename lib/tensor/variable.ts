/** A tensor that changes in place: weights, moving averages, counters. */
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { refuseInCapture } from '../native/recording.js';
import { defaultRuntime, defineOp, runInPlace, runtimeFor } from '../ops/define.js';
import { dtypeCodes, type DType } from './dtype.js';
import { keep } from './scope.js';
import { hostArray, type NestedArray } from './create.js';
import { Tensor } from './tensor.js';
import type { TypedArray } from './dtype.js';

const assignOp = defineOp('assign');
const copyOp = defineOp('copy');
const fillOp = defineOp('fill', ['value:f']);
const addOp = defineOp('add');
const subtractOp = defineOp('subtract');

export interface VariableOptions {
  name?: string;
  trainable?: boolean;
}

/**
 * A named tensor whose contents change in place; an op reads what it holds at that moment. Outlives the scope it was made in.
 *
 * @example
 * const w = variable(tensor([1, 2, 3]), { name: 'w' });
 * w.assign(ops.mul(w, 2));
 */
export class Variable extends Tensor {
  name: string;
  trainable: boolean;

  /** @internal Use `variable`. */
  constructor(shape: readonly number[], dtype: DType, options: VariableOptions = {}) {
    refuseInCapture(
      options.name ?? 'variable',
      'a new variable',
      'create variables before the captured function is called (build the model and the optimizer first)',
    );
    const runtime = defaultRuntime();
    super(runtime, runtime.newHandle(), [...shape], dtype);
    this.name = options.name ?? 'variable';
    this.trainable = options.trainable ?? true;
    keep(this);
  }

  /** Puts new contents of the same shape and dtype in; recorded when it happens inside a captured step. */
  assign(value: Tensor | TypedArray | NestedArray): this {
    if (value instanceof Tensor) {
      if (value.shape.length !== this.shape.length || value.shape.some((dim, i) => dim !== this.shape[i])) {
        throw new ShapeError({ where: this.name, expected: `[${this.shape.join(', ')}]`, received: `[${value.shape.join(', ')}]` });
      }
      if (value.dtype !== this.dtype) throw new DTypeError({ where: this.name, expected: this.dtype, received: value.dtype });
      runInPlace(assignOp, [value], [this]);
      return this;
    }
    const host = hostArray(this.name, value, ArrayBuffer.isView(value) ? this.shape : undefined, this.dtype);
    if (host.shape.length !== this.shape.length || host.shape.some((dim, i) => dim !== this.shape[i])) {
      throw new ShapeError({ where: this.name, expected: `[${this.shape.join(', ')}]`, received: `[${host.shape.join(', ')}]` });
    }
    const runtime = runtimeFor(this.name, [this]);
    const handle = runtime.newHandle();
    runtime.upload(handle, this.dtype, this.shape, host.data);
    const source = new Tensor(runtime, handle, this.shape, this.dtype);
    runInPlace(assignOp, [source], [this]);
    source.dispose();
    return this;
  }

  private change(op: typeof addOp, value: Tensor | TypedArray | NestedArray): this {
    const plain = value instanceof Tensor ? undefined : hostArray(this.name, value, undefined, this.dtype);
    const { shape, dtype } = value instanceof Tensor ? value : plain!;
    const single = shape.length === 0;
    if (!single && (shape.length !== this.shape.length || shape.some((dim, i) => dim !== this.shape[i]))) {
      throw new ShapeError({ where: this.name, expected: `[${this.shape.join(', ')}]`, received: `[${shape.join(', ')}]` });
    }
    if (dtype !== this.dtype) throw new DTypeError({ where: this.name, expected: this.dtype, received: dtype });
    if (value instanceof Tensor) {
      runInPlace(op, [this, value], [this]);
      return this;
    }
    const runtime = runtimeFor(this.name, [this]);
    const handle = runtime.newHandle();
    runtime.upload(handle, this.dtype, shape, plain!.data);
    const source = new Tensor(runtime, handle, shape, this.dtype);
    runInPlace(op, [this, source], [this]);
    source.dispose();
    return this;
  }

  /** Adds a tensor of its shape, or one number, in place. */
  assignAdd(value: Tensor | TypedArray | NestedArray): this {
    return this.change(addOp, value);
  }

  /** Takes a tensor of its shape, or one number, off in place. */
  assignSub(value: Tensor | TypedArray | NestedArray): this {
    return this.change(subtractOp, value);
  }

  /** Sets every element. */
  fill(value: number): this {
    runInPlace(fillOp, [], [this], [value]);
    return this;
  }

  /** @internal Called by optimizers after each step; weights with a constraint project themselves onto it. */
  applyConstraint(): void {
    // A plain variable may hold anything.
  }
}

/** A variable with the value of a tensor (copied) or of host data. */
export function variable(initial: Tensor | TypedArray | NestedArray, options: VariableOptions = {}): Variable {
  if (initial instanceof Tensor) {
    initial.check('variable');
    const made = new Variable(initial.shape, initial.dtype, options);
    made.runtime.encoder.command(
      copyOp.opcode,
      [initial],
      [{ handle: made.handle, dtype: dtypeCodes[made.dtype], shape: made.shape }],
      [],
      [],
    );
    made.runtime.scheduleFlush();
    return made;
  }
  if (initial === undefined) throw new ArgumentError({ where: 'variable', expected: 'an initial value', received: 'undefined' });
  const host = hostArray('variable', initial);
  const made = new Variable(host.shape, host.dtype, options);
  made.runtime.upload(made.handle, host.dtype, host.shape, host.data);
  return made;
}

/** A variable filled with one value. */
export function filledVariable(shape: readonly number[], value: number, dtype: DType = 'float32', options: VariableOptions = {}): Variable {
  const made = new Variable(shape, dtype, options);
  made.runtime.encoder.command(fillOp.opcode, [], [{ handle: made.handle, dtype: dtypeCodes[dtype], shape: made.shape }], [value], [true]);
  made.runtime.scheduleFlush();
  return made;
}
