/** Einstein sums: any product of tensors with sums over shared letters, brought down to matrix products. */
import { ArgumentError, ShapeError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { multiply } from './binary.js';
import { expandTo, reshaped, sumAxes, view } from './broadcast.js';
import { asTensor, promoteAll, shapeText, sizeOf, type TensorLike } from './common.js';
import { matmul, product } from './matmul.js';
import { permuted } from './transpose.js';
import { diagonal } from './triangle.js';

/** A tensor whose axes have names. */
interface Named {
  x: Tensor;
  names: string[];
}

function fail(subscripts: string, expected: string, received: string): never {
  throw new ArgumentError({ where: `einsum '${subscripts}'`, expected, received });
}

/** The letters of one operand; axes under '...' are named '0', '1', ... counted from the last, so that they broadcast. */
function nameAxes(subscripts: string, term: string, rank: number): string[] {
  const [before, after, more] = term.split('...') as [string, string?, string?];
  if (more !== undefined) fail(subscripts, "'...' at most once a term", `'${term}'`);
  if (!/^[A-Za-z]*$/.test(before + (after ?? ''))) fail(subscripts, "letters and '...'", `'${term}'`);
  const letters = before.length + (after?.length ?? 0);
  if (after === undefined ? letters !== rank : letters > rank) fail(subscripts, `a term for ${rank} axes`, `'${term}'`);
  const dots = Array.from({ length: after === undefined ? 0 : rank - letters }, (_, i, count = rank - letters) => String(count - 1 - i));
  return [...before, ...dots, ...(after ?? '')];
}

/** Repeated letters of one operand mean its diagonal. */
function withoutRepeats({ x, names }: Named): Named {
  for (let i = 0; i < names.length; i++) {
    const j = names.indexOf(names[i]!, i + 1);
    if (j < 0) continue;
    if (x.shape[i] !== x.shape[j]) {
      throw new ShapeError({ where: 'einsum', expected: `equal dimensions for both axes '${names[i]}'`, received: shapeText(x.shape) });
    }
    const rest = names.filter((_, k) => k !== i && k !== j);
    return withoutRepeats({ x: diagonal(x, { axis1: i, axis2: j }), names: [...rest, names[i]!] });
  }
  return { x, names };
}

function summed({ x, names }: Named, kept: ReadonlySet<string>): Named {
  const axes = names.map((_, i) => i).filter((i) => !kept.has(names[i]!));
  if (axes.length === 0) return { x, names };
  return { x: sumAxes(x, axes), names: names.filter((name) => kept.has(name)) };
}

/** Axes in the given order; those it does not have get size 1. */
function arranged({ x, names }: Named, order: readonly string[]): Tensor {
  const present = order.filter((name) => names.includes(name));
  const turned = permuted(
    x,
    present.map((name) => names.indexOf(name)),
  );
  return reshaped(
    turned,
    order.map((name) => (names.includes(name) ? x.shape[names.indexOf(name)]! : 1)),
  );
}

function pairwise(a: Named, b: Named, kept: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Named {
  const left = summed(a, new Set([...kept, ...b.names]));
  const right = summed(b, new Set([...kept, ...a.names]));
  const shared = left.names.filter((name) => right.names.includes(name));
  const batch = shared.filter((name) => kept.has(name));
  const inner = shared.filter((name) => !kept.has(name));
  const onlyLeft = left.names.filter((name) => !shared.includes(name));
  const onlyRight = right.names.filter((name) => !shared.includes(name));
  const names = [...batch, ...onlyLeft, ...onlyRight];
  if (inner.length === 0) return { x: multiply(arranged(left, names), arranged(right, names)), names };
  const dims = (list: readonly string[]) => list.map((name) => sizes.get(name)!);
  const matrix = (one: Named, outer: readonly string[]) => {
    const order = [...batch, ...outer, ...inner];
    return reshaped(expandTo(arranged(one, order), dims(order)), [sizeOf(dims(batch)), sizeOf(dims(outer)), sizeOf(dims(inner))]);
  };
  const [l, r] = [matrix(left, onlyLeft), matrix(right, onlyRight)];
  const y = isFloat(l.dtype) ? product(l, r, { transposeB: true }) : matmul(l, r, { transposeB: true });
  return { x: reshaped(y, dims(names)), names };
}

/**
 * Products and sums as the letters say: letters that stand left of '->' only are summed over. '...' stands for axes that broadcast. Without
 * '->' the result has the letters that occur once, in alphabetical order. Keras 3: `keras.ops.einsum`.
 *
 * @example
 * ops.einsum('ij,jk->ik', a, b);        // a matrix product
 * ops.einsum('bi,ij,bj->b', x, w, y);   // a bilinear form
 */
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor {
  const text = subscripts.replace(/\s+/g, '');
  const [inputs, result, extra] = text.split('->') as [string, string?, string?];
  const terms = inputs.split(',');
  if (extra !== undefined) fail(subscripts, "one '->'", 'several');
  if (terms.length !== operands.length) fail(subscripts, `${terms.length} operands`, String(operands.length));
  const tensors = promoteAll(operands.map((operand) => asTensor('einsum', operand)));
  const named = tensors.map((x, i): Named => ({ x, names: nameAxes(subscripts, terms[i]!, x.shape.length) }));
  const sizes = new Map<string, number>();
  for (const { x, names } of named) {
    names.forEach((name, i) => {
      const known = sizes.get(name) ?? 1;
      const dim = x.shape[i]!;
      const stretches = /\d/.test(name) && (known === 1 || dim === 1);
      if (sizes.has(name) && known !== dim && !stretches) {
        throw new ShapeError({ where: `einsum '${subscripts}'`, expected: `one dimension for '${name}'`, received: `${known} and ${dim}` });
      }
      sizes.set(name, sizes.has(name) && stretches ? (dim === 1 ? known : dim) : dim);
    });
  }
  const dots = [...sizes.keys()].filter((name) => /\d/.test(name)).sort((a, b) => Number(b) - Number(a));
  const order = outputNames(subscripts, result, named, dots);
  for (const name of order) if (!sizes.has(name)) fail(subscripts, 'letters of the operands in the result', `'${name}'`);
  if (new Set(order).size !== order.length) fail(subscripts, 'each letter once in the result', `'${result ?? ''}'`);
  const work = named.map(withoutRepeats);
  let total = work[0]!;
  for (let i = 1; i < work.length; i++) {
    const kept = new Set([...order, ...work.slice(i + 1).flatMap(({ names }) => names)]);
    total = pairwise(total, work[i]!, kept, sizes);
  }
  const y = expandTo(
    arranged(summed(total, new Set(order)), order),
    order.map((name) => sizes.get(name)!),
  );
  return tensors.includes(y) ? view(y) : y;
}

function outputNames(subscripts: string, result: string | undefined, named: readonly Named[], dots: readonly string[]): string[] {
  if (result !== undefined) {
    const [before, after, more] = result.split('...') as [string, string?, string?];
    if (more !== undefined) fail(subscripts, "'...' at most once in the result", `'${result}'`);
    if (after === undefined && dots.length > 0) fail(subscripts, "'...' in the result as in the operands", `'${result}'`);
    return [...before, ...(after === undefined ? [] : dots), ...(after ?? '')];
  }
  const all = named.flatMap(({ names }) => names).filter((name) => !/\d/.test(name));
  const once = all.filter((name) => all.indexOf(name) === all.lastIndexOf(name)).sort();
  return [...dots, ...once];
}
