import { losses, metrics, valueAndGrad, ops, type Tensor } from '../../../lib/index.js';
import { type GoldenArray, type GoldenCase, optionsOf, type Precision, same, tensorOf, toleranceOf } from '../format.js';
import { implemented } from './made.js';
import type { Kind } from './index.js';

function options(golden: GoldenCase) {
  return { className: golden['class'] as string, config: optionsOf(golden['config'] as Record<string, unknown>) };
}

function optional(golden: Record<string, unknown>, field: string, precision: Precision): Tensor | undefined {
  return golden[field] ? tensorOf(golden[field] as GoldenArray, precision) : undefined;
}

export const loss: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const made = implemented(golden, () => losses.get(options(golden)));
    const yTrue = tensorOf(golden['y_true'] as GoldenArray, precision);
    const yPred = tensorOf(golden['y_pred'] as GoldenArray, precision);
    const [weight, mask] = [optional(golden, 'sample_weight', precision), optional(golden, 'mask', precision)];
    let value: Tensor | undefined;
    const { gradients } = valueAndGrad(() => {
      value = made.compute(yTrue, yPred, weight, mask);
      return ops.sum(value);
    }, [yPred]);
    const tolerance = toleranceOf(golden, precision);
    same('value', value!, golden['value'] as GoldenArray, tolerance);
    if (golden['y_pred_gradient']) same('y_pred_gradient', gradients[0]!, golden['y_pred_gradient'] as GoldenArray, tolerance);
  },
};

interface Update {
  result: GoldenArray;
  [argument: string]: unknown;
}

export const metric: Kind = {
  precisions: ['float32'],
  run(golden: GoldenCase, precision: Precision): void {
    const made = implemented(golden, () => metrics.get(options(golden)));
    const tolerance = toleranceOf(golden, 'float32');
    try {
      for (const update of golden['updates'] as Update[]) {
        const first = (optional(update, 'y_true', precision) ?? optional(update, 'values', precision))!;
        const second = optional(update, 'y_pred', precision);
        made.updateState(first, second as Tensor, optional(update, 'sample_weight', precision));
        same('result', made.result(), update.result, tolerance);
      }
      made.resetState();
      if (golden['result_after_reset']) same('result_after_reset', made.result(), golden['result_after_reset'] as GoldenArray, tolerance);
    } finally {
      made.dispose();
    }
  },
};
