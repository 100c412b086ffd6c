/** Figures and weights for TensorBoard. Source: Keras 3, `keras.callbacks.TensorBoard`. */
import path from 'node:path';
import { ArgumentError } from '../errors.js';
import { describe, flag, optional, type Read, readOptions, type Reader, text, whole } from '../options/index.js';
import type { TypedArray } from '../tensor/dtype.js';
import { Callback, type CallbackState, type Logs, type TrainedModel } from './callback.js';
import { EventFile, histogramValue, imagesValue, scalarValue } from './event-file.js';
import { histogramRows, weightPictures } from './weight-summaries.js';

export interface TensorBoardOptions {
  /** Folder of the logs; 'logs'. Training writes to its folder train, validation to its folder validation. */
  logDir?: string;
  /** Epochs between two histograms of all weights; 0, none. */
  histogramFreq?: number;
  /** Weights as pictures too, whenever histograms are written; false. */
  writeImages?: boolean;
  /** Steps a second, by epoch (and by batch, where batches are written); false. */
  writeStepsPerSecond?: boolean;
  /** Batches between two points of the curves by batch: 'batch' is 1; 'epoch', the default, writes epochs only. */
  updateFreq?: 'epoch' | 'batch' | number;
}

/** What this callback needs of a model beyond what all callbacks see. */
interface Weighted {
  readonly layers: readonly {
    readonly name: string;
    getWeights(): Promise<{ name: string; shape: readonly number[]; data: TypedArray }[]>;
  }[];
}

const updateFreq: Reader<number | 'epoch'> = (value, where) => {
  if (value === undefined || value === 'epoch') return 'epoch';
  if (value === 'batch') return 1;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new ArgumentError({ where, expected: "'epoch', 'batch' or a number of batches", received: describe(value) });
};

/** What Keras' callback can do and this one cannot is refused by its name. */
function refused(instead: string): Reader<undefined> {
  return (value, where) => {
    if (value === undefined || value === 0 || value === false) return undefined;
    throw new ArgumentError({ where, expected: 'nothing, since it cannot be written here', received: describe(value), hint: instead });
  };
}

const readers = {
  logDir: optional(text, 'logs'),
  histogramFreq: optional(whole(0), 0),
  writeImages: optional(flag, false),
  writeStepsPerSecond: optional(flag, false),
  updateFreq,
  writeGraph: refused('plot.modelGraph draws the model'),
  profileBatch: refused('measure with a profiler of the device'),
  embeddingsFreq: refused('save the weights with model.saveWeights'),
};

export class TensorBoard extends Callback {
  readonly className = 'TensorBoard';
  private readonly options: Read<typeof readers>;
  private train!: EventFile;
  private validation!: EventFile;
  private batches = { train: 0, test: 0 };
  private began = { epoch: 0, batch: 0, iterations: 0 };

  constructor(options: TensorBoardOptions = {}) {
    super();
    this.options = readOptions('tensorBoard', options, readers);
  }

  override setModel(model: TrainedModel): void {
    super.setModel(model);
    const { logDir } = this.options;
    this.train = new EventFile('tensorBoard', path.join(logDir, 'train'));
    this.validation = new EventFile('tensorBoard', path.join(logDir, 'validation'));
    this.batches = { train: 0, test: 0 };
  }

  override getState(): CallbackState {
    return { batches: { ...this.batches } };
  }

  override setState(state: CallbackState): void {
    this.batches = { ...(state['batches'] as typeof this.batches) };
  }

  /** Curves by epoch alone do not make training wait for each batch. */
  override watchesBatches(kind: 'Train' | 'Test' | 'Predict'): boolean {
    return kind === 'Train' && this.options.updateFreq !== 'epoch';
  }

  override onTrainBatchBegin(): void {
    this.batches.train++;
    this.began.batch = performance.now();
  }

  override onTrainBatchEnd(_batch: number, logs: Logs): void {
    const { updateFreq, writeStepsPerSecond } = this.options;
    const step = this.batches.train;
    // With epochs alone this is called for groups of batches, or where another callback watches them.
    if (updateFreq === 'epoch' || step % updateFreq !== 0) return;
    const values = scalars('batch_', logs);
    if (writeStepsPerSecond) values.unshift(scalarValue('batch_steps_per_second', 1000 / (performance.now() - this.began.batch)));
    this.train.write(step, values);
  }

  override onTestEnd(logs?: Logs): void {
    const values = Object.entries(logs ?? {}).map(([name, value]) => scalarValue(`evaluation_${name}_vs_iterations`, value));
    this.validation.write(this.model.optimizer.iterations, values);
  }

  override onEpochBegin(): void {
    this.began.epoch = performance.now();
    this.began.iterations = this.model.optimizer.iterations;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { histogramFreq, writeStepsPerSecond } = this.options;
    const { optimizer } = this.model;
    const own = Object.fromEntries(Object.entries(logs).filter(([name]) => !name.startsWith('val_')));
    const seconds = (performance.now() - this.began.epoch) / 1000;
    const validation = Object.entries(logs).filter(([name]) => name.startsWith('val_'));
    this.train.write(
      epoch,
      scalars('epoch_', {
        ...own,
        learning_rate: optimizer.learningRate,
        ...(writeStepsPerSecond && { steps_per_second: (optimizer.iterations - this.began.iterations) / seconds }),
      }),
    );
    this.validation.write(epoch, scalars('epoch_', Object.fromEntries(validation.map(([name, value]) => [name.slice(4), value]))));
    if (histogramFreq > 0 && epoch % histogramFreq === 0) await this.writeWeights(epoch);
  }

  private async writeWeights(epoch: number): Promise<void> {
    for (const layer of (this.model as unknown as Weighted).layers) {
      const seen = new Map<string, number>();
      for (const { name, shape, data } of await layer.getWeights()) {
        const count = seen.get(name) ?? 0;
        seen.set(name, count + 1);
        const tag = `${layer.name}/${name}${count === 0 ? '' : `_${count}`}`;
        const values = [histogramValue(`${tag}/histogram`, histogramRows(data))];
        const pictures = this.options.writeImages ? await weightPictures(shape, data) : undefined;
        if (pictures) values.push(imagesValue(`${tag}/image`, pictures.width, pictures.height, pictures.pictures));
        this.train.write(epoch, values);
      }
    }
  }
}

function scalars(prefix: string, logs: Logs): Buffer[] {
  return Object.entries(logs).map(([name, value]) => scalarValue(prefix + name, value));
}

/**
 * Writes event files for TensorBoard: loss, metrics and the learning rate as curves, one of training and one of validation, and weights as
 * histograms and pictures. `tensorboard --logdir logs` shows them.
 *
 * Source: Keras 3, keras.callbacks.TensorBoard, without its graphs, profiles and embeddings: those options are refused.
 *
 * @throws DataError where the folder cannot be written
 * @example
 * callbacks.tensorBoard({ logDir: 'logs/run1', histogramFreq: 1, updateFreq: 'batch' });
 */
export function tensorBoard(options?: TensorBoardOptions): TensorBoard {
  return new TensorBoard(options);
}
