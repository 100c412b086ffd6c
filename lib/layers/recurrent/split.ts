/** The options of a recurrent layer, divided between the layer and its cell. */
import type { Read, Readers } from '../../options/index.js';
import { common, type LayerOptions } from '../layer.js';
import { sequenceReaders } from './rnn.js';

/** What the layer takes. */
export function sequenceOptions<O extends LayerOptions & Read<typeof sequenceReaders>>(
  read: O,
): LayerOptions & Read<typeof sequenceReaders> {
  const own = Object.fromEntries(Object.keys(sequenceReaders).map((key) => [key, read[key as keyof typeof sequenceReaders]]));
  return { ...common(read), ...(own as Read<typeof sequenceReaders>) };
}

/** What the cell takes: its readers' options. The penalty on the output stays with the layer. */
export function cellOptions<R extends Readers>(read: LayerOptions & Read<R>, readers: R, name: string): Read<R> {
  const own = Object.fromEntries(Object.keys(readers).map((key) => [key, read[key as keyof R]]));
  return { ...(own as Read<R>), name, inputShape: null, activityRegularizer: null };
}
