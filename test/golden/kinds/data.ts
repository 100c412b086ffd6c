import path from 'node:path';
import { applications, data, utils } from '../../../lib/index.js';
import {
  type GoldenArray,
  type GoldenCase,
  NotImplemented,
  numbersOf,
  optionsOf,
  type Precision,
  same,
  tensorOf,
  toleranceOf,
} from '../format.js';
import { sameArray, sameValue, withImages } from './augmentation.js';
import type { Kind } from './index.js';

export const dataKind: Kind = {
  precisions: ['float32'],
  async run(golden: GoldenCase, precision: Precision): Promise<void> {
    const tolerance = toleranceOf(golden, precision);
    const x = (): ReturnType<typeof tensorOf> => tensorOf(golden['x'] as GoldenArray, precision);
    switch (golden['function']) {
      case 'to_categorical':
        return same(
          'output',
          utils.toCategorical(x(), (golden['num_classes'] as number | null) ?? undefined),
          golden['output'] as GoldenArray,
          tolerance,
        );
      case 'normalize':
        return same(
          'output',
          utils.normalize(x(), (golden['axis'] as number | undefined) ?? -1, (golden['order'] as number | undefined) ?? 2),
          golden['output'] as GoldenArray,
          tolerance,
        );
      case 'preprocess_input': {
        // Keras has a function of that name for each network
        const modes: Record<string, 'tf' | 'torch'> = { mobilenet_v2: 'tf', densenet: 'torch' };
        const mode = modes[golden['application'] as string] ?? 'caffe';
        const dataFormat = golden['data_format'] === 'channels_first' ? 'channelsFirst' : 'channelsLast';
        return same('output', applications.preprocessInput(x(), { mode, dataFormat }), golden['output'] as GoldenArray, tolerance);
      }
      case 'pad_sequences': {
        const padded = utils.padSequences(golden['sequences'] as number[][], optionsOf(golden['options'] as Record<string, unknown>));
        same('output', padded, golden['output'] as GoldenArray, tolerance);
        return padded.dispose();
      }
      case 'timeseries_dataset_from_array': {
        const options = optionsOf(golden['options'] as Record<string, unknown>) as unknown as utils.TimeseriesOptions;
        const array = golden['array'] as GoldenArray;
        const windows = await utils
          .timeseriesDatasetFromArray(
            { data: Float32Array.from(numbersOf(array)), shape: array.shape },
            golden['targets'] as number[] | null,
            options,
          )
          .toArray();
        const want = golden['batches'] as GoldenArray[][];
        if (windows.length !== want.length) throw new Error(`expected ${want.length} batches, got ${windows.length}`);
        return want.forEach((batch, i) => batch.forEach((part, j) => sameArray(`batch ${i}[${j}]`, windows[i]![j]!, part, tolerance)));
      }
      case 'split_dataset': {
        const samples = data.fromArray(Array.from({ length: golden['n'] as number }, (_, i) => i));
        const sizes = {
          leftSize: (golden['left_size'] ?? null) as number | null,
          rightSize: (golden['right_size'] ?? null) as number | null,
        };
        const [left, right] = await utils.splitDataset(samples, sizes);
        sameValue('left', await left.toArray(), golden['left']);
        return sameValue('right', await right.toArray(), golden['right']);
      }
      case 'image_dataset_from_directory':
        return withImages(golden['files'] as string[], async (root) => {
          const options = optionsOf(golden['options'] as Record<string, unknown>) as unknown as data.ImageFolderOptions;
          const found = await utils.imageDatasetFromDirectory(root, {
            ...options,
            shuffle: false,
            imageSize: [2, 2],
            colorMode: 'grayscale',
          });
          sameValue('class_names', await found.classNames(), golden['class_names'] ?? []);
          sameValue(
            'file_paths',
            (await found.filePaths()).map((file) => path.relative(root, file)),
            golden['file_paths'],
          );
          const batches = await found.toArray();
          if (!golden['label_batches']) return sameValue('parts', batches[0]!.length, 1);
          (golden['label_batches'] as GoldenArray[]).forEach((want, i) => sameArray(`labels ${i}`, batches[i]![1]!, want, tolerance));
        });
      default:
        throw new NotImplemented(String(golden['function']));
    }
  },
};
