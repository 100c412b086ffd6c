/** A folder of images as batches. Source: Keras 3, `keras.utils.image_dataset_from_directory`. */
import path from 'node:path';
import { ArgumentError, DataError, FormatError } from '../errors.js';
import { imageDataFormat } from '../layers/defaults.js';
import { resizeImage } from '../native/images.js';
import { describe, flag, nullable, oneOf, optional, pair, type Reader, readOptions, real, seed, text, whole } from '../options/index.js';
import { keyedStream, shuffleInPlace } from '../random/host.js';
import { globalRandom } from '../random/state.js';
import { type ArrayData, stackArrays } from './array.js';
import { Dataset, type Seed } from './dataset.js';
import { type ColorMode, imageExtensions, MAX_PIXELS, readImage, withColorMode } from './images/codec.js';
import { checkFolder, listImages, subfolders } from './images/folder.js';
import type { Img } from './images/image.js';
import { colorMode, interpolation, type Interpolation, middle } from './images/load.js';
import { inOrder } from './map.js';

export interface ImageFolderOptions {
  /** 'inferred': one subfolder a class; null: all images, without labels; or one class number a file, in the order of the files. */
  labels?: 'inferred' | readonly number[] | null;
  /** 'int': class numbers; 'categorical': one-hot rows; 'binary': 0 and 1, [batch, 1]; null: no labels. 'int'. */
  labelMode?: 'int' | 'categorical' | 'binary' | null;
  /** Names of the subfolders, in the order of their numbers; null: all, by name. */
  classNames?: readonly string[] | null;
  /** 'rgb'. */
  colorMode?: ColorMode;
  /** null: image by image; 32. */
  batchSize?: number | null;
  /** [height, width]; [256, 256]. */
  imageSize?: readonly [number, number];
  /** Draws a new order for every pass; true. */
  shuffle?: boolean;
  /** Of the order, and of the split where samples are shuffled. */
  seed?: number | null;
  /** Share of the samples, the last ones, that `subset: 'validation'` takes. */
  validationSplit?: number | null;
  subset?: 'training' | 'validation' | null;
  /** 'bilinear'. */
  interpolation?: Interpolation;
  /** Lets the filter grow where images shrink, as image editors do; Keras does not; false. */
  antialias?: boolean;
  followLinks?: boolean;
  /** Cuts the middle of the target's form out first; false. */
  cropToAspectRatio?: boolean;
  /** Keeps the whole image and fills up with black; false. */
  padToAspectRatio?: boolean;
  dataFormat?: 'channelsLast' | 'channelsFirst' | null;
  /** What a broken, empty or huge file does: ends with an error that names it, or is passed over with a warning; 'error'. */
  onError?: 'error' | 'skip';
  /** A file with more pixels counts as broken; 268,402,689. */
  maxPixels?: number;
  /** Images that are read and resized at a time; 4. */
  concurrency?: number;
}

