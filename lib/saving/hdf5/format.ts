/** The two kinds of HDF5 files that Keras has had. */
import { endsIn, type ModelFormat, type WeightsFormat } from '../format.js';
import { loadWeightsH5 } from './load-weights.js';
import { saveWeightsH5 } from './save-weights.js';
import { loadLegacyWeights, loadWholeH5, saveLegacyWeights, saveWholeH5 } from './whole-h5.js';

/** `.weights.h5`: the weights of a model and the state of its optimizer, as Keras 3 writes them. */
export const weightsH5: WeightsFormat = {
  name: 'Keras 3 weights (.weights.h5)',
  endings: ['.weights.h5'],
  matches: endsIn('.weights.h5'),
  save: (model, path, _, transfer) => saveWeightsH5(model, path, transfer),
  load: loadWeightsH5,
};

const endings = ['.h5', '.hdf5'];
const isH5 = endsIn(...endings);

/** `.h5`: whole models as Keras 2 and tf.keras wrote them. */
export const h5: ModelFormat = {
  name: 'Keras .h5',
  endings,
  matches: (path) => isH5(path) && !weightsH5.matches(path),
  recognizes: (head) => Buffer.from(head.subarray(0, 8)).equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')),
  save: saveWholeH5,
  load: loadWholeH5,
};

/** `.h5` with weights: whole models' files are read as well. */
export const legacyWeights: WeightsFormat = {
  name: 'Keras .h5 weights',
  endings,
  matches: isH5,
  save: (model, path, _, transfer) => saveLegacyWeights(model, path, transfer),
  load: loadLegacyWeights,
};
