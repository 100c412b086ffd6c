/** Batches of image files: read, brought to one size, augmented. */
import { type ArrayData, gatherRows, stackArrays } from '../data/array.js';
import { type ColorMode } from '../data/images/codec.js';
import { imgToArray } from '../data/images/image.js';
import { colorMode, interpolation, type Interpolation, loadImg } from '../data/images/load.js';
import { FormatError } from '../errors.js';
import { flag, oneOf, optional, pair, whole } from '../options/index.js';
import type { ImageDataGenerator } from './image-data-generator.js';
import { type BatchPlan, flowReaders, type FlowOptions, type FlowSettings, type ImageBatch, ImageIterator } from './image-iterator.js';

export interface FileFlowOptions extends FlowOptions {
  /** [height, width]; [256, 256]. */
  targetSize?: readonly [number, number];
  /** 'rgb'. */
  colorMode?: ColorMode;
  /** 'nearest'. */
  interpolation?: Interpolation;
  /** Cuts the middle of the target's form out first; false. */
  keepAspectRatio?: boolean;
  /** What a broken, empty or missing file does: ends with an error that names it, or is passed over with a warning; 'error'. */
  onError?: 'error' | 'skip';
  /** A file with more pixels counts as broken; 268,402,689. */
  maxPixels?: number;
}

export const fileFlowReaders = {
  ...flowReaders,
  targetSize: optional(pair(), [256, 256] as const),
  colorMode: optional(colorMode, 'rgb' as const),
  interpolation: optional(interpolation, 'nearest' as const),
  keepAspectRatio: optional(flag, false),
  onError: optional(oneOf('error', 'skip'), 'error' as const),
  maxPixels: optional(whole(), 0x3fff * 0x3fff),
};

export interface FileSettings extends FlowSettings {
  readonly targetSize: readonly [number, number];
  readonly colorMode: ColorMode;
  readonly interpolation: Interpolation;
  readonly keepAspectRatio: boolean;
  readonly onError: 'error' | 'skip';
  readonly maxPixels: number;
}

/** The files of an iterator and what belongs to each. */
export interface Files {
  /** As they are found from `directory`. */
  readonly filenames: readonly string[];
  readonly paths: readonly string[];
  /** One class number a file (several: one list a file) in modes with classes. */
  readonly classes: readonly (number | readonly number[])[] | undefined;
  readonly classIndices: Readonly<Record<string, number>>;
  /** Labels of some files, in order. Undefined: none; 'input': the images themselves. */
  readonly labels: ((samples: Int32Array) => ArrayData | readonly ArrayData[]) | 'input' | undefined;
  readonly weights: ArrayData | undefined;
}

export class FileIterator extends ImageIterator {
  /** Class numbers by name. */
  readonly classIndices: Readonly<Record<string, number>>;
  readonly filenames: readonly string[];
  readonly filepaths: readonly string[];
  /** The class number of each file, where there are classes. */
  readonly classes: readonly (number | readonly number[])[] | undefined;
  private readonly warned = new Set<string>();

  /** @internal */
  constructor(
    private readonly generator: ImageDataGenerator,
    private readonly files: Files,
    private readonly fileSettings: FileSettings,
  ) {
    super(files.paths.length, fileSettings);
    this.classIndices = files.classIndices;
    this.filenames = files.filenames;
    this.filepaths = files.paths;
    this.classes = files.classes;
  }

  protected get dataFormat(): 'channelsLast' | 'channelsFirst' {
    return this.generator.dataFormat;
  }

  /** Where batches may be passed over, how many were is only known by reading. */
  override setState(state: unknown, batches: number): number {
    const reads = this.fileSettings.onError === 'skip';
    return super.setState(state, reads ? 0 : batches) + (reads ? batches : 0);
  }

  private async read(sample: number): Promise<ArrayData | undefined> {
    const file = this.filepaths[sample]!;
    const { targetSize, onError, maxPixels } = this.fileSettings;
    try {
      const img = await loadImg(file, {
        targetSize,
        maxPixels,
        colorMode: this.fileSettings.colorMode,
        interpolation: this.fileSettings.interpolation,
        keepAspectRatio: this.fileSettings.keepAspectRatio,
      });
      return imgToArray(img, { dataFormat: this.generator.dataFormat });
    } catch (error) {
      if (onError === 'error' || !(error instanceof FormatError)) throw error;
      if (!this.warned.has(file)) process.emitWarning(`passed over: ${error.message}`);
      this.warned.add(file);
      return undefined;
    }
  }

  protected async make({ samples, random }: BatchPlan): Promise<{ batch: ImageBatch; images: ArrayData; samples: Int32Array } | undefined> {
    const read = await Promise.all(Array.from(samples, (sample) => this.read(sample)));
    const good = samples.filter((_, i) => read[i] !== undefined);
    if (good.length === 0) return undefined;
    const stacked = stackArrays(
      'flow',
      read.filter((image) => image !== undefined),
    );
    const images = await this.generator.augment(stacked, (i) => random(good[i]!));
    const { labels, weights } = this.files;
    if (labels === undefined) return { batch: [images], images, samples: good };
    const y = labels === 'input' ? { data: images.data.slice(), shape: images.shape } : labels(good);
    return { batch: weights ? [images, y, gatherRows(weights, good)] : [images, y], images, samples: good };
  }
}

/** Labels of class numbers, as a mode has them. */
export function classLabels(
  mode: 'categorical' | 'binary' | 'sparse',
  classes: readonly (number | readonly number[])[],
  count: number,
): (samples: Int32Array) => ArrayData {
  return (samples) => {
    if (mode !== 'categorical') return { data: Float32Array.from(samples, (i) => classes[i] as number), shape: [samples.length] };
    const data = new Float32Array(samples.length * count);
    samples.forEach((sample, row) => {
      for (const label of [classes[sample]!].flat()) data[row * count + label] = 1;
    });
    return { data, shape: [samples.length, count] };
  };
}
