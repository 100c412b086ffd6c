/** Operators that treat each number by itself. */
import * as ops from '../../../../ops/index.js';
import type { Tensor } from '../../../../tensor/tensor.js';
import { isFloat } from '../../../../tensor/dtype.js';
import { dtypeOf } from '../constant.js';
import type { Call, Operator, Operators } from './operator.js';

const one =
  (fn: (x: Tensor) => Tensor): Operator =>
  (call) =>
    fn(call.tensor(0));

const two =
  (fn: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    fn(call.tensor(0), call.tensor(1));

/** Any number of operands. */
const several =
  (fn: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    call.tensors().reduce(fn);

/** With one attribute. */
const tuned =
  (name: string, otherwise: number, fn: (x: Tensor, value: number) => Tensor): Operator =>
  (call) =>
    fn(call.tensor(0), call.number(name, otherwise));

function clip(call: Call): Tensor {
  let x = call.tensor(0);
  const bound = (i: number, name: string): Tensor | number | undefined =>
    call.has(i) ? call.tensor(i) : call.attributes[name] === undefined ? undefined : call.number(name, 0);
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  if (low !== undefined) x = ops.maximum(x, low);
  return high === undefined ? x : ops.minimum(x, high);
}

function divide(a: Tensor, b: Tensor): Tensor {
  if (isFloat(a.dtype)) return ops.divide(a, b);
  // Whole numbers are cut towards zero.
  return ops.multiply(ops.multiply(ops.sign(a), ops.sign(b)), ops.floorDivide(ops.abs(a), ops.abs(b)));
}

function prelu(call: Call): Tensor {
  const [x, slope] = [call.tensor(0), call.tensor(1)];
  return ops.subtract(ops.relu(x), ops.multiply(slope, ops.relu(ops.negative(x))));
}

function shrink(call: Call): Tensor {
  const x = call.tensor(0);
  const [edge, bias] = [call.number('lambd', 0.5), call.number('bias', 0)];
  const low = ops.where(ops.less(x, -edge), ops.add(x, bias), 0);
  return ops.where(ops.greater(x, edge), ops.subtract(x, bias), low);
}

export const elementwise: Operators = {
  Abs: one((x) => ops.abs(x)),
  Acos: one((x) => ops.arccos(x)),
  Asin: one((x) => ops.arcsin(x)),
  Atan: one((x) => ops.arctan(x)),
  Add: two((a, b) => ops.add(a, b)),
  And: two((a, b) => ops.logicalAnd(a, b)),
  Cast: (call) => ops.cast(call.tensor(0), dtypeOf('Cast', call.number('to', 0))),
  CastLike: two((a, b) => ops.cast(a, b.dtype)),
  Ceil: one((x) => ops.ceil(x)),
  Celu: tuned('alpha', 1, (x, alpha) => ops.celu(x, alpha)),
  Clip: clip,
  Cos: one((x) => ops.cos(x)),
  Cosh: one((x) => ops.cosh(x)),
  Div: two(divide),
  Dropout: (call) => (call.results > 1 ? [call.tensor(0), ops.onesLike(call.tensor(0), 'bool')] : call.tensor(0)),
  Elu: tuned('alpha', 1, (x, alpha) => ops.elu(x, alpha)),
  Equal: two((a, b) => ops.equal(a, b)),
  Erf: one((x) => ops.erf(x)),
  Exp: one((x) => ops.exp(x)),
  Floor: one((x) => ops.floor(x)),
  Gelu: (call) => ops.gelu(call.tensor(0), call.text('approximate', 'none') === 'tanh'),
  Greater: two((a, b) => ops.greater(a, b)),
  GreaterOrEqual: two((a, b) => ops.greaterEqual(a, b)),
  HardSigmoid: (call) => ops.clip(ops.add(ops.multiply(call.tensor(0), call.number('alpha', 0.2)), call.number('beta', 0.5)), 0, 1),
  HardSwish: one((x) => ops.hardSilu(x)),
  Identity: one((x) => ops.copy(x)),
  IsInf: one((x) => ops.isinf(x)),
  IsNaN: one((x) => ops.isnan(x)),
  LeakyRelu: tuned('alpha', 0.01, (x, alpha) => ops.leakyRelu(x, alpha)),
  Less: two((a, b) => ops.less(a, b)),
  LessOrEqual: two((a, b) => ops.lessEqual(a, b)),
  Log: one((x) => ops.log(x)),
  Max: several((a, b) => ops.maximum(a, b)),
  Mean: (call) =>
    ops.divide(
      call.tensors().reduce((a, b) => ops.add(a, b)),
      call.inputs.length,
    ),
  Min: several((a, b) => ops.minimum(a, b)),
  Mish: one((x) => ops.mish(x)),
  Mod: (call) => {
    const [a, b] = [call.tensor(0), call.tensor(1)];
    // fmod has the sign of the dividend.
    return call.number('fmod', 0) ? ops.multiply(ops.sign(a), ops.mod(ops.abs(a), ops.abs(b))) : ops.mod(a, b);
  },
  Mul: two((a, b) => ops.multiply(a, b)),
  Neg: one((x) => ops.negative(x)),
  Not: one((x) => ops.logicalNot(x)),
  Or: two((a, b) => ops.logicalOr(a, b)),
  Pow: two((a, b) => ops.power(a, ops.cast(b, a.dtype))),
  PRelu: prelu,
  Reciprocal: one((x) => ops.reciprocal(x)),
  Relu: one((x) => ops.relu(x)),
  Round: one((x) => ops.round(x)),
  Selu: (call) => {
    const [x, alpha, gamma] = [call.tensor(0), call.number('alpha', 1.6732632423543772), call.number('gamma', 1.0507009873554805)];
    return ops.multiply(ops.elu(x, alpha), gamma);
  },
  Shrink: shrink,
  Sigmoid: one((x) => ops.sigmoid(x)),
  Sign: one((x) => ops.sign(x)),
  Sin: one((x) => ops.sin(x)),
  Sinh: one((x) => ops.sinh(x)),
  Softplus: one((x) => ops.softplus(x)),
  Softsign: one((x) => ops.softsign(x)),
  Sqrt: one((x) => ops.sqrt(x)),
  Sub: two((a, b) => ops.subtract(a, b)),
  Sum: several((a, b) => ops.add(a, b)),
  Tan: one((x) => ops.tan(x)),
  Tanh: one((x) => ops.tanh(x)),
  ThresholdedRelu: tuned('alpha', 1, (x, alpha) => ops.where(ops.greater(x, alpha), x, 0)),
  Where: (call) => ops.where(call.tensor(0), call.tensor(1), call.tensor(2)),
  Xor: two((a, b) => ops.logicalXor(a, b)),
};
