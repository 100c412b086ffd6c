/** The threads that work on images, one set an environment, made at its first use. */
import { availableParallelism } from 'node:os';
import type { NativeFailure, NativeImages, NativeTransformSettings } from '../../typings/addon.js';
import { loadAddon } from './addon.js';
import { failureError } from './failures.js';

export type TransformSettings = NativeTransformSettings;

/** Numbers that `transformImages` takes for each image: native/images/transform.h. */
export const TRANSFORM_WORDS = 11;

/** As native/images/resample.h numbers them. */
export const resizeFilters = { nearest: 0, box: 1, bilinear: 2, hamming: 3, bicubic: 4, lanczos: 5 } as const;

interface Request {
  resolve(): void;
  reject(failure: NativeFailure): void;
}

let native: NativeImages | undefined;
let next = 1;
const requests = new Map<number, Request>();

function start(): NativeImages {
  const made = loadAddon().createImages(availableParallelism(), (id, failure) => {
    const waiting = requests.get(id);
    requests.delete(id);
    if (failure) waiting?.reject(failure);
    else waiting?.resolve();
  });
  // as device threads: `process.exit` would not wait for them
  process.on('exit', () => made.close());
  return made;
}

function request(where: string, begin: (images: NativeImages, id: number) => void): Promise<void> {
  native ??= start();
  const images = native;
  const id = next++;
  return new Promise((resolve, reject) => {
    requests.set(id, { resolve, reject: (failure) => reject(failureError(where, failure)) });
    try {
      begin(images, id);
    } catch (error) {
      requests.delete(id);
      throw error;
    }
  });
}

/** Transforms and standardises `sizes[0]` images of [rows, columns, channels] (any layout) from `source` into `target`. */
export function transformImages(
  sizes: readonly [count: number, rows: number, columns: number, channels: number],
  source: Float32Array | Float64Array | Uint8Array,
  target: Float32Array | Float64Array,
  parameters: Float64Array | undefined,
  settings: TransformSettings,
): Promise<void> {
  return request('transform', (images, id) => images.transform(Int32Array.from(sizes), source, target, parameters, settings, id));
}

/** A region of an image, bytes with the channels last, at another size. */
export function resizeImage(
  source: { readonly data: Uint8Array; readonly shape: readonly [number, number, number] },
  region: { left: number; top: number; width: number; height: number },
  target: Uint8Array | Float32Array,
  size: readonly [number, number],
  filter: keyof typeof resizeFilters,
  antialias: boolean,
): Promise<void> {
  const sizes = Int32Array.of(...source.shape, ...size);
  const cut = Float64Array.of(region.left, region.top, region.width, region.height);
  return request('resize', (images, id) => images.resize(sizes, source.data, cut, target, resizeFilters[filter], antialias, id));
}

/** The ZCA matrix of `count` centred samples of `size` values. */
export async function whiteningMatrix(samples: Float64Array, count: number, size: number, epsilon: number): Promise<Float64Array> {
  const target = new Float64Array(size * size);
  await request('whiten', (images, id) => images.whiten(Int32Array.of(count, size), samples, target, epsilon, id));
  return target;
}
