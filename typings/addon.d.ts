/** The contract that the native addon exports (native/addon). Everything that crosses the boundary is declared here. */

/** One op as the addon knows it; `attrs` is compared with what TypeScript declares. */
export interface NativeOp {
  name: string;
  opcode: number;
  attrs: string[];
}

/** What went wrong in a command, on the device thread. */
export interface NativeFailure {
  /** An `nn_code`: 1 invalid, 2 unsupported, 3 out of memory, 4 a library's failure, 5 device lost, 6 cancelled. */
  code: number;
  op: string;
  message: string;
  operands: string;
}

export interface NativeMemory {
  live: number;
  peak: number;
  cached: number;
  buffers: number;
  limit: number;
}

export interface NativeProgramStats {
  recorded: number;
  kernels: number;
  arena: number;
  unplanned: number;
}

/**
 * A completion: the id that the request carried, what failed (or null), and a result: the replays done for a run, statistics for a
 * new program, nothing else.
 */
export type NativeEvent = (id: number, failure: NativeFailure | null, result: number | NativeProgramStats | undefined) => void;

/** One in-order command queue on one device. Calls return at once; what they start is reported through the event function. */
export interface NativeContext {
  /** Executes `count` command words (copied before it returns). */
  submit(words: Int32Array, count: number): void;
  /** Makes a tensor from a copy of the data. `shape` as int32 words. */
  upload(handle: number, dtype: number, shape: Int32Array, data: ArrayBufferView): void;
  /** Makes a tensor from one of another context, in the order of both queues, without waiting for either. */
  receive(source: NativeContext, sourceHandle: number, handle: number, dtype: number, shape: Int32Array): void;
  /** Copies a tensor's bytes into `target` (of exactly its size), then reports `id`. */
  read(handle: number, target: ArrayBuffer, id: number): void;
  /** The same, blocking; what failed, or null. */
  readSync(handle: number, target: ArrayBuffer): NativeFailure | null;
  /** Reports `id` when all earlier work is done. */
  sync(id: number): void;
  /** Placeholders are [handle, dtype, rank, dims...] one after the other. Reports statistics under `id`. */
  createProgram(
    program: number,
    words: Int32Array,
    count: number,
    inputs: Int32Array,
    uniforms: Int32Array,
    outputs: Int32Array,
    fuse: boolean,
    id: number,
  ): void;
  /**
   * Replays `count` times; `rows` holds one row of uniform values a replay. With a `target` (of exactly its bytes) the first output is
   * copied there instead of becoming a tensor. Reports the number of replays done under `id`.
   */
  runProgram(
    program: number,
    inputs: Int32Array,
    outputs: Int32Array,
    rows: Float64Array,
    count: number,
    target: ArrayBuffer | undefined,
    id: number,
  ): void;
  destroyProgram(program: number): void;
  /** A line a kernel; waits for the queue. For tests and tracing. */
  describeProgram(program: number): string;
  /** Stops runs that were submitted so far at their next replay, and waits until nothing is left to do: before a process ends. */
  settle(): void;
  memory(): NativeMemory;
  setLimit(bytes: number): void;
  resetPeak(): void;
  releaseCache(): void;
  /** The backend's JSON description of the device. */
  describe(): string;
  /** Bytes of the device's memory, free and in all. */
  memoryInfo(): { free: number; total: number };
  /** Sets an option of the device from the next command on, when the commands before it are done; what failed, or null. */
  setOption(name: string, value: string): NativeFailure | null;
  /** Native calls made on this context and commands executed, for tests. */
  counters(): { calls: number; commands: number; replays: number; tensors: number };
  close(): void;
}

/** What `transform` does to every image besides its own parameters; the numbers are those of native/images/transform.h. */
export interface NativeTransformSettings {
  channelsFirst: boolean;
  fillMode: number;
  order: number;
  fillValue: number;
  exactBrightness: boolean;
  standardize: boolean;
  rescale: number;
  sampleCenter: boolean;
  sampleDeviation: boolean;
  /** One number a channel. */
  mean: Float64Array | undefined;
  deviation: Float64Array | undefined;
  /** [size, size], of the target's type. */
  whitening: Float32Array | Float64Array | undefined;
}

/** Work on images, on threads of its own. Calls return at once; the arrays must not change until the id is reported. */
export interface NativeImages {
  /** `sizes` is [count, rows, columns, channels]; `parameters` holds 11 numbers an image, undefined: images are only standardised. */
  transform(
    sizes: Int32Array,
    source: Float32Array | Float64Array | Uint8Array,
    target: Float32Array | Float64Array,
    parameters: Float64Array | undefined,
    settings: NativeTransformSettings,
    id: number,
  ): void;
  /** `sizes` is [rows, columns, channels, target rows, target columns], `region` [left, top, width, height]; filters as in resample.h. */
  resize(
    sizes: Int32Array,
    source: Uint8Array,
    region: Float64Array,
    target: Uint8Array | Float32Array,
    filter: number,
    antialias: boolean,
    id: number,
  ): void;
  /** `sizes` is [samples, values]: the ZCA matrix of centred samples. */
  whiten(sizes: Int32Array, samples: Float64Array, target: Float64Array, epsilon: number, id: number): void;
  close(): void;
}

/** What a backend can do here. */
export interface NativeProbe {
  works: boolean;
  /** Devices. */
  count: number;
  /** Why it does not work. */
  reason: string;
  /** The library's file; empty for what is linked into the addon. */
  path: string;
  /** The backend's JSON of what it looked for, where, and what the loader said (native/core/abi.h); empty where it wrote none. */
  report: string;
}

export interface NativeAddon {
  version: string;
  abi: number;
  ops(): NativeOp[];
  /** Loads a backend ('cpu', 'cuda') if it is not loaded yet, and asks for its devices. */
  probe(backend: string): NativeProbe;
  /** Opens device `index` of a backend. Throws an Error with the reason when it cannot. */
  createContext(backend: string, index: number, threads: number, onEvent: NativeEvent): NativeContext;
  /** Threads for images, `threads` at most, started when there is work. */
  createImages(threads: number, onEvent: NativeEvent): NativeImages;
}
