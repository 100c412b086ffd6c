/** Quantiles of more numbers than one keeps: summaries that can be joined, as Keras' discretization has them. */

/** Values in ascending order, and how many numbers each stands for. */
export interface Summary {
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

/** Every so many-th of the sorted numbers, so that about 1 / epsilon are left. */
export function summarized(numbers: ArrayLike<number>, epsilon: number): Summary {
  const sorted = Float64Array.from(numbers).sort();
  const step = Math.max(sorted.length * epsilon, 1);
  const values: number[] = [];
  for (let i = Math.trunc(step - 1); i < sorted.length; i += Math.trunc(step)) values.push(sorted[i]!);
  return { values, weights: values.map(() => step) };
}

/** `x` on the line through the points (xs, ys), xs ascending; beyond the ends the ends' values. */
function interpolated(x: number, xs: readonly number[], ys: readonly number[]): number {
  const last = xs.length - 1;
  if (x >= xs[last]!) return ys[last]!;
  if (x <= xs[0]!) return ys[0]!;
  let right = 1;
  while (xs[right]! <= x) right++;
  const [x0, x1] = [xs[right - 1]!, xs[right]!];
  return ys[right - 1]! + ((ys[right]! - ys[right - 1]!) * (x - x0)) / (x1 - x0);
}

/** About 1 / epsilon values of a summary, at equal shares of the whole weight. */
function compressed(summary: Summary, epsilon: number): Summary {
  if (summary.values.length * epsilon < 1) return summary;
  let sum = 0;
  const cumulative = summary.weights.map((weight) => (sum += weight));
  const shares = cumulative.map((weight) => weight / sum);
  const count = Math.ceil(1 / epsilon);
  const percents = Array.from({ length: count }, (_, i) => epsilon + i * epsilon);
  const reached = percents.map((percent) => interpolated(percent, shares, cumulative));
  return {
    values: percents.map((percent) => interpolated(percent, shares, summary.values)),
    weights: reached.map((weight, i) => weight - (reached[i - 1] ?? 0)),
  };
}

/** Both together, cut down to about 1 / epsilon values. */
export function joined(a: Summary, b: Summary, epsilon: number): Summary {
  const values = [...a.values, ...b.values];
  const weights = [...a.weights, ...b.weights];
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  return compressed({ values: order.map((i) => values[i]!), weights: order.map((i) => weights[i]!) }, epsilon);
}

/** The boundaries between `count` bins of about equal weight. */
export function binBoundaries(summary: Summary, count: number): number[] {
  return compressed(summary, 1 / count).values.slice(0, -1);
}
