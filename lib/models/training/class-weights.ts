/** Weights of classes, brought into the form of weights of samples. */
import { ArgumentError } from '../../errors.js';
import * as ops from '../../ops/index.js';
import { tensor } from '../../tensor/create.js';
import { tidy } from '../../tensor/scope.js';
import type { Tensor } from '../../tensor/tensor.js';
import { byOutput, isRecord } from './by-output.js';
import type { Arrays } from './data.js';
import type { ClassWeights } from './options.js';

/** Weights of classes as weights of samples. Labels are class numbers, or one-hot rows. */
function classWeights(where: string, labels: Tensor, given: Readonly<Record<string | number, number>>): Tensor {
  const entries = Object.entries(given).map(([key, weight]) => [Number(key), weight] as const);
  for (const [key, weight] of entries) {
    if (Number.isInteger(key) && key >= 0 && typeof weight === 'number' && Number.isFinite(weight) && weight >= 0) continue;
    throw new ArgumentError({
      where: `${where} classWeight`,
      expected: 'numbers of at least 0 by class number',
      received: `${String(key)}: ${String(weight)}`,
      hint: 'for example { 0: 1, 1: 2.5 }',
    });
  }
  return tidy(() => {
    const oneHot = labels.rank > 1 && labels.shape[labels.rank - 1]! > 1;
    const numbers = oneHot ? ops.argmax(labels, { axis: -1 }) : ops.cast(ops.reshape(labels, [labels.shape[0]!]), 'int32');
    const table = new Float32Array(Math.max(...entries.map(([key]) => key), oneHot ? labels.shape[labels.rank - 1]! - 1 : 0) + 1).fill(1);
    for (const [key, weight] of entries) table[key] = weight;
    // Classes that the table does not reach keep the weight 1.
    const within = ops.less(numbers, table.length);
    const looked = ops.take(tensor(table), ops.where(within, numbers, ops.zerosLike(numbers)), { axis: 0 });
    return ops.where(within, looked, ops.onesLike(looked));
  });
}

/**
 * The arrays with the weights of classes multiplied into those of samples; what was made is owned. Of a model with several outputs each
 * that is to be weighed is named, since one numbering of classes seldom fits all.
 */
export function withClassWeights(
  where: string,
  arrays: Arrays,
  given: ClassWeights | Readonly<Record<string, ClassWeights>>,
  outputs: readonly string[],
): Arrays {
  const named = Object.values(given).some((one) => isRecord(one));
  if (!named && outputs.length > 1) {
    throw new ArgumentError({
      where: `${where} classWeight`,
      expected: `weights by the names of the outputs (${outputs.join(', ')})`,
      received: 'weights of classes alone',
      hint: `for example { ${outputs[0]}: { 0: 1, 1: 2.5 } }`,
    });
  }
  const each = named ? byOutput(`${where} classWeight`, given, outputs) : [given];
  const owned: Tensor[] = [];
  const weights = each.map((table, i) => {
    const own = arrays.weights.length === 1 ? arrays.weights[0] : arrays.weights[i];
    if (table === undefined) return own;
    const ofClasses = classWeights(where, arrays.y[i]!, table as ClassWeights);
    owned.push(ofClasses);
    if (!own) return ofClasses;
    const joined = tidy(() => ops.mul(ofClasses, ops.cast(own, 'float32')));
    owned.push(joined);
    return joined;
  });
  return { ...arrays, weights, owned };
}
