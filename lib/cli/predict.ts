/** `node-cudnn predict`: what a model takes images for. */
import { readFile } from 'node:fs/promises';
import { loadImg } from '../data/images/load.js';
import { imgToArray } from '../data/images/image.js';
import type { Model } from '../models/model.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { modelOf, operands } from './files.js';
import { QUIET, transfers } from './transfers.js';
import { helpText, numberOption, parse, UsageError, wholeOption } from './usage.js';

const specs = {
  top: { value: 'N', help: 'classes an image, the most likely first (default: 5)' },
  labels: { value: 'FILE', help: 'names of the classes, one a line' },
  rescale: { value: 'FACTOR', help: 'what pixels (0 to 255) are multiplied with, such as 0.00392156862745098 (default: 1)' },
  quiet: QUIET,
  json: { value: '', help: 'prints one line of JSON an image' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn predict MODEL IMAGE... [options]

Reads images (JPEG, PNG, WebP, GIF, TIFF, BMP, PPM), brings them to the size of the model's input, and shows the classes that it gives them.`;

interface Input {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
}

function inputOf(file: string, model: Model): Input {
  const shape = model.inputs.length === 1 ? model.inputs[0]!.shape : [];
  const [, height, width, channels] = shape;
  if (shape.length === 4 && height && width && (channels === 1 || channels === 3 || channels === 4)) return { height, width, channels };
  throw new UsageError(
    `${file}: expected a model of images [height, width, 1, 3 or 4], got one with inputs ${JSON.stringify(model.inputs.map((one) => one.shape))}`,
  );
}

async function pixels(file: string, { height, width, channels }: Input, factor: number): Promise<Tensor> {
  const colorMode = channels === 1 ? 'grayscale' : channels === 3 ? 'rgb' : 'rgba';
  const img = await loadImg(file, { colorMode, targetSize: [height, width], interpolation: 'bilinear' });
  const { data } = imgToArray(img, { dataFormat: 'channelsLast' });
  return tensor(factor === 1 ? data : data.map((value) => value * factor), [1, height, width, channels]);
}

async function labelsOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--labels: expected a file that can be read, got ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

export async function run(args: string[]): Promise<number> {
  const [[file, ...images], rest] = operands(args, 'MODEL IMAGE...', 2, Infinity);
  const given = parse(rest, specs);
  if (given['help']) {
    process.stdout.write(helpText(HEAD, specs));
    return 0;
  }
  const top = wholeOption('top', given['top'], 5, 1);
  const factor = numberOption('rescale', given['rescale']) ?? 1;
  const labels = given['labels'] === undefined ? undefined : await labelsOf(String(given['labels']));
  const model = await transfers(given['quiet'] === true, (options) => modelOf(file!, options));
  try {
    const input = inputOf(file!, model);
    for (const image of images) {
      using x = await pixels(image, input, factor);
      const [output] = [(await model.predict(x)) as Tensor | Tensor[]].flat();
      const values = await output!.data();
      output!.dispose();
      if (labels && labels.length !== values.length)
        throw new UsageError(`--labels: expected ${values.length} lines, one a class, got ${labels.length}`);
      const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, top);
      const classes = order.map((index) => ({ class: index, ...(labels && { label: labels[index]! }), probability: values[index]! }));
      if (given['json']) process.stdout.write(`${JSON.stringify({ image, classes })}\n`);
      else
        process.stdout.write(
          `${image}\n${classes.map((one) => `  ${one.probability.toFixed(4)}  ${one.class}${one.label === undefined ? '' : ` ${one.label}`}\n`).join('')}`,
        );
    }
    return 0;
  } finally {
    model.dispose();
  }
}
