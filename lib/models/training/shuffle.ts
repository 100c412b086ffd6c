/** The order in which an epoch takes its samples. */
import { randomStream, shuffleInPlace } from '../../random/host.js';
import { globalRandom } from '../../random/state.js';

/** The samples as they lie. */
export function inOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** A new order of `count` samples, drawn from the global stream: the same seed gives the same orders. */
export function shuffled(count: number): Int32Array {
  return shuffleInPlace(inOrder(count), randomStream(globalRandom.nextSeed()));
}
