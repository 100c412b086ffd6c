/** The order in which an epoch takes its samples. */
import { globalRandom } from '../../random/state.js';

/** A new order of `count` samples, drawn from the global stream: the same seed gives the same orders. */
export function shuffled(count: number): Int32Array {
  const order = inOrder(count);
  let state = globalRandom.nextSeed();
  // Mulberry32: a small generator of good quality for what a shuffle needs.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}

/** The samples as they lie. */
export function inOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
