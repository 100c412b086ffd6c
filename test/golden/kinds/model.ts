import type { Model } from '../../../lib/index.js';
import { callbacks, layers, losses, metrics, optimizers, schedules, type Tensor } from '../../../lib/index.js';
import { fromKeras } from '../../../lib/keras/index.js';
import { camelCase } from '../../../lib/layers/names.js';
import {
  type GoldenArray,
  type GoldenCase,
  isOfTensorFlowAlone,
  NotImplemented,
  optionsOf,
  same,
  sameNumbers,
  tensorOf,
  toleranceOf,
} from '../format.js';
import type { Kind } from './index.js';

type Logs = Record<string, number>;

function readModel(golden: GoldenCase): Model {
  try {
    return layers.fromConfig(fromKeras(golden['model'] as never)) as unknown as Model;
  } catch (error) {
    const unknown = error instanceof Error ? /expected a known class .* got '(\w+)'/.exec(error.message) : null;
    if (unknown) throw new NotImplemented(unknown[1]);
    throw error;
  }
}

interface CompileConfig {
  optimizer: string | { class_name: string; config: Record<string, unknown> };
  loss: unknown;
  metrics?: unknown;
  weighted_metrics?: unknown;
  [key: string]: unknown;
}

/** What is said by name here; what a name does not say yet is not implemented. */
function lookUp<T>(what: string, get: (identifier: never) => T, identifier: unknown): T {
  const given =
    typeof identifier === 'string'
      ? camelCase(identifier)
      : {
          className: (identifier as { class_name: string }).class_name,
          config: optionsOf((identifier as { config: Record<string, unknown> }).config),
        };
  try {
    return get(given as never);
  } catch (error) {
    const name = typeof identifier === 'string' ? identifier : (identifier as { class_name: string }).class_name;
    if (error instanceof Error && error.message.includes(`got '${camelCase(name)}'`)) throw new NotImplemented(`${what} ${name}`);
    if (error instanceof Error && error.message.includes(`got '${name}'`)) throw new NotImplemented(`${what} ${name}`);
    throw error;
  }
}

function compile(model: Model, config: CompileConfig): void {
  const known = ['optimizer', 'loss', 'loss_weights', 'metrics', 'weighted_metrics'];
  const unknown = Object.keys(config).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new NotImplemented(`compile ${unknown}`);
  const { optimizer: given } = config;
  let optimizer: optimizers.Optimizer;
  if (typeof given === 'string') {
    optimizer = lookUp('optimizer', optimizers.get, given);
  } else {
    const { learning_rate: rate, ...rest } = given.config;
    const options = optionsOf(rest) as Record<string, unknown>;
    if (typeof rate === 'object' && rate !== null) {
      const { class_name: name, config: inner } = rate as { class_name: string; config: Record<string, unknown> };
      const make = (schedules as unknown as Record<string, (inner: never) => schedules.Schedule>)[camelCase(name)]!;
      options['learningRate'] = make(optionsOf(inner) as never);
    } else options['learningRate'] = rate;
    optimizer = lookUp('optimizer', () => optimizers.get({ className: given.class_name, config: options as never }), given);
  }
  type Listed = 'accuracy' | metrics.Metric;
  const list = (value: unknown): Listed[] | Record<string, Listed[]> => {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((one) => (one === 'accuracy' ? 'accuracy' : named(one)));
    return Object.fromEntries(Object.entries(value).map(([output, of]) => [output, list(of) as Listed[]]));
  };
  const named = (one: unknown): metrics.Metric => {
    const made = lookUp('metric', (identifier) => metrics.get(identifier), one);
    if (typeof one === 'string') (made as { name: string }).name = one;
    return made;
  };
  const lossOf = (given: unknown): losses.Loss => lookUp('loss', losses.get, given);
  const byName = typeof config.loss === 'object' && config.loss !== null && !('class_name' in config.loss);
  model.compile({
    optimizer,
    loss: byName ? Object.fromEntries(Object.entries(config.loss!).map(([output, one]) => [output, lossOf(one)])) : lossOf(config.loss),
    lossWeights: (config['loss_weights'] as Record<string, number> | undefined) ?? null,
    metrics: list(config.metrics),
    weightedMetrics: list(config.weighted_metrics),
  });
}

function arrays(given: unknown): Tensor[] {
  return (given as GoldenArray[]).map((one) => tensorOf(one, 'float32'));
}

/** What the model takes: one tensor, or a list for several inputs or outputs. */
function one(list: Tensor[]): Tensor {
  return list.length === 1 ? list[0]! : (list as unknown as Tensor);
}

function sameLogs(what: string, got: Logs, want: Logs, golden: GoldenCase): void {
  const names = Object.keys(want).sort();
  if (Object.keys(got).sort().join() !== names.join())
    throw new Error(`${what}: expected ${names.join(', ')}, got ${Object.keys(got).sort().join(', ')}`);
  for (const name of names) sameNumbers(`${what} ${name}`, [got[name]!], [want[name]!], toleranceOf(golden, 'float32'));
}

class Recorder extends callbacks.Callback {
  readonly seen: { epoch: number; batch: number; logs: Logs }[] = [];
  private epoch = 0;

