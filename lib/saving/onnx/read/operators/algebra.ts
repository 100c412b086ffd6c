/** Products, sums over axes, normalisations. */
import * as ops from '../../../../ops/index.js';
import type { Tensor } from '../../../../tensor/tensor.js';
import type { Call, Operator, Operators } from './operator.js';

function gemm(call: Call): Tensor {
  const side = (i: number, name: string): Tensor => (call.number(name, 0) ? ops.transpose(call.tensor(i)) : call.tensor(i));
  const alpha = call.number('alpha', 1);
  const beta = call.number('beta', 1);
  const product = ops.matmul(side(0, 'transA'), side(1, 'transB'));
  const scaled: Tensor = alpha === 1 ? product : ops.multiply(product, alpha);
  if (!call.has(2)) return scaled;
  return ops.add(scaled, beta === 1 ? call.tensor(2) : ops.multiply(call.tensor(2), beta));
}

type Reduction = (x: Tensor, options: { axis: number[]; keepdims: boolean }) => Tensor;

const reduction =
  (fn: Reduction): Operator =>
  (call) => {
    const x = call.tensor(0);
    const given = call.axes(x.rank);
    if (given?.length === 0 || (!given && call.number('noop_with_empty_axes', 0))) return ops.copy(x);
    return fn(x, { axis: given ?? x.shape.map((_, axis) => axis), keepdims: call.number('keepdims', 1) === 1 });
  };

const place =
  (fn: (x: Tensor, options: { axis: number; keepdims: boolean }) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0);
    return fn(x, { axis: call.axis(call.number('axis', 0), x.rank), keepdims: call.number('keepdims', 1) === 1 });
  };

/** A list of one number a channel, for images with the channels behind the batch. */
function perChannel(x: Tensor, rank: number): Tensor {
  return ops.reshape<readonly number[]>(x, [1, x.size, ...Array<number>(Math.max(0, rank - 2)).fill(1)]);
}

function batchNormalization(call: Call): Tensor {
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((i) => call.tensor(i)) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  if (call.results > 1 || call.number('training_mode', 0)) throw call.refuse('inference', 'training_mode');
  return ops.batchNormalization(x, mean, variance, { axis: 1, scale, offset, epsilon: call.number('epsilon', 1e-5) });
}

/** Less the mean, by the deviation. */
function normal(x: Tensor, axis: number[], epsilon: number): Tensor {
  const { mean, variance } = ops.moments(x, axis, true);
  return ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(variance, epsilon)));
}

function layerNormalization(call: Call): Tensor {
  const x = call.tensor(0);
  if (call.results > 1) throw call.refuse('one result', 'mean and deviation as well');
  const axis = call.axis(call.number('axis', -1), x.rank);
  const axes = x.shape.map((_, i) => i).slice(axis);
  const y = ops.multiply(normal(x, axes, call.number('epsilon', 1e-5)), call.tensor(1));
  return call.has(2) ? ops.add(y, call.tensor(2)) : y;
}

function rmsNormalization(call: Call): Tensor {
  const x = call.tensor(0);
  const axis = call.axis(call.number('axis', -1), x.rank);
  const squares = ops.mean(ops.square(x), { axis: x.shape.map((_, i) => i).slice(axis), keepdims: true });
  return ops.multiply(ops.multiply(x, ops.rsqrt(ops.add(squares, call.number('epsilon', 1e-5)))), call.tensor(1));
}

function instanceNormalization(call: Call): Tensor {
  const x = call.tensor(0);
  const axes = x.shape.map((_, i) => i).slice(2);
  const y = normal(x, axes, call.number('epsilon', 1e-5));
  return ops.add(ops.multiply(y, perChannel(call.tensor(1), x.rank)), perChannel(call.tensor(2), x.rank));
}

function groupNormalization(call: Call): Tensor {
  const x = call.tensor(0);
  const groups = call.number('num_groups', 1);
  const grouped = ops.reshape<readonly number[]>(x, [x.shape[0]!, groups, -1]);
  const y = ops.reshape<readonly number[]>(normal(grouped, [2], call.number('epsilon', 1e-5)), x.shape);
  const spread = (weight: Tensor): Tensor =>
    perChannel(weight.size === groups ? ops.repeat(weight, x.shape[1]! / groups, 0) : weight, x.rank);
  return ops.add(ops.multiply(y, spread(call.tensor(1))), spread(call.tensor(2)));
}

const softmaxOf =
  (fn: (x: Tensor, axis: number) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0);
    if (call.opset >= 13) return fn(x, call.axis(call.number('axis', -1), x.rank));
    // Older operators took all axes from one on as one.
    const axis = call.axis(call.number('axis', 1), x.rank);
    const flat = ops.reshape<readonly number[]>(x, [...x.shape.slice(0, axis), -1]) as Tensor;
    return ops.reshape<readonly number[]>(fn(flat, axis), x.shape);
  };

export const algebraOperators: Operators = {
  ArgMax: place((x, options) => ops.argmax(x, options)),
  ArgMin: place((x, options) => ops.argmin(x, options)),
  BatchNormalization: batchNormalization,
  Einsum: (call) => ops.einsum(call.text('equation', '').replaceAll(' ', ''), ...call.tensors()),
  Gemm: gemm,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LogSoftmax: softmaxOf((x, axis) => ops.logSoftmax(x, axis)),
  MatMul: (call) => ops.matmul(call.tensor(0), call.tensor(1)),
  RMSNormalization: rmsNormalization,
  ReduceL1: reduction((x, options) => ops.sum(ops.abs(x), options)),
  ReduceL2: reduction((x, options) => ops.sqrt(ops.sum(ops.square(x), options))),
  ReduceLogSumExp: reduction((x, options) => ops.logsumexp(x, options)),
  ReduceMax: reduction((x, options) => ops.max(x, options)),
  ReduceMean: reduction((x, options) => ops.mean(x, options)),
  ReduceMin: reduction((x, options) => ops.min(x, options)),
  ReduceProd: reduction((x, options) => ops.prod(x, options)),
  ReduceSum: reduction((x, options) => ops.sum(x, options)),
  ReduceSumSquare: reduction((x, options) => ops.sum(ops.square(x), options)),
  Softmax: softmaxOf((x, axis) => ops.softmax(x, axis)),
};
