/** Operators on numbers of the host: how graphs work shapes out. */
import type { DType } from '../../../../tensor/dtype.js';
import { dtypeOf, type Host } from '../constant.js';
import { type Call, isHost, type Operand } from './operator.js';

/** No shape has that many axes, and no list of places that is worked out has that many. */
const MOST = 65_536;

function host(data: readonly number[], shape: readonly number[], dtype: DType): Host {
  return { data, shape, dtype };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function broadcast(call: Call, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes.map((shape) => shape[i - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
    if (new Set(dims).size > 1) throw call.refuse('shapes that fit', shapes.map((shape) => `[${shape.join(', ')}]`).join(', '));
    return dims[0] ?? 1;
  });
}

/** Element by element, with broadcasting. */
function each(fn: (call: Call, ...values: number[]) => number, result?: DType) {
  return (call: Call): Host => {
    const operands = call.inputs.filter(isHost);
    const shape = broadcast(
      call,
      operands.map((one) => one.shape),
    );
    const size = sizeOf(shape);
    if (size > MOST) throw call.refuse(`at most ${MOST} numbers`, String(size));
    const data = Array.from({ length: size }, (_, flat) => {
      const values = operands.map(({ data: from, shape: own }) => {
        let [index, stride, rest] = [0, 1, flat];
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const at = rest % shape[axis]!;
          rest = Math.floor(rest / shape[axis]!);
          const dim = own[axis - shape.length + own.length];
          if (dim === undefined) continue;
          if (dim !== 1) index += at * stride;
          stride *= dim;
        }
        return from[index]!;
      });
      return fn(call, ...values);
    });
    const from = operands.at(call.opType === 'Where' ? 1 : 0)!.dtype;
    return host(data, shape, result ?? from);
  };
}

function divided(call: Call, a: number, b: number): number {
  const whole = call.inputs.every((one) => isHost(one) && one.dtype !== 'float32' && one.dtype !== 'float64');
  return whole ? Math.trunc(a / b) : a / b;
}

function list(call: Call, i: number): Host {
  const found = call.host(i);
  if (found.shape.length > 1) throw call.refuse('a list', `[${found.shape.join(', ')}]`);
  return found;
}

function slice(call: Call): Host {
  const { data, shape, dtype } = list(call, 0);
  const length = shape[0] ?? 1;
  const step = call.has(4) ? call.numbers(4)[0]! : 1;
  const [given, until] = call.has(1) ? [call.numbers(1)[0]!, call.numbers(2)[0]!] : [call.ints('starts')![0]!, call.ints('ends')![0]!];
  if (step === 0) throw call.refuse('a step', '0');
  const clip = (at: number): number => Math.max(step < 0 ? -1 : 0, Math.min(step < 0 ? length - 1 : length, at < 0 ? at + length : at));
  const out: number[] = [];
  for (let at = clip(given), end = until < -length ? (step < 0 ? -1 : 0) : clip(until); step > 0 ? at < end : at > end; at += step)
    out.push(data[at]!);
  return host(out, [out.length], dtype);
}

function reshaped(call: Call, shape: readonly number[]): Host {
  const { data, dtype } = call.host(0);
  const free = shape.indexOf(-1);
  const known = sizeOf(shape.filter((dim) => dim !== -1));
  const full = free < 0 ? [...shape] : shape.map((dim, i) => (i === free ? data.length / known : dim));
  if (sizeOf(full) !== data.length) throw call.refuse(`${data.length} numbers`, `[${shape.join(', ')}]`);
  return host(Array.from(data), full, dtype);
}

function shapeOf(call: Call): Host {
  const operand = call.inputs[0] as Operand;
  const { shape } = operand;
  const part = shape.slice(call.number('start', 0), call.attributes['end'] === undefined ? undefined : call.number('end', 0));
  return host([...part], [part.length], 'int32');
}

