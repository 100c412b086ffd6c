/**
 * A first convolutional network on handwritten digits, and a look inside it.
 *
 * A convolution slides small filters (here 32 of 3x3 weights) over the image; each answers where its pattern is. Pooling keeps the strongest
 * answer of every 2x2 square, dropout switches off a random part of the answers while the model trains, so that it does not rely on any one of
 * them, and a dense layer weighs what is left into ten probabilities. Adam is a descent that chooses its step for every weight. Six passes over
 * 20,000 images bring it to about 96.5 % on images it never saw.
 *
 *     npx tsx examples/first-cnn.ts [--epochs 6] [--data FOLDER] [--device cpu] [--seed 7] [--out FOLDER] [--channels-first]
 */
import { datasets, layers, loadModel, ops, plot, sequential, tensor, utils } from 'node-cudnn';
import { options } from './support/options.js';

const { epochs, data, shorten, flags, file, picture, result } = options({ epochs: 6, flags: ['channels-first'] });

const { train, test } = shorten(await datasets.mnist(data));

// What a convolution does, before any learning: random filters, and one that answers at edges.
const five = ops.divide(ops.cast(ops.reshape(ops.slice(train.x, [0, 0, 0], [1, 28, 28]), [28, 28]), 'float32'), 255);
const edges = tensor([
  [0, 1, 0],
  [1, -4, 1],
  [0, 1, 0],
]);
const filters = [...Array.from({ length: 7 }, () => ops.random.uniform([3, 3], { minval: -1, maxval: 1 })), edges];
const filtered = ops.stack([five, ...filters.map((filter) => ops.convolve2d(five, filter, { mode: 'same', boundary: 'symm' }))]);
await picture('first-cnn-convolutions.png', (file) =>
  plot.images(filtered, file, { labels: ['the image', ...filters.map((_, i) => (i === 7 ? 'edges' : `random ${i + 1}`))], columns: 9 }),
);

// The first 20,000 images are enough, with an axis for the one grey channel; labels as rows with a one at the digit's place.
const count = Math.min(20000, train.x.shape[0]);
const axis = flags['channels-first'] ? 1 : -1;
const dataFormat = flags['channels-first'] ? 'channelsFirst' : 'channelsLast';
const trainX = ops.expandDims(ops.slice(train.x, [0, 0, 0], [count, 28, 28]), axis);
const trainY = utils.toCategorical(ops.slice(train.y, [0], [count]), 10);
const testX = ops.expandDims(test.x, axis);
const testY = utils.toCategorical(test.y, 10);
const inputShape: [number, number, number] = flags['channels-first'] ? [1, 28, 28] : [28, 28, 1];

const model = sequential(inputShape)
  .add(layers.rescaling(1 / 255))
  .add(layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', dataFormat, name: 'conv' }))
  .add(layers.maxPooling2d({ poolSize: 2, dataFormat }))
  .add(layers.dropout(0.25))
  .add(layers.flatten())
  .add(layers.dropout(0.5))
  .add(layers.dense({ units: 10, activation: 'softmax' }));

model.summary();
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const history = await model.fit(trainX, trainY, { batchSize: 128, epochs, validationData: [testX, testY] });
await picture('first-cnn.png', (file) => plot.history(history, file));

const { loss, accuracy } = await model.evaluate(testX, testY, { batchSize: 128, verbose: 0 });

// Saved as one file that Python's Keras opens as well, and loaded again: the same model with the same figures.
await model.save(file('first-cnn.keras'));
const loaded = await loadModel(file('first-cnn.keras'));
const again = await loaded.evaluate(testX, testY, { batchSize: 128, verbose: 0 });
console.log(`loaded from first-cnn.keras: loss ${again.loss.toFixed(4)}, accuracy ${again['accuracy']!.toFixed(4)}`);

// A digit beside the bars of its probabilities, and one that the model gets wrong.
const probabilities = await model.predict(testX, { batchSize: 1000, verbose: 0 });
const predicted = await ops.argmax(probabilities, -1).data();
const labels = await test.y.data();
const image = (index: number) => ops.reshape(ops.slice(test.x, [index, 0, 0], [1, 28, 28]), [28, 28]);
const probabilitiesOf = (index: number) => ops.slice(probabilities, [index, 0], [1, 10]);
await picture('first-cnn-digit.png', (file) => plot.prediction(image(0), probabilitiesOf(0), file, { title: `predicted ${predicted[0]}` }));

const wrong = Array.from(labels.keys()).filter((index) => predicted[index] !== labels[index]);
console.log(`${wrong.length} of ${labels.length} are wrong; the first: predicted`);
console.log(
  `  ${wrong
    .slice(0, 20)
    .map((index) => predicted[index])
    .join(' ')}  for`,
);
console.log(
  `  ${wrong
    .slice(0, 20)
    .map((index) => labels[index])
    .join(' ')}`,
);
await picture('first-cnn-wrong.png', (file) =>
  plot.prediction(image(wrong[0]!), probabilitiesOf(wrong[0]!), file, {
    title: `predicted ${predicted[wrong[0]!]}, is ${labels[wrong[0]!]}`,
  }),
);
await picture('first-cnn-confusion.png', (file) => plot.confusionMatrix(labels, predicted, file, { title: 'digits taken for digits' }));

// How sure the model is, where it is wrong and everywhere.
const highest = await ops.max(probabilities, { axis: -1 }).data();
const ofWrong = wrong.map((index) => highest[index]!);
await picture('first-cnn-confidence.png', (file) =>
  plot.histogram({ 'all digits': highest, 'wrong digits': ofWrong }, file, {
    title: 'How sure the model is',
    xTitle: 'highest probability',
  }),
);

// The filters that it learned, and what they answer to one digit: a model of the first layers alone, with the weights of the trained one.
const conv = model.getLayer('conv');
const weights = await conv.getWeights();
console.log(`the kernel of the first layer: (${weights[0]!.shape.join(', ')})`);
await picture('first-cnn-filters.png', (file) => plot.filters(conv, file, { columns: 8, title: 'the 32 filters' }));

const probe = sequential(inputShape)
  .add(layers.rescaling(1 / 255))
  .add(layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', dataFormat, name: 'probe' }));
probe.getLayer('probe').setWeights(weights);
const answers = await probe.predict(ops.slice(testX, [0, 0, 0, 0], [1, ...inputShape]), { verbose: 0 });
console.log(`its answer to one digit: (${answers.shape.join(', ')})`);
await picture('first-cnn-activations.png', (file) =>
  plot.activations(flags['channels-first'] ? ops.moveaxis(answers, 1, -1) : answers, file, { columns: 8, title: 'what they answer' }),
);

result(`test loss ${loss.toFixed(4)}, test accuracy ${(100 * accuracy!).toFixed(2)} %`, accuracy!);
