/** Going on after an interruption. Source: Keras 3, `keras.callbacks.BackupAndRestore`. */
import { ArgumentError } from '../errors.js';
import { describe, flag, optional, readOptions, type Reader, text } from '../options/index.js';
import { Callback } from './callback.js';

export interface BackupAndRestoreOptions {
  /** Batches between two backups; 'epoch', the default: one at the end of each epoch. */
  saveFreq?: 'epoch' | number;
  /** Keeps the backup before the newest as well, for the case that the newest is damaged; false. */
  doubleCheckpoint?: boolean;
  /** Removes the backups when training is complete; true. */
  deleteCheckpoint?: boolean;
}

/** @internal 'epoch' or a number of batches. */
export const saveFreq: Reader<'epoch' | number> = (value, where) => {
  if (value === undefined || value === 'epoch') return 'epoch';
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new ArgumentError({ where, expected: "'epoch' or a number of batches", received: describe(value) });
};

/** Settings for the checkpoints of `fit`, which does the work. */
export class BackupAndRestore extends Callback {
  readonly className = 'BackupAndRestore';
  readonly backupDir: string;
  readonly saveFreq: 'epoch' | number;
  readonly doubleCheckpoint: boolean;
  readonly deleteCheckpoint: boolean;

  constructor(backupDir: string, options: BackupAndRestoreOptions = {}) {
    super();
    this.backupDir = text(backupDir, 'backupAndRestore backupDir');
    const read = readOptions('backupAndRestore', options, {
      saveFreq,
      doubleCheckpoint: optional(flag, false),
      deleteCheckpoint: optional(flag, true),
    });
    this.saveFreq = read.saveFreq;
    this.doubleCheckpoint = read.doubleCheckpoint;
    this.deleteCheckpoint = read.deleteCheckpoint;
  }
}

/**
 * Goes on where an earlier training with the same folder was interrupted: the checkpoints of `fit({ checkpoint })` by Keras' name. What comes
 * out is what an unbroken training would have given, and the history has all epochs.
 *
 * @throws ArgumentError (from `fit`) where the folder holds backups of another model or of other options
 * @example
 * await model.fit(x, y, { epochs: 100, callbacks: [callbacks.backupAndRestore('backup', { saveFreq: 500 })] });
 */
export function backupAndRestore(backupDir: string, options?: BackupAndRestoreOptions): BackupAndRestore {
  return new BackupAndRestore(backupDir, options);
}
