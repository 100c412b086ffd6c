/** What a run and the checkpoint that it goes on from must have in common: the model, the data's form, and the options that decide what a step is. */
import type { CheckpointFile } from '../../checkpoints/file.js';
import type { NamedTensor } from '../../checkpoints/snapshot.js';
import { ArgumentError } from '../../errors.js';
import type { FitSettings } from './fit-data.js';
import type { Arrays } from './data.js';
import type { Passes } from './passes.js';

export interface RunDescription {
  /** Options of `fit`, as texts. */
  readonly fit: Readonly<Record<string, string>>;
  /** A text a layer; known once the model is built. */
  readonly layers?: readonly string[];
  readonly compile?: Readonly<Record<string, string>>;
}

export function describeRun(settings: FitSettings, batchSize: number, arrays: Arrays | undefined): RunDescription {
  const { stepsPerEpoch, shuffle, initialEpoch, validationSplit, classWeight } = settings;
  const common = { data: arrays ? 'arrays' : 'batches', stepsPerEpoch: String(stepsPerEpoch), initialEpoch: String(initialEpoch) };
  if (!arrays) return { fit: common };
  const shape = ({ dtype, shape: dims }: { dtype: string; shape: readonly number[] }): string => `${dtype} [${dims.join(', ')}]`;
  return {
    fit: {
      ...common,
      x: arrays.x.map(shape).join(', '),
      y: arrays.y.map(shape).join(', '),
      sampleWeight: arrays.weights.map((part) => (part ? shape(part) : 'none')).join(', ') || 'none',
      classWeight: JSON.stringify(classWeight),
      batchSize: String(batchSize),
      shuffle: String(shuffle),
      validationSplit: String(validationSplit),
    },
  };
}

export function describeModel({ model, compiled }: Passes): Pick<Required<RunDescription>, 'layers' | 'compile'> {
  return {
    layers: model.describeLayers(),
    compile: { optimizer: compiled.optimizer.className, figures: compiled.names.join(', ') },
  };
}

function refuse(file: string, expected: string, received: string): never {
  throw new ArgumentError({
    where: 'fit checkpoint',
    expected: `${expected}, as in ${file}`,
    received,
    hint: 'go on with the same model and options, or choose another directory for another run',
  });
}

/** Refuses a run that is not the one of the file. */
export function refuseOther(file: string, kept: RunDescription, now: RunDescription): void {
  for (const part of ['fit', 'compile'] as const) {
    for (const [name, value] of Object.entries(now[part] ?? {})) {
      const before = kept[part]?.[name] ?? 'none';
      if (before !== value) refuse(file, `${name}: ${before}`, value);
    }
  }
  if (!now.layers || !kept.layers) return;
  for (let i = 0; i < Math.max(now.layers.length, kept.layers.length); i++) {
    const [before, after] = [kept.layers[i] ?? 'none', now.layers[i] ?? 'none'];
    if (before !== after) refuse(file, `layer ${i}: ${before}`, after);
  }
}

/** Refuses arrays of other names, shapes or dtypes. */
export function refuseOtherArrays(file: CheckpointFile, arrays: readonly NamedTensor[]): void {
  const text = ({ shape, dtype }: { shape: readonly number[]; dtype: string }): string => `${dtype} [${shape.join(', ')}]`;
  const kept = new Map(file.specs.filter(({ name }) => !name.startsWith('callbacks/')).map((spec) => [spec.name, text(spec)]));
  for (const { name, tensor } of arrays) {
    const before = kept.get(name) ?? 'none';
    if (before !== text(tensor)) refuse(file.file, `${name}: ${before}`, text(tensor));
    kept.delete(name);
  }
  for (const [name, before] of kept) refuse(file.file, `${name}: ${before}`, 'none');
}
