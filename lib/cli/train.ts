/** `node-cudnn train`: data, model, training, test, picture. */
import path from 'node:path';
import * as datasets from '../datasets/index.js';
import { device, memory, setDevice, type DeviceName } from '../device.js';
import * as layers from '../layers/index.js';
import { sequential } from '../models/sequential.js';
import type { Model } from '../models/model.js';
import * as ops from '../ops/index.js';
import * as optimizers from '../optimizers/index.js';
import { historySpec } from '../plot/history.js';
import { imagesSpec } from '../plot/images.js';
import { writePicture } from '../plot/render.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { setRandomSeed } from '../random/state.js';
import { toCategorical } from '../utils/to-categorical.js';
import { kindOf } from './files.js';
import { transfers } from './transfers.js';
import { choiceOption, helpText, numberOption, parse, UsageError, wholeOption } from './usage.js';

const CLASSES = 10;
/** Misclassified images in the picture. */
const SHOWN = 24;

const sets = {
  digits: { load: () => datasets.digits(), brightest: 16, epochs: 40, classNames: undefined },
  mnist: { load: () => datasets.mnist(), brightest: 255, epochs: 6, classNames: undefined },
  'fashion-mnist': { load: () => datasets.fashionMnist(), brightest: 255, epochs: 6, classNames: datasets.fashionMnistClasses },
} as const;

const kinds = ['cnn', 'linear'] as const;

