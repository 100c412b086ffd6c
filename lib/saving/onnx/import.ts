/** `loadModel` for files of ONNX, whoever wrote them. */
import { readWhole } from '../../io/files.js';
import type { Transfer } from '../../io/transfer.js';
import type { Model } from '../../models/model.js';
import { decodeModel } from './read/bytes.js';
import { modelOf } from './read/model.js';

/**
 * Reads a model of ONNX: a functional model of our layers, and of `OnnxOperators` for operators that Keras has no layer for.
 *
 * @throws FormatError naming operator and node where an operator is not known, and where the file is damaged
 */
export async function importOnnx(file: string, transfer: Transfer): Promise<Model> {
  const bytes = await readWhole('loadModel', file);
  transfer.expect(bytes.byteLength);
  transfer.check();
  const message = await decodeModel(file, bytes);
  transfer.add(bytes.byteLength);
  return modelOf(file, message);
}
