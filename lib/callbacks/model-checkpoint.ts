/** Saves the model while it trains. Source: Keras 3, `keras.callbacks.ModelCheckpoint`. */
import { ArgumentError } from '../errors.js';
import { flag, nullable, oneOf, optional, readOptions, real, text } from '../options/index.js';
import { saveFreq } from './backup-and-restore.js';
import { Callback, type CallbackState, type Logs } from './callback.js';
import { largerIsBetter, type Mode } from './monitor.js';
import { pythonFormat } from './python-format.js';
import { verbose } from './verbose.js';

export interface ModelCheckpointOptions {
  /** The figure that tells the best; 'val_loss'. */
  monitor?: string;
  verbose?: 0 | 1;
  /** Saves only where the figure is better than ever; false. */
  saveBestOnly?: boolean;
  /** The weights (`model.saveWeights`) instead of the whole model (`model.save`); false. */
  saveWeightsOnly?: boolean;
  mode?: Mode;
  /** Batches between two times; 'epoch', the default: at the end of each epoch. */
  saveFreq?: 'epoch' | number;
  /** What the first figure has to be better than, with `saveBestOnly`. */
  initialValueThreshold?: number | null;
}

interface SaveOptions {
  overwrite: boolean;
  /** A bar would stand in the middle of that of the epoch. */
  verbose: 0;
}

/** What this callback needs of a model beyond what all callbacks see. */
interface Saveable {
  save(path: string, options: SaveOptions): Promise<void>;
  saveWeights(path: string, options: SaveOptions): Promise<void>;
}

const WHOLE = ['.keras', '.h5', '.hdf5'];
const WEIGHTS = ['.weights.h5', '.safetensors'];

export class ModelCheckpoint extends Callback {
  readonly className = 'ModelCheckpoint';
  /** The best figure so far. */
  best: number | null;
  private readonly settings;
  private readonly larger: boolean;
  private epoch = 0;
  private seen = 0;

  constructor(
    private readonly filepath: string,
    options: ModelCheckpointOptions = {},
  ) {
    super();
    const where = 'modelCheckpoint';
    text(filepath, `${where} filepath`);
    this.settings = readOptions(where, options, {
      monitor: optional(text, 'val_loss'),
      verbose,
      saveBestOnly: optional(flag, false),
      saveWeightsOnly: optional(flag, false),
      mode: optional(oneOf<Mode>('auto', 'min', 'max'), 'auto'),
      saveFreq,
      initialValueThreshold: nullable(real()),
    });
    const endings = this.settings.saveWeightsOnly ? WEIGHTS : WHOLE;
    const fits =
      endings.some((ending) => filepath.endsWith(ending)) && (this.settings.saveWeightsOnly || !filepath.endsWith('.weights.h5'));
    if (!fits) {
      throw new ArgumentError({
        where: `${where} filepath`,
        expected: `a name that ends in ${endings.join(' or ')}`,
        received: `'${filepath}'`,
        hint: this.settings.saveWeightsOnly
          ? 'leave saveWeightsOnly out to save whole models'
          : 'pass saveWeightsOnly: true to save weights',
      });
    }
    this.best = this.settings.initialValueThreshold;
    this.larger = largerIsBetter(this.settings.monitor, this.settings.mode);
  }

  /** Epochs alone do not make training wait for each batch. */
  override watchesBatches(kind: 'Train' | 'Test' | 'Predict'): boolean {
    return kind === 'Train' && this.settings.saveFreq !== 'epoch';
  }

  override getState(): CallbackState {
    return { best: this.best, seen: this.seen };
  }

  override setState(state: CallbackState): void {
    this.best = state['best'] as number | null;
    this.seen = state['seen'] as number;
  }

  override onEpochBegin(epoch: number): void {
    this.epoch = epoch;
  }

  override async onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    const every = this.settings.saveFreq;
    if (every === 'epoch' || ++this.seen < every) return;
    this.seen = 0;
    await this.save(this.epoch, logs, batch);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.settings.saveFreq === 'epoch') await this.save(epoch, logs);
  }

  private async save(epoch: number, logs: Logs, batch?: number): Promise<void> {
    const names = { epoch: epoch + 1, ...(batch !== undefined && { batch: batch + 1 }), ...logs };
    const file = pythonFormat('modelCheckpoint filepath', this.filepath, names);
    if (!this.wants(epoch, logs, file)) return;
    const model = this.model as unknown as Saveable;
    if (this.settings.saveWeightsOnly) await model.saveWeights(file, { overwrite: true, verbose: 0 });
    else await model.save(file, { overwrite: true, verbose: 0 });
    this.say(epoch, `finished saving model to ${file}`);
  }

  private say(epoch: number, what: string): void {
    if (this.settings.verbose > 0) process.stdout.write(`\nEpoch ${epoch + 1}: ${what}\n`);
  }

  private wants(epoch: number, logs: Logs, file: string): boolean {
    const { monitor, saveBestOnly } = this.settings;
    if (!saveBestOnly) {
      this.say(epoch, `saving model to ${file}`);
      return true;
    }
    const value = logs[monitor];
    if (value === undefined) {
      process.emitWarning(
        `modelCheckpoint: expected a figure '${monitor}', got ${Object.keys(logs).join(', ') || 'none'}; the model is saved all the same`,
      );
      return true;
    }
    const before = this.best === null ? 'None' : this.best.toFixed(5);
    if (this.best !== null && !(this.larger ? value > this.best : value < this.best)) {
      this.say(epoch, `${monitor} did not improve from ${before}`);
      return false;
    }
    this.say(epoch, `${monitor} improved from ${before} to ${value.toFixed(5)}, saving model to ${file}`);
    this.best = value;
    return true;
  }
}

/**
 * Saves the model, or its weights, at the end of each epoch or every so many batches. The name may have figures in it, in Python's format.
 * Training waits while a file is written; `fit({ checkpoint })` keeps what is needed to go on, without waiting.
 *
 * @throws ArgumentError where the name's ending does not fit, or names a figure that there is not
 * @example
 * callbacks.modelCheckpoint('models/{epoch:02d}-{val_loss:.2f}.keras');
 * callbacks.modelCheckpoint('best.weights.h5', { monitor: 'val_accuracy', saveBestOnly: true, saveWeightsOnly: true });
 */
export function modelCheckpoint(filepath: string, options?: ModelCheckpointOptions): ModelCheckpoint {
  return new ModelCheckpoint(filepath, options);
}
