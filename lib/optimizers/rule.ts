/** Optimizers whose step is a rule for each element, all of them one native op. */
import { defineOp } from '../ops/define.js';
import type { Tensor } from '../tensor/tensor.js';
import type { StepScalars } from './iterations.js';
import { runGrouped } from './kernel.js';
import { type Entry, Optimizer } from './optimizer.js';

const op = defineOp('ruleUpdate', ['count', 'rule', 'a:f', 'b:f', 'c:f', 'd:f', 'e:f', 'weightDecay:f']);

/** Codes of the rules, in the order of native/math/optimizer.h. */
const RULES = ['Adamax', 'Nadam', 'Adagrad', 'Adadelta', 'Ftrl', 'Lion', 'ScheduleFree'] as const;

export abstract class RuleOptimizer extends Optimizer {
  protected abstract readonly rule: (typeof RULES)[number];
  /** The rule's numbers, at most five. */
  protected abstract numbers(): readonly number[];

  /** The third scalar, which only some rules look at. */
  protected product({ learningRate }: StepScalars): Tensor {
    return learningRate;
  }

  protected update(entries: readonly Entry[], gradients: readonly Tensor[], scalars: StepScalars): void {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = this.numbers();
    const code = RULES.indexOf(this.rule);
    runGrouped(
      op,
      [scalars.learningRate, scalars.step, this.product(scalars)],
      entries,
      gradients,
      (variable) => this.decayOf(variable),
      (count, decay) => [count, code, a, b, c, d, e, decay],
    );
  }
}
