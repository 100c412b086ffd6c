/**
 * A first model: softmax regression on handwritten digits.
 *
 * The image of a digit is 784 numbers. The model multiplies them by a table of weights, adds ten numbers, and turns the ten sums into
 * probabilities that add up to one (softmax): one for each digit. Training looks at 32 images at a time and moves every weight a little in the
 * direction that makes the right answer more probable (stochastic gradient descent). After twenty passes over 60,000 images the model is right
 * about 92 times in a hundred.
 *
 *     npx tsx examples/linear-softmax.ts [--epochs 20] [--data FOLDER] [--device cpu] [--seed 7] [--out FOLDER] [--raw]
 *
 * --raw leaves the pixels at 0 to 255, as old tutorials do: the loss becomes huge, and the accuracy swings between 84 and 90 %.
 */
import { datasets, layers, ops, plot, sequential, utils } from 'node-cudnn';
import { options } from './support/options.js';

const { epochs, data, seed, out, flags } = options({ epochs: 20, flags: ['raw'] });
utils.setRandomSeed(seed);

const { train, test } = await datasets.mnist(data);
const scale = flags.raw ? 1 : 1 / 255;

const model = sequential([28, 28])
  .add(layers.flatten())
  .add(layers.rescaling(scale))
  .add(layers.dense({ units: 10 }))
  .add(layers.activation('softmax'));

model.summary();
model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const history = await model.fit(train.x, utils.toCategorical(train.y, 10), { batchSize: 32, epochs });
await plot.history(history, `${out}/linear-softmax.png`);

const { loss, accuracy } = await model.evaluate(test.x, utils.toCategorical(test.y, 10), { batchSize: 128, verbose: 0 });
console.log(`test loss ${loss.toFixed(4)}, test accuracy ${(100 * accuracy!).toFixed(2)} %`);

// What the model thinks of one digit: the first of the test set.
const digit = ops.slice(test.x, [0, 0, 0], [1, 28, 28]);
const probabilities = await (await model.predict(digit)).data();
const label = test.y.dataSync()[0];
console.log(`a ${label}: ${Array.from(probabilities, (p, i) => `${i}: ${(100 * p).toFixed(1)} %`).join(', ')}`);
