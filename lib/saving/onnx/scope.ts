/** What emitters of layers work with: a graph, the name of the layer, and shorthands for the operators that they use most. */
import { withoutTape } from '../../autodiff/tape.js';
import { ArgumentError } from '../../errors.js';
import type { BatchShape } from '../../layers/symbolic.js';
import type { Weight } from '../../layers/weight.js';
import type { DType } from '../../tensor/dtype.js';
import { tidy } from '../../tensor/scope.js';
import { Tensor } from '../../tensor/tensor.js';
import { bytes, type Element, elementType } from './dtypes.js';
import { type Attributes, type OnnxGraph, real } from './graph.js';
import { toFirst, toLast, type Value } from './value.js';

/** Either a size or a dimension of a value that is known at run time only. */
export type Part = number | { readonly of: string; readonly axis: number };

export class Scope {
  constructor(
    readonly graph: OnnxGraph,
    /** Names of the models around the layer, and its own. */
    readonly path: string,
    /** What the layer computes with. */
    readonly dtype: DType,
  ) {}

  // Values

  value(plain: string, shape: BatchShape, dtype: DType = this.dtype): Value {
    return { plain, shape, dtype };
  }

  valueFirst(first: string, shape: BatchShape, dtype: DType = this.dtype): Value {
    return { first, shape, dtype };
  }

  /** The name of a value in the model's order. */
  plain(value: Value): string {
    return (value.plain ??= this.transpose(value.first!, toLast(value.shape.length)));
  }

  /** The name of a value with its channels behind the batch. */
  first(value: Value): string {
    return (value.first ??= value.shape.length < 3 ? this.plain(value) : this.transpose(value.plain!, toFirst(value.shape.length)));
  }

  /** The order in which a value exists already. */
  orderOf(value: Value): 'plain' | 'first' {
    return value.plain === undefined ? 'first' : 'plain';
  }

  /** Applies what treats each element by itself, in the order in which the value exists. */
  each(value: Value, fn: (name: string) => string, dtype: DType = value.dtype): Value {
    const order = this.orderOf(value);
    return { [order]: fn(value[order]!), shape: value.shape, dtype };
  }

  cast(value: Value, dtype: DType): Value {
    if (value.dtype === dtype) return value;
    return { ...this.each(value, (name) => this.castTo(name, dtype), dtype), mask: value.mask };
  }

  // Operators

  op(opType: string, inputs: readonly string[], attributes?: Attributes): string {
    return this.graph.add(opType, this.path, inputs, attributes)[0]!;
  }

  ops(outputs: number, opType: string, inputs: readonly string[], attributes?: Attributes): string[] {
    return this.graph.add(opType, this.path, inputs, attributes, outputs);
  }

  transpose(name: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? name : this.op('Transpose', [name], { perm });
  }

