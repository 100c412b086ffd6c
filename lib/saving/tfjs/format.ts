/** TensorFlow.js' layers models among the formats of whole models: a folder with model.json and the weights in shards. */
import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { ModelFormat } from '../format.js';
import { loadTfjs } from './load.js';
import { saveTfjs } from './save.js';

/** What there is; nothing where that cannot be said, as below a file: whoever reads or writes there says why. */
function look(given: string): Stats | undefined {
  try {
    return statSync(given, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** A folder, or a name without an ending that is nothing else yet. */
function isFolder(given: string): boolean {
  const found = look(given);
  return found ? found.isDirectory() : given.endsWith('/') || path.extname(given) === '';
}

export const tfjs: ModelFormat = {
  name: 'tfjs',
  endings: ['model.json', 'a folder'],
  matches: (given) => path.basename(given) === 'model.json' || isFolder(given),
  save: (model, given, _, transfer) => saveTfjs(model, given, transfer),
  load: loadTfjs,
};
