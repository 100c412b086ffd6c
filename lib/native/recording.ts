/** A step while it is being captured: its own command stream, the values that change between replays, and the handles to give back. */
import { CaptureError } from '../errors.js';
import { type DType, dtypeCodes } from '../tensor/dtype.js';
import { CommandEncoder } from './encoder.js';
import type { Runtime } from './runtime.js';

/**
 * A number (or a few) that a captured step reads anew at every replay: a learning rate, a step count, the state of the random numbers.
 */
export interface UniformSource {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Writes the values of the `replay`-th replay from now (0: the next) to `row` at `at`. */
  write(row: Float64Array, at: number, replay: number): void;
  /** Told after `replays` were submitted (or taken back, when negative), so that the next `write` begins there. */
  advance(replays: number): void;
}

interface Placed {
  source: UniformSource;
  handle: number;
}

export class Recording {
  readonly encoder = new CommandEncoder();
  readonly uniforms: Placed[] = [];
  /** Counters of random numbers that one replay uses. */
  randomCounters = 0;
  private readonly handles: number[] = [];
  private readonly released = new Set<{ dispose(): void }>();

  constructor(readonly runtime: Runtime) {}

  newHandle(): number {
    const handle = this.runtime.newHandle();
    this.handles.push(handle);
    return handle;
  }

  /** The handle of the placeholder for a source; one a source. */
  uniform(source: UniformSource): number {
    const known = this.uniforms.find((placed) => placed.source === source);
    if (known) return known.handle;
    const handle = this.newHandle();
    this.uniforms.push({ source, handle });
    return handle;
  }

  uniformWords(): Int32Array {
    const words: number[] = [];
    for (const { source, handle } of this.uniforms) words.push(handle, dtypeCodes[source.dtype], source.shape.length, ...source.shape);
    return Int32Array.from(words);
  }

  /** Tensors outside the step that are to go once the step is built: its constants, and what was disposed of meanwhile. */
  releaseLater(tensor: { dispose(): void }): void {
    this.released.add(tensor);
  }

  /** Called when the step was handed over (or given up): its handles never existed on the device. */
  finish(): void {
    for (const handle of this.handles) this.runtime.recycle(handle);
    this.handles.length = 0;
    for (const tensor of this.released) tensor.dispose();
    this.released.clear();
  }
}

let active: Recording | undefined;

/** The capture in progress. */
export function activeRecording(): Recording | undefined {
  return active;
}

/** Runs `fn` with its ops recorded instead of executed. */
export function record<T>(runtime: Runtime, fn: (recording: Recording) => T): { recording: Recording; result: T } {
  if (active) {
    throw new CaptureError({
      where: 'capture',
      expected: 'one capture at a time',
      received: 'a captured function called while another is being captured',
      hint: 'call the plain function inside, and capture only the outer one',
    });
  }
  const recording = new Recording(runtime);
  active = recording;
  try {
    return { recording, result: fn(recording) };
  } finally {
    active = undefined;
  }
}

/** Runs `fn` for real in the middle of a capture: for variables that have to exist before the step is replayed. */
export function outsideRecording<T>(fn: () => T): T {
  const paused = active;
  active = undefined;
  try {
    return fn();
  } finally {
    active = paused;
  }
}

/** Throws inside a capture, with what to do instead. */
export function refuseInCapture(where: string, received: string, hint: string): void {
  if (active) throw new CaptureError({ where, expected: 'nothing of the kind inside a captured step', received, hint });
}