  castTo(name: string, to: Element): string {
    return this.op('Cast', [name], { to: elementType(to) });
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  sub(a: string, b: string): string {
    return this.op('Sub', [a, b]);
  }

  mul(a: string, b: string): string {
    return this.op('Mul', [a, b]);
  }

  div(a: string, b: string): string {
    return this.op('Div', [a, b]);
  }

  /** Sum, mean, maximum ... over axes; where the axes stand depends on the operator set. */
  reduce(kind: 'Sum' | 'Mean' | 'Max', name: string, axes: readonly number[], keepdims: boolean): string {
    const asOperand = kind === 'Sum' || this.graph.opset >= 18;
    const flag = { keepdims: keepdims ? 1 : 0 };
    return asOperand ? this.op(`Reduce${kind}`, [name, this.ints(axes)], flag) : this.op(`Reduce${kind}`, [name], { axes, ...flag });
  }

  unsqueeze(name: string, ...axes: readonly number[]): string {
    return this.op('Unsqueeze', [name, this.ints(axes)]);
  }

  squeeze(name: string, ...axes: readonly number[]): string {
    return this.op('Squeeze', [name, this.ints(axes)]);
  }

  /** From `begin` to before `end` along one axis; Infinity for the end of the axis. */
  slice(name: string, axis: number, begin: number, end: number, step = 1): string {
    const last = end === Infinity ? Number.MAX_SAFE_INTEGER : end === -Infinity ? -Number.MAX_SAFE_INTEGER : end;
    return this.op('Slice', [name, this.ints([begin]), this.ints([last]), this.ints([axis]), this.ints([step])]);
  }

  /** Turned round along an axis. */
  reverse(name: string, axis: number): string {
    return this.slice(name, axis, -1, -Infinity, -1);
  }

  concat(names: readonly string[], axis: number): string {
    return names.length === 1 ? names[0]! : this.op('Concat', names, { axis });
  }

  matmul(a: string, b: string): string {
    return this.op('MatMul', [a, b]);
  }

  /** The size of an axis at run time, int64 [1]. */
  size(name: string, axis: number): string {
    return this.op('Shape', [name], { start: axis, end: axis + 1 });
  }

  /** A shape made of known sizes and of those of other values: constants where they do, one -1 where that does, else worked out. */
  reshape(name: string, parts: readonly Part[]): string {
    const unknown = parts.filter((part) => typeof part !== 'number').length;
    if (unknown === 0 || (unknown === 1 && !parts.includes(-1))) {
      return this.op('Reshape', [name, this.ints(parts.map((part) => (typeof part === 'number' ? part : -1)))]);
    }
    const pieces = parts.map((part) => (typeof part === 'number' ? this.ints([part]) : this.size(part.of, part.axis)));
    return this.op('Reshape', [name, this.concat(pieces, 0)]);
  }

  /** [rows, heads, copies, steps, size] with the copies joined to the heads. */
  reshapeHeads(name: string, heads: number, size: number): string {
    return this.reshape(name, [{ of: name, axis: 0 }, heads, { of: name, axis: 3 }, size]);
  }

  /** The sizes of a value, known or not, for `reshape`. */
  parts(value: Value): Part[] {
    return value.shape.map((dim, axis) => dim ?? { of: this.plain(value), axis });
  }

  // Constants

  /** A number of the layer's type. */
  number(value: number, dtype: Element = this.dtype): string {
    return this.graph.constant(value, dtype);
  }

  numbers(data: readonly number[], shape: readonly number[], dtype: Element = this.dtype): string {
    return this.graph.constant(data, dtype, shape);
  }

  ints(data: readonly number[]): string {
    return this.graph.constant(data, 'int64');
  }

  /** A weight as Keras has it, or what `change` makes of such; its name is the weight's, so that shared layers share it. */
  weight(weight: Weight, change: { shape?: readonly number[]; to?: (keras: Tensor) => Tensor; as?: string } = {}): string {
    const { shape = weight.kerasShape, to, as = weight.name } = change;
    return this.made(`${this.path}/${as}`, shape, weight.dtype, () => {
      const keras = weight.toKeras();
      return to ? to(keras) : keras;
    });
  }

  /** A constant computed from weights, once for each name. */
  made(name: string, shape: readonly number[], dtype: DType, compute: () => Tensor): string {
    if (this.graph.constants.has(name)) return name;
    return this.graph.lazy(name, shape, dtype, async () => {
      const result = withoutTape(() => tidy(compute));
      if (!sameShape(result.shape, shape)) throw new Error(`${name}: [${result.shape.join()}] is not [${shape.join()}]`);
      return bytes(await result.data());
    });
  }

  // Refusals

  /** The error that something of this layer has no counterpart. */
  refuse(expected: string, received: string, hint?: string): ArgumentError {
    return new ArgumentError({ where: `export of ${this.path}`, expected, received, hint });
  }

  /** A dimension that has to be known. */
  known(size: number | null | undefined, what: string): number {
    if (typeof size === 'number') return size;
    throw this.refuse(`a known ${what}`, 'one that is known at run time only', 'give it in the input shape of the model');
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export { real, Tensor };
