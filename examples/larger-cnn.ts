/**
 * A larger network on handwritten digits, with under one error in a hundred.
 *
 * Two convolutions, each followed by pooling, find patterns and patterns of patterns; three dense layers decide. All 60,000 images are used,
 * ten times over. The seed makes the run repeatable: the same seed gives the same weights, bit for bit.
 *
 *     npx tsx examples/larger-cnn.ts [--epochs 10] [--data FOLDER] [--device cpu] [--seed 7] [--out FOLDER]
 */
import { datasets, layers, ops, plot, sequential, utils } from 'node-cudnn';
import { options } from './support/options.js';

const { epochs, data, shorten, picture, result } = options({ epochs: 10 });

const { train, test } = shorten(await datasets.mnist(data));
const trainX = ops.expandDims(train.x, 1); // (60000, 1, 28, 28)
const trainY = utils.toCategorical(train.y, 10);
const testX = ops.expandDims(test.x, 1);
const testY = utils.toCategorical(test.y, 10);

const dataFormat = 'channelsFirst';
const model = sequential([1, 28, 28])
  .add(layers.rescaling(1 / 255))
  .add(layers.conv2d(30, 5, { activation: 'relu', dataFormat }))
  .add(layers.maxPooling2d({ poolSize: 2, dataFormat }))
  .add(layers.conv2d(15, 3, { activation: 'relu', dataFormat }))
  .add(layers.maxPooling2d({ poolSize: 2, dataFormat }))
  .add(layers.dropout(0.2))
  .add(layers.flatten())
  .add(layers.dense(128, { activation: 'relu' }))
  .add(layers.dense(50, { activation: 'relu' }))
  .add(layers.dense(10, { activation: 'softmax' }));

model.summary();
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const history = await model.fit(trainX, trainY, { batchSize: 100, epochs, validationData: [testX, testY] });
await picture('larger-cnn.png', (file) => plot.history(history, file));

const { accuracy } = await model.evaluate(testX, testY, { batchSize: 100, verbose: 0 });
result(`Large CNN Error: ${(100 * (1 - accuracy!)).toFixed(2)}%`, 1 - accuracy!);
