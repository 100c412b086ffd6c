/** `loadModel` for files of ONNX, whoever wrote them. */
import { readWhole } from '../../io/files.js';
import type { Model } from '../../models/model.js';
import { decodeModel } from './read/bytes.js';
import { modelOf } from './read/model.js';

/**
 * Reads a model of ONNX: a functional model of our layers, and of `OnnxOperators` for operators that Keras has no layer for.
 *
 * @throws FormatError naming operator and node where an operator is not known, and where the file is damaged
 */
export async function importOnnx(file: string): Promise<Model> {
  return modelOf(file, await decodeModel(file, await readWhole('loadModel', file)));
}
