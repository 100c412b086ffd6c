/** What is done to files, whatever they hold: bits, bytes, spans, lengths, and the halves of two. */
import type { Random } from './random.js';

type Mutator = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Numbers at the edges of what lengths, offsets and counts may be. */
const EDGES = [0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 1024, 32767, 65535, 65536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32];

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  // a Buffer's slice would be the same bytes
  const copy = new Uint8Array(bytes);
  if (copy.length > 0) change(copy);
  return copy;
}

/** `count` bytes at `from` become `middle`. */
export function spliced(bytes: Uint8Array, from: number, count: number, middle: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(from + count)]);
}

function span(bytes: Uint8Array, random: Random): [from: number, count: number] {
  const count = random.length(bytes.length);
  return [random.below(bytes.length - count + 1), count];
}

export const mutators: Readonly<Record<string, Mutator>> = {
  bit: (bytes, random) => changed(bytes, (copy) => (copy[random.below(copy.length)]! ^= 1 << random.below(8))),
  byte: (bytes, random) => changed(bytes, (copy) => (copy[random.below(copy.length)] = random.below(256))),
  truncate: (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  insert: (bytes, random) => {
    const middle = Uint8Array.from({ length: random.length(4096) }, () => random.below(256));
    return spliced(bytes, random.below(bytes.length + 1), 0, middle);
  },
  remove: (bytes, random) => {
    const [from, count] = span(bytes, random);
    return spliced(bytes, from, count, new Uint8Array(0));
  },
  repeat: (bytes, random) => {
    const [from, count] = span(bytes, random);
    return spliced(bytes, from, 0, bytes.subarray(from, from + count));
  },
  move: (bytes, random) => {
    const [from, count] = span(bytes, random);
    return changed(bytes, (copy) => void copy.copyWithin(random.below(copy.length), from, from + count));
  },
  same: (bytes, random) => {
    const [from, count] = span(bytes, random);
    return changed(bytes, (copy) => void copy.fill(random.pick([0, 0xff, 0x20, 0x5b]), from, from + count));
  },
  /** An edge, or what is there and one more or less, as a number of 1, 2, 4 or 8 bytes of either order. */
  number: (bytes, random) =>
    changed(bytes, (copy) => {
      const size = random.pick([1, 2, 4, 8].filter((one) => one <= copy.length));
      const at = random.below(Math.min(copy.length, random.pick([64, copy.length])) - size + 1);
      if (at < 0) return;
      const view = Buffer.from(copy.buffer, copy.byteOffset, copy.length);
      const mask = (1n << BigInt(8 * size)) - 1n;
      const edge = BigInt(random.pick(EDGES));
      const there = BigInt(size === 8 ? view.readBigUInt64LE(at) : view.readUIntLE(at, size));
      const value = random.pick([edge, mask - edge, there + 1n, there - 1n, BigInt(copy.length), BigInt(copy.length - at)]) & mask;
      const little = Buffer.alloc(8);
      little.writeBigUInt64LE(value);
      const part = little.subarray(0, size);
      view.set(random.below(4) === 0 ? part.reverse() : part, at);
    }),
  splice: (bytes, random, other) => {
    const [from, to] = [random.below(bytes.length + 1), random.below(other.length + 1)];
    return Buffer.concat([bytes.subarray(0, from), other.subarray(to)]);
  },
};

const all = Object.values(mutators);

/** One to four changes. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let out = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) out = out.length === 0 ? other.slice() : random.pick(all)(out, random, other);
  return out;
}
