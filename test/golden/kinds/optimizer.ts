import { optimizers, schedules, variable, type Variable } from '../../../lib/index.js';
import {
  type GoldenArray,
  type GoldenCase,
  NotImplemented,
  numbersOf,
  optionsOf,
  type Precision,
  same,
  sameNumbers,
  tensorOf,
  toleranceOf,
} from '../format.js';
import { camelCase } from '../../../lib/layers/names.js';
import { implemented } from './made.js';
import type { Kind } from './index.js';

type Make = (options: never) => schedules.Schedule;

function scheduleOf(className: string, config: Record<string, unknown>): schedules.Schedule {
  const make = (schedules as unknown as Record<string, Make | undefined>)[camelCase(className)];
  if (!make) throw new NotImplemented(className);
  const { name: _, ...options } = optionsOf(config) as Record<string, unknown>;
  return make(options as never);
}

export const schedule: Kind = {
  precisions: ['float64'],
  run(golden: GoldenCase): void {
    const made = scheduleOf(golden['class'] as string, golden['config'] as Record<string, unknown>);
    const values = (golden['steps'] as number[]).map((step) => made.at(step));
    sameNumbers('values', values, numbersOf(golden['values'] as GoldenArray), toleranceOf(golden, 'float64'));
  },
};

interface Step {
  learning_rate: GoldenArray;
  gradients: GoldenArray[];
  variables: GoldenArray[];
}

/** Optimizers inside of a config have their rates and options under Keras' names. */
function optimizerOptions(config: Record<string, unknown>): Record<string, unknown> {
  const { learning_rate: rate, inner_optimizer: inner, ...rest } = config;
  const options = optionsOf(rest) as Record<string, unknown>;
  if (typeof rate === 'object' && rate !== null) {
    const { class_name: name, config: own } = rate as { class_name: string; config: Record<string, unknown> };
    options['learningRate'] = scheduleOf(name, own);
  } else if (rate !== undefined) options['learningRate'] = rate;
  if (inner !== undefined) {
    const { class_name: name, config: own } = inner as { class_name: string; config: Record<string, unknown> };
    options['innerOptimizer'] = { className: name, config: optimizerOptions(own) };
  }
  return options;
}

export const optimizer: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const options = optimizerOptions(golden['config'] as Record<string, unknown>);
    const made = implemented(golden, () => optimizers.get({ className: golden['class'] as string, config: options as never }));
    const given = golden['variables'] as { name: string; value: GoldenArray }[];
    const variables: Variable[] = given.map(({ name, value }) => variable(tensorOf(value, precision), { name }));
    const excluded = golden['exclude_from_weight_decay'] as string[] | undefined;
    if (excluded) made.excludeFromWeightDecay({ names: excluded });
    const tolerance = toleranceOf(golden, precision);
    try {
      for (const [i, step] of (golden['steps'] as Step[]).entries()) {
        made.apply(
          step.gradients.map((gradient) => tensorOf(gradient, precision)),
          variables,
        );
        variables.forEach((one, k) => same(`step ${i + 1}, ${one.name}`, one, step.variables[k]!, tolerance));
      }
      if (made.iterations !== golden['iterations'])
        throw new Error(`iterations: expected ${String(golden['iterations'])}, got ${made.iterations}`);
      if (golden['loss_scale'] !== undefined) {
        const { scale } = made as optimizers.LossScaleOptimizer;
        if (scale !== golden['loss_scale']) throw new Error(`loss scale: expected ${golden['loss_scale'] as number}, got ${scale}`);
      }
      if (golden['finalized']) {
        made.finalizeVariableValues(variables);
        variables.forEach((one, k) => same(`finalized ${one.name}`, one, (golden['finalized'] as GoldenArray[])[k]!, tolerance));
      }
    } finally {
      for (const one of [...variables, ...made.variables]) one.dispose();
    }
  },
};
