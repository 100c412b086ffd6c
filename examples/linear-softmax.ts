/**
 * A first model: softmax regression on handwritten digits.
 *
 * The image of a digit is 784 numbers. The model multiplies them by a table of weights, adds ten numbers, and turns the ten sums into
 * probabilities that add up to one (softmax): one for each digit. Training looks at 32 images at a time and moves every weight a little in the
 * direction that makes the right answer more probable (stochastic gradient descent). After twenty passes over 60,000 images the model is right
 * about 92 times in a hundred.
 *
 *     npx tsx examples/linear-softmax.ts [--epochs 20] [--data FOLDER] [--device cpu] [--seed 7] [--out FOLDER] [--raw] [--image FILE]
 *
 * --image reads a digit of your own from an image file, written dark on light paper or light on dark.
 * --raw leaves the pixels at 0 to 255, as old tutorials do: the loss becomes huge, and the accuracy swings between 84 and 90 %.
 */
import { datasets, layers, ops, plot, sequential, tensor, utils } from 'node-cudnn';
import { options } from './support/options.js';

const { epochs, data, shorten, flags, texts, picture, result } = options({ epochs: 20, flags: ['raw'], texts: ['image'] });

const { train, test } = shorten(await datasets.mnist(data));
await picture('linear-softmax-digits.png', (file) =>
  plot.images(ops.slice(train.x, [0, 0, 0], [32, 28, 28]), file, { labels: Array.from(train.y.dataSync().slice(0, 32), String) }),
);

const model = sequential([28, 28])
  .add(layers.flatten())
  .add(layers.rescaling(flags['raw'] ? 1 : 1 / 255))
  .add(layers.dense({ units: 10 }))
  .add(layers.activation('softmax'));

model.summary();
model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const history = await model.fit(train.x, utils.toCategorical(train.y, 10), { batchSize: 32, epochs });
await picture('linear-softmax.png', (file) => plot.history(history, file));

const { loss, accuracy } = await model.evaluate(test.x, utils.toCategorical(test.y, 10), { batchSize: 128, verbose: 0 });

// What the model thinks of one digit: the first of the test set, or yours.
async function digitOf(file: string) {
  const image = await utils.loadImg(file, { colorMode: 'grayscale', targetSize: [28, 28], interpolation: 'bilinear' });
  const pixels = Array.from(image.data);
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  // MNIST is white on black: ink on paper is turned around.
  return tensor(
    Uint8Array.from(pixels, (value) => (mean > 127 ? 255 - value : value)),
    [1, 28, 28],
  );
}
const own = texts['image'];
const digit = own === undefined ? ops.slice(test.x, [0, 0, 0], [1, 28, 28]) : await digitOf(own);
const probabilities = await model.predict(digit, { verbose: 0 });
const name = own === undefined ? `a ${test.y.dataSync()[0]}` : own;
const words = Array.from(await probabilities.data(), (p, i) => `${i}: ${(100 * p).toFixed(1)} %`);
console.log(`${name}: ${words.join(', ')}`);
await picture('linear-softmax-digit.png', (file) =>
  plot.prediction(ops.reshape(digit, [28, 28]), probabilities, file, { title: `${name}, and what the model thinks of it` }),
);
// The ten columns of weights are images themselves: what speaks for each digit, and what against it.
const [kernel] = await model.layers[2]!.getWeights();
await picture('linear-softmax-weights.png', (file) =>
  plot.filters({ data: kernel!.data, shape: [28, 28, 1, 10] }, file, { labels: Array.from('0123456789'), columns: 5 }),
);

result(`test loss ${loss.toFixed(4)}, test accuracy ${(100 * accuracy!).toFixed(2)} %`, accuracy!);
