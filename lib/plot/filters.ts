/** What a convolution has learned, and what it answers: grids of its filters and of its activations. */
import { ArgumentError, ShapeError } from '../errors.js';
import { describe } from '../options/index.js';
import { moveaxis } from '../ops/transpose.js';
import { reshape } from '../ops/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { tensor } from '../tensor/create.js';
import { type ImagesOptions, imagesSpec } from './images.js';
import { writePicture } from './render.js';

/** A kernel [height, width, channels, filters] as a tensor, as an array with its shape, or the layer that has it. */
export type Kernel = Tensor | { readonly data: ArrayLike<number>; readonly shape: readonly number[] } | WithWeights;

interface WithWeights {
  getWeights(): Promise<readonly { readonly data: ArrayLike<number>; readonly shape: readonly number[] }[]>;
}

async function kernelOf(where: string, kernel: Kernel): Promise<Tensor> {
  const isObject = typeof kernel === 'object' && kernel !== null;
  const given = isObject && !(kernel instanceof Tensor) && 'getWeights' in kernel ? (await kernel.getWeights())[0] : kernel;
  const array = given as { data: ArrayLike<number>; shape?: readonly number[] } | undefined;
  if (kernel instanceof Tensor && kernel.rank === 4) return kernel;
  if (array?.shape?.length !== 4) {
    throw new ShapeError({
      where,
      expected: 'a kernel [height, width, channels, filters], or a convolutional layer',
      received: array?.shape ? `[${array.shape.join(', ')}]` : isObject ? 'a layer without weights' : describe(kernel),
    });
  }
  return tensor(Float32Array.from(array.data), array.shape);
}

/**
 * Draws the filters of a convolution as small grey images in a grid; one row a channel where there are several.
 *
 * @param kernel a layer, or its kernel [height, width, channels, filters]
 * @example
 * await plot.filters(model.getLayer('conv'), 'filters.png', { columns: 8 });
 */
export async function filters(kernel: Kernel, file: string, options: ImagesOptions = {}): Promise<void> {
  const where = 'plot.filters';
  const weights = await kernelOf(where, kernel);
  const made: Tensor[] = weights === kernel ? [] : [weights];
  try {
    const [height, width, channels, count] = weights.shape as unknown as [number, number, number, number];
    const moved = moveaxis(weights, [2, 3], [0, 1]);
    made.push(moved);
    const grid = reshape(moved, [channels * count, height, width]);
    made.push(grid);
    const columns = options.columns ?? (channels > 1 ? count : 8);
    await writePicture(where, await imagesSpec(where, grid, { ...options, columns }), file);
  } finally {
    for (const one of made) one.dispose();
  }
}

/**
 * Draws what a layer answers to one image, [1, height, width, channels] or [height, width, channels], as one grey image a channel.
 *
 * @example
 * await plot.activations(await probe.predict(digit), 'activations.png', { columns: 8 });
 */
export async function activations(answers: Tensor, file: string, options: ImagesOptions = {}): Promise<void> {
  const where = 'plot.activations';
  if (!(answers instanceof Tensor)) throw new ArgumentError({ where, expected: 'a tensor', received: describe(answers) });
  const shape = answers.shape.length === 4 && answers.shape[0] === 1 ? answers.shape.slice(1) : answers.shape;
  if (shape.length !== 3) {
    throw new ShapeError({
      where,
      expected: 'the answer to one image, [1, height, width, channels] or [height, width, channels]',
      received: `[${answers.shape.join(', ')}]`,
      hint: 'ops.slice takes one image of several',
    });
  }
  const one = reshape(answers as Tensor<number[]>, shape);
  const grid = moveaxis(one, 2, 0);
  try {
    await writePicture(where, await imagesSpec(where, grid, options), file);
  } finally {
    one.dispose();
    grid.dispose();
  }
}