const specs = {
  dataset: { value: 'NAME', help: `${Object.keys(sets).join(', ')} (default: digits, which needs no download)` },
  model: { value: 'KIND', help: 'cnn, a small convolutional network (default), or linear, a softmax regression' },
  epochs: { value: 'N', help: 'passes over the training data (default: 40 for digits, 6 for the others)' },
  'batch-size': { value: 'N', help: 'images a step (default: 32 for digits, 128 for the others)' },
  'learning-rate': { value: 'RATE', help: 'of the optimizer, Adam (default: 0.001)' },
  seed: { value: 'N', help: 'makes the run repeatable (default: 7)' },
  device: { value: 'NAME', help: 'auto (default), cpu, cuda or cuda:N' },
  save: { value: 'FILE', help: 'where the model goes (.keras, .onnx, a folder for TensorFlow.js), or its weights (.safetensors)' },
  plot: { value: 'FILE', help: 'where the picture goes; .png and .svg are written (default: node-cudnn-DATASET.png)' },
  json: { value: '', help: 'prints one line of JSON at the end, and nothing else' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn train [options]

Trains a model on a data set, tests it, and draws the learning curves and the images it took for something else.`;

type Sets = typeof sets;

function buildModel(kind: (typeof kinds)[number], side: number, brightest: number): Model {
  const model = sequential([side, side, 1]).add(layers.rescaling(1 / brightest));
  if (kind === 'linear') return model.add(layers.flatten()).add(layers.dense(CLASSES, { activation: 'softmax' }));
  return model
    .add(layers.conv2d(32, 3, { activation: 'relu', padding: 'same' }))
    .add(layers.conv2d(32, 3, { activation: 'relu', padding: 'same' }))
    .add(layers.maxPooling2d())
    .add(layers.dropout(0.25))
    .add(layers.flatten())
    .add(layers.dense(128, { activation: 'relu' }))
    .add(layers.dropout(0.5))
    .add(layers.dense(CLASSES, { activation: 'softmax' }));
}

export async function run(args: string[]): Promise<number> {
  const given = parse(args, specs);
  if (given['help']) {
    process.stdout.write(helpText(HEAD, specs));
    return 0;
  }
  const name = choiceOption('dataset', given['dataset'], Object.keys(sets) as (keyof Sets)[], 'digits');
  const kind = choiceOption('model', given['model'], kinds, 'cnn');
  const set = sets[name];
  const epochs = wholeOption('epochs', given['epochs'], set.epochs, 1);
  const batchSize = wholeOption('batch-size', given['batch-size'], name === 'digits' ? 32 : 128, 1);
  const learningRate = numberOption('learning-rate', given['learning-rate']) ?? 0.001;
  const seed = wholeOption('seed', given['seed'], 7, 0);
  const picture = pictureFiles(given['plot'] === undefined ? `node-cudnn-${name}.png` : String(given['plot']));
  const save = given['save'] === undefined ? undefined : String(given['save']);
  const kept = save === undefined ? undefined : await kindOf(save);
  const quiet = given['json'] === true;
  const say = (text: string): void => void (quiet || process.stdout.write(`${text}\n`));

  if (given['device'] !== undefined) chooseDevice(String(given['device']));
  setRandomSeed(seed);
  const used = device();
  say(`device ${used.name}: ${used.description} (${used.why})`);

  const { train, test } = await set.load();
  const [x, testX] = [ops.expandDims(train.x as Tensor, -1), ops.expandDims(test.x as Tensor, -1)];
  const [y, testY] = [toCategorical(train.y as Tensor, CLASSES), toCategorical(test.y as Tensor, CLASSES)];
  const model = buildModel(kind, x.shape[1]!, set.brightest);
  if (!quiet) model.summary();
  model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

  const start = performance.now();
  const history = await model.fit(x, y, { batchSize, epochs, validationData: [testX, testY], verbose: quiet ? 0 : 'auto' });
  const seconds = (performance.now() - start) / 1000;

  const figures = await model.evaluate(testX, testY, { batchSize: 256, verbose: 0 });
  const probabilities = (await model.predict(testX, { batchSize: 256 })) as Tensor;
  // Ctrl+C before the first step leaves no curve to draw
  const pictures = history.epoch.length > 0 ? picture : [];
  const mistakes = await draw(pictures, history.history, test.x, test.y, probabilities, set.classNames);
  if (kept) {
    await transfers(quiet, (options) => (kept.holds === 'weights' ? model.saveWeights(save!, options) : model.save(save!, options)));
  }
  const accuracy = figures['accuracy']!;
  if (quiet) {
    process.stdout.write(
      `${JSON.stringify({
        dataset: name,
        model: kind,
        epochs: history.epoch.length,
        batchSize,
        seed,
        device: used.name,
        seconds: Number(seconds.toFixed(3)),
        testLoss: figures.loss,
        testAccuracy: accuracy,
        misclassified: mistakes,
        peakMemory: memory().peak,
        pictures,
        saved: save ?? null,
      })}\n`,
    );
  } else {
    say(`trained in ${seconds.toFixed(1)} s`);
    if (pictures.length > 0) say(`pictures: ${pictures.join(', ')}`);
    if (save !== undefined) say(`saved: ${save}`);
    say(`test accuracy: ${(100 * accuracy).toFixed(2)} % (${mistakes} of ${test.x.shape[0]} images misclassified)`);
  }
  return history.interrupted ? 130 : 0;
}

function chooseDevice(name: string): void {
  if (!/^(auto|cpu|cuda(:\d+)?)$/.test(name)) throw new UsageError(`--device: expected auto, cpu, cuda or cuda:N, got '${name}'`);
  setDevice(name as DeviceName);
}

/** The picture in both formats, whichever was named. */
function pictureFiles(file: string): string[] {
  const ending = path.extname(file).toLowerCase();
  if (ending !== '.png' && ending !== '.svg') throw new UsageError(`--plot: expected a file that ends in .png or .svg, got '${file}'`);
  const stem = file.slice(0, -ending.length);
  return [`${stem}.png`, `${stem}.svg`];
}

/** Draws the curves above the mistakes; returns how many mistakes there were. */
async function draw(
  files: readonly string[],
  history: Readonly<Record<string, readonly number[]>>,
  images: Tensor,
  labels: Tensor,
  probabilities: Tensor,
  classNames: readonly string[] | undefined,
): Promise<number> {
  const predicted = tidy(() => ops.argmax(probabilities, { axis: -1 }));
  const [classes, truth] = await Promise.all([predicted.data(), labels.data()]);
  const wrong = [...truth.keys()].filter((i) => classes[i] !== truth[i]);
  if (files.length === 0) return wrong.length;
  const called = (label: number): string => classNames?.[label] ?? String(label);
  const shown = wrong.slice(0, SHOWN);
  const parts: unknown[] = [historySpec('train', history)];
  if (shown.length > 0) {
    const picked = tidy(() => ops.take(images, shown, { axis: 0 }));
    parts.push(
      await imagesSpec('train', picked, {
        labels: shown.map((i) => `${called(truth[i]!)}${classNames ? '\n' : ' '}→ ${called(classes[i]!)}`),
        columns: classNames ? 8 : 12,
        title: `misclassified: ${wrong.length} of ${truth.length} (true → predicted)`,
      }),
    );
  }
  const spec = { vconcat: parts, spacing: 30, center: true };
  for (const file of files) await writePicture('train', spec, file);
  return wrong.length;
}
