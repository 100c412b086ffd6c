/** Every differentiable op, and its gradient's gradient, against central differences in float64 at points away from its kinks. */
import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { gradCheck, input } from '../support/gradcheck.js';
import { rows as arithmetic } from './gradients/arithmetic.js';
import { rows as more } from './gradients/more.js';
import { rows as structure } from './gradients/structure.js';
import { unary } from './gradients/unary.js';
import { rows as windows } from './gradients/windows.js';

const rows = [...arithmetic, ...structure, ...windows, ...more];

/** Ops whose results do not change with a float input but in steps, or that have none. */
const withoutGradients = [
  'all any arange argmax argmin argsort bincount ceil countNonzero digitize equal eye floor floorDivide full fullLike',
  'greater greaterEqual histogram identity inTopK isclose isfinite isinf isnan less lessEqual linspace logicalAnd logicalNot logicalOr',
  'logicalXor logspace multiHot notEqual oneHot ones onesLike random.beta random.binomial random.categorical random.dirichlet',
  'random.gamma random.normal random.permutation random.randint',
  'allclose angle argpartition bartlett bitwiseAnd bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor blackman empty',
  'emptyLike gcd geomspace hamming hanning heaviside imag isTensor isin isneginf isposinf isreal kaiser lcm linalg.matrixRank nanargmax',
  'nanargmin ndim nonzero shape signbit size unique unravelIndex',
  'random.truncatedNormal random.uniform round searchsorted sign stopGradient tri trunc zeros zerosLike',
].flatMap((line) => line.split(' '));

/** Ops under the names of namespaces, as in the tables. */
function names(space: object, prefix = ''): string[] {
  return Object.entries(space).flatMap(([name, value]) => {
    if (typeof value === 'function') return [prefix + name];
    return typeof value === 'object' && value !== null ? names(value as object, `${prefix}${name}.`) : [];
  });
}

/** The function of that name. */
function find(name: string): unknown {
  return name.split('.').reduce<unknown>((space, part) => (space as Record<string, unknown>)[part], ops);
}

describe('gradients of ops', () => {
  for (const [name, low, high] of unary) {
    const fn = ops[name] as (x: Tensor) => Tensor;
    it(name, () => gradCheck(fn, [input([2, 3], 11, low, high)], { order: 2 }));
  }
  for (const { name, fn, at, ...options } of rows) it(name, () => gradCheck(fn, at, { order: 2, ...options }));

  it('are checked for every op that has one', () => {
    const named = [...unary.map(([name]) => name), ...rows.map(({ name }) => name.split(/[ ,]/)[0]!), ...withoutGradients];
    assert.deepEqual(
      named.filter((name) => find(name) === undefined),
      [],
      'names of ops that do not exist',
    );
    const checked = new Set(named.map(find));
    assert.deepEqual(
      names(ops).filter((name) => !checked.has(find(name))),
      [],
    );
  });
});
