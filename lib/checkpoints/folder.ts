/** The folder of a run's checkpoints: numbered by steps, the newest ones kept, damaged ones set aside. */
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DataError, FormatError, NodeCudnnError } from '../errors.js';
import { CheckpointFile, writeCheckpoint } from './file.js';
import type { Plain } from './json.js';
import type { Snapshot } from './snapshot.js';

const NAME = /^checkpoint-(\d+)\.safetensors$/;
/** What a process that was killed left half written. */
const PART = /^checkpoint-\d+\.safetensors\..*part$/;

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

export class CheckpointFolder {
  constructor(
    private readonly where: string,
    readonly directory: string,
    private readonly keep: number,
  ) {}

  /**
   * Makes the folder, removes what was left half written, and tries out whether it can be written to.
   *
   * @throws DataError where it cannot
   */
  async open(): Promise<void> {
    const probe = path.join(this.directory, `checkpoint-0.safetensors.${process.pid}.part`);
    try {
      await mkdir(this.directory, { recursive: true });
      for (const name of await readdir(this.directory)) if (PART.test(name)) await rm(path.join(this.directory, name), { force: true });
      await writeFile(probe, '');
      await rm(probe);
    } catch (cause) {
      throw new DataError({
        where: this.where,
        expected: `a folder ${this.directory} that can be written to`,
        received: messageOf(cause),
        hint: 'choose another folder, or change its rights',
        cause,
      });
    }
  }

  /** The files, the newest first. */
  private async files(): Promise<{ file: string; step: number }[]> {
    const found = (await readdir(this.directory)).flatMap((name) => {
      const match = NAME.exec(name);
      return match ? [{ file: path.join(this.directory, name), step: Number(match[1]) }] : [];
    });
    return found.sort((a, b) => b.step - a.step);
  }

  /** The newest checkpoint that is whole; the caller closes it. Damaged ones are told of and renamed, so that they count no more. */
  async newest(): Promise<CheckpointFile | undefined> {
    const files = await this.files();
    for (const [i, { file }] of files.entries()) {
      try {
        return await CheckpointFile.open(file);
      } catch (error) {
        if (!(error instanceof NodeCudnnError)) throw error;
        const before = files[i + 1]?.file;
        const next = before ? `the one before it is used, ${before}` : 'there is no other, so training begins anew';
        process.emitWarning(`${this.where}: ${error instanceof FormatError ? 'damaged' : 'unreadable'}: ${error.message}; ${next}`);
        await rename(file, `${file}.damaged`).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** Adds a checkpoint, and removes those that are more than are kept. */
  async add(step: number, snapshots: readonly Snapshot[], state: Plain): Promise<void> {
    await writeCheckpoint(path.join(this.directory, `checkpoint-${String(step).padStart(9, '0')}.safetensors`), snapshots, state);
    for (const { file } of (await this.files()).slice(this.keep)) await rm(file, { force: true });
  }

  /** Removes all checkpoints, and the folder where nothing else is in it. */
  async clear(): Promise<void> {
    for (const { file } of await this.files()) await rm(file, { force: true });
    await rmdir(this.directory).catch(() => undefined);
  }
}
