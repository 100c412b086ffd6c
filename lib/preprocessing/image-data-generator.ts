/** Random transformations and standardisation of images. Source: Keras 3, legacy `ImageDataGenerator`. */
import { type ArrayData, arrayData, type ArraySource, sizeOf } from '../data/array.js';
import { ShapeError } from '../errors.js';
import { TRANSFORM_WORDS } from '../native/images.js';
import { flag, nullable, optional, readOptions, real, seed as seedReader, whole } from '../options/index.js';
import { globalRandom } from '../random/state.js';
import { keyedStream } from '../random/host.js';
import { ArrayIterator, type ArrayFlowOptions, checkImages } from './array-iterator.js';
import { imageSizes, processImages, type Statistics } from './batch.js';
import { directoryFlow, type DirectoryFlowOptions } from './directory.js';
import type { FileIterator } from './file-iterator.js';
import { type ImageDataGeneratorOptions, readSettings, type Settings } from './options.js';
import { type FrameFlowOptions, frameFlow, type FrameRow } from './frame.js';
import { learn } from './statistics.js';
import { drawTransform, type TransformParameters, writeTransform } from './transform.js';

type Floats = ArrayData<Float32Array | Float64Array>;

const noStatistics: Statistics = { mean: undefined, deviation: undefined, whitening: undefined };

/** Made by `preprocessing.imageDataGenerator`. */
export class ImageDataGenerator {
  /** Means of the channels, after `fit`; may be set, as those of an earlier training. */
  mean: ArrayData<Float64Array> | undefined;
  /** Deviations of the channels, after `fit`. */
  std: ArrayData<Float64Array> | undefined;
  /** [size, size], after `fit`, with `zcaWhitening`. */
  zcaWhiteningMatrix: Floats | undefined;
  private readonly settings: Settings;
  private warned = false;

  constructor(options: ImageDataGeneratorOptions = {}) {
    this.settings = readSettings(options);
  }

  get dataFormat(): 'channelsLast' | 'channelsFirst' {
    return this.settings.dataFormat;
  }

  get dtype(): 'float32' | 'float64' {
    return this.settings.dtype;
  }

  get validationSplit(): number {
    return this.settings.validationSplit;
  }

  /**
   * Learns what `featurewiseCenter`, `featurewiseStdNormalization` and `zcaWhitening` need; nothing else needs it. `rescale` comes first. ZCA of
   * n values an image takes time with the cube of n: seconds for 16x16 colour images, minutes for 32x32.
   *
   * @param options `augment`: learn from augmented images, `rounds` of each
   * @throws ShapeError unless x has rank 4
   * @example
   * await images.fit(train.x);
   */
  async fit(x: ArraySource, options: { augment?: boolean; rounds?: number; seed?: number | null } = {}): Promise<void> {
    const read = readOptions('fit', options, { augment: optional(flag, false), rounds: optional(whole(), 1), seed: nullable(seedReader) });
    const given = await arrayData('fit', x);
    checkImages('fit', given.shape);
    const [count] = given.shape as [number];
    if (count === 0) throw new ShapeError({ where: 'fit', expected: 'at least one image', received: 'none' });
    // Rescaled and nothing else: the statistics are of that.
    const rescaled = { ...this.settings, preprocessingFunction: null, samplewiseCenter: false, samplewiseStdNormalization: false };
    let images = await processImages(rescaled, noStatistics, given, undefined, true);
    if (read.augment) {
      const start = read.seed ?? globalRandom.nextSeed();
      const data =
        this.settings.dtype === 'float64'
          ? new Float64Array(read.rounds * images.data.length)
          : new Float32Array(read.rounds * images.data.length);
      for (let round = 0; round < read.rounds; round++) {
        const words = this.draw(images.shape, (i) => keyedStream(start, 0, round, i));
        data.set((await processImages(this.settings, noStatistics, images, words, false)).data, round * images.data.length);
      }
      images = { data, shape: [read.rounds * count, ...images.shape.slice(1)] };
    }
    const { mean, deviation, whitening } = await learn(this.settings, images);
    const channels = this.settings.dataFormat === 'channelsFirst' ? [given.shape[1]!, 1, 1] : [1, 1, given.shape[3]!];
    this.mean = mean && { data: mean, shape: channels };
    this.std = deviation && { data: deviation, shape: channels };
    const size = sizeOf(given.shape.slice(1));
    this.zcaWhiteningMatrix = whitening && { data: whitening, shape: [size, size] };
  }

