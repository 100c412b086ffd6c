/** The order in which an epoch takes its samples. */
import { randomStream, shuffleInPlace } from '../../random/host.js';
import { globalRandom, type StreamPlace } from '../../random/state.js';

/** The samples as they lie. */
export function inOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/**
 * A new order of `count` samples, drawn from the global stream: the same seed gives the same orders. With `place` it is drawn as it was there,
 * and the stream stays where it is.
 */
export function shuffled(count: number, place?: StreamPlace): Int32Array {
  const now = globalRandom.place;
  if (place) globalRandom.place = place;
  const seed = globalRandom.nextSeed();
  if (place) globalRandom.place = now;
  return shuffleInPlace(inOrder(count), randomStream(seed));
}
