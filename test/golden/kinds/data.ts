import { applications, utils } from '../../../lib/index.js';
import { type GoldenArray, type GoldenCase, NotImplemented, type Precision, same, tensorOf, toleranceOf } from '../format.js';
import type { Kind } from './index.js';

export const data: Kind = {
  precisions: ['float32'],
  run(golden: GoldenCase, precision: Precision): void {
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
          utils.normalize(x(), (golden['axis'] as number | undefined) ?? -1, ((golden['order'] as number | undefined) ?? 2) as 1 | 2),
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
      default:
        throw new NotImplemented(String(golden['function']));
    }
  },
};
