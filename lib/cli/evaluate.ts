/** `node-cudnn evaluate`: how well a model does on a data set's test images. */
import * as datasets from '../datasets/index.js';
import * as ops from '../ops/index.js';
import type { TypedArray } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { modelOf, operands } from './files.js';
import { QUIET, transfers } from './transfers.js';
import { choiceOption, helpText, parse, UsageError, wholeOption } from './usage.js';

const sets = {
  digits: () => datasets.digits(),
  mnist: () => datasets.mnist(),
  'fashion-mnist': () => datasets.fashionMnist(),
} as const;

const specs = {
  dataset: { value: 'NAME', help: `${Object.keys(sets).join(', ')} (default: digits, which needs no download)` },
  'batch-size': { value: 'N', help: 'images a step (default: 256)' },
  limit: { value: 'N', help: 'only the first N test images' },
  quiet: QUIET,
  json: { value: '', help: 'prints one line of JSON' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn evaluate MODEL [options]

Predicts the test images of a data set and compares the most likely classes with the true ones.`;

/** How many rows have their largest value elsewhere than at the true class. */
function wrongOf(values: TypedArray, truth: ArrayLike<number>, rows: number): number {
  const classes = values.length / rows;
  let wrong = 0;
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let one = 1; one < classes; one++) if (values[row * classes + one]! > values[row * classes + best]!) best = one;
    if (best !== truth[row]) wrong++;
  }
  return wrong;
}

export async function run(args: string[]): Promise<number> {
  const [[file], rest] = operands(args, 'MODEL', 1);
  const given = parse(rest, specs);
  if (given['help']) {
    process.stdout.write(helpText(HEAD, specs));
    return 0;
  }
  const name = choiceOption('dataset', given['dataset'], Object.keys(sets) as (keyof typeof sets)[], 'digits');
  const batchSize = wholeOption('batch-size', given['batch-size'], 256, 1);
  const limit = wholeOption('limit', given['limit'], Number.MAX_SAFE_INTEGER, 1);
  const model = await transfers(given['quiet'] === true, (options) => modelOf(file!, options));
  try {
    const { test } = await sets[name]();
    const images = Math.min(limit, test.x.shape[0]);
    const all = ops.expandDims(test.x, -1);
    const x = images === test.x.shape[0] ? all : ops.take(all, [...Array(images).keys()], { axis: 0 });
    const wanted = model.inputs[0]!.shape.slice(1);
    if (model.inputs.length !== 1 || JSON.stringify(wanted) !== JSON.stringify(x.shape.slice(1)))
      throw new UsageError(`${file}: expected a model of images [${x.shape.slice(1).join(', ')}], got one of [${wanted.join(', ')}]`);
    const start = performance.now();
    const [output] = [(await model.predict(x, { batchSize })) as Tensor | Tensor[]].flat();
    const [values, truth] = await Promise.all([output!.data(), test.y.data()]);
    const seconds = (performance.now() - start) / 1000;
    const right = images - wrongOf(values, truth, images);
    const accuracy = right / images;
    process.stdout.write(
      given['json']
        ? `${JSON.stringify({ model: file, dataset: name, images, accuracy, misclassified: images - right, seconds: Number(seconds.toFixed(3)) })}\n`
        : `${name}: accuracy ${(100 * accuracy).toFixed(2)} % (${images - right} of ${images} images misclassified), ${seconds.toFixed(1)} s\n`,
    );
    return 0;
  } finally {
    model.dispose();
  }
}