const labels: Reader<'inferred' | readonly number[] | null> = (value, where) => {
  if (value === undefined || value === 'inferred') return 'inferred';
  if (value === null || (Array.isArray(value) && value.every((label) => Number.isSafeInteger(label) && label >= 0)))
    return value as readonly number[] | null;
  throw new ArgumentError({ where, expected: "'inferred', null or class numbers", received: describe(value) });
};
const names: Reader<readonly string[]> = (value, where) => {
  if (Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')) return value;
  throw new ArgumentError({ where, expected: 'a list of names', received: describe(value) });
};
const mode = oneOf('int', 'categorical', 'binary');

const readers = {
  labels,
  labelMode: (value: unknown, where: string) => (value === undefined ? 'int' : value === null ? null : mode(value, where)),
  classNames: nullable(names),
  colorMode: optional(colorMode, 'rgb' as const),
  batchSize: (value: unknown, where: string) => (value === undefined ? 32 : value === null ? null : whole()(value, where)),
  imageSize: optional(pair(), [256, 256] as const),
  shuffle: optional(flag, true),
  seed: nullable(seed),
  validationSplit: nullable(real({ above: 0, below: 1 })),
  subset: nullable(oneOf('training', 'validation')),
  interpolation: optional(interpolation, 'bilinear' as const),
  antialias: optional(flag, false),
  followLinks: optional(flag, false),
  cropToAspectRatio: optional(flag, false),
  padToAspectRatio: optional(flag, false),
  dataFormat: nullable(oneOf('channelsLast', 'channelsFirst')),
  onError: optional(oneOf('error', 'skip'), 'error' as const),
  maxPixels: optional(whole(), MAX_PIXELS),
  concurrency: optional(whole(), 4),
};

type Settings = { readonly [K in keyof typeof readers]: ReturnType<(typeof readers)[K]> };

interface Listing {
  readonly classNames: readonly string[];
  readonly files: readonly string[];
  readonly classes: readonly number[] | undefined;
}

/** Inputs, and labels where there are some. */
export type ImageFolderBatch = [x: ArrayData<Float32Array>, y?: ArrayData];

/** The images of a folder; made by `data.imageFolder`. The folder is listed when that is first needed. */
export class ImageFolder extends Dataset<ImageFolderBatch> {
  private readonly list: () => Promise<Listing>;

  /** @internal */
  constructor(
    readonly directory: string,
    settings: Settings,
  ) {
    let listing: Promise<Listing> | undefined;
    let files: number | undefined;
    const list = (): Promise<Listing> =>
      (listing ??= listed(directory, settings).then((found) => {
        files = found.files.length;
        return found;
      }));
    const start: Seed = { value: settings.seed ?? globalRandom.nextSeed() };
    super(
      (pass) => batches(list, settings, start.value, pass),
      () => (files === undefined || settings.onError === 'skip' ? undefined : Math.ceil(files / (settings.batchSize ?? 1))),
      [start],
    );
    this.list = list;
  }

  /** Names of the classes in the order of their numbers. */
  async classNames(): Promise<readonly string[]> {
    return (await this.list()).classNames;
  }

  /** The files in the order in which they are read unshuffled. */
  async filePaths(): Promise<readonly string[]> {
    return (await this.list()).files;
  }
}

const where = 'imageFolder';

async function listed(directory: string, settings: Settings): Promise<Listing> {
  await checkFolder(where, directory);
  const options = { extensions: imageExtensions, followLinks: settings.followLinks };
  let classNames: readonly string[] = [];
  let files: string[] = [];
  let classes: number[] | undefined;
  if (settings.labels === 'inferred') {
    const found = await subfolders(directory);
    classNames = settings.classNames ?? found;
    if ([...classNames].sort().join('\0') !== [...found].sort().join('\0')) {
      throw new DataError({
        where,
        expected: `the folders ${classNames.join(', ')} in ${directory}`,
        received: found.join(', ') || 'none',
        hint: 'look at classNames',
      });
    }
    classes = [];
    for (const [number, name] of classNames.entries()) {
      for (const file of await listImages(path.join(directory, name), options)) {
        files.push(path.join(directory, name, file));
        classes.push(number);
      }
    }
  } else {
    files = (await listImages(directory, options)).map((file) => path.join(directory, file));
    if (settings.labels !== null) {
      classes = [...settings.labels];
      classNames = settings.classNames ?? [...new Set(classes)].sort((a, b) => a - b).map(String);
      if (classes.length !== files.length) {
        throw new DataError({
          where: `${where} labels`,
          expected: `one for each of the ${files.length} files`,
          received: String(classes.length),
        });
      }
    }
  }
  if (settings.labelMode === 'binary' && classNames.length !== 2) {
    throw new DataError({
      where,
      expected: 'two classes with labelMode binary',
      received: `${classNames.length} (${classNames.join(', ')})`,
    });
  }
  if (files.length === 0) {
    throw new DataError({
      where,
      expected: `images (${imageExtensions.join(', ')}) in ${directory}`,
      received: settings.labels === 'inferred' && classNames.length === 0 ? 'no subfolders' : 'none',
      hint: 'make one folder a class and put the images there',
    });
  }
  return part({ classNames, files, classes }, settings);
}

/** The subset. Where samples are shuffled they are so before they are split, by the seed: both sides have some of every class. */
function part(all: Listing, settings: Settings): Listing {
  if (settings.subset === null) return all;
  const order = Array.from(all.files.keys());
  if (settings.shuffle) shuffleInPlace(order, keyedStream(settings.seed!, 3));
  const validation = Math.floor(settings.validationSplit! * order.length);
  const chosen = settings.subset === 'validation' ? order.slice(order.length - validation) : order.slice(0, order.length - validation);
  if (chosen.length === 0) {
    throw new DataError({
      where,
      expected: `at least one image for ${settings.subset}`,
      received: `none of ${order.length}`,
      hint: 'look at validationSplit',
    });
  }
  return {
    classNames: all.classNames,
    files: chosen.map((i) => all.files[i]!),
    classes: all.classes && chosen.map((i) => all.classes![i]!),
  };
}

async function* batches(list: () => Promise<Listing>, settings: Settings, start: number, pass: number): AsyncGenerator<ImageFolderBatch> {
  const { files, classes, classNames } = await list();
  const order = Array.from(files.keys());
  if (settings.shuffle) shuffleInPlace(order, keyedStream(start, 4, pass));
  const read = async (index: number): Promise<{ image: ArrayData<Float32Array>; label: number } | undefined> => {
    try {
      const img = withColorMode(await readImage(files[index]!, settings.maxPixels), settings.colorMode);
      return { image: await sized(img, settings), label: classes?.[index] ?? 0 };
    } catch (error) {
      if (settings.onError === 'error' || !(error instanceof FormatError)) throw error;
      process.emitWarning(`passed over: ${error.message}`);
      return undefined;
    }
  };
  const labelled = classes !== undefined && settings.labelMode !== null;
  let images: ArrayData[] = [];
  let numbers: number[] = [];
  const batch = (): ImageFolderBatch => {
    const x = stackArrays(where, images) as ArrayData<Float32Array>;
    const made: ImageFolderBatch = labelled ? [x, labelsOf(numbers, settings.labelMode, classNames.length)] : [x];
    images = [];
    numbers = [];
    return made;
  };
  async function* indices(): AsyncGenerator<number> {
    yield* order;
  }
  for await (const sample of inOrder(indices(), settings.concurrency, read)) {
    if (!sample) continue;
    if (settings.batchSize === null) {
      yield labelled ? [sample.image, rowOfLabels(labelsOf([sample.label], settings.labelMode, classNames.length))] : [sample.image];
      continue;
    }
    images.push(sample.image);
    numbers.push(sample.label);
    if (images.length === settings.batchSize) yield batch();
  }
  if (images.length > 0) yield batch();
}

function rowOfLabels(array: ArrayData): ArrayData {
  return { data: array.data, shape: array.shape.slice(1) };
}

function labelsOf(numbers: readonly number[], labelMode: 'int' | 'categorical' | 'binary', count: number): ArrayData {
  if (labelMode === 'int') return { data: Int32Array.from(numbers), shape: [numbers.length] };
  if (labelMode === 'binary') return { data: Float32Array.from(numbers), shape: [numbers.length, 1] };
  const data = new Float32Array(numbers.length * count);
  numbers.forEach((number, row) => (data[row * count + number] = 1));
  return { data, shape: [numbers.length, count] };
}

/** The image at the size of the batch, as floats from 0 to 255. */
async function sized(img: Img, settings: Settings): Promise<ArrayData<Float32Array>> {
  const [height, width] = settings.imageSize;
  const { channels } = img;
  const source = { data: img.data as Uint8Array, shape: img.shape };
  let out = new Float32Array(height * width * channels);
  const resized = (
    region: { left: number; top: number; width: number; height: number },
    target: Float32Array,
    size: readonly [number, number],
  ): Promise<void> => resizeImage(source, region, target, size, settings.interpolation, settings.antialias);
  const whole = { left: 0, top: 0, width: img.width, height: img.height };
  if (settings.padToAspectRatio) {
    const inner = [
      Math.max(1, Math.min(height, Math.round((img.height * width) / img.width))),
      Math.max(1, Math.min(width, Math.round((img.width * height) / img.height))),
    ] as const;
    const small = new Float32Array(inner[0] * inner[1] * channels);
    await resized(whole, small, inner);
    const [top, left] = [Math.floor((height - inner[0]) / 2), Math.floor((width - inner[1]) / 2)];
    const row = inner[1] * channels;
    for (let y = 0; y < inner[0]; y++) out.set(small.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels);
  } else {
    await resized(settings.cropToAspectRatio ? middle(img, height, width) : whole, out, settings.imageSize);
  }
  if ((settings.dataFormat ?? imageDataFormat()) === 'channelsLast') return { data: out, shape: [height, width, channels] };
  const area = height * width;
  const turned = new Float32Array(out.length);
  for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) turned[c * area + i] = out[i * channels + c]!;
  out = turned;
  return { data: out, shape: [channels, height, width] };
}

/**
 * The images below a folder, one subfolder a class, read and resized while the device trains: batches [x, y] with x from 0 to 255.
 *
 * @throws DataError (at the first pass) when there is no such folder or no image in it; FormatError that names a broken file
 * @example
 * await model.fit(data.imageFolder('photos/train', { imageSize: [224, 224], batchSize: 64 }), { epochs: 10 });
 */
export function imageFolder(directory: string, options: ImageFolderOptions = {}): ImageFolder {
  const read = readOptions(where, options, readers);
  text(directory, where);
  if ((read.subset === null) !== (read.validationSplit === null)) {
    throw new ArgumentError({
      where,
      expected: 'validationSplit and subset together',
      received: read.subset === null ? 'validationSplit alone' : 'subset alone',
    });
  }
  if (read.subset !== null && read.shuffle && read.seed === null) {
    throw new ArgumentError({
      where,
      expected: 'a seed with subset, or shuffle: false',
      received: 'neither',
      hint: 'both subsets must be split in the same way',
    });
  }
  if (read.cropToAspectRatio && read.padToAspectRatio) {
    throw new ArgumentError({ where, expected: 'cropToAspectRatio or padToAspectRatio', received: 'both' });
  }
  return new ImageFolder(directory, read);
}
