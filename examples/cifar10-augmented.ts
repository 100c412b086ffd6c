/**
 * Colour photographs of ten kinds of things, with more images than there are.
 *
 * 50,000 small photographs are few for a network with over a million weights: it would learn them by heart. So every image is changed a little
 * each time it is shown, shifted by up to a tenth of its size and mirrored or not; the network never sees the same image twice, and learns what
 * does not change. Other threads make the next batch while the device trains on this one. After 25 passes it is right about 72 times in a
 * hundred, after 50 about 76 times.
 *
 *     npx tsx examples/cifar10-augmented.ts [--epochs 25] [--data FOLDER] [--device cpu] [--seed 7] [--out FOLDER] [--plain]
 *
 * --plain trains on the images as they are.
 */
import {
  callbacks,
  datasets,
  layers,
  loadModel,
  ops,
  optimizers,
  plot,
  preprocessing,
  schedules,
  sequential,
  tensor,
  utils,
} from 'node-cudnn';
import { options } from './support/options.js';

const { epochs, data, shorten, flags, file, picture, result } = options({ epochs: 25, flags: ['plain'] });
const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

const { train, test } = shorten(await datasets.cifar10(data));
console.log(`${train.x.shape[0]} images to learn from, ${test.x.shape[0]} to be tested on`);
const labelsOf = (labels: ArrayLike<number>) => Array.from(labels, (label) => names[label]!);
const firstLabels = labelsOf((await train.y.data()).slice(0, 24));
await picture('cifar10-images.png', (to) => plot.images(ops.slice(train.x, [0, 0, 0, 0], [24, 32, 32, 3]), to, { labels: firstLabels }));

const trainY = utils.toCategorical(train.y, 10);
const testX = ops.divide(ops.cast(test.x, 'float32'), 255);
const testY = utils.toCategorical(test.y, 10);

const model = sequential([32, 32, 3])
  .add(layers.conv2d(32, 3, { padding: 'same', activation: 'relu' }))
  .add(layers.conv2d(32, 3, { activation: 'relu' }))
  .add(layers.maxPooling2d(2))
  .add(layers.dropout(0.25))
  .add(layers.conv2d(64, 3, { padding: 'same', activation: 'relu' }))
  .add(layers.conv2d(64, 3, { activation: 'relu' }))
  .add(layers.maxPooling2d(2))
  .add(layers.dropout(0.25))
  .add(layers.flatten())
  .add(layers.dense(512, { activation: 'relu' }))
  .add(layers.dropout(0.5))
  .add(layers.dense(10, { activation: 'softmax' }));
model.summary();
// The decay of 1e-6 of the old optimizers, as a schedule: the rate divided by one and a millionth of the steps taken.
const learningRate = schedules.inverseTimeDecay({ initialLearningRate: 1e-4, decaySteps: 1, decayRate: 1e-6 });
model.compile({ optimizer: optimizers.rmsprop({ learningRate }), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

// The whole list of what can be done to an image; only shifts and mirroring are switched on.
const images = preprocessing.imageDataGenerator({
  featurewiseCenter: false,
  samplewiseCenter: false,
  featurewiseStdNormalization: false,
  samplewiseStdNormalization: false,
  zcaWhitening: false,
  zcaEpsilon: 1e-6,
  rotationRange: 0,
  widthShiftRange: flags['plain'] ? 0 : 0.1,
  heightShiftRange: flags['plain'] ? 0 : 0.1,
  shearRange: 0,
  zoomRange: 0,
  channelShiftRange: 0,
  fillMode: 'nearest',
  cval: 0,
  horizontalFlip: !flags['plain'],
  verticalFlip: false,
  rescale: 1 / 255,
});
await images.fit(ops.slice(train.x, [0, 0, 0, 0], [Math.min(1000, train.x.shape[0]), 32, 32, 3]));
await picture('cifar10-augmented.png', async (to) => {
  const eight = ops.slice(train.x, [0, 0, 0, 0], [8, 32, 32, 3]);
  const flow = images.flow(eight, undefined, { batchSize: 8, shuffle: false });
  const looks = [];
  for (let i = 0; i < 3; i++) {
    const [batch] = (await flow.next()) as [{ data: Float32Array; shape: number[] }];
    looks.push(tensor(batch.data, batch.shape));
  }
  await plot.images(ops.concatenate(looks, 0), to, { columns: 8, title: 'each image three times' });
});

const history = await model.fit(images.flow(train.x, trainY, { batchSize: 32, workers: 4 }), {
  epochs,
  validationData: [testX, testY],
  callbacks: [callbacks.csvLogger(file('cifar10.csv'))],
});
await picture('cifar10-history.png', (to) => plot.history(history, to));

const { loss, accuracy } = await model.evaluate(testX, testY, { batchSize: 200, verbose: 0 });

// Saved as one file, in the old form and in the new one, with layers, weights and optimizer; loaded and tested again: the same figures.
for (const name of ['cifar10.h5', 'cifar10.keras']) {
  await model.save(file(name));
  const loaded = await loadModel(file(name));
  const again = await loaded.evaluate(testX, testY, { batchSize: 200, verbose: 0 });
  console.log(`loaded from ${name}: loss ${again.loss.toFixed(4)}, accuracy ${again['accuracy']!.toFixed(4)}`);
}

const predicted = ops.argmax(await model.predict(testX, { batchSize: 200, verbose: 0 }), -1);
await picture('cifar10-confusion.png', (to) => plot.confusionMatrix(test.y, predicted, to, { classes: names }));

const accuracies = (history.history['val_accuracy'] ?? []).slice(-3);
const mean = accuracies.reduce((sum, value) => sum + value, 0) / Math.max(1, accuracies.length);
result(
  `test loss ${loss.toFixed(4)}, test accuracy ${(100 * accuracy!).toFixed(2)} %, mean of the last ${accuracies.length} epochs ${(100 * mean).toFixed(2)} %`,
  mean,
);
