/** The models of files/make.py, and what they were given. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { input, type Layer, layers, type Model, model, optimizers, sequential, type Tensor, tensor } from '../../lib/index.js';
import type { SymbolicTensor } from '../../lib/layers/symbolic.js';

export const folder = path.join(__dirname, 'files');

interface Expected {
  readonly predictions: readonly (readonly number[])[];
  /** Of the steps that followed. */
  readonly losses: readonly number[];
}
export const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>;

/** The numbers that all inputs and targets are made of. */
export function ramp(shape: readonly number[], factor = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.fround(Math.sin(i * 0.7)) * factor),
    shape,
  );
}

export interface Kept {
  readonly make: () => Model;
  readonly x: () => Tensor | Tensor[];
  readonly y: () => Tensor;
}

/** One call of a layer, whatever its types say. */
function on(layer: Layer, ...inputs: readonly SymbolicTensor[]): SymbolicTensor {
  const given: unknown = inputs.length === 1 ? inputs[0] : inputs;
  return layer.apply(given as SymbolicTensor);
}

function nested(): Model {
  const shared = layers.dense(3, { activation: 'relu' });
  const inner = sequential([3], [layers.dense(4), layers.dense(3)]);
  const [x, y] = [input([3]), input([3])];
  const both = on(layers.concatenate(), on(inner, on(shared, x)), on(shared, y));
  return model([x, y], on(layers.dense(2), both));
}

function attention(): Model {
  const x = input([4, 6]);
  const one = on(layers.multiHeadAttention({ numHeads: 2, keyDim: 3 }), x, x);
  const two = on(layers.groupQueryAttention({ headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2 }), one, x);
  const normed = on(layers.spectralNormalization({ layer: layers.dense(3) }), on(layers.flatten(), two));
  return model(x, on(layers.dense(2), normed));
}

export const models: Readonly<Record<string, Kept>> = {
  cnn: {
    make() {
      const made = sequential(
        [6, 6, 2],
        [
          layers.conv2d(3, 3, { activation: 'relu' }),
          layers.batchNormalization(),
          layers.separableConv2d(2, 2),
          layers.flatten(),
          layers.dropout(0),
          layers.dense(4, { activation: 'tanh' }),
          layers.dense(2, { activation: 'softmax' }),
        ],
      ) as Model;
      return made.compile({ optimizer: optimizers.adam({ learningRate: 0.5, amsgrad: true }), loss: 'mse' });
    },
    x: () => ramp([5, 6, 6, 2]),
    y: () => ramp([5, 2]),
  },
  sequence: {
    make() {
      const made = sequential([4, 3], [
        layers.bidirectional({ layer: layers.lstm(2, { returnSequences: true }) }),
        layers.timeDistributed({ layer: layers.dense(3) }),
        layers.rnn({ cell: [layers.gruCell(2), layers.lstmCell(3)], returnSequences: true }),
        layers.gru(2),
        layers.dense(1),
      ] as never) as Model;
      return made.compile({ optimizer: optimizers.rmsprop({ learningRate: 0.5, momentum: 0.5, centered: true }), loss: 'mse' });
    },
    x: () => ramp([5, 4, 3]),
    y: () => ramp([5, 1]),
  },
  attention: {
    make: () => attention().compile({ optimizer: optimizers.sgd({ learningRate: 0.5, momentum: 0.9, useEma: true }), loss: 'mse' }),
    x: () => ramp([5, 4, 6]),
    y: () => ramp([5, 2]),
  },
  nested: {
    make: () => nested().compile({ optimizer: optimizers.nadam({ learningRate: 0.5 }), loss: 'mse' }),
    x: () => [ramp([5, 3]), ramp([5, 3], 2)],
    y: () => ramp([5, 2]),
  },
};
