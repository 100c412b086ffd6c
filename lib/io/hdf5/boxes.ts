/** Large arrays in pieces: boxes of whole rows, whose elements follow each other. */
import type { Box } from './types.js';

/** The number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Boxes of at most `most` elements that make up an array of this shape, in its order. */
export function* boxes(shape: readonly number[], most: number): Generator<Box> {
  const size = sizeOf(shape);
  if (size <= most || shape.length === 0) {
    yield { offset: shape.map(() => 0), count: [...shape] };
    return;
  }
  // The last axes as a whole, so many steps of the one before them, and one step of each of the first axes.
  let axis = shape.length - 1;
  let inner = 1;
  while (inner * shape[axis]! <= most) inner *= shape[axis--]!;
  const steps = Math.max(1, Math.floor(most / inner));
  const outer = shape.slice(0, axis);
  const index = outer.map(() => 0);
  for (let more = true; more;) {
    for (let at = 0; at < shape[axis]!; at += steps) {
      yield {
        offset: [...index, at, ...shape.slice(axis + 1).map(() => 0)],
        count: [...index.map(() => 1), Math.min(steps, shape[axis]! - at), ...shape.slice(axis + 1)],
      };
    }
    more = false;
    for (let i = index.length - 1; i >= 0 && !more; i--) {
      index[i]!++;
      if (index[i]! < outer[i]!) more = true;
      else index[i] = 0;
    }
  }
}
