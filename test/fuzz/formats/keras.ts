import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { layers, loadModel, type Model, sequential } from '../../../lib/index.js';
import type { FuzzFormat } from '../format.js';

/** A part of an archive, put back with sizes and checksums that fit. */
function part(bytes: Uint8Array, name: string): { bytes: Uint8Array; replace(bytes: Uint8Array): Uint8Array } | undefined {
  const parts = unzipSync(bytes);
  const found = parts[name];
  if (!found) return undefined;
  return { bytes: found, replace: (other) => zipSync({ ...parts, [name]: new Uint8Array(other) }, { level: 0 }) };
}

export const keras: FuzzFormat = {
  name: 'keras',
  ending: '.keras',

  async seeds(folder) {
    const file = path.join(folder, 'seed.keras');
    const model = sequential([6, 6, 1], [layers.conv2d(2, 3), layers.batchNormalization(), layers.flatten(), layers.dense(3)]) as Model;
    model.compile({ optimizer: 'adam', loss: 'mse' });
    await model.save(file);
    model.dispose();
    const stored = new Uint8Array(await readFile(file));
    return [stored, zipSync(unzipSync(stored), { level: 9 })];
  },

  async read(file) {
    (await loadModel(file)).dispose();
  },

  json(bytes, choice) {
    const found = part(bytes, choice % 8 === 0 ? 'metadata.json' : 'config.json');
    return found && { text: Buffer.from(found.bytes).toString(), replace: (text) => found.replace(Buffer.from(text)) };
  },

  inner: (bytes, choice) => part(bytes, choice % 4 === 0 ? 'config.json' : 'model.weights.h5'),
};