  /**
   * Batches of augmented images with their labels. `x` may be a list whose first array are the images; the others go with them unchanged.
   *
   * @throws ShapeError when x is not of rank 4 or y has another number of rows
   * @example
   * await model.fit(images.flow(train.x, train.y, { batchSize: 32, workers: 2 }), { epochs: 25 });
   */
  flow(x: ArraySource | readonly [ArraySource, ...ArraySource[]], y?: ArraySource, options: ArrayFlowOptions = {}): ArrayIterator {
    return new ArrayIterator(this, x, y, options);
  }

  /**
   * Batches of the images below a folder, one subfolder a class.
   *
   * @example
   * const flow = await images.flowFromDirectory('photos/train', { targetSize: [150, 150], classMode: 'binary' });
   */
  flowFromDirectory(directory: string, options: DirectoryFlowOptions = {}): Promise<FileIterator> {
    return directoryFlow(this, directory, options);
  }

  /**
   * Batches of images that rows name: objects, such as those of `data.csv`, with a column of file names and columns of labels.
   *
   * @example
   * const flow = await images.flowFromDataFrame([{ filename: 'a.png', class: 'cat' }], { directory: 'photos' });
   */
  flowFromDataFrame(rows: Iterable<FrameRow> | AsyncIterable<FrameRow>, options: FrameFlowOptions = {}): Promise<FileIterator> {
    return frameFlow(this, rows, options);
  }

  /** Draws the parameters of one image; the same seed draws the same. */
  getRandomTransform(imageShape: readonly number[], seed?: number): Required<TransformParameters> {
    if (imageShape.length !== 3) {
      throw new ShapeError({ where: 'getRandomTransform', expected: 'the shape of one image', received: `[${imageShape.join(', ')}]` });
    }
    const { rows, columns } = imageSizes(this.settings, imageShape);
    const start = seed === undefined ? globalRandom.nextSeed() : seedReader(seed, 'getRandomTransform seed');
    return drawTransform(this.settings, rows, columns, keyedStream(start));
  }

  /**
   * One image transformed as the parameters say: rotation, shift, shear and zoom in one, then channel shift, flips, brightness.
   *
   * @example
   * const turned = await images.applyTransform(x, { theta: 30, flipHorizontal: true });
   */
  async applyTransform(x: ArraySource, parameters: TransformParameters): Promise<Floats> {
    const image = await one('applyTransform', x);
    const read = readOptions('applyTransform', parameters, parameterReaders);
    const words = new Float64Array(TRANSFORM_WORDS);
    const { rows, columns } = imageSizes(this.settings, image.shape);
    writeTransform(words, 0, read, rows, columns, this.settings.corrected);
    return unbatched(await processImages(this.settings, noStatistics, batched(image), words, false));
  }

  /** One image with parameters drawn for it. */
  async randomTransform(x: ArraySource, seed?: number): Promise<Floats> {
    const image = await one('randomTransform', x);
    return this.applyTransform(image, this.getRandomTransform(image.shape, seed));
  }

