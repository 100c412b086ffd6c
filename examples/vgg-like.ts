/**
 * A deeper network in the manner of VGG, built layer by layer and fed by generators.
 *
 * Two convolutions of 3x3 with padding see as far as one of 5x5 and learn more with fewer weights; pooling then halves the image, and the next
 * two convolutions get twice as many filters. Two such blocks and two dense layers recognise 99 of 100 digits after three passes. A lambda
 * layer standardises the pixels, and the images come in batches from a generator, as they would if they did not fit in memory.
 *
 *     npx tsx examples/vgg-like.ts [--epochs 3] [--data FOLDER] [--device cpu] [--seed 7] [--out FOLDER]
 */
import {
  applications,
  datasets,
  type Layer,
  layers,
  ops,
  plot,
  preprocessing,
  sequential,
  type Sequential,
  type Tensor,
  utils,
} from 'node-cudnn';
import { options } from './support/options.js';

const { epochs, data, shorten, picture, result } = options({ epochs: 3 });

const { train, test } = shorten(await datasets.mnist(data));

// A first attempt, with the classes of errors that beginners meet: dense layers made for rows of 28 numbers are given whole images.
const first = sequential([28])
  .add(layers.dense(512, { activation: 'relu' }))
  .add(layers.dense(10, { activation: 'softmax' }));
first.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
try {
  await first.fit(train.x as never, utils.toCategorical(train.y, 10) as never, { verbose: 0 });
} catch (error) {
  console.log(`a first attempt: ${(error as Error).message}`);
}

// Mean and standard deviation of the training pixels. Many copies of this tutorial divide by the mean where they say deviation.
const pixels = ops.cast(train.x, 'float32');
const mean = (await ops.mean(pixels).data())[0]!;
const deviation = (await ops.std(pixels).data())[0]!;
console.log(`pixels: mean ${mean.toFixed(2)}, standard deviation ${deviation.toFixed(2)}`);
const trainX = ops.expandDims(train.x, 1); // channels first, as the tutorial has them: (60000, 1, 28, 28)
const testX = ops.expandDims(test.x, 1);

const dataFormat = 'channelsFirst';
const standardize = layers.lambda((x: Tensor) => ops.divide(ops.subtract(x, mean), deviation));
// A model that grows in a loop has no shape that the compiler could follow.
const model: Sequential = sequential([1, 28, 28]);
const parts = [
  standardize,
  layers.zeroPadding2d({ dataFormat }),
  layers.conv2d(32, 3, { activation: 'relu', dataFormat }),
  layers.zeroPadding2d({ dataFormat }),
  layers.conv2d(32, 3, { activation: 'relu', dataFormat }),
  layers.maxPooling2d({ dataFormat }),
  layers.zeroPadding2d({ dataFormat }),
  layers.conv2d(64, 3, { activation: 'relu', dataFormat }),
  layers.zeroPadding2d({ dataFormat }),
  layers.conv2d(64, 3, { activation: 'relu', dataFormat }),
  layers.maxPooling2d({ dataFormat }),
  layers.flatten(),
  layers.dense(512, { activation: 'relu' }),
  layers.dense(10, { activation: 'softmax' }),
];
for (const part of parts) {
  model.add(part as never);
  console.log(`${part.name}: (${model.outputShape.map((dim) => dim ?? 'None').join(', ')})`);
}
model.summary();
// The same layers as one list: a second model that shares their weights with the first.
const list = sequential([1, 28, 28], parts as Layer[]);
console.log(`as one list: ${list.layers.length} layers with ${list.countParams()} weights`);
await picture('vgg-like-model.png', (file) => utils.plotModel(model, file));

model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
const images = preprocessing.imageDataGenerator({ dataFormat });
const batches = images.flow(trainX, utils.toCategorical(train.y, 10), { batchSize: 32 });
const testBatches = images.flow(testX, utils.toCategorical(test.y, 10), { batchSize: 32, shuffle: false });
const history = await model.fit(batches, { epochs, validationData: testBatches });
await picture('vgg-like.png', (file) => plot.history(history, file));

const { loss, accuracy } = await model.evaluate(testBatches, { verbose: 0 });

// The network that this one takes its pattern from.
const vgg16 = applications.vgg16();
vgg16.summary();
vgg16.dispose();

result(`test loss ${loss.toFixed(4)}, test accuracy ${(100 * accuracy!).toFixed(2)} %`, accuracy!);
