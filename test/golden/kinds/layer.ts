import type { Layer } from '../../../lib/index.js';
import type { CallOptions } from '../../../lib/layers/layer.js';
import { layers, ops, type Tensor, valueAndGrad } from '../../../lib/index.js';
import { maskOf } from '../../../lib/layers/context.js';
import { setFloatx } from '../../../lib/layers/defaults.js';
import { keep } from '../../../lib/tensor/scope.js';
import { type GoldenArray, type GoldenCase, NotImplemented, optionsOf, type Precision, same, tensorOf, toleranceOf } from '../format.js';
import { implemented } from './made.js';
import type { Kind } from './index.js';

interface GoldenWeight {
  name: string;
  trainable: boolean;
  value: GoldenArray;
}

function list(value: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(value) ? (value as Tensor[]) : [value as Tensor];
}

/** Inner layers and cells that a config may hold, whose absence is the case's. */
function innerClasses(config: unknown): string[] {
  if (Array.isArray(config)) return config.flatMap(innerClasses);
  if (typeof config !== 'object' || config === null) return [];
  const object = config as Record<string, unknown>;
  const own = typeof object['class_name'] === 'string' ? [object['class_name']] : [];
  return [...own, ...Object.values(object).flatMap(innerClasses)];
}

export const layer: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const config = { ...optionsOf(golden['config'] as Record<string, unknown>), dtype: precision };
    // Layers inside of others have the dtype of the run as well.
    setFloatx(precision);
    const made = implemented(golden, () => {
      try {
        return layers.fromConfig({ className: golden['class'] as string, config });
      } catch (error) {
        const inner = innerClasses(golden['config']).find((name) => error instanceof Error && error.message.includes(`'${name}'`));
        if (inner !== undefined) throw new NotImplemented(inner);
        throw error;
      } finally {
        setFloatx('float32');
      }
    });
    try {
      check(golden, precision, made);
    } finally {
      made.dispose();
    }
  },
};

