/** Writing of model.json and its shards. */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ArgumentError } from '../../errors.js';
import { writeWhole } from '../../io/files.js';
import type { Transfer } from '../../io/transfer.js';
import type { JsonObject } from '../../keras/index.js';
import type { Model } from '../../models/model.js';
import { bytesOf, stored } from '../stored.js';
import { jsonPath } from './load.js';
import { type TfjsWeight, tfjsWeights } from './names.js';
import { writeShards } from './shards.js';
import { toTopology } from './topology.js';

/** Names of shards that we gave ourselves. */
const OWN = /^group1-[0-9a-f]{8}-shard\d+of\d+\.bin$/;

async function* contents(weights: readonly TfjsWeight[], transfer: Transfer): AsyncGenerator<Uint8Array> {
  for (const { weight } of weights) {
    for await (const data of transfer.through(stored(weight).pieces())) {
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    }
  }
}

/** The shards of the model that was here before, as far as they are ours. */
async function shardsBefore(file: string): Promise<string[]> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(file, 'utf8')) as { weightsManifest: { paths: string[] }[] };
    return weightsManifest.flatMap(({ paths }) => paths).filter((name) => typeof name === 'string' && OWN.test(name));
  } catch {
    return [];
  }
}

/** Writes the shards under new names, then model.json, which puts them in force; what was there before is whole until then. */
export async function saveTfjs(model: Model, given: string, transfer: Transfer): Promise<void> {
  const where = `${model.name}.save`;
  const file = await jsonPath(given);
  const folder = path.dirname(file);
  const topology = toTopology(where, model.toJSON() as JsonObject);
  const weights = tfjsWeights(where, model);
  const odd = weights.find(({ weight }) => weight.dtype !== 'float32' && weight.dtype !== 'int32' && weight.dtype !== 'bool');
  if (odd) throw new ArgumentError({ where, expected: 'weights of float32', received: `${odd.name} of ${odd.weight.dtype}` });
  const before = await shardsBefore(file);
  const stem = randomBytes(4).toString('hex');
  const total = weights.reduce((sum, { weight }) => sum + bytesOf(stored(weight)), 0);
  transfer.expect(total);
  const nameOf = (index: number, count: number): string => `group1-${stem}-shard${index + 1}of${count}.bin`;
  const written: string[] = [];
  const pathOf = (index: number, count: number): string => {
    written.push(nameOf(index, count));
    return path.join(folder, written.at(-1)!);
  };
  try {
    await writeShards(where, pathOf, total, contents(weights, transfer));
    const manifest = weights.map(({ name, weight }) => ({ name, shape: weight.kerasShape, dtype: weight.dtype }));
    const text = JSON.stringify({
      format: 'layers-model',
      generatedBy: 'node-cudnn',
      convertedBy: null,
      modelTopology: topology,
      weightsManifest: [{ paths: written, weights: manifest }],
    });
    transfer.check();
    await writeWhole(where, file, text);
  } catch (error) {
    for (const name of written) await rm(path.join(folder, name), { force: true }).catch(() => undefined);
    throw error;
  }
  for (const name of before) await rm(path.join(folder, name), { force: true }).catch(() => undefined);
}
