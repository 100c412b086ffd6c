/**
 * The one list of formats, the first that matches a path being meant. A format's own modules are imported here, and load the packages that they
 * need (for zip, HDF5, protocol buffers) when they are used, with `await import('name')`: programs that save nothing do not carry them.
 */
import { endsIn, type ModelFormat, type WeightsFormat } from './format.js';
import { h5, legacyWeights, weightsH5 } from './hdf5/format.js';
import { keras, kerasWeights } from './keras-file.js';
import { onnx } from './onnx/format.js';
import { loadWeights, saveWeights } from './safetensors.js';
import { tfjs } from './tfjs/format.js';

/** Formats of whole models. */
export const modelFormats: readonly ModelFormat[] = [keras, h5, onnx, tfjs];

/** Formats of weights. */
export const weightsFormats: readonly WeightsFormat[] = [
  weightsH5,
  legacyWeights,
  kerasWeights,
  {
    name: 'safetensors',
    endings: ['.safetensors'],
    matches: endsIn('.safetensors'),
    save: (model, path, _, transfer) => saveWeights(model, path, transfer),
    load: loadWeights,
  },
];
