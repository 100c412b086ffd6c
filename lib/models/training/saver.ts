/** Checkpoints of a training: what is kept of it besides the arrays, when, and how it is taken back. */
import type { Callback, CallbackState } from '../../callbacks/callback.js';
import type { Begun, Checkpointer } from '../../checkpoints/checkpointer.js';
import type { CheckpointFile } from '../../checkpoints/file.js';
import type { Plain } from '../../checkpoints/json.js';
import type { NamedTensor } from '../../checkpoints/snapshot.js';
import { onDeviceOf } from '../../ops/define.js';
import type { Optimizer, OptimizerState } from '../../optimizers/optimizer.js';
import { globalRandom, type StreamPlace } from '../../random/state.js';
import { tensor } from '../../tensor/create.js';
import { keep } from '../../tensor/scope.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Variable } from '../../tensor/variable.js';
import type { AcceptedShapes } from './accept.js';
import type { Figures, Mark, Marks, PassResult } from './loops.js';
import type { Passes } from './passes.js';
import { describeModel, refuseOther, refuseOtherArrays, type RunDescription } from './run-description.js';
import type { Reading, SourcePlace } from './source.js';

/** Where training stands. */
export interface Place {
  /** The epoch that is in progress, or the next one; from 0. */
  readonly epoch: number;
  /** Batches of it that are done. */
  readonly batch: number;
  /** Whether it has begun. */
  readonly begun: boolean;
  /** Whether training ended before its last epoch, as a callback wanted it. */
  readonly stopped: boolean;
}

/** What can be asked at the moment a snapshot is queued. */
interface HostState extends Place {
  /** Batches since the run began. */
  readonly step: number;
  readonly random: StreamPlace;
  /** The global stream before the order of the epoch was drawn from it. */
  readonly order: StreamPlace;
  readonly streams: readonly StreamPlace[];
  /** The one of `compile` first; with each the variables of the model that it keeps something beside. */
  readonly optimizers: readonly { readonly state: OptimizerState; readonly built: readonly number[] }[];
  /** Names of figures that layers told. */
  readonly added: readonly string[];
  readonly source: SourcePlace;
  readonly validation: Plain;
}

interface CallbackPart {
  readonly className: string;
  readonly plain: Readonly<Record<string, Plain>>;
  /** Numbers of tensors in lists; null for one by itself. */
  readonly tensors: Readonly<Record<string, number | null>>;
}

/** All that a checkpoint holds besides arrays. */
interface RunState extends HostState {
  readonly run: RunDescription;
  readonly shapes: AcceptedShapes;
  readonly figures: Figures;
  readonly callbacks: readonly CallbackPart[];
}

/** What is kept of the data. */
export interface RunSources {
  /** The place of a source of batches that is read: for one that goes on from epoch to epoch, or is in the middle of a pass. */
  reading: Reading | undefined;
  readonly source: { getState(): Plain; setState(state: Plain): void };
  readonly validation: { getState(): Plain; setState(state: Plain): void };
}

function classNameOf(callback: Callback): string {
  return (callback as { className?: string }).className ?? callback.constructor.name;
}

function tensorsIn(value: CallbackState[string]): readonly Tensor[] | undefined {
  if (value instanceof Tensor) return [value];
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.length > 0 && list.every((one) => one instanceof Tensor) ? list : undefined;
}

export class Saver {
  /** Batches since the run began, up to the epoch in progress. */
  private step = 0;
  /** The global stream before the order of this epoch. */
  private order: StreamPlace = globalRandom.place;
  private prepared = false;
  /** What training goes on from. */
  private found: RunState | undefined;

  constructor(
    private readonly passes: Passes,
    private readonly checkpointer: Checkpointer,
    private readonly callbacks: readonly Callback[],
    private readonly run: RunDescription,
    private readonly sources: RunSources,
    private readonly deletes: boolean,
    private readonly file: CheckpointFile | undefined,
  ) {
    if (!file) return;
    this.found = file.state as unknown as RunState;
    refuseOther(file.file, this.found.run, run);
    this.step = this.found.step - this.found.batch;
  }

  /** The place to go on from. */
  get start(): RunState | undefined {
    return this.found;
  }

  private get optimizers(): readonly Optimizer[] {
    return [this.passes.compiled.optimizer, ...this.passes.model.optimizers];
  }

  /** Every variable that training changes, in a fixed order. */
  private arrays(): NamedTensor[] {
    const { model, compiled } = this.passes;
    if (!model.ownStep('train')) compiled.optimizer.build(model.trainableWeights);
    const named = (group: string, variables: readonly Variable[]): NamedTensor[] =>
      variables.map((variable, i) => ({ name: `${group}/${i}/${variable.name}`, tensor: variable }));
    return [
      ...named('model', model.variables),
      ...this.optimizers.flatMap((one, i) => named(`optimizer${i === 0 ? '' : i}`, one.variables)),
      ...named(
        'metrics',
        model.metrics.flatMap((metric) => metric.variables),
      ),
    ];
  }

  // Writing

  /** To be called when an epoch begins, before its order is drawn; `order`: where that of a resumed epoch was drawn from. */
  beginEpoch(order: StreamPlace | undefined): void {
    this.order = order ?? globalRandom.place;
    // A model that is built by its first batch gets its memory with its first checkpoint.
    if (!this.prepared && this.passes.accepted) this.checkpointer.prepare(this.arrays());
    this.prepared = true;
  }

  /** Where an epoch is interrupted for checkpoints. */
  marks(epoch: number): Marks {
    return {
      until: (batch) => this.checkpointer.until(this.step + batch),
      at: (batch) =>
        this.checkpointer.due(this.step + batch) ? this.begin(this.host({ epoch, batch, begun: true, stopped: false })) : undefined,
    };
  }

