/** Small random work on the JavaScript side: orders and splits. */

/** A stream of numbers in [0, 1) from a seed (mulberry32). */
export function randomStream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Puts the elements into an order drawn from the stream (Fisher and Yates), in place. */
export function shuffleInPlace<A extends { length: number; [index: number]: number }>(list: A, random: () => number): A {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = list[i]!;
    list[i] = list[j]!;
    list[j] = kept;
  }
  return list;
}

/**
 * A stream that depends on its key alone (four whole numbers, such as seed, pass and index), for draws that must be the same whoever makes
 * them and in whatever order (sfc32).
 */
export function keyedStream(seed: number, b = 0, c = 0, d = 0): () => number {
  let s0 = seed | 0;
  let s1 = Math.floor(seed / 2 ** 32) ^ Math.imul(b, 0x9e3779b1);
  let s2 = c | 0;
  let counter = (d | 0) + 1;
  const next = (): number => {
    const sum = (s0 + s1 + counter) | 0;
    counter = (counter + 1) | 0;
    s0 = s1 ^ (s1 >>> 9);
    s1 = (s2 + (s2 << 3)) | 0;
    s2 = ((s2 << 21) | (s2 >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // What keys have in common is mixed away.
  for (let i = 0; i < 15; i++) next();
  return next;
}
