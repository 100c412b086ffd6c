/** Reading of models: the format is the one that the path's ending names, or else the one whose first bytes the file has. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { ArgumentError, DataError } from '../errors.js';
import { transferring } from '../io/transfer.js';
import type { Model } from '../models/model.js';
import { describe, flag, optional, readOptions } from '../options/index.js';
import { customObjectsReader } from './custom-objects.js';
import type { LoadOptions, ModelFormat } from './format.js';
import { modelFormats } from './formats.js';
import { transferOptions, unknownEnding } from './save.js';

/** As many first bytes as tell formats apart. */
const HEAD = 64;

async function headOf(file: string): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return undefined;
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD), 0, HEAD, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DataError({
      where: 'loadModel',
      expected: `a file ${file}`,
      received: missing ? 'none of that name' : cause instanceof Error ? cause.message : String(cause),
      hint: missing && !path.isAbsolute(file) ? `paths begin at ${process.cwd()}` : 'check the path',
      cause,
    });
  }
}

/** The format that a file is in, by its ending, then by its first bytes. */
export async function formatOf(where: string, file: string): Promise<ModelFormat> {
  if (typeof file !== 'string' || file === '') {
    throw new ArgumentError({ where, expected: 'the path of a file', received: describe(file), hint: "for example 'model.keras'" });
  }
  const byEnding = modelFormats.find((format) => format.matches(file));
  if (byEnding) return byEnding;
  const head = await headOf(file);
  const byHead = head && modelFormats.find((format) => format.recognizes?.(head));
  if (byHead) return byHead;
  throw unknownEnding(where, file, modelFormats);
}

/**
 * Reads a model that `model.save` or Keras wrote: `.keras`, and what else `model.save` knows. Nothing in a file is run. A model that was
 * compiled is compiled again, with the optimizer where it was.
 *
 * @throws DataError where the file cannot be read; FormatError where it is damaged, with file, place, what was expected and what is there;
 * ArgumentError where a class is neither the library's nor among `customObjects`
 * @example
 * const model = await loadModel('digits.keras');
 * @example
 * const own = await loadModel('scaled.keras', { customObjects: { Scale } });
 */
export async function loadModel(file: string, options?: LoadOptions): Promise<Model> {
  const read = readOptions('loadModel', options, { customObjects: customObjectsReader, compile: optional(flag, true), ...transferOptions });
  const format = await formatOf('loadModel', file);
  if (!format.load) {
    throw new ArgumentError({ where: 'loadModel', expected: 'a format that models can be read from', received: format.name });
  }
  await headOf(file);
  const { load } = format;
  return transferring('reading', file, read, (transfer) => load(file, read, transfer));
}