  /** What is known without the device, now. */
  host(place: Place): HostState {
    const { model, compiled } = this.passes;
    const { sources } = this;
    const { variables } = model;
    return {
      ...place,
      step: this.step + place.batch,
      random: globalRandom.place,
      order: this.order,
      streams: model.randomStreams.map((stream) => stream.place),
      optimizers: this.optimizers.map((one) => ({
        state: one.getState(),
        built: one.entries.map(({ variable }) => variables.indexOf(variable)),
      })),
      added: compiled.addedNames,
      source: sources.reading?.place() ?? { state: sources.source.getState(), opened: null },
      validation: sources.validation.getState(),
    };
  }

  private begin(host: HostState): Mark {
    const begun: Begun = this.checkpointer.begin(host.step, this.arrays());
    return {
      complete: (figures) => {
        const { parts, tensors } = this.callbackParts();
        const state: RunState = {
          ...host,
          run: { ...this.run, ...describeModel(this.passes) },
          shapes: this.passes.accepted!,
          figures,
          callbacks: parts,
        };
        begun.complete(state as unknown as Plain, tensors);
      },
      drop: () => begun.drop(),
    };
  }

  private callbackParts(): { parts: CallbackPart[]; tensors: NamedTensor[] } {
    const all: NamedTensor[] = [];
    const parts = this.callbacks.map((callback, i) => {
      const plain: Record<string, Plain> = {};
      const tensors: Record<string, number | null> = {};
      for (const [key, value] of Object.entries(callback.getState() ?? {})) {
        const list = tensorsIn(value);
        if (list) {
          tensors[key] = value instanceof Tensor ? null : list.length;
          list.forEach((one, k) => all.push({ name: `callbacks/${i}/${key}/${k}`, tensor: one }));
        } else {
          plain[key] = value as Plain;
        }
      }
      return { className: classNameOf(callback), plain, tensors };
    });
    return { parts, tensors: all };
  }

  /** After an epoch and its callbacks; one of its own follows where it is the last. */
  endEpoch(epoch: number, result: PassResult, last: boolean): void {
    this.step += result.batches;
    if (last || !this.checkpointer.dueAfter(epoch + 1)) return;
    this.begin(this.host({ epoch: epoch + 1, batch: 0, begun: false, stopped: false })).complete({});
  }

  /** Writes one and waits for it: where training is interrupted, and at its end. */
  async write(host: HostState, figures: Figures): Promise<void> {
    await this.checkpointer.settled();
    // A model that has seen no data has nothing to keep.
    if (this.passes.accepted) this.begin(host).complete(figures);
    await this.checkpointer.settled();
  }

  /** The end of the training: kept as well, so that the same call later goes on from there, or finds that nothing is left to do. */
  async finish(place: Place): Promise<void> {
    if (!this.deletes) return this.write(this.host(place), {});
    await this.checkpointer.settled();
    await this.checkpointer.folder.clear();
  }

  async close(): Promise<void> {
    await this.checkpointer.settled();
    await this.file?.close();
  }

  // Taking back

  /** Brings variables, optimizer, streams and callbacks to where the checkpoint has them. May be called again. */
  async restore(): Promise<void> {
    const { file, found, passes, sources } = this;
    if (!file || !found) return;
    if (!passes.accepted) passes.acceptShapes('fit', found.shapes, 'train');
    refuseOther(file.file, found.run, { ...this.run, ...describeModel(passes) });
    passes.compiled.addedNames = found.added;
    // Slots are made in the order in which they were: steps of the model's own may have come to some only.
    this.optimizers.forEach((one, i) => {
      const built = found.optimizers[i]?.built.flatMap((k) => passes.model.variables[k] ?? []);
      if (built && built.length > 0) one.build(built);
    });
    const arrays = this.arrays();
    refuseOtherArrays(file, arrays);
    for (const { name, tensor: variable } of arrays) (variable as Variable).assign((await file.read(name)).data);
    await this.restoreCallbacks(file, found);
    this.optimizers.forEach((one, i) => one.setState(found.optimizers[i]!.state));
    if (!sources.reading) sources.source.setState(found.source.state);
    sources.validation.setState(found.validation);
    passes.model.randomStreams.forEach((stream, i) => (stream.place = found.streams[i]!));
    globalRandom.place = found.random;
  }

  /** Each gets the state of the callback of its class that stood at its place among those of that class. */
  private async restoreCallbacks(file: CheckpointFile, found: RunState): Promise<void> {
    const left = new Map(found.callbacks.map((part, i) => [i, part]));
    for (const callback of this.callbacks) {
      const match = [...left].find(([, part]) => part.className === classNameOf(callback));
      if (!match) continue;
      const [i, { plain, tensors }] = match;
      left.delete(i);
      if (Object.keys(plain).length + Object.keys(tensors).length === 0) continue;
      const state: Record<string, CallbackState[string]> = structuredClone(plain);
      for (const [key, count] of Object.entries(tensors)) {
        const list: Tensor[] = [];
        for (let k = 0; k < (count ?? 1); k++) list.push(await this.tensorOf(file, `callbacks/${i}/${key}/${k}`));
        state[key] = count === null ? list[0]! : list;
      }
      callback.setState(state);
    }
  }

  /** On the model's device. */
  private async tensorOf(file: CheckpointFile, name: string): Promise<Tensor> {
    const { data, shape, dtype } = await file.read(name);
    const make = (): Tensor => keep(tensor(data, shape, dtype));
    const [like] = this.passes.model.variables;
    return like ? onDeviceOf(like, make) : make();
  }
}
