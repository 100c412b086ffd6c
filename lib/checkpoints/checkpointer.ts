/** When checkpoints are due, and their writing in the background: one at a time, training goes on meanwhile. */
import type { CheckpointFolder } from './folder.js';
import type { Plain } from './json.js';
import { type NamedTensor, type Snapshot, Snapshots } from './snapshot.js';

/** Options of `fit({ checkpoint })`. */
export interface CheckpointOptions {
  /** The folder of this run's checkpoints, made where it is missing. */
  directory: string;
  /** After every so many batches, counted from the beginning of the run. */
  everySteps?: number | null;
  /** At the first batch after so many seconds. */
  everySeconds?: number | null;
  /** After every so many epochs; 1 where nothing else is given. */
  everyEpochs?: number | null;
  /** How many are kept, the newest ones; 2. The one before the newest is used where the newest is damaged. */
  keep?: number;
}

export type Schedule = Readonly<Required<Pick<CheckpointOptions, 'everySteps' | 'everySeconds' | 'everyEpochs'>>>;

/** A checkpoint whose arrays are on their way, and whose state is still to be told. */
export interface Begun {
  /** Writes it in the background, with more arrays as they are now. */
  complete(state: Plain, more: readonly NamedTensor[]): void;
  /** Forgets it. */
  drop(): void;
}

export class Checkpointer {
  private readonly snapshots = new Snapshots();
  private writing: Promise<void> | undefined;
  private begun = false;
  /** One was due while another was being written. */
  private overdue = false;
  private last = performance.now();
  private failing = false;

  constructor(
    private readonly where: string,
    readonly folder: CheckpointFolder,
    private readonly schedule: Schedule,
  ) {}

  /** Makes the memory for snapshots of these tensors. */
  prepare(tensors: readonly NamedTensor[]): void {
    this.snapshots.prepare(tensors);
  }

  /** Batches after `step` until the next one that is due by number. */
  until(step: number): number {
    const { everySteps } = this.schedule;
    return everySteps === null ? Infinity : everySteps - (step % everySteps);
  }

  /** Whether one is to be begun after batch number `step`. Where the one before is still being written it comes as soon as that is done. */
  due(step: number): boolean {
    const { everySteps, everySeconds } = this.schedule;
    const bySteps = everySteps !== null && step % everySteps === 0;
    const byTime = everySeconds !== null && performance.now() - this.last >= everySeconds * 1000;
    return this.unlessBusy(bySteps || byTime || this.overdue);
  }

  /** The same after an epoch, counted from 1. */
  dueAfter(epoch: number): boolean {
    const { everyEpochs } = this.schedule;
    return this.unlessBusy(everyEpochs !== null && epoch % everyEpochs === 0);
  }

  private unlessBusy(due: boolean): boolean {
    const busy = this.begun || this.writing !== undefined;
    this.overdue = due && busy;
    return due && !busy;
  }

  /** Takes the snapshot: what `tensors` hold when the commands given so far are done. */
  begin(step: number, tensors: readonly NamedTensor[]): Begun {
    const first = this.snapshots.take(tensors);
    this.begun = true;
    this.last = performance.now();
    return {
      complete: (state, more) => {
        const all = [first, this.snapshots.take(more, tensors.length)];
        this.begun = false;
        this.writing = this.write(step, all, state).finally(() => (this.writing = undefined));
      },
      drop: () => {
        this.begun = false;
        first.dispose();
      },
    };
  }

  /** Never rejects: a disk that is full is no reason to end a training, but one to say so. */
  private async write(step: number, snapshots: readonly Snapshot[], state: Plain): Promise<void> {
    try {
      await this.folder.add(step, snapshots, state);
      this.failing = false;
    } catch (error) {
      if (!this.failing) {
        const message = error instanceof Error ? error.message : String(error);
        process.emitWarning(`${this.where}: no checkpoint of step ${step}: ${message}; training goes on, and the next one is tried`);
      }
      this.failing = true;
    } finally {
      for (const snapshot of snapshots) snapshot.dispose();
    }
  }

  /** Waits for what is being written. */
  async settled(): Promise<void> {
    await this.writing;
  }
}
