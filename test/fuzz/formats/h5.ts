import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { layers, loadModel, type Model, sequential } from '../../../lib/index.js';
import type { FuzzFormat } from '../format.js';

const kept = path.join(__dirname, '..', '..', 'saving', 'files');

async function saved(folder: string, name: string, save: (model: Model, file: string) => Promise<void>): Promise<Uint8Array> {
  const model = sequential([3], [layers.dense(2), layers.dense(1)]) as Model;
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const file = path.join(folder, name);
  await save(model, file);
  model.dispose();
  return readFile(file);
}

/** Whole models. */
export const h5: FuzzFormat = {
  name: 'h5',
  ending: '.h5',
  seeds: async (folder) => [
    await saved(folder, 'seed.h5', (model, file) => model.save(file)),
    await readFile(path.join(kept, 'nested.h5')),
  ],
  async read(file) {
    (await loadModel(file)).dispose();
  },
};

let target: Model | undefined;

/** Weights, read into a model that stays. */
export const weightsH5: FuzzFormat = {
  name: 'weights-h5',
  ending: '.weights.h5',
  seeds: async (folder) => [await saved(folder, 'seed.weights.h5', (model, file) => model.saveWeights(file))],
  async read(file) {
    target ??= sequential([3], [layers.dense(2), layers.dense(1)]) as Model;
    await target.loadWeights(file);
  },
};
