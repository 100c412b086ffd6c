/** Plain JavaScript references: slow, obvious, and written without the code under test. */

export interface Dense {
  shape: number[];
  data: number[];
}

/** Numbers in row-major order as a dense array. */
export function dense(shape: readonly number[], data: ArrayLike<number>): Dense {
  return { shape: [...shape], data: Array.from(data, Number) };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The index of each element, last axis fastest. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const total = sizeOf(shape);
  for (let n = 0; n < total; n++) {
    const index = new Array<number>(shape.length);
    let rest = n;
    for (let i = shape.length - 1; i >= 0; i--) {
      index[i] = rest % shape[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    yield index;
  }
}

export function at({ shape, data }: Dense, index: readonly number[]): number {
  let place = 0;
  for (let i = 0; i < shape.length; i++) place = place * shape[i]! + index[i]!;
  return data[place]!;
}

/** The element that broadcasting puts at an index of the result. */
export function atBroadcast(x: Dense, index: readonly number[]): number {
  const lead = index.length - x.shape.length;
  return at(
    x,
    x.shape.map((dim, i) => (dim === 1 ? 0 : index[lead + i]!)),
  );
}

export function make(shape: readonly number[], fn: (index: number[]) => number): Dense {
  return { shape: [...shape], data: Array.from(indices(shape), fn) };
}

/** `fn` of all elements that share the axes that are not reduced. */
export function reduce(x: Dense, axes: readonly number[], fn: (values: number[]) => number): Dense {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const groups = new Map<string, number[]>();
  const shape = kept.map((i) => x.shape[i]!);
  for (const index of indices(shape)) groups.set(index.join(), []);
  for (const index of indices(x.shape)) groups.get(kept.map((i) => index[i]!).join())!.push(at(x, index));
  return { shape, data: [...groups.values()].map(fn) };
}

/** Convolution of NHWC images with OHWI filters, written as the sum it is. */
export function conv2d(
  x: Dense,
  filter: Dense,
  options: { strides: [number, number]; pads: [number, number, number, number]; dilation: [number, number]; groups: number },
): Dense {
  const { strides, pads, dilation, groups } = options;
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const [out, kh, kw, each] = filter.shape as [number, number, number, number];
  const [top, left, bottom, right] = pads;
  const rows = Math.floor((h + top + bottom - (kh - 1) * dilation[0] - 1) / strides[0]) + 1;
  const columns = Math.floor((w + left + right - (kw - 1) * dilation[1] - 1) / strides[1]) + 1;
  return make([n, rows, columns, out], ([b, i, j, o]) => {
    const group = Math.floor(o! / (out / groups));
    let sum = 0;
    for (let p = 0; p < kh; p++) {
      for (let q = 0; q < kw; q++) {
        const y = i! * strides[0] - top + p * dilation[0];
        const z = j! * strides[1] - left + q * dilation[1];
        if (y < 0 || y >= h || z < 0 || z >= w) continue;
        for (let k = 0; k < each; k++) sum += at(x, [b!, y, z, group * (c / groups) + k]) * at(filter, [o!, p, q, k]);
      }
    }
    return sum;
  });
}

/** The elements of each window of NHWC images that lie inside; padding is left out. */
export function pool2d(
  x: Dense,
  options: { pool: [number, number]; strides: [number, number]; pads: [number, number]; size: [number, number] },
  fn: (values: number[]) => number,
): Dense {
  const { pool, strides, pads, size } = options;
  const [n, h, w, c] = x.shape as [number, number, number, number];
  return make([n, ...size, c], ([b, i, j, k]) => {
    const values: number[] = [];
    for (let p = 0; p < pool[0]; p++) {
      for (let q = 0; q < pool[1]; q++) {
        const y = i! * strides[0] - pads[0] + p;
        const z = j! * strides[1] - pads[1] + q;
        if (y >= 0 && y < h && z >= 0 && z < w) values.push(at(x, [b!, y, z, k!]));
      }
    }
    return fn(values);
  });
}

/** A product of matrices, with batch axes that broadcast. */
export function matmul(a: Dense, b: Dense, transposeA: boolean, transposeB: boolean): Dense {
  const [ba, bb] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const rank = Math.max(ba.length, bb.length);
  const batch = Array.from({ length: rank }, (_, i) => Math.max(ba[i - rank + ba.length] ?? 1, bb[i - rank + bb.length] ?? 1));
  const [p, q] = a.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [q, p] : [p, q];
  const [r, s] = b.shape.slice(-2) as [number, number];
  const n = transposeB ? r : s;
  return make([...batch, m, n], (index) => {
    const [i, j] = index.slice(-2) as [number, number];
    const lead = index.slice(0, -2);
    const of = (x: Dense, own: number[], u: number, v: number) => {
      const place = own.map((dim, d) => (dim === 1 ? 0 : lead[lead.length - own.length + d]!));
      return at(x, [...place, u, v]);
    };
    let sum = 0;
    for (let l = 0; l < k; l++) {
      sum += (transposeA ? of(a, ba, l, i) : of(a, ba, i, l)) * (transposeB ? of(b, bb, j, l) : of(b, bb, l, j));
    }
    return sum;
  });
}