  /**
   * The part that is not random, on an image or a batch of them: `preprocessingFunction`, `rescale`, samplewise (each image by itself),
   * featurewise, whitening. The array given stays as it is.
   */
  async standardize(x: ArraySource): Promise<Floats> {
    const given = await arrayData('standardize', x);
    if (given.shape.length !== 3 && given.shape.length !== 4) {
      throw new ShapeError({
        where: 'standardize',
        expected: 'an image or a batch of images',
        received: `shape [${given.shape.join(', ')}]`,
      });
    }
    const batch = given.shape.length === 4 ? given : batched(given);
    const made = await processImages(this.settings, this.statistics(batch.shape), batch, undefined, true);
    return { data: made.data, shape: [...given.shape] };
  }

  /** @internal A batch transformed and standardised; `random` gives the stream of each image. */
  augment(images: ArrayData, random: (image: number) => () => number): Promise<Floats> {
    return processImages(this.settings, this.statistics(images.shape), images, this.draw(images.shape, random), true);
  }

  private draw(shape: readonly number[], random: (image: number) => () => number): Float64Array {
    const [count] = shape as [number];
    const { rows, columns } = imageSizes(this.settings, shape);
    const words = new Float64Array(count * TRANSFORM_WORDS);
    for (let i = 0; i < count; i++) {
      writeTransform(words, i, drawTransform(this.settings, rows, columns, random(i)), rows, columns, this.settings.corrected);
    }
    return words;
  }

  private statistics(shape: readonly number[]): Statistics {
    const { settings } = this;
    const { channels } = imageSizes(settings, shape);
    const needed = settings.featurewiseCenter && !this.mean;
    if ((needed || (settings.zcaWhitening && !this.zcaWhiteningMatrix)) && !this.warned) {
      this.warned = true;
      process.emitWarning('imageDataGenerator: featurewise options have no effect before fit(x) has learnt from images');
    }
    const size = sizeOf(shape.slice(-3));
    const checked = <T extends Floats>(name: string, value: T | undefined, length: number): T['data'] | undefined => {
      if (!value || value.data.length === length) return value?.data;
      throw new ShapeError({
        where: `imageDataGenerator ${name}`,
        expected: `${length} values for images of shape [${shape.slice(-3).join(', ')}]`,
        received: String(value.data.length),
        hint: 'call fit(x) with images of the same shape',
      });
    };
    return {
      mean: checked('mean', this.mean, channels),
      deviation: checked('std', this.std, channels),
      whitening: checked('zcaWhiteningMatrix', this.zcaWhiteningMatrix, size * size),
    };
  }
}

const parameterReaders = {
  theta: optional(real(), 0),
  tx: optional(real(), 0),
  ty: optional(real(), 0),
  shear: optional(real(), 0),
  zx: optional(real(), 1),
  zy: optional(real(), 1),
  flipHorizontal: optional(flag, false),
  flipVertical: optional(flag, false),
  channelShiftIntensity: nullable(real()),
  brightness: nullable(real({ low: 0 })),
};

async function one(where: string, x: ArraySource): Promise<ArrayData> {
  const image = await arrayData(where, x);
  if (image.shape.length === 3) return image;
  throw new ShapeError({
    where,
    expected: 'one image, of rank 3',
    received: `shape [${image.shape.join(', ')}]`,
    hint: 'flow takes batches',
  });
}

function batched(image: ArrayData): ArrayData {
  return { data: image.data, shape: [1, ...image.shape] };
}

function unbatched(images: Floats): Floats {
  return { data: images.data, shape: images.shape.slice(1) };
}

/**
 * Augments and standardises images while a model trains: Keras' `ImageDataGenerator` with all of its options. The work is done by threads of its
 * own; the same seed gives the same images, whatever the number of `workers`.
 *
 * @example
 * const images = preprocessing.imageDataGenerator({ widthShiftRange: 0.1, heightShiftRange: 0.1, horizontalFlip: true, rescale: 1 / 255 });
 * await model.fit(images.flow(train.x, train.y, { batchSize: 32 }), { epochs: 25 });
 */
export function imageDataGenerator(options: ImageDataGeneratorOptions = {}): ImageDataGenerator {
  return new ImageDataGenerator(options);
}
