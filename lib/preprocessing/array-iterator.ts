/** `flow`: batches of images that are in memory. */
import { type ArrayData, arrayData, type ArraySource, gatherRows, sizeOf } from '../data/array.js';
import { ArgumentError, DataError, ShapeError } from '../errors.js';
import { describe, flag, optional, readOptions } from '../options/index.js';
import { Tensor } from '../tensor/tensor.js';
import type { ImageDataGenerator } from './image-data-generator.js';
import { type BatchPlan, flowReaders, type FlowOptions, type ImageBatch, ImageIterator, subsetOf } from './image-iterator.js';

export interface ArrayFlowOptions extends FlowOptions {
  sampleWeight?: ArraySource | null;
  /** Accepts a split that leaves one side without some class; false. */
  ignoreClassSplit?: boolean;
}

const readers = {
  ...flowReaders,
  ignoreClassSplit: optional(flag, false),
  sampleWeight: (value: unknown): ArraySource | null => (value ?? null) as ArraySource | null,
};

interface Loaded {
  readonly images: ArrayData;
  readonly others: readonly ArrayData[];
  readonly y: ArrayData | undefined;
  readonly weights: ArrayData | undefined;
}

/** Rows of what is given, before any of it is read from a device. */
function rowsOf(where: string, value: ArraySource): number {
  if (typeof value !== 'object' || value === null) {
    throw new DataError({
      where,
      expected: 'images: a tensor, a typed array with a shape, or nested arrays',
      received: describe(value),
      hint: 'flow(x, y)',
    });
  }
  const shape =
    value instanceof Tensor || (typeof value === 'object' && 'shape' in value) ? value.shape : [(value as { length?: number }).length ?? 0];
  if (shape.length > 0) return shape[0]!;
  throw new ShapeError({ where, expected: 'arrays with one row a sample', received: 'a single number' });
}

export class ArrayIterator extends ImageIterator {
  private readonly load: () => Promise<Loaded>;
  private loaded: Promise<Loaded> | undefined;

  /** @internal */
  constructor(
    private readonly generator: ImageDataGenerator,
    x: ArraySource | readonly [ArraySource, ...ArraySource[]],
    y: ArraySource | undefined,
    options: ArrayFlowOptions,
  ) {
    const where = 'flow';
    const read = readOptions(where, options, readers);
    const parts: readonly ArraySource[] = isList(x) ? x : [x];
    const total = rowsOf(where, parts[0]!);
    if (read.subset !== null && generator.validationSplit === 0) {
      throw new ArgumentError({ where, expected: 'a generator with validationSplit', received: `subset '${read.subset}' and no split` });
    }
    const [from, to] = subsetOf(read.subset, generator.validationSplit, total);
    if (to <= from) {
      throw new DataError({
        where,
        expected: 'at least one image',
        received: `none of ${total} in the ${read.subset ?? 'data'}`,
        hint: 'look at validationSplit',
      });
    }
    super(to - from, read);
    const [images] = parts;
    const given = images instanceof Tensor || (typeof images === 'object' && 'shape' in images) ? images.shape : undefined;
    if (given) checkImages(where, given);
    const cut = (array: ArrayData): ArrayData => {
      const size = sizeOf(array.shape.slice(1));
      return { data: array.data.subarray(from * size, to * size), shape: [to - from, ...array.shape.slice(1)] };
    };
    this.load = async () => {
      const [all, labels, weights] = await Promise.all([
        Promise.all(parts.map((part) => arrayData(`${where} x`, part))),
        y === undefined ? undefined : arrayData(`${where} y`, y),
        read.sampleWeight === null ? undefined : arrayData(`${where} sampleWeight`, read.sampleWeight),
      ]);
      checkImages(where, all[0]!.shape);
      for (const part of [...all, labels, weights]) {
        if (!part || part.shape[0] === total) continue;
        throw new ShapeError({
          where,
          expected: `as many rows as in x, ${total}`,
          received: String(part.shape[0]),
          hint: 'give one label a sample',
        });
      }
      if (labels && read.subset !== null && !read.ignoreClassSplit)
        checkSplit(where, labels, subsetOf('validation', generator.validationSplit, total)[1]);
      return { images: cut(all[0]!), others: all.slice(1).map(cut), y: labels && cut(labels), weights: weights && cut(weights) };
    };
  }

  protected get dataFormat(): 'channelsLast' | 'channelsFirst' {
    return this.generator.dataFormat;
  }

  protected async make({ samples, random }: BatchPlan): Promise<{ batch: ImageBatch; images: ArrayData; samples: Int32Array }> {
    const { images, others, y, weights } = await (this.loaded ??= this.load());
    const made = await this.generator.augment(gatherRows(images, samples), (i) => random(samples[i]!));
    const x = others.length > 0 ? [made, ...others.map((other) => gatherRows(other, samples))] : made;
    const batch: ImageBatch = y ? (weights ? [x, gatherRows(y, samples), gatherRows(weights, samples)] : [x, gatherRows(y, samples)]) : [x];
    return { batch, images: made, samples };
  }
}

/** A list of arrays, not one nested array. */
function isList(x: ArraySource | readonly [ArraySource, ...ArraySource[]]): x is readonly [ArraySource, ...ArraySource[]] {
  return (
    Array.isArray(x) &&
    x.length > 0 &&
    (x as unknown[]).every(
      (part) => part instanceof Tensor || ArrayBuffer.isView(part) || (typeof part === 'object' && part !== null && 'shape' in part),
    )
  );
}

export function checkImages(where: string, shape: readonly number[]): void {
  if (shape.length === 4) return;
  throw new ShapeError({
    where,
    expected: 'images of shape [samples, height, width, channels]',
    received: `[${shape.join(', ')}]`,
    hint: shape.length === 3 ? 'add the axis of channels with ops.expandDims(x, -1)' : 'reshape them',
  });
}

/** Both sides of a split must know the same classes, or the model is asked for what it has never seen. */
function checkSplit(where: string, labels: ArrayData, split: number): void {
  const size = sizeOf(labels.shape.slice(1));
  const classes = (from: number, to: number): Set<string> => {
    const found = new Set<string>();
    for (let i = from; i < to; i++) found.add(labels.data.subarray(i * size, (i + 1) * size).join());
    return found;
  };
  const before = classes(0, split);
  const after = classes(split, labels.shape[0]!);
  if (before.size === after.size && [...before].every((label) => after.has(label))) return;
  throw new DataError({
    where: `${where} subset`,
    expected: 'the same classes in the training and the validation part',
    received: `${after.size} and ${before.size} of them`,
    hint: 'shuffle the samples first, or pass ignoreClassSplit: true',
  });
}
