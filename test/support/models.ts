/** Small models and data for tests of training. */
import { layers, type Model, sequential, tensor, type Tensor, utils } from '../../lib/index.js';
import { randoms } from './gradcheck.js';

export interface Problem {
  make: () => Model;
  x: () => Tensor;
  y: () => Tensor;
  loss: 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy' | 'binaryCrossentropy' | 'meanSquaredError';
}

function images(count: number, shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, count);
  return tensor(Float32Array.from(randoms(size, seed, 0, 1)), [count, ...shape]);
}

function classes(count: number, many: number): Tensor {
  return tensor(
    Int32Array.from({ length: count }, (_, i) => (i * 7) % many),
    [count],
  );
}

const COUNT = 40;

/** One model of each kind that fit has to train. */
export const problems: Record<string, Problem> = {
  linear: {
    make: () => sequential([12]).add(layers.dense(4)).add(layers.activation('softmax')) as Model,
    x: () => images(COUNT, [12], 1),
    y: () => utils.toCategorical(classes(COUNT, 4), 4),
    loss: 'categoricalCrossentropy',
  },
  convolutional: {
    make: () =>
      sequential([8, 8, 1])
        .add(layers.conv2d(4, 3, { activation: 'relu' }))
        .add(layers.maxPooling2d())
        .add(layers.dropout(0.25))
        .add(layers.flatten())
        .add(layers.dropout(0.5))
        .add(layers.dense(3, { activation: 'softmax' })) as Model,
    x: () => images(COUNT, [8, 8, 1], 2),
    y: () => classes(COUNT, 3),
    loss: 'sparseCategoricalCrossentropy',
  },
  normalized: {
    make: () =>
      sequential([6, 6, 2])
        .add(layers.zeroPadding2d(1))
        .add(layers.conv2d(4, 3, { strides: 2, useBias: false, kernelRegularizer: 'l2' }))
        .add(layers.batchNormalization())
        .add(layers.activation('relu'))
        .add(layers.globalAveragePooling2d())
        .add(layers.dense(1, { activation: 'sigmoid' })) as Model,
    x: () => images(COUNT, [6, 6, 2], 3),
    y: () => classes(COUNT, 2),
    loss: 'binaryCrossentropy',
  },
  regression: {
    make: () =>
      sequential([5])
        .add(layers.dense(8, { activation: 'tanh' }))
        .add(layers.dense(2)) as Model,
    x: () => images(COUNT, [5], 4),
    y: () => images(COUNT, [2], 5),
    loss: 'meanSquaredError',
  },
};
