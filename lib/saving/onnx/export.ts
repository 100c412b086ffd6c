/** `model.export`: a model as a file for other programs. */
import { ArgumentError } from '../../errors.js';
import type { Model } from '../../models/model.js';
import { describe } from '../../options/index.js';
import { graphOf } from './model.js';
import { writeOnnx, type WriteOptions } from './write.js';

/** Sets of operators that are written. */
const [OLDEST, NEWEST] = [17, 21];

/**
 * Writes a model as ONNX: what it computes outside of training.
 *
 * @throws ArgumentError naming the layer that ONNX has no operators for; DataError where the file cannot be written
 */
export async function exportOnnx(model: Model, file: string, opset: number = OLDEST, options?: WriteOptions): Promise<void> {
  const where = `${model.name}.export`;
  if (!Number.isInteger(opset) || opset < OLDEST || opset > NEWEST) {
    throw new ArgumentError({ where: `${where} opset`, expected: `a whole number from ${OLDEST} to ${NEWEST}`, received: describe(opset) });
  }
  await writeOnnx(where, file, graphOf(model, opset), model.name, options);
}
