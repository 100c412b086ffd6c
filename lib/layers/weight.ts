/** The weights of layers: variables with an initial value, a penalty, a constraint, and a layout that may differ from Keras'. */
import { withoutTape } from '../autodiff/tape.js';
import type { Constraint } from '../constraints/index.js';
import { DTypeError, ShapeError } from '../errors.js';
import type { Initializer } from '../initializers/index.js';
import { RESHAPE } from '../native/encoder.js';
import { refuseInCapture } from '../native/recording.js';
import { defineOp } from '../ops/define.js';
import { cast, transpose } from '../ops/index.js';
import type { Regularizer } from '../regularizers/index.js';
import { hostArray, type NestedArray, tensor } from '../tensor/create.js';
import { type DType, dtypeBytes, dtypeCodes, type TypedArray } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';
import { Variable } from '../tensor/variable.js';
import { filledFromFile, spendOnWeight } from './budget.js';

const copyOp = defineOp('copy');
const fillOp = defineOp('fill', ['value:f']);

/** Initializers that draw numbers, which takes longer than reading them from a file. */
const scalings = ['Glorot', 'He', 'Lecun'].flatMap((name) => [`${name}Uniform`, `${name}Normal`]);
const DRAWN = new Set(['RandomUniform', 'RandomNormal', 'TruncatedNormal', 'VarianceScaling', 'Orthogonal', ...scalings]);

/** What `addWeight` takes. `shape` is Keras' shape. */
export interface WeightOptions {
  name: string;
  shape: readonly number[];
  initializer: Initializer;
  dtype?: DType;
  regularizer?: Regularizer | null;
  constraint?: Constraint | null;
  trainable?: boolean;
  /** How the device keeps it: axis i of the memory is axis `layout[i]` of Keras' shape. */
  layout?: readonly number[];
}

/** The values of a weight, in Keras' layout: what `getWeights` returns and `setWeights` takes. */
export interface WeightValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** What a weight can be set from. */
export type WeightLike = WeightValue | Tensor | TypedArray | NestedArray;

function isWeightValue(value: WeightLike): value is WeightValue {
  return typeof value === 'object' && !(value instanceof Tensor) && 'data' in value && 'shape' in value;
}

function inverse(layout: readonly number[]): number[] {
  const back: number[] = [];
  layout.forEach((axis, i) => (back[axis] = i));
  return back;
}

/** A weight of a layer. */
export class Weight extends Variable {
  /** Keras' shape; `shape` is that of the memory. */
  readonly kerasShape: readonly number[];
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;
  /** Whether training may ever change it: false for moving averages. `trainable` also follows the layer. */
  readonly learns: boolean;
  private readonly layout: readonly number[] | undefined;

  private constructor(options: WeightOptions, dtype: DType) {
    const { layout, shape } = options;
    super(layout ? layout.map((axis) => shape[axis]!) : shape, dtype, { name: options.name, trainable: options.trainable ?? true });
    this.kerasShape = [...shape];
    this.layout = layout;
    this.regularizer = options.regularizer ?? null;
    this.constraint = options.constraint ?? null;
    this.learns = options.trainable ?? true;
  }

  /** @internal The first contents come before the weight: one that the device does not know must not be freed there. */
  static make(options: WeightOptions, dtype: DType): Weight {
    const { name, layout, shape, initializer } = options;
    spendOnWeight(
      name,
      shape.reduce((a, b) => a * b, dtypeBytes[dtype]),
    );
    refuseInCapture(name, 'a new weight', 'build the model before the captured function is called');
    if (filledFromFile() && DRAWN.has(initializer.className)) return Weight.blank(options, dtype);
    return withoutTape(() =>
      tidy(() => {
        const given = initializer.call([...shape], dtype);
        checkShape(given.shape, shape, name, name);
        if (given.dtype !== dtype) throw new DTypeError({ where: name, expected: dtype, received: given.dtype });
        const first = layout ? transpose(given, layout) : given;
        const weight = new Weight(options, dtype);
        const { runtime, handle } = weight;
        // Drawn numbers are nobody else's: the weight takes their memory over, and a large one is never there twice.
        const opcode = DRAWN.has(initializer.className) ? RESHAPE : copyOp.opcode;
        runtime.encoder.command(opcode, [first], [{ handle, dtype: dtypeCodes[dtype], shape: weight.shape }], [], []);
        runtime.scheduleFlush();
        return weight;
      }),
    );
  }

  /** Zeros, without a second copy of the weight in memory. */
  private static blank(options: WeightOptions, dtype: DType): Weight {
    const weight = new Weight(options, dtype);
    const { runtime, handle, shape } = weight;
    runtime.encoder.command(fillOp.opcode, [], [{ handle, dtype: dtypeCodes[dtype], shape }], [0], [true]);
    runtime.scheduleFlush();
    return weight;
  }

  /** Contents in Keras' layout, on the device; differentiable. Gradients of the weight may be given instead. */
  toKeras(stored: Tensor = this): Tensor {
    return this.layout ? transpose(stored, inverse(this.layout)) : stored;
  }

  /** The other way round. */
  fromKeras(value: Tensor): Tensor {
    return this.layout ? transpose(value, this.layout) : value;
  }

  /** The penalty that is added to the loss. */
  penalty(): Tensor | undefined {
    if (!this.regularizer) return undefined;
    return this.regularizer.call(this.regularizer.elementwise ? this : this.toKeras());
  }

  /** Projects the contents onto what the constraint allows; optimizers call it after each step. */
  override applyConstraint(): void {
    const { constraint } = this;
    if (!constraint) return;
    withoutTape(() =>
      tidy(() => void this.assign(constraint.elementwise ? constraint.call(this) : this.fromKeras(constraint.call(this.toKeras())))),
    );
  }

  /** The values in Keras' layout. */
  async value(): Promise<WeightValue> {
    const stored = tidy(() => withoutTape(() => this.toKeras()));
    try {
      return { name: this.name, shape: this.kerasShape, dtype: this.dtype, data: await stored.data() };
    } finally {
      if (stored !== this) stored.dispose();
    }
  }

  /** Sets the contents from values in Keras' layout; values of another shape are an error under `where`. */
  set(value: WeightLike, where: string): void {
    withoutTape(() => tidy(() => void this.assign(this.fromKeras(this.read(value, where)))));
  }

  private read(value: WeightLike, where: string): Tensor {
    if (value instanceof Tensor) return cast(this.fitting(value, where), this.dtype);
    if (isWeightValue(value)) return this.fitting(tensor(value.data, value.shape, this.dtype), where);
    if (ArrayBuffer.isView(value)) {
      if (value.length === this.size) return tensor(value, this.kerasShape, this.dtype);
      throw new ShapeError({
        where,
        expected: `${this.size} values for ${this.name} of shape [${this.kerasShape.join(', ')}]`,
        received: `${value.length}`,
      });
    }
    const host = hostArray(where, value, undefined, this.dtype);
    return this.fitting(tensor(host.data, host.shape, this.dtype), where);
  }

  private fitting(value: Tensor, where: string): Tensor {
    checkShape(value.shape, this.kerasShape, this.name, where);
    return value;
  }
}

function checkShape(given: readonly number[], wanted: readonly number[], name: string, where: string): void {
  if (given.length === wanted.length && given.every((dim, i) => dim === wanted[i])) return;
  throw new ShapeError({
    where,
    expected: `${name} of shape [${wanted.join(', ')}]`,
    received: `[${given.join(', ')}]`,
    hint: 'kernels have the layout of Keras: [height, width, in, out]',
  });
}
