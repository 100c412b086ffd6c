/** `.weights.h5`: the weights of a model and the state of its optimizer, as Keras 3 writes them. */
import { endsIn, type WeightsFormat } from '../format.js';
import { loadWeightsH5 } from './load-weights.js';
import { saveWeightsH5 } from './save-weights.js';

export const weightsH5: WeightsFormat = {
  name: 'Keras 3 weights (.weights.h5)',
  endings: ['.weights.h5'],
  matches: endsIn('.weights.h5'),
  save: (model, path) => saveWeightsH5(model, path),
  load: (model, path, options) => loadWeightsH5(model, path, options),
};
