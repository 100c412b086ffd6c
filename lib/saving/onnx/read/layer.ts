/** A layer of operators of ONNX, for what Keras has no layer for: a list of calls, the last of which gives the result. */
import { ArgumentError, DTypeError, FormatError, ShapeError } from '../../../errors.js';
import { initializer } from '../../../initializers/index.js';
import { type CallFlags, Layer, layerReaders } from '../../../layers/layer.js';
import { registerLayer } from '../../../layers/registry.js';
import { type BatchShape, isShapeList, type Shapes } from '../../../layers/symbolic.js';
import { trace } from '../../../layers/trace.js';
import { type Config, readOptions, type Reader } from '../../../options/index.js';
import type { DType } from '../../../tensor/dtype.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { Weight } from '../../../layers/weight.js';
import { asTensor, type Attribute, Call, type Operand } from './operators/operator.js';
import { callOperator, isKnown } from './table.js';

/** One call: names of what it takes ('' for what is left out) and gives. */
export interface OperatorCall {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A small constant. */
export interface OperatorConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
}

/** A constant that is a weight. */
export interface OperatorWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Whether training may change it. */
  readonly learns: boolean;
}

export interface OperatorResult {
  readonly shape: BatchShape;
  readonly dtype: DType;
}

export interface OnnxOperatorsOptions {
  name?: string | null;
  trainable?: boolean;
  dtype?: 'float32' | 'float64' | null;
  opset: number;
  calls: readonly OperatorCall[];
  /** Names of the layer's inputs and outputs within the calls. */
  inputs: readonly string[];
  outputs: readonly string[];
  constants: readonly OperatorConstant[];
  weights: readonly OperatorWeight[];
  /** What comes out where sizes are not known; found with the whole graph, since sizes of one operand may follow from another's. */
  results: readonly OperatorResult[];
}

/** Lists that were written by a layer of this kind. */
function listOf<T>(): Reader<readonly T[]> {
  return (value, where) => {
    if (Array.isArray(value)) return value as readonly T[];
    throw new FormatError({ where, expected: 'a list', received: typeof value });
  };
}

const readers = {
  ...layerReaders,
  opset: ((value: unknown) => Number(value)) as Reader<number>,
  calls: listOf<OperatorCall>(),
  inputs: listOf<string>(),
  outputs: listOf<string>(),
  constants: listOf<OperatorConstant>(),
  weights: listOf<OperatorWeight>(),
  results: listOf<OperatorResult>(),
};

/** Operators of an ONNX model that came in; see `loadModel`. */
export class OnnxOperators extends Layer {
  private readonly options: Omit<OnnxOperatorsOptions, 'name' | 'trainable' | 'dtype'>;
  private readonly held = new Map<string, Weight>();

  constructor(options: OnnxOperatorsOptions) {
    const { opset, calls, inputs, outputs, constants, weights, results, ...own } = readOptions('onnxOperators', options, readers);
    super(own);
    this.options = { opset, calls, inputs, outputs, constants, weights, results };
    for (const { opType } of calls) {
      if (isKnown(opType)) continue;
      throw new FormatError({ where: this.name, expected: 'an operator that there is here', received: opType });
    }
  }

  override get className(): string {
    return 'OnnxOperators';
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  protected override get takes(): 'either' {
    return 'either';
  }

  override build(inputShape: Shapes): void {
    for (const { name, shape, dtype, learns } of this.options.weights) {
      const weight = this.addWeight({ name, shape, dtype, trainable: learns, initializer: initializer('zeros', name) });
      this.held.set(name, weight);
    }
    super.build(inputShape);
  }

  /** The results for known shapes. */
  resultsFor(shapes: readonly BatchShape[], dtypes: readonly DType[]): OperatorResult[] {
    const found = trace(shapes, dtypes, (inputs) => this.call(inputs));
    return found.shapes.map((shape, i) => ({ shape, dtype: found.dtypes[i]! }));
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    const { results } = this.options;
    const list = isShapeList(inputShape) || inputShape.length === 0 ? (inputShape as readonly BatchShape[]) : [inputShape];
    if (list.length !== this.options.inputs.length) {
      throw new FormatError({ where: this.name, expected: `${this.options.inputs.length} operands`, received: String(list.length) });
    }
    return results.length === 1 ? results[0]!.shape : results.map((result) => result.shape);
  }

  protected override outputDType(_inputs: readonly DType[], _flags?: CallFlags, output = 0): DType {
    return this.options.results[output]!.dtype;
  }

  /** Tells what comes out, once, when a file is read. */
  found(results: readonly OperatorResult[]): this {
    (this.options as { results: readonly OperatorResult[] }).results = results;
    return this;
  }

  override call(inputs: Tensor | readonly Tensor[]): Tensor | readonly Tensor[] {
    const { opset, calls, constants } = this.options;
    const values = new Map<string, Operand>(this.held);
    for (const { name, data, shape, dtype } of constants) values.set(name, { data, shape, dtype });
    const given = Array.isArray(inputs) ? (inputs as readonly Tensor[]) : [inputs as Tensor];
    this.options.inputs.forEach((name, i) => values.set(name, given[i]!));
    for (const { opType, inputs: names, outputs, attributes } of calls) {
      const operands = names.map((name) => {
        const found = values.get(name);
        if (found || name === '') return found;
        throw new FormatError({ where: opType, expected: `the operand '${name}'`, received: 'none' });
      });
      const taken = outputs.filter((name) => name !== '').length;
      const made = callOperator(new Call(opType, operands, attributes, opset, taken));
      outputs.forEach((name, i) => {
        if (made[i]) values.set(name, made[i]);
        else if (name !== '') throw new FormatError({ where: opType, expected: `${outputs.length} results`, received: `${made.length}` });
      });
    }
    const results = this.options.outputs.map((name) => asTensor(values.get(name)!));
    return results.length === 1 ? results[0]! : results;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...(this.options as unknown as Config) };
  }
}

registerLayer('OnnxOperators', OnnxOperators);

/** What a layer refuses, as an error of the file. */
export function asFormatError(where: string, cause: unknown): FormatError {
  // A device that is not there, say, is no fault of the file.
  const ofTheFile = [ShapeError, DTypeError, ArgumentError, FormatError, TypeError, RangeError].some((kind) => cause instanceof kind);
  if (!ofTheFile || !(cause instanceof Error)) throw cause;
  return new FormatError({ where, expected: 'operands that fit the operator', received: cause.message, cause });
}
