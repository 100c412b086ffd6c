import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ArrayData } from '../../../lib/data/array.js';
import { encodeImage } from '../../../lib/data/images/codec.js';
import { Img, imgOf, imgToArray } from '../../../lib/data/images/image.js';
import { preprocessing } from '../../../lib/index.js';
import { camelCase } from '../../../lib/layers/names.js';
import { typedArray } from '../../../lib/tensor/dtype.js';
import {
  type GoldenArray,
  type GoldenCase,
  isArray,
  NotImplemented,
  numbersOf,
  optionsOf,
  type Precision,
  sameNumbers,
  toleranceOf,
} from '../format.js';
import type { Tolerance } from '../../support/close.js';
import type { Kind } from './index.js';

function arrayOf(array: GoldenArray, precision: Precision): ArrayData {
  const dtype = array.dtype.startsWith('float') ? precision : array.dtype === 'uint8' ? 'uint8' : 'int32';
  return { data: typedArray(dtype, numbersOf(array)), shape: array.shape };
}

export function sameArray(what: string, got: ArrayData, want: GoldenArray, tolerance: Tolerance): void {
  if (got.shape.join() !== want.shape.join()) throw new Error(`${what}: expected shape [${want.shape.join()}], got [${got.shape.join()}]`);
  sameNumbers(what, got.data, numbersOf(want), want.dtype.startsWith('float') ? tolerance : { rtol: 0, atol: 0 });
}

export function sameValue(what: string, got: unknown, want: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(want))
    throw new Error(`${what}: expected ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
}

/** A folder with images of 2x2 at the paths of a case; other endings become empty files. */
export async function withImages<T>(files: readonly string[], run: (root: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(path.join(tmpdir(), 'golden-'));
  try {
    const image = await encodeImage(new Img(new Uint8Array(4), 2, 2, 1), 'png');
    for (const file of files) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), /\.(png|jpe?g|bmp)$/.test(file) ? image : '');
    }
    return await run(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

type Range = { uniform: [number, number] } | { choice: (number | boolean)[] } | { constant: unknown };

/** Every draw within its range, and (of many) near both ends or at every choice. */
function checkDraws(what: string, seen: readonly unknown[], fact: Range): void {
  if ('uniform' in fact) {
    const [low, high] = fact.uniform;
    const [least, most] = [Math.min(...(seen as number[])), Math.max(...(seen as number[]))];
    const near = 0.01 * (high - low);
    if (!(least >= low && least < low + near && most <= high && most > high - near))
      throw new Error(`${what}: ${least} to ${most} of ${low} to ${high}`);
    return;
  }
  const rounded = (value: unknown): unknown => (typeof value === 'number' ? Math.round(value * 1e9) / 1e9 + 0 : value);
  const wanted = new Set(('choice' in fact ? fact.choice : [fact.constant]).map(rounded));
  const got = new Set(seen.map(rounded));
  if (got.size !== wanted.size || [...got].some((value) => !wanted.has(value)))
    throw new Error(`${what}: expected ${[...wanted].join()}, got ${[...got].join()}`);
}

export const augmentation: Kind = {
  async run(golden: GoldenCase, precision: Precision): Promise<void> {
    const tolerance = toleranceOf(golden, precision);
    const field = (name: string): ArrayData => arrayOf(golden[name] as GoldenArray, precision);
    const config = (golden['config'] ?? {}) as Record<string, unknown>;
    const { dataFormat, ...rest } = optionsOf(config) as Record<string, never>;
    const make = (): preprocessing.ImageDataGenerator =>
      preprocessing.imageDataGenerator({ ...rest, dataFormat: dataFormat ?? 'channelsLast', dtype: precision });
    const format = camelCase((golden['data_format'] as string | undefined) ?? 'channels_last') as 'channelsLast';
    switch (golden['function']) {
      case 'apply_transform': {
        const parameters = optionsOf(golden['parameters'] as Record<string, unknown>);
        return sameArray('output', await make().applyTransform(field('image'), parameters), golden['output'] as GoldenArray, tolerance);
      }
      case 'standardize': {
        const generator = make();
        if (golden['fit']) await generator.fit(field('fit'));
        const fitted = golden['fitted'] as Record<string, GoldenArray>;
        const learnt = { mean: generator.mean, std: generator.std, zca_whitening_matrix: generator.zcaWhiteningMatrix };
        for (const [name, want] of Object.entries(fitted)) sameArray(name, learnt[name as 'mean']!, want, tolerance);
        return sameArray('output', await generator.standardize(field('batch')), golden['output'] as GoldenArray, tolerance);
      }
      case 'get_random_transform': {
        const generator = make();
        const draws = Array.from({ length: 3000 }, (_, i) => generator.getRandomTransform(golden['image_shape'] as number[], i));
        for (const [name, fact] of Object.entries(golden['parameters'] as Record<string, Range>)) {
          const key = camelCase(name) as keyof (typeof draws)[number];
          checkDraws(
            name,
            draws.map((draw) => draw[key]),
            fact,
          );
        }
        return;
      }
      case 'flow': {
        const flow = make().flow(field('x'), golden['y'] ? field('y') : undefined, {
          sampleWeight: golden['sample_weight'] ? field('sample_weight') : null,
          batchSize: golden['batch_size'] as number,
          subset: (golden['subset'] ?? null) as null,
          shuffle: false,
        });
        sameValue('length', flow.length, golden['length']);
        for (const [i, batch] of (golden['yielded'] as GoldenArray[][]).entries()) {
          const got = await flow.next();
          sameValue(`parts of batch ${i}`, got.length, batch.length);
          batch.forEach((part, j) => sameArray(`batch ${i}[${j}]`, got[j] as ArrayData, part, tolerance));
        }
        return;
      }
      case 'flow_from_directory':
        return withImages(golden['files'] as string[], async (root) => {
          const flow = await make().flowFromDirectory(root, {
            ...optionsOf(golden['options'] as Record<string, unknown>),
            targetSize: [2, 2],
            shuffle: false,
          });
          sameValue('class_indices', flow.classIndices, golden['class_indices']);
          sameValue('filenames', flow.filenames, golden['filenames']);
          sameValue('classes', flow.classes, numbersOf(golden['classes'] as GoldenArray));
          for (const [i, want] of ((golden['label_batches'] ?? []) as GoldenArray[]).entries())
            sameArray(`labels ${i}`, (await flow.next())[1] as ArrayData, want, tolerance);
        });
      case 'array_to_img': {
        const img = imgOf(field('x'), { dataFormat: format, scale: (golden['scale'] as boolean | undefined) ?? true });
        sameValue('mode', img.mode, golden['mode']);
        sameValue('size', [img.width, img.height], golden['size']);
        return sameNumbers('pixels', img.data, numbersOf(golden['pixels'] as GoldenArray), { rtol: 0, atol: 0 });
      }
      case 'img_to_array': {
        const pixels = golden['pixels'];
        if (!isArray(pixels)) throw new NotImplemented('img_to_array of what is not pixels');
        const [height, width, channels = 1] = pixels.shape as [number, number, 1 | 3];
        const img = new Img(Uint8Array.from(numbersOf(pixels)), height, width, channels);
        return sameArray('output', imgToArray(img, { dataFormat: format, dtype: precision }), golden['output'] as GoldenArray, tolerance);
      }
      default:
        throw new NotImplemented(String(golden['function']));
    }
  },
};
