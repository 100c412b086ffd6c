/** Weights as TensorBoard shows them: histograms, and pictures where the shape allows it. */
import type { TypedArray } from '../tensor/dtype.js';

const BUCKETS = 30;
/** Pictures of one weight at most, as TensorFlow's summaries have it. */
const PICTURES = 3;

/** Thirty buckets of equal width between the least and the greatest value: left edge, right edge, count. What is not finite is left out. */
export function histogramRows(data: TypedArray): [number, number, number][] {
  const values = Array.from(data, Number).filter(Number.isFinite);
  if (values.length === 0) return Array.from({ length: BUCKETS }, () => [0, 0, 0]);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) return Array.from({ length: BUCKETS }, (_, i) => [low, low, i === BUCKETS - 1 ? values.length : 0]);
  const width = (high - low) / BUCKETS;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of values) counts[Math.min(Math.floor((value - low) / width), BUCKETS - 1)]!++;
  return counts.map((count, i) => [low + width * i, i === BUCKETS - 1 ? high : low + width * (i + 1), count]);
}

/** How a weight lies in pictures: number, height, width and channels of them, and where the value of each pixel is. */
function layoutOf(
  squeezed: readonly number[],
): { shape: readonly [number, number, number, number]; at(index: number): number } | undefined {
  const same = (index: number): number => index;
  if (squeezed.length === 1) return { shape: [1, squeezed[0]!, 1, 1], at: same };
  if (squeezed.length === 2) {
    const [rows, columns] = squeezed as [number, number];
    if (rows <= columns) return { shape: [1, rows, columns, 1], at: same };
    return { shape: [1, columns, rows, 1], at: (index) => (index % rows) * columns + Math.floor(index / rows) };
  }
  if (squeezed.length === 3) {
    const [height, width, count] = squeezed as [number, number, number];
    return { shape: [count, height, width, 1], at: (index) => (index % (height * width)) * count + Math.floor(index / (height * width)) };
  }
  if (squeezed.length === 4 && [1, 3, 4].includes(squeezed[3]!)) return { shape: squeezed as [number, number, number, number], at: same };
  return undefined;
}

export interface WeightPictures {
  width: number;
  height: number;
  /** PNG files. */
  pictures: Uint8Array[];
}

/** A weight of one to three dimensions (those of length 1 aside), or of four like pictures; 0 is black and 1 white. */
export async function weightPictures(shape: readonly number[], data: TypedArray): Promise<WeightPictures | undefined> {
  const layout = layoutOf(shape.filter((dim) => dim !== 1));
  if (!layout || data.length === 0) return undefined;
  const { encode } = await import('fast-png');
  const [count, height, width, channels] = layout.shape;
  const size = height * width * channels;
  const pictures = Array.from({ length: Math.min(count, PICTURES) }, (_, picture) => {
    const pixels = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      const value = Number(data[layout.at(picture * size + i)]);
      pixels[i] = Math.max(0, Math.min(255, Math.floor(value * 255.5)));
    }
    return encode({ width, height, data: pixels, channels: channels, depth: 8 });
  });
  return { width, height, pictures };
}
