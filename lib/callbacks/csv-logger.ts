/** Figures of every epoch in a CSV file. Source: Keras 3, `keras.callbacks.CSVLogger`. */
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { DataError } from '../errors.js';
import { flag, optional, readOptions, text } from '../options/index.js';
import { Callback, type CallbackState, type Logs } from './callback.js';

export interface CSVLoggerOptions {
  /** Between columns; a comma. */
  separator?: string;
  /** Goes on with a file that is there, instead of beginning anew. */
  append?: boolean;
}

export class CSVLogger extends Callback {
  readonly className = 'CSVLogger';
  private readonly settings: { separator: string; append: boolean };
  private keys: string[] | undefined;

  constructor(
    private readonly filename: string,
    options: CSVLoggerOptions = {},
  ) {
    super();
    text(filename, 'csvLogger filename');
    this.settings = readOptions('csvLogger', options, { separator: optional(text, ','), append: optional(flag, false) });
  }

  private cell(value: string | number): string {
    const plain = String(value);
    return plain.includes(this.settings.separator) || plain.includes('"') ? `"${plain.replaceAll('"', '""')}"` : plain;
  }

  override onTrainBegin(): void {
    const { append, separator } = this.settings;
    this.keys = undefined;
    try {
      if ((append || this.params?.resumes === true) && existsSync(this.filename)) {
        const head = readFileSync(this.filename, 'utf8').split('\n', 1)[0]!.trim();
        if (head !== '') this.keys = head.split(separator).slice(1);
      } else {
        writeFileSync(this.filename, '');
      }
    } catch (cause) {
      throw new DataError({
        where: 'csvLogger',
        expected: `a file ${this.filename} that can be written`,
        received: cause instanceof Error ? cause.message : String(cause),
        hint: 'make its folder first',
        cause,
      });
    }
  }

  override getState(): CallbackState {
    return { bytes: existsSync(this.filename) ? statSync(this.filename).size : 0, keys: this.keys };
  }

  /** Lines of epochs that are trained again are taken away. */
  override setState(state: CallbackState): void {
    const bytes = state['bytes'] as number;
    if (existsSync(this.filename) && statSync(this.filename).size > bytes) truncateSync(this.filename, bytes);
    this.keys = state['keys'] as string[] | undefined;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const { separator } = this.settings;
    let lines = '';
    if (!this.keys) {
      this.keys = Object.keys(logs).sort();
      // Columns for validations that only begin later, as validationFreq has it.
      if (this.params?.validates === true && !this.keys.some((key) => key.startsWith('val_'))) {
        this.keys.push(...this.keys.map((key) => `val_${key}`));
      }
      lines = `${['epoch', ...this.keys].map((key) => this.cell(key)).join(separator)}\n`;
    }
    const cells = [epoch, ...this.keys.map((key) => logs[key] ?? 'NA')];
    appendFileSync(this.filename, `${lines}${cells.map((value) => this.cell(value)).join(separator)}\n`);
  }
}

/**
 * Writes the figures of every epoch to a CSV file, a line an epoch.
 *
 * @example
 * callbacks.csvLogger('training.csv', { append: true });
 */
export function csvLogger(filename: string, options?: CSVLoggerOptions): CSVLogger {
  return new CSVLogger(filename, options);
}
