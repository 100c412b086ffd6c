/** The embedded data set: 1,797 small handwritten digits. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ArgumentError, FormatError } from '../errors.js';
import { packageRoot } from '../native/addon.js';
import { describe, readOptions, type Reader } from '../options/index.js';
import { randomStream, shuffleInPlace } from '../random/host.js';
import { tensor } from '../tensor/create.js';
import type { ImageSet } from './mnist.js';

const SAMPLES = 1797;
const PIXELS = 64;
const TEST = 360;
const CLASSES = 10;

const seed: Reader<number> = (value, where) => {
  if (value === undefined) return 0;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ArgumentError({ where, expected: 'a whole number of at least 0', received: describe(value) });
};

function parse(): { pixels: Uint8Array; labels: Uint8Array } {
  const text = gunzipSync(readFileSync(path.join(packageRoot, 'data', 'digits.csv.gz'))).toString('latin1');
  const rows = text.trimEnd().split('\n');
  const pixels = new Uint8Array(SAMPLES * PIXELS);
  const labels = new Uint8Array(SAMPLES);
  if (rows.length !== SAMPLES)
    throw new FormatError({ where: 'digits.csv.gz', expected: `${SAMPLES} rows`, received: String(rows.length) });
  rows.forEach((row, i) => {
    const values = row.split(',').map(Number);
    pixels.set(values.slice(0, PIXELS), i * PIXELS);
    labels[i] = values[PIXELS]!;
  });
  return { pixels, labels };
}

/** Which samples are for testing: of each class its share, drawn by the seed. */
function split(labels: Uint8Array, start: number): { train: number[]; test: number[] } {
  const random = randomStream(start);
  const classes = Array.from({ length: CLASSES }, (_, c) =>
    shuffleInPlace(
      [...labels.keys()].filter((i) => labels[i] === c),
      random,
    ),
  );
  // Largest remainders, so that the shares add up to the size of the test set.
  const exact = classes.map((members) => (members.length * TEST) / SAMPLES);
  const counts = exact.map(Math.floor);
  const byRemainder = [...exact.keys()].sort((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!));
  for (let i = 0; counts.reduce((a, b) => a + b, 0) < TEST; i++) counts[byRemainder[i]!]!++;
  const test = classes.flatMap((members, c) => members.slice(0, counts[c]));
  const train = classes.flatMap((members, c) => members.slice(counts[c]));
  return { train: shuffleInPlace(train, random), test: shuffleInPlace(test, random) };
}

/**
 * 1,797 handwritten digits (Alpaydin and Kaynak, UCI) that come with the package: pixels from 0 (background) to 16, labels 0 to 9, split
 * into 1,437 for training and 360 for testing with the same share of every class. Another `seed` is another split.
 *
 * @example
 * const { train, test } = await datasets.digits();   // train.x: Tensor<[1437, 8, 8], 'uint8'>
 */
export async function digits(options: { seed?: number } = {}): Promise<ImageSet<1437, 360, [8, 8]>> {
  const settings = readOptions('digits', options, { seed });
  const { pixels, labels } = parse();
  const chosen = split(labels, settings.seed);
  const part = (rows: readonly number[]) => {
    const x = new Uint8Array(rows.length * PIXELS);
    rows.forEach((row, i) => x.set(pixels.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS));
    return {
      x: tensor(x, [rows.length, 8, 8]),
      y: tensor(
        Uint8Array.from(rows, (row) => labels[row]!),
        [rows.length],
      ),
    };
  };
  return { train: part(chosen.train), test: part(chosen.test) } as unknown as ImageSet<1437, 360, [8, 8]>;
}
