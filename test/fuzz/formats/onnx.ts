import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { layers, loadModel, type Model, sequential } from '../../../lib/index.js';
import type { FuzzFormat } from '../format.js';

export const onnx: FuzzFormat = {
  name: 'onnx',
  ending: '.onnx',

  async seeds(folder) {
    const models = [
      sequential([6, 6, 1], [layers.conv2d(2, 3, { activation: 'relu' }), layers.batchNormalization(), layers.flatten(), layers.dense(3)]),
      sequential([4, 3], [layers.lstm(2), layers.dense(2, { activation: 'softmax' })]),
    ] as Model[];
    return Promise.all(
      models.map(async (model, i) => {
        const file = path.join(folder, `seed${i}.onnx`);
        await model.save(file);
        model.dispose();
        return new Uint8Array(await readFile(file));
      }),
    );
  },

  async read(file) {
    (await loadModel(file)).dispose();
  },
};
