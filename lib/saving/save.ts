/** Writing models and weights: the format is the one that the path's ending names. `Model` calls these. */
import { stat } from 'node:fs/promises';
import { ArgumentError } from '../errors.js';
import { transferring } from '../io/transfer.js';
import type { Model } from '../models/model.js';
import { describe, flag, nearest, oneOf, optional, type Reader, readOptions, signal, whole } from '../options/index.js';
import type { ExportOptions, LoadWeightsOptions, ModelFormat, SaveOptions, SaveWeightsOptions, WeightsFormat } from './format.js';
import { modelFormats, weightsFormats } from './formats.js';
import { exportOnnx } from './onnx/export.js';
import { onnx } from './onnx/format.js';

interface Named {
  readonly name: string;
  readonly endings: readonly string[];
}

/** The refusal of a path whose ending no format has; all endings are in the sentence. */
export function unknownEnding(where: string, path: unknown, formats: readonly Named[]): ArgumentError {
  const endings = [...new Set(formats.flatMap((format) => format.endings))];
  const ending = typeof path === 'string' ? /\.[^./\\]+$/.exec(path)?.[0] : undefined;
  const near = ending && nearest(ending, endings);
  return new ArgumentError({
    where,
    expected: `a path that ends in ${endings.join(' or ')}`,
    received: describe(path),
    hint: near && `did you mean '${near}'?`,
  });
}

async function refuseExisting(where: string, path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new ArgumentError({
    where,
    expected: `no file ${path}, as overwrite is false`,
    received: 'one',
    hint: 'choose another name, or leave overwrite out',
  });
}

const verbose: Reader<0 | 1> = (value, where) => {
  if (value === undefined || value === 'auto') return 1;
  if (value === 0 || value === 1) return value;
  throw new ArgumentError({ where, expected: "0, 1 or 'auto'", received: describe(value) });
};

/** What all that writes or reads files takes. */
export const transferOptions = { verbose, signal };

/** A format that can be written, not only read. */
type Writes<T extends ModelFormat | WeightsFormat> = T & Required<Pick<T, 'save'>>;
const writes = <T extends ModelFormat | WeightsFormat>(format: T): format is Writes<T> => format.save !== undefined;

/** The format of whole models that can be written to a path. */
export function formatToSave(where: string, path: string): Writes<ModelFormat> {
  const writing = modelFormats.filter(writes);
  const found = typeof path === 'string' && path !== '' ? writing.find((format) => format.matches(path)) : undefined;
  if (!found) throw unknownEnding(where, path, writing);
  return found;
}

/**
 * Writes a model; see `model.save`.
 *
 * @throws ArgumentError where the ending is unknown, or the file exists and `overwrite` is false; DataError where it cannot be written
 * @example
 * await saveModel(model, 'digits.keras');
 */
export async function saveModel(model: Model, path: string, options?: SaveOptions): Promise<void> {
  const where = `${model.name}.save`;
  const read = readOptions(where, options, {
    overwrite: optional(flag, true),
    includeOptimizer: optional(flag, true),
    ...transferOptions,
  });
  const format = formatToSave(where, path);
  if (!read.overwrite) await refuseExisting(where, path);
  await transferring('writing', path, read, (transfer) => format.save(model, path, read, transfer));
}

/** Writes what a model computes, for other programs; see `model.export`. */
export async function exportModel(model: Model, path: string, options?: ExportOptions): Promise<void> {
  const where = `${model.name}.export`;
  const read = readOptions(where, options, {
    format: optional(oneOf('onnx'), 'onnx' as const),
    opset: optional(whole(), 17),
    ...transferOptions,
  });
  // the format is told, but a name that promises another is a mistake
  if (typeof path !== 'string' || !onnx.matches(path)) throw unknownEnding(where, path, [onnx]);
  await transferring('writing', path, read, (transfer) => exportOnnx(model, path, read.opset, { transfer }));
}

function weightsFormat<T extends WeightsFormat>(where: string, path: string, formats: readonly T[]): T {
  const found = typeof path === 'string' ? formats.find((format) => format.matches(path)) : undefined;
  if (!found) throw unknownEnding(where, path, formats);
  return found;
}

/** Writes the weights of a model; see `model.saveWeights`. */
export async function saveModelWeights(model: Model, path: string, options?: SaveWeightsOptions): Promise<void> {
  const read = readOptions('saveWeights', options, { overwrite: optional(flag, true), ...transferOptions });
  const format = weightsFormat('saveWeights', path, weightsFormats.filter(writes));
  if (!read.overwrite) await refuseExisting('saveWeights', path);
  await transferring('writing', path, read, (transfer) => format.save(model, path, read, transfer));
}

/** Sets the weights of a model from a file; see `model.loadWeights`. */
export async function loadModelWeights(model: Model, path: string, options?: LoadWeightsOptions): Promise<void> {
  const read = readOptions('loadWeights', options, {
    byName: optional(flag, false),
    skipMismatch: optional(flag, false),
    ...transferOptions,
  });
  const format = weightsFormat('loadWeights', path, weightsFormats);
  await transferring('reading', path, read, (transfer) => format.load(model, path, read, transfer));
}
