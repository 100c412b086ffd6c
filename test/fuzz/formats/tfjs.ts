import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { copyFileSync } from 'node:fs';
import { loadModel } from '../../../lib/index.js';
import type { FuzzFormat } from '../format.js';

const kept = path.join(__dirname, '..', '..', 'saving', 'tfjs');

/** model.json; the shard beside it is that of one of the seeds. */
export const tfjs: FuzzFormat = {
  name: 'tfjs',
  ending: '.json',
  seeds: async () => [new Uint8Array(await readFile(path.join(kept, 'images', 'model.json')))],
  prepare: (folder) => {
    copyFileSync(path.join(kept, 'images', 'weights.bin'), path.join(folder, 'weights.bin'));
    return Promise.resolve();
  },
  async read(file) {
    const named = path.join(path.dirname(file), 'model.json');
    copyFileSync(file, named);
    (await loadModel(named)).dispose();
  },
  json: (bytes) => ({ text: Buffer.from(bytes).toString(), replace: (text) => Buffer.from(text) }),
};