  override onEpochBegin(epoch: number): void {
    this.epoch = epoch;
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    this.seen.push({ epoch: this.epoch, batch, logs });
  }
}

export const model: Kind = {
  precisions: ['float32'],
  async run(golden: GoldenCase): Promise<void> {
    const made = readModel(golden);
    const owned: Tensor[] = [];
    const take = (given: unknown): Tensor => {
      const list = arrays(given);
      owned.push(...list);
      return one(list);
    };
    try {
      structure(golden, made);
      if (!golden['compile']) return;
      compile(made, golden['compile'] as CompileConfig);
      const weights = golden['weights'] as { name?: string; value?: GoldenArray }[] | GoldenArray[];
      const values = weights.map((weight) => ('value' in weight ? weight.value! : (weight as GoldenArray)));
      made.setWeights(
        values.map((value) => ({ name: '', shape: value.shape, dtype: 'float32', data: Float32Array.from(value.data, Number) })),
      );
      const tolerance = toleranceOf(golden, 'float32');
      if (golden['fit']) await fit(golden, made, take);
      if (golden['train_on_batch']) {
        for (const [i, step] of (golden['train_on_batch'] as { x: unknown; y: unknown }[]).entries()) {
          const logs = await made.trainOnBatch(take(step.x), take(step.y));
          sameLogs(`step ${i}`, logs, (golden['step_logs'] as Logs[])[i]!, golden);
          made.resetMetrics();
        }
      }
      if (isOfTensorFlowAlone(golden)) return;
      const finals = await made.getWeights();
      (golden['final_weights'] as GoldenArray[] | undefined)?.forEach((want, i) =>
        sameNumbers(`final weight ${finals[i]!.name}`, finals[i]!.data, want.data.map(Number), tolerance, true),
      );
      const predicted = golden['predict'] as { x: unknown; outputs: GoldenArray[] } | undefined;
      if (predicted) {
        const result = (await made.predict(take(predicted.x))) as Tensor | Tensor[];
        const outputs = Array.isArray(result) ? result : [result];
        owned.push(...outputs);
        predicted.outputs.forEach((want, i) => same(`predict ${i}`, outputs[i]!, want, tolerance));
      }
      const evaluated = golden['evaluate'] as
        { x: unknown; y: unknown; sample_weight?: unknown; batch_size?: number; result: Logs } | undefined;
      if (evaluated) {
        const figures = await made.evaluate(take(evaluated.x), take(evaluated.y), {
          verbose: 0,
          batchSize: evaluated.batch_size ?? null,
          ...(evaluated.sample_weight ? { sampleWeight: take(evaluated.sample_weight) } : {}),
        });
        sameLogs('evaluate', figures, evaluated.result, golden);
      }
    } finally {
      for (const tensor of owned) tensor.dispose();
      made.dispose();
    }
  },
};

function structure(golden: GoldenCase, made: Model): void {
  if (made.countParams() !== golden['count_params'])
    throw new Error(`countParams: expected ${String(golden['count_params'])}, got ${made.countParams()}`);
  const trainable = made.trainableWeights.reduce((sum, weight) => sum + weight.size, 0);
  if (trainable !== golden['trainable_params'])
    throw new Error(`trainable parameters: expected ${String(golden['trainable_params'])}, got ${trainable}`);
  const text: string[] = [];
  made.summary({ lineLength: 80, printFn: (line) => text.push(line) });
  const trim = (lines: string): string =>
    lines
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trim();
  const [got, want] = [trim(text.join('\n')), trim(golden['summary'] as string)];
  if (got !== want) throw new Error(`summary: expected\n${want}\ngot\n${got}`);
}

async function fit(golden: GoldenCase, made: Model, take: (given: unknown) => Tensor): Promise<void> {
  const { x, y, ...rest } = golden['fit'] as Record<string, unknown>;
  const recorder = new Recorder();
  const options: Record<string, unknown> = { verbose: 0, callbacks: [recorder] };
  for (const [key, value] of Object.entries(rest)) {
    const name = camelCase(key);
    if (key === 'sample_weight') options[name] = take(value);
    else if (key === 'validation_data') {
      const [vx, vy] = value as unknown[];
      options[name] = [take(Array.isArray(vx) ? vx : [vx]), take(Array.isArray(vy) ? vy : [vy])];
    } else options[name] = value;
  }
  const { history } = await made.fit(take(x), take(y), options);
  for (const [i, want] of (golden['batch_logs'] as { epoch: number; batch: number; logs: Logs }[]).entries()) {
    sameLogs(`epoch ${want.epoch} batch ${want.batch}`, recorder.seen[i]!.logs, want.logs, golden);
  }
  // Some figures are not there in every epoch: those of a validation.
  const seen: Record<string, number> = {};
  for (const [epoch, logs] of (golden['epoch_logs'] as Logs[]).entries()) {
    const got: Logs = {};
    for (const name of Object.keys(logs)) {
      const place = seen[name] ?? 0;
      seen[name] = place + 1;
      got[name] = history[name]?.[place] as number;
      if (got[name] === undefined) throw new Error(`epoch ${epoch}: no ${name}`);
    }
    sameLogs(`epoch ${epoch}`, got, logs, golden);
  }
}
