/** The models of the five tutorials, as narrow as those of python/models.py, which Keras has trained. */
import { layers, type Model, ops, optimizers, schedules, sequential, type Tensor } from '../../lib/index.js';

export const standardize = (x: Tensor): Tensor => ops.divide(ops.subtract(x, 0.25), 0.5);

const dataFormat = 'channelsFirst';
const loss = 'categoricalCrossentropy';
const metrics = ['accuracy'] as const;

function vggLike(): Model {
  const block = (filters: number) => [
    ...[0, 1].flatMap(() => [layers.zeroPadding2d({ dataFormat }), layers.conv2d(filters, 3, { activation: 'relu', dataFormat })]),
    layers.maxPooling2d({ dataFormat }),
  ];
  const dense = [layers.flatten(), layers.dense(12, { activation: 'relu' }), layers.dense(10, { activation: 'softmax' })];
  return sequential([1, 12, 12], [layers.lambda(standardize), ...block(3), ...block(4), ...dense] as never) as Model;
}

function cifar10(): Model {
  const block = (filters: number) => [
    layers.conv2d(filters, 3, { padding: 'same', activation: 'relu' }),
    layers.conv2d(filters, 3, { activation: 'relu' }),
    layers.maxPooling2d(2),
    layers.dropout(0),
  ];
  const dense = [
    layers.flatten(),
    layers.dense(16, { activation: 'relu' }),
    layers.dropout(0),
    layers.dense(10, { activation: 'softmax' }),
  ];
  return sequential([12, 12, 3], [...block(4), ...block(5), ...dense] as never) as Model;
}

export const tutorials: Readonly<Record<string, () => Model>> = {
  'linear-softmax': () =>
    (
      sequential(
        [14, 14],
        [layers.flatten(), layers.rescaling(1 / 255), layers.dense({ units: 10 }), layers.activation('softmax')],
      ) as Model
    ).compile({ optimizer: 'sgd', loss, metrics }),
  'first-cnn': () =>
    (
      sequential(
        [14, 14, 1],
        [
          layers.rescaling(1 / 255),
          layers.conv2d(4, 3, { activation: 'relu', name: 'conv' }),
          layers.maxPooling2d(2),
          layers.dropout(0),
          layers.flatten(),
          layers.dropout(0),
          layers.dense(10, { activation: 'softmax' }),
        ],
      ) as Model
    ).compile({ optimizer: 'adam', loss, metrics }),
  'vgg-like': () => vggLike().compile({ optimizer: 'sgd', loss, metrics }),
  'larger-cnn': () =>
    (
      sequential(
        [1, 16, 16],
        [
          layers.rescaling(1 / 255),
          layers.conv2d(4, 5, { activation: 'relu', dataFormat }),
          layers.maxPooling2d({ poolSize: 2, dataFormat }),
          layers.conv2d(3, 3, { activation: 'relu', dataFormat }),
          layers.maxPooling2d({ poolSize: 2, dataFormat }),
          layers.dropout(0),
          layers.flatten(),
          layers.dense(16, { activation: 'relu' }),
          layers.dense(12, { activation: 'relu' }),
          layers.dense(10, { activation: 'softmax' }),
        ],
      ) as Model
    ).compile({ optimizer: 'adam', loss, metrics }),
  'cifar10-augmented': () => {
    const learningRate = schedules.inverseTimeDecay({ initialLearningRate: 1e-3, decaySteps: 1, decayRate: 1e-6 });
    return cifar10().compile({ optimizer: optimizers.rmsprop({ learningRate }), loss, metrics });
  },
};
