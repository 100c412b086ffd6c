/** Connectionist temporal classification: labels without known times. Source: Keras 3, `keras.losses.CTC`; Graves et al. 2006. */
import { ShapeError } from '../errors.js';
import { onDeviceOf } from '../ops/define.js';
import * as ops from '../ops/index.js';
import { part } from '../ops/slice.js';
import { padded } from '../ops/pad.js';
import { readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { commonReaders, type LossOptions, OptionLoss } from './loss.js';

/** The logarithm of a probability of 0; finite, so that differences of two stay numbers. */
const IMPOSSIBLE = -1e30;

/** Path ends, the label's steps with blanks between, one step to the right: what was `by` to the left. */
function shifted(x: Tensor, by: number): Tensor {
  const length = x.shape[1]!;
  return padded(
    part(x, 1, 0, length - by),
    [
      [0, 0],
      [by, 0],
    ],
    'constant',
    IMPOSSIBLE,
  );
}

/**
 * Minus the logarithm of the probability of each label. `labels` [batch, length] are class numbers, 0 is the blank and fills what a label does
 * not need; `logits` are [batch, steps, classes].
 */
export function ctcOf(labels: Tensor, logits: Tensor): Tensor {
  if (labels.rank !== 2 || logits.rank !== 3 || labels.shape[0] !== logits.shape[0]) {
    throw new ShapeError({
      where: 'ctc',
      expected: 'class numbers [batch, length] and logits [batch, steps, classes]',
      received: `[${labels.shape.join(', ')}] and [${logits.shape.join(', ')}]`,
    });
  }
  const [batch, length] = labels.shape as [number, number];
  const steps = logits.shape[1]!;
  const states = 2 * length + 1;
  const classes = ops.cast(labels, 'int32');
  // blank, first, blank, second, ..., blank
  const blanks = ops.zerosLike(classes);
  const pairs = ops.reshape(ops.stack([blanks, classes], { axis: 2 }), [batch, 2 * length]);
  const path = padded(pairs, [
    [0, 0],
    [0, 1],
  ]);
  const two =
    length > 0
      ? padded(part(path, 1, 0, states - 2), [
          [0, 0],
          [2, 0],
        ])
      : blanks;
  // A blank between may be left out, but not between two equal labels.
  const skips = ops.logicalAnd(ops.notEqual(path, 0), ops.notEqual(path, two));

  const logs = ops.logSoftmax(logits);
  const where = ops.broadcastTo(ops.expandDims(path, 1), [batch, steps, states]);
  const emitted = ops.unstack(ops.takeAlongAxis(logs, where, 2), { axis: 1 });
  const place = ops.cast(
    onDeviceOf(logits, () => ops.arange(states)),
    'int32',
  );
  let alpha = ops.where(ops.broadcastTo(ops.less(place, 2), [batch, states]), emitted[0]!, IMPOSSIBLE);
  for (const emission of emitted.slice(1)) {
    let next = alpha;
    if (states > 1) {
      next = ops.logaddexp(next, shifted(alpha, 1));
      next = ops.logaddexp(next, ops.where(skips, shifted(alpha, 2), IMPOSSIBLE));
    }
    alpha = ops.add(next, emission);
  }
  const last = ops.mul(ops.sum(ops.cast(ops.notEqual(classes, 0), 'int32'), { axis: 1, keepdims: true }), 2);
  const ends = ops.logicalOr(ops.equal(place, last), ops.equal(place, ops.sub(last, 1)));
  const total = ops.logsumexp(ops.where(ends, alpha, IMPOSSIBLE), { axis: 1 });
  // A label longer than the steps has no path at all.
  return ops.where(ops.less(total, IMPOSSIBLE / 2), Infinity, ops.neg(total));
}

export class CTC extends OptionLoss {
  readonly className = 'CTC';
  protected readonly call = ctcOf;

  constructor(options: LossOptions = {}) {
    super(readOptions('ctc', options, commonReaders('ctc')));
  }

  override get labels(): 'free' {
    return 'free';
  }

  protected override get castsLabels(): boolean {
    return false;
  }
}
