/** Operators that are layers of ours: those are what a model that came in is made of, wherever they say the same. */
import * as layers from '../../../layers/index.js';
import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { WeightLike } from '../../../layers/weight.js';
import type { DType } from '../../../tensor/dtype.js';
import { typedArray } from '../../../tensor/dtype.js';
import type { Host } from './constant.js';
import type { OperatorCall } from './layer.js';

interface Found {
  readonly layer: Layer;
  readonly weights: readonly WeightLike[];
}

interface Context {
  readonly node: OperatorCall;
  readonly inputs: readonly SymbolicTensor[];
  readonly name: string;
  /** The constant at an operand, where it is one. */
  readonly constant: (i: number) => Host | undefined;
  readonly number: (name: string, otherwise: number) => number;
  readonly ints: (name: string) => readonly number[] | undefined;
}

type Maker = (context: Context) => Found | undefined;

const none: readonly WeightLike[] = [];

function value({ data, dtype }: Host, shape: readonly number[]): WeightLike {
  return { name: '', shape, dtype, data: typedArray(dtype, data) };
}

/** The numbers with their axes in another order. */
function permuted({ data, shape, dtype }: Host, order: readonly number[]): WeightLike {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const to = order.map((axis) => shape[axis]!);
  const out = typedArray(dtype, data.length);
  const at = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const stride = strides[order[axis]!]!;
      from += stride;
      if (++at[axis]! < to[axis]!) break;
      from -= stride * to[axis]!;
      at[axis] = 0;
    }
  }
  return { name: '', shape: to, dtype, data: out };
}

const activation =
  (name: string): Maker =>
  ({ name: own }) => ({ layer: layers.activation(name as 'relu', { name: own }), weights: none });

const isFloat32 = (dtype: DType): boolean => dtype === 'float32';

const dense: Maker = ({ node, inputs, constant, number, name }) => {
  const [kernel, bias] = [constant(1), constant(2)];
  const plain = number('alpha', 1) === 1 && number('beta', 1) === 1 && number('transA', 0) === 0;
  if (!kernel || !plain || kernel.shape.length !== 2 || inputs[0]!.rank !== 2 || (node.inputs[2] && bias?.shape.length !== 1))
    return undefined;
  const turned = number('transB', 0) !== 0;
  const units = kernel.shape[turned ? 0 : 1]!;
  if (bias && bias.shape[0] !== units) return undefined;
  const layer = layers.dense(units, { name, useBias: bias !== undefined });
  return { layer, weights: [permuted(kernel, turned ? [1, 0] : [0, 1]), ...(bias ? [value(bias, bias.shape)] : [])] };
};

/** A product with a matrix: a dense layer without bias. */
const product: Maker = ({ inputs, constant, name, node }) => {
  const kernel = constant(1);
  if (!kernel || kernel.shape.length !== 2 || inputs.length !== 1 || node.inputs[0] === node.inputs[1] || inputs[0]!.rank < 2)
    return undefined;
  return { layer: layers.dense(kernel.shape[1]!, { name, useBias: false }), weights: [value(kernel, kernel.shape)] };
};

const sidesMakers = [layers.conv1d, layers.conv2d, layers.conv3d] as unknown as readonly ((...args: unknown[]) => Layer)[];

/** Convolutions without padding, or with such as 'same' gives; others have their padding in the operator's layer. */
const conv: Maker = ({ node, inputs, constant, number, ints, name }) => {
  const [filters, bias] = [constant(1), constant(2)];
  if (!filters || (node.inputs[2] && !bias)) return undefined;
  const size = filters.shape.slice(2);
  const [strides, dilations] = [ints('strides') ?? size.map(() => 1), ints('dilations') ?? size.map(() => 1)];
  const pads = ints('pads') ?? size.flatMap(() => [0, 0]);
  const auto = node.attributes['auto_pad'] ?? 'NOTSET';
  const sides = inputs[0]!.shape.slice(2);
  const none0 = pads.every((one) => one === 0);
  const same = sides.every((side, i) => {
    if (side === null && strides[i] !== 1) return false;
    const stride = strides[i]!;
    const extent = (size[i]! - 1) * dilations[i]! + 1;
    const total = stride === 1 ? extent - 1 : Math.max(0, (Math.ceil(side! / stride) - 1) * stride + extent - side!);
    return pads[i] === Math.floor(total / 2) && pads[i + size.length] === total - Math.floor(total / 2);
  });
  const padding =
    auto === 'SAME_UPPER' ? 'same' : auto === 'VALID' ? 'valid' : auto === 'NOTSET' ? (none0 ? 'valid' : same ? 'same' : '') : '';
  const make = sidesMakers[size.length - 1];
  if (!padding || !make || (Math.max(...strides) > 1 && Math.max(...dilations) > 1)) return undefined;
  const layer = make(filters.shape[0]!, size, {
    ...{ name, strides, padding, useBias: bias !== undefined, dataFormat: 'channelsFirst' },
    ...{ dilationRate: dilations, groups: number('group', 1) },
  });
  const order = [...size.map((_, i) => i + 2), 1, 0];
  return { layer, weights: [permuted(filters, order), ...(bias ? [value(bias, bias.shape)] : [])] };
};

const batchNormalization: Maker = ({ node, constant, number, name }) => {
  const all = [1, 2, 3, 4].map(constant);
  if (all.includes(undefined) || node.outputs.filter((one) => one !== '').length > 1 || number('training_mode', 0)) return undefined;
  const options = { name, axis: 1, epsilon: number('epsilon', 1e-5), momentum: number('momentum', 0.9) };
  return { layer: layers.batchNormalization(options), weights: all.map((one) => value(one!, one!.shape)) };
};

const transpose: Maker = ({ inputs, ints, name }) => {
  const perm = ints('perm');
  if (!perm || perm[0] !== 0 || inputs[0]!.rank < 2) return undefined;
  return { layer: layers.permute(perm.slice(1), { name }), weights: none };
};

/** The sum of two results, whose shapes are known to be the same. */
const add: Maker = ({ inputs, name }) => {
  const [a, b] = inputs;
  const alike = b && a!.rank === b.rank && a!.dtype === b.dtype && a!.shape.every((dim, i) => dim === b.shape[i]);
  return alike ? { layer: layers.add({ name }), weights: none } : undefined;
};

const makers: Readonly<Record<string, Maker>> = {
  Add: add,
  BatchNormalization: batchNormalization,
  Conv: conv,
  Gemm: dense,
  MatMul: product,
  Relu: activation('relu'),
  Sigmoid: activation('sigmoid'),
  Softplus: activation('softplus'),
  Tanh: activation('tanh'),
  Transpose: transpose,
};

/** The layer that an operator is, with its weights; undefined where there is none that says the same. */
export function layerFor(
  node: OperatorCall,
  inputs: readonly SymbolicTensor[],
  constants: (name: string) => Host | undefined,
  name: string,
): Found | undefined {
  const maker = Object.hasOwn(makers, node.opType) ? makers[node.opType]! : undefined;
  if (!maker || !inputs.every((input) => isFloat32(input.dtype)) || inputs[0]!.rank < 2) return undefined;
  return maker({
    node,
    inputs,
    name,
    constant: (i) => constants(node.inputs[i] ?? ''),
    number: (key, otherwise) => (typeof node.attributes[key] === 'number' ? node.attributes[key] : otherwise),
    ints: (key) => (Array.isArray(node.attributes[key]) ? (node.attributes[key] as readonly number[]) : undefined),
  });
}
