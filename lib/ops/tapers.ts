/** Windows that fade a frame of a signal in and out, as numbers: what short-time Fourier transforms multiply frames with. */
import { ArgumentError } from '../errors.js';
import { describe, nearest, type Reader } from '../options/read.js';

/** Sums of cosines: their coefficients. */
const cosines = {
  boxcar: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  nuttall: [0.3635819, 0.4891775, 0.1365995, 0.0106411],
  blackmanharris: [0.35875, 0.48829, 0.14128, 0.01168],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

/** Others, by the place n of 0 to m - 1. */
const formulas = {
  bartlett: (n: number, m: number) => 1 - Math.abs((2 * n) / (m - 1) - 1),
  triang: (n: number, m: number) => (m % 2 === 0 ? (2 * Math.min(n, m - 1 - n) + 1) / m : (2 * (Math.min(n, m - 1 - n) + 1)) / (m + 1)),
  cosine: (n: number, m: number) => Math.sin((Math.PI * (n + 0.5)) / m),
  barthann: (n: number, m: number) => {
    const x = Math.abs(n / (m - 1) - 0.5);
    return 0.62 - 0.48 * x + 0.38 * Math.cos(2 * Math.PI * x);
  },
  bohman: (n: number, m: number) => {
    const x = Math.abs((2 * n) / (m - 1) - 1);
    return x === 1 ? 0 : (1 - x) * Math.cos(Math.PI * x) + Math.sin(Math.PI * x) / Math.PI;
  },
  parzen: (n: number, m: number) => {
    const at = Math.abs(n - (m - 1) / 2);
    const x = at / (m / 2);
    return at <= (m - 1) / 4 ? 1 - 6 * x ** 2 + 6 * x ** 3 : 2 * (1 - x) ** 3;
  },
  tukey: (n: number, m: number) => {
    const from = Math.min(n, m - 1 - n);
    return from <= Math.floor((m - 1) / 4) ? 0.5 * (1 + Math.cos(Math.PI * ((4 * from) / (m - 1) - 1))) : 1;
  },
  exponential: (n: number, m: number) => Math.exp(-Math.abs(n - (m - 1) / 2)),
  lanczos: (n: number, m: number) => {
    const x = Math.PI * ((2 * n) / (m - 1) - 1);
    return x === 0 ? 1 : Math.sin(x) / x;
  },
} as const;

/** Names of windows, as SciPy has them. */
export type TaperName = keyof typeof cosines | keyof typeof formulas;

export const taperNames = [...Object.keys(cosines), ...Object.keys(formulas)] as TaperName[];

/** A window by its name, or its numbers. */
export type Taper = TaperName | readonly number[];

/** Reads the name of a window, or its numbers. */
export function taperReader(names: readonly TaperName[] = taperNames): Reader<Taper> {
  return (value, where) => {
    if (typeof value === 'string' && (names as readonly string[]).includes(value)) return value as TaperName;
    const list = ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
    if (Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'number' && Number.isFinite(one))) {
      return [...(list as number[])];
    }
    const near = typeof value === 'string' ? nearest(value, names) : undefined;
    throw new ArgumentError({
      where,
      expected: `a window (${names.join(', ')}), or a list of its numbers`,
      received: describe(value),
      hint: near && `did you mean '${near}'?`,
    });
  };
}

/** The numbers of a window of `length`; a periodic one is the beginning of one that is longer by one. */
export function taperOf(taper: Taper, length: number, periodic: boolean, where: string): Float64Array {
  if (typeof taper !== 'string') {
    if (taper.length === length) return Float64Array.from(taper);
    throw new ArgumentError({ where, expected: `a window of ${length} numbers`, received: `${taper.length}` });
  }
  if (length === 1) return Float64Array.of(1);
  const m = periodic ? length + 1 : length;
  return Float64Array.from({ length }, (_, n) => {
    if (taper in formulas) return formulas[taper as keyof typeof formulas](n, m);
    const angle = (2 * Math.PI * n) / (m - 1) - Math.PI;
    return cosines[taper as keyof typeof cosines].reduce((sum, factor, k) => sum + factor * Math.cos(k * angle), 0);
  });
}
