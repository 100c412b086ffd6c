/** ONNX among the formats of whole models. */
import { endsIn, type ModelFormat } from '../format.js';
import { exportOnnx } from './export.js';
import { importOnnx } from './import.js';

export const onnx: ModelFormat = {
  name: 'onnx',
  endings: ['.onnx'],
  matches: endsIn('.onnx'),
  save: (model, path, _, transfer) => exportOnnx(model, path, undefined, { transfer }),
  load: (path, _, transfer) => importOnnx(path, transfer),
};