/** Where these are of constants only, they are computed here; others go to the tensors' operators. */
export const hostOperators: Readonly<Record<string, (call: Call) => Host>> = {
  Shape: shapeOf,
  Size: (call) => host([sizeOf((call.inputs[0] as Operand).shape)], [], 'int32'),
  Identity: (call) => call.host(0),
  Cast: (call) => {
    const dtype = dtypeOf('Cast', call.number('to', 0));
    const { data, shape } = call.host(0);
    const cut = (one: number): number => (dtype === 'bool' ? Number(one !== 0) : dtype.startsWith('float') ? one : Math.trunc(one));
    return host(Array.from(data, cut), shape, dtype);
  },
  Gather: (call) => {
    const { data, dtype } = list(call, 0);
    const at = call.host(1);
    const places = Array.from(at.data, (one) => (one < 0 ? one + data.length : one));
    if (places.some((one) => !(one in data))) throw call.refuse(`places below ${data.length}`, String(places.join(', ')));
    return host(
      places.map((one) => data[one]!),
      at.shape,
      dtype,
    );
  },
  Concat: (call) => {
    const parts = call.inputs.map((_, i) => list(call, i));
    const data = parts.flatMap((part) => Array.from(part.data));
    return host(data, [data.length], parts[0]!.dtype);
  },
  Slice: slice,
  Unsqueeze: (call) => {
    const from = call.host(0);
    const given = call.ints('axes') ?? call.numbers(1);
    const rank = from.shape.length + given.length;
    const axes = given.map((axis) => call.axis(axis, rank));
    const rest = [...from.shape];
    return host(
      Array.from(from.data),
      Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
      from.dtype,
    );
  },
  Squeeze: (call) => {
    const from = call.host(0);
    const axes = call.axes(from.shape.length);
    const shape = from.shape.filter((dim, axis) => !(axes ? axes.includes(axis) : dim === 1));
    return reshaped(call, shape);
  },
  Reshape: (call) => reshaped(call, call.numbers(1)),
  Add: each((_, a, b) => a + b),
  Sub: each((_, a, b) => a - b),
  Mul: each((_, a, b) => a * b),
  Div: each((call, a, b) => divided(call, a, b)),
  Mod: each((call, a, b) => (call.number('fmod', 0) ? a % b : a - b * Math.floor(a / b))),
  Pow: each((_, a, b) => a ** b),
  Neg: each((_, a) => -a),
  Abs: each((_, a) => Math.abs(a)),
  Floor: each((_, a) => Math.floor(a)),
  Ceil: each((_, a) => Math.ceil(a)),
  Sqrt: each((_, a) => Math.sqrt(a)),
  Min: each((_, ...all) => Math.min(...all)),
  Max: each((_, ...all) => Math.max(...all)),
  Equal: each((_, a, b) => Number(a === b), 'bool'),
  Greater: each((_, a, b) => Number(a > b), 'bool'),
  Less: each((_, a, b) => Number(a < b), 'bool'),
  GreaterOrEqual: each((_, a, b) => Number(a >= b), 'bool'),
  LessOrEqual: each((_, a, b) => Number(a <= b), 'bool'),
  And: each((_, a, b) => Number(a && b), 'bool'),
  Or: each((_, a, b) => Number(a || b), 'bool'),
  Not: each((_, a) => Number(!a), 'bool'),
  Where: each((_, condition, a, b) => (condition ? a : b)),
  Range: (call) => {
    const [begin, end, step] = [0, 1, 2].map((i) => call.numbers(i)[0]!) as [number, number, number];
    const count = Math.max(0, Math.ceil((end - begin) / step));
    if (!(count <= MOST)) throw call.refuse(`at most ${MOST} numbers`, String(count));
    return host(
      Array.from({ length: count }, (_, i) => begin + i * step),
      [count],
      call.host(0).dtype,
    );
  },
  ReduceProd: (call) =>
    host([Array.from(call.host(0).data).reduce((a, b) => a * b, 1)], call.number('keepdims', 1) ? [1] : [], call.host(0).dtype),
};

/** Whether a call can be made here. */
export function onHost(call: Call): boolean {
  if (!Object.hasOwn(hostOperators, call.opType)) return false;
  if (call.opType === 'Shape' || call.opType === 'Size') return true;
  const lists = ['Gather', 'Concat', 'Slice'].includes(call.opType);
  return call.inputs.every((one) => one === undefined || (isHost(one) && one.data.length <= MOST)) && (!lists || listsOnly(call));
}

function listsOnly(call: Call): boolean {
  return call.opType === 'Concat' ? call.inputs.every((one) => one!.shape.length === 1) : call.inputs[0]!.shape.length === 1;
}