function check(golden: GoldenCase, precision: Precision, made: Layer): void {
  const call = { ...(golden['call'] as Record<string, unknown>) };
  const options: CallOptions = {};
  if (typeof call['training'] === 'boolean') options.training = call['training'];
  if (call['mask']) options.mask = tensorOf(call['mask'] as GoldenArray, precision);
  if (call['value_mask']) options.mask = [undefined, tensorOf(call['value_mask'] as GoldenArray, precision)];
  if (call['attention_mask']) options.attentionMask = tensorOf(call['attention_mask'] as GoldenArray, precision);
  if (call['use_causal_mask'] === true) options.useCausalMask = true;
  if (call['return_attention_scores'] === true) options.returnAttentionScores = true;
  if (call['reverse'] === true) options.reverse = true;
  for (const known of ['reverse', 'training', 'mask', 'value_mask', 'attention_mask', 'use_causal_mask', 'return_attention_scores'])
    delete call[known];
  if (Object.keys(call).length > 0) throw new NotImplemented(`${golden['class'] as string} with ${Object.keys(call).join(', ')}`);
  const inputs = (golden['inputs'] as GoldenArray[]).map((input) => tensorOf(input, precision));
  // Several arguments are one list here.
  const many = golden['passed_as'] !== 'tensor';
  const given = many ? inputs : inputs[0]!;
  const shapes = inputs.map((input) => input.shape);
  if (!made.built) made.build(many ? shapes : shapes[0]!);
  const weights = golden['weights'] as GoldenWeight[];
  if (golden['adapt']) {
    (made as Layer & { adapt(data: Tensor): void }).adapt(tensorOf(golden['adapt'] as GoldenArray, precision));
    weights.forEach(({ value, name }, i) => same(`${name} after adapt`, made.weights[i]!, value, toleranceOf(golden, precision)));
  }
  made.setWeights(
    weights.map(({ value }) => ({ name: '', shape: value.shape, dtype: precision, data: tensorOf(value, precision).dataSync() })),
  );
  weights.forEach(({ trainable, name }, i) => {
    if (made.weights[i]!.trainable !== trainable) throw new Error(`${name}: expected trainable ${trainable}`);
  });
  for (const weight of made.weights) keep(weight);
  const tolerance = toleranceOf(golden, precision);
  const upstream = ((golden['output_gradients'] as (GoldenArray | null)[] | undefined) ?? []).map((one) => one && tensorOf(one, precision));

  let outputs: readonly Tensor[] = [];
  let penalties: Tensor[] = [];
  const sources = [...inputs.filter((input) => input.dtype === precision), ...made.weights];
  const run = (): Tensor => {
    outputs = list(made.apply(given as never, options));
    penalties = made.losses;
    const parts = outputs
      .filter((output) => output.dtype === precision)
      .map((output, i) => ops.sum(upstream[i] ? ops.mul(output, upstream[i]) : output));
    return parts.reduce((a, b) => ops.add(a, b), ops.zeros([], precision));
  };
  const { gradients } = valueAndGrad(run, sources);
  (golden['outputs'] as GoldenArray[]).forEach((output, i) => same(`output ${i}`, outputs[i]!, output, tolerance));
  ((golden['output_masks'] as (GoldenArray | null)[] | undefined) ?? []).forEach((wanted, i) => {
    const mask = maskOf(outputs[i]!);
    if ((mask !== undefined) !== (wanted !== null)) throw new Error(`mask of output ${i}: expected ${wanted ? 'one' : 'none'}`);
    if (mask && wanted) same(`mask of output ${i}`, mask, wanted, tolerance);
  });
  const ofWeights = new Map(made.weights.map((weight, i) => [weight, i]));
  const gradientOf = (source: Tensor): Tensor => {
    const gradient = gradients[sources.indexOf(source)]!;
    const place = ofWeights.get(source as never);
    return place === undefined ? gradient : made.weights[place]!.toKeras(gradient);
  };
  ((golden['input_gradients'] as (GoldenArray | null)[] | undefined) ?? []).forEach((wanted, i) => {
    if (wanted && inputs[i]!.dtype === precision) same(`input gradient ${i}`, gradientOf(inputs[i]!), wanted, tolerance);
  });
  ((golden['weight_gradients'] as (GoldenArray | null)[] | undefined) ?? []).forEach((wanted, i) => {
    if (wanted) same(`gradient of ${weights[i]!.name}`, gradientOf(made.weights[i]!), wanted, tolerance);
  });
  const wantedLosses = (golden['losses'] as GoldenArray[] | undefined) ?? [];
  if (wantedLosses.length > 0) {
    // Their order is not said: they are compared as sums, and so are their gradients.
    const sum = penalties.map((one) => Number(one.dataSync()[0])).reduce((a, b) => a + b, 0);
    const wanted = wantedLosses.reduce((a, b) => a + Number(b.data[0]), 0);
    if (Math.abs(sum - wanted) > tolerance.atol * Math.max(1, wanted) + tolerance.rtol * Math.abs(wanted))
      throw new Error(`losses: expected ${wanted}, got ${sum}`);
    lossGradients(golden, made, given, options, inputs, tolerance, precision);
  }
  updated(golden, made, tolerance);
  if (golden['count_params'] !== undefined && made.countParams() !== golden['count_params']) {
    throw new Error(`countParams: expected ${golden['count_params'] as number}, got ${made.countParams()}`);
  }
}

function lossGradients(
  golden: GoldenCase,
  made: Layer,
  given: Tensor | Tensor[],
  options: CallOptions,
  inputs: Tensor[],
  tolerance: { rtol: number; atol: number },
  precision: Precision,
): void {
  const sources = [...inputs.filter((input) => input.dtype === precision), ...made.weights];
  const { gradients } = valueAndGrad(() => {
    made.apply(given as never, options);
    return made.losses.reduce((a, b) => ops.add(a, b));
  }, sources);
  ((golden['loss_input_gradients'] as (GoldenArray | null)[] | undefined) ?? []).forEach((wanted, i) => {
    const place = sources.indexOf(inputs[i]!);
    if (wanted && place >= 0) same(`gradient of the losses for input ${i}`, gradients[place]!, wanted, tolerance);
  });
  const offset = sources.length - made.weights.length;
  ((golden['loss_weight_gradients'] as (GoldenArray | null)[] | undefined) ?? []).forEach((wanted, i) => {
    if (wanted) same(`gradient of the losses for weight ${i}`, made.weights[i]!.toKeras(gradients[offset + i]), wanted, tolerance);
  });
}

/** What the call itself changed: moving averages. It was called once, or once more for the losses. */
function updated(golden: GoldenCase, made: Layer, tolerance: { rtol: number; atol: number }): void {
  const changes = golden['updated_weights'] as { index: number; value: GoldenArray }[] | undefined;
  if (!changes || ((golden['losses'] as unknown[] | undefined) ?? []).length > 0) return;
  for (const { index, value } of changes) same(`weight ${index} after the call`, made.weights[index]!.toKeras(), value, tolerance);
}
