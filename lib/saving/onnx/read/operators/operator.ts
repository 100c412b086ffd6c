/** What operators are: functions of values and attributes. Values are tensors, or numbers on the host where shapes are worked out. */
import { FormatError } from '../../../../errors.js';
import { constantArray } from '../../../../ops/common.js';
import { Tensor } from '../../../../tensor/tensor.js';
import type { Host } from '../constant.js';

export type Operand = Tensor | Host;

export type Attribute = number | string | readonly number[] | readonly string[];

/** One call of an operator. */
export class Call {
  constructor(
    readonly opType: string,
    /** undefined: left out. */
    readonly inputs: readonly (Operand | undefined)[],
    readonly attributes: Readonly<Record<string, Attribute>>,
    readonly opset: number,
    /** How many results are taken. */
    readonly results: number,
  ) {}

  refuse(expected: string, received: string): FormatError {
    return new FormatError({ where: this.opType, expected, received });
  }

  has(i: number): boolean {
    return this.inputs[i] !== undefined;
  }

  /** An operand as a tensor. */
  tensor(i: number): Tensor {
    const value = this.inputs[i];
    if (!value) throw this.refuse(`operand ${i}`, 'none');
    return asTensor(value);
  }

  tensors(): Tensor[] {
    return this.inputs.map((_, i) => this.tensor(i));
  }

  /** Numbers that have to be known when the model is made. */
  host(i: number): Host {
    const value = this.inputs[i];
    if (value && !(value instanceof Tensor)) return value;
    throw this.refuse(`operand ${i} as a constant`, value ? 'one that is known at run time only' : 'none');
  }

  numbers(i: number): number[] {
    return Array.from(this.host(i).data);
  }

  number(name: string, otherwise: number): number {
    const value = this.attributes[name];
    return typeof value === 'number' ? value : otherwise;
  }

  text(name: string, otherwise: string): string {
    const value = this.attributes[name];
    return typeof value === 'string' ? value : otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const value = this.attributes[name];
    return Array.isArray(value) ? (value as readonly number[]) : undefined;
  }

  /** Axes, which newer operators have as an operand. */
  axes(rank: number, operand = 1): number[] | undefined {
    const given = this.ints('axes') ?? (this.has(operand) ? this.numbers(operand) : undefined);
    return given?.map((axis) => this.axis(axis, rank));
  }

  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(counted) && counted >= 0 && counted < Math.max(rank, 1)) return counted;
    throw this.refuse(`an axis of ${rank}`, String(axis));
  }
}

export type Operator = (call: Call) => Operand | readonly Operand[];

export type Operators = Readonly<Record<string, Operator>>;

export function isHost(value: Operand | undefined): value is Host {
  return value !== undefined && !(value instanceof Tensor);
}

export function asTensor(value: Operand): Tensor {
  if (value instanceof Tensor) return value;
  return constantArray(
    Array.from(value.data, (one) => (value.dtype === 'int32' ? clamp(one) : one)),
    value.shape,
    value.dtype,
  );
}

/** 64 bits to 32: what is farther away stands for "the end" in every operator that takes such. */
function clamp(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
}

export function rankOf(value: Operand): number {
  return value.shape.length;
}
