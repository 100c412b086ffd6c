/** A captured step: recorded once, replayed with one native call for any number of steps. */
import { refuseInCapture, record, type Recording, type UniformSource } from '../native/recording.js';
import type { NativeProgramStats } from '../../typings/addon.js';
import type { Runtime } from '../native/runtime.js';
import { CaptureError, DisposedError } from '../errors.js';
import { type DType, dtypeBytes, dtypeCodes, type TypedArray, typedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

export interface InputSpec {
  shape: readonly number[];
  dtype: DType;
}

export interface RunResult {
  /** Copies of the outputs' values after the last replay. */
  outputs: Tensor[];
  /** Replays that were run; fewer than asked for when they were cancelled. */
  done: Promise<number>;
}

/** Numbers that tell how a program turned out; see `NativeProgramStats`. */
export type ProgramStats = NativeProgramStats;

function handlesOf(tensors: readonly Tensor[]): Int32Array {
  return Int32Array.from(tensors, (tensor) => tensor.handle);
}

const programs = new FinalizationRegistry<{ runtime: Runtime; id: number }>(({ runtime, id }) => runtime.destroyProgram(id));

export class Program {
  /** Resolves when the program is built; rejects when it cannot be. */
  readonly ready: Promise<ProgramStats>;
  private readonly id: number;
  private readonly sources: UniformSource[];
  private readonly width: number;
  private disposed = false;

  /**
   * Records what `fn` does with placeholders of the given shapes. Tensors from outside that it uses are kept alive and read (and variables
   * changed) at each replay; JavaScript numbers are frozen.
   */
  constructor(
    readonly runtime: Runtime,
    readonly inputs: readonly InputSpec[],
    fn: (inputs: Tensor[]) => readonly Tensor[],
    options: { fuse?: boolean } = {},
  ) {
    const placeholders: { handle: number; spec: InputSpec }[] = [];
    let recorded: { recording: Recording; result: readonly Tensor[] };
    let failed: Recording | undefined;
    try {
      recorded = record(runtime, (recording) => {
        failed = recording;
        const tensors = inputs.map((spec) => {
          const handle = recording.newHandle();
          placeholders.push({ handle, spec });
          return new Tensor(runtime, handle, spec.shape, spec.dtype, recording);
        });
        const result = fn(tensors);
        for (const output of result) {
          if (!(output instanceof Tensor)) {
            throw new CaptureError({
              where: 'capture',
              expected: 'a function that returns a tensor or tensors',
              received: (output as unknown) instanceof Promise ? 'a promise' : typeof output,
              hint: 'a captured function is synchronous; return tensors and read them afterwards',
            });
          }
          output.check('capture');
        }
        return result;
      });
    } catch (error) {
      failed?.finish();
      throw error;
    }
    const { recording, result } = recorded;
    this.outputSpecs = result.map((output) => ({ shape: output.shape, dtype: output.dtype }));
    this.sources = recording.uniforms.map((placed) => placed.source);
    this.width = this.sources.reduce((sum, source) => sum + source.shape.reduce((a, b) => a * b, 1), 0);
    this.randomCounters = recording.randomCounters;
    const words: number[] = [];
    for (const { handle, spec } of placeholders) words.push(handle, dtypeCodes[spec.dtype], spec.shape.length, ...spec.shape);
    const { id, ready } = runtime.createProgram(
      recording.encoder.words,
      recording.encoder.length,
      Int32Array.from(words),
      recording.uniformWords(),
      Int32Array.from(result, (output) => output.handle),
      options.fuse ?? true,
    );
    recording.finish();
    this.id = id;
    this.ready = ready;
    ready.catch(() => undefined); // reported by whoever awaits it, or by the first run
    programs.register(this, { runtime, id }, this);
  }

  readonly outputSpecs: readonly InputSpec[];
  /** Counters of random numbers that a replay uses. */
  readonly randomCounters: number;

  /**
   * Replays the step `count` times in one native call. The values that change are asked of their sources now, so a call may follow
   * before an earlier one is done.
   */
  run(inputs: readonly Tensor[], count = 1): RunResult {
    const rows = this.rows(inputs, count);
    const { runtime } = this;
    const outputs = this.outputSpecs.map(({ shape, dtype }) => new Tensor(runtime, runtime.newHandle(), shape, dtype));
    const handles = Int32Array.from(outputs, (output) => output.handle);
    return { outputs, done: this.finish(count, runtime.runProgram(this.id, handlesOf(inputs), handles, rows, count)) };
  }

  /** The same for a step with one output: its last value comes as host data with the answer, so that no read has to follow. */
  async fetch(inputs: readonly Tensor[], count = 1): Promise<{ done: number; values: TypedArray }> {
    const output = this.outputSpecs[0]!;
    const rows = this.rows(inputs, count);
    const target = new ArrayBuffer(output.shape.reduce((a, b) => a * b, 1) * dtypeBytes[output.dtype]);
    const run = this.runtime.runProgram(this.id, handlesOf(inputs), new Int32Array(0), rows, count, target);
    const done = await this.finish(count, run);
    return { done, values: typedArray(output.dtype, target) };
  }

  private rows(inputs: readonly Tensor[], count: number): Float64Array {
    refuseInCapture('run', 'a captured function', 'capture the outer function only');
    if (this.disposed) throw new DisposedError({ where: 'program', expected: 'a live program', received: 'a disposed one' });
    for (const input of inputs) input.check('run');
    const rows = new Float64Array(this.width * count);
    let at = 0;
    for (let replay = 0; replay < count; replay++) {
      for (const source of this.sources) {
        source.write(rows, at, replay);
        at += source.shape.reduce((a, b) => a * b, 1);
      }
    }
    for (const source of this.sources) source.advance(count);
    return rows;
  }

  /** Takes back what replays that were cancelled had been counted for. */
  private finish(count: number, run: Promise<number>): Promise<number> {
    const done = run.then((finished) => {
      if (finished < count) for (const source of this.sources) source.advance(finished - count);
      return finished;
    });
    done.catch(() => undefined); // reported by whoever awaits it; outputs carry the failure as well
    return done;
  }

  /** One line a kernel. */
  describe(): string {
    this.runtime.flush();
    return this.runtime.native.describeProgram(this.id);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    programs.unregister(this);
    this.runtime.destroyProgram(this.id);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
