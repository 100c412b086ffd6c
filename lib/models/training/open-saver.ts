/** The checkpoints that a call of `fit` asks for, by its option or by the callback of Keras' name. */
import { BackupAndRestore } from '../../callbacks/backup-and-restore.js';
import type { Callback } from '../../callbacks/callback.js';
import { Checkpointer, type CheckpointOptions, type Schedule } from '../../checkpoints/checkpointer.js';
import { CheckpointFolder } from '../../checkpoints/folder.js';
import { ArgumentError } from '../../errors.js';
import { nullable, optional, type Reader, readOptions, real, text, whole } from '../../options/index.js';
import type { Passes } from './passes.js';
import type { RunDescription } from './run-description.js';
import { type RunSources, Saver } from './saver.js';

export interface CheckpointSettings extends Schedule {
  readonly directory: string;
  readonly keep: number;
  /** Whether they are removed when training is complete. */
  readonly deletes: boolean;
}

/** Reads the option of `fit`. */
export const checkpointReader: Reader<CheckpointSettings | null> = (value, where) => {
  if (value === undefined || value === null) return null;
  const given = typeof value === 'string' ? ({ directory: value } satisfies CheckpointOptions) : value;
  const read = readOptions(where, given, {
    directory: text,
    everySteps: nullable(whole()),
    everySeconds: nullable(real({ above: 0 })),
    everyEpochs: nullable(whole()),
    keep: optional(whole(), 2),
  });
  const none = read.everySteps === null && read.everySeconds === null && read.everyEpochs === null;
  return { ...read, everyEpochs: none ? 1 : read.everyEpochs, deletes: false };
};

function ofCallback({ backupDir, saveFreq, doubleCheckpoint, deleteCheckpoint }: BackupAndRestore): CheckpointSettings {
  return {
    directory: backupDir,
    everySteps: saveFreq === 'epoch' ? null : saveFreq,
    everySeconds: null,
    everyEpochs: saveFreq === 'epoch' ? 1 : null,
    keep: doubleCheckpoint ? 2 : 1,
    deletes: deleteCheckpoint,
  };
}

/** What `fit` is to keep, if anything. */
export function checkpointSettings(
  option: CheckpointSettings | null,
  callbacks: readonly Callback[],
): (CheckpointSettings & { where: string }) | undefined {
  const backups = callbacks.filter((callback) => callback instanceof BackupAndRestore);
  const all = [
    ...(option ? [{ ...option, where: 'fit checkpoint' }] : []),
    ...backups.map((one) => ({ ...ofCallback(one), where: 'backupAndRestore' })),
  ];
  if (all.length <= 1) return all[0];
  throw new ArgumentError({
    where: 'fit checkpoint',
    expected: 'one set of checkpoints a training',
    received: `${all.length}`,
    hint: 'choose the option checkpoint or one callback backupAndRestore',
  });
}

/** Opens the folder and reads the newest checkpoint in it, if there is one. */
export async function openSaver(
  settings: CheckpointSettings & { where: string },
  passes: Passes,
  callbacks: readonly Callback[],
  run: RunDescription,
  sources: RunSources,
): Promise<Saver> {
  const folder = new CheckpointFolder(settings.where, settings.directory, settings.keep);
  await folder.open();
  const file = await folder.newest();
  try {
    return new Saver(passes, new Checkpointer(settings.where, folder, settings), callbacks, run, sources, settings.deletes, file);
  } catch (error) {
    await file?.close();
    throw error;
  }
}
