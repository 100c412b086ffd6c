/**
 * One device as JavaScript sees it: the native context, the eager command stream, handles, and the requests that wait for an answer.
 */
import type { NativeContext, NativeFailure, NativeMemory, NativeProgramStats } from '../../typings/addon.js';
import { DeviceError, DisposedError, type NodeCudnnError } from '../errors.js';
import { type DType, dtypeBytes, dtypeCodes } from '../tensor/dtype.js';
import { loadAddon } from './addon.js';
import { CommandEncoder } from './encoder.js';
import { failureError } from './failures.js';
import type { DeviceOptions } from './options.js';

/** Words kept before they are handed over although nobody asked for a result. */
const FLUSH_WORDS = 1 << 14;

/** The nn_code of a device that no later call survives. */
const DEVICE_LOST = 5;

interface Request {
  resolve(result: number | NativeProgramStats | undefined): void;
  reject(failure: NativeFailure): void;
}

export class Runtime {
  /** 'cpu', 'cuda:0'. */
  readonly name: string;
  readonly native: NativeContext;
  /** The eager stream. */
  readonly encoder = new CommandEncoder();
  /** Live tensors that JavaScript holds on this device. */
  tensors = 0;
  /** What made the device unusable, once something did. */
  lost: string | undefined;
  /** What a GPU was told about how to compute. */
  options: Readonly<Required<DeviceOptions>> = { precision: 'float32', deterministic: false, autotune: false };

  private nextHandle = 1;
  private readonly freeHandles: number[] = [];
  private nextRequest = 1;
  private readonly requests = new Map<number, Request>();
  private flushScheduled = false;
  private nextProgram = 1;
  private closed = false;

  constructor(name: string, backend: string, index: number, threads: number) {
    this.name = name;
    this.native = loadAddon().createContext(backend, index, threads, (id, failure, result) => {
      const request = this.requests.get(id);
      if (!request) return;
      this.requests.delete(id);
      if (failure) request.reject(failure);
      else request.resolve(result);
    });
  }

  newHandle(): number {
    return this.freeHandles.pop() ?? this.nextHandle++;
  }

  /** For handles that never reached the device, as those of a recording. */
  recycle(handle: number): void {
    this.freeHandles.push(handle);
  }

  /** Frees a tensor in stream order; its handle may be used again by any later command. */
  free(handle: number): void {
    if (this.closed) return;
    this.encoder.free(handle);
    this.freeHandles.push(handle);
    this.scheduleFlush();
  }

  scheduleFlush(): void {
    if (this.encoder.length >= FLUSH_WORDS) {
      this.flush();
      return;
    }
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    queueMicrotask(() => {
      this.flushScheduled = false;
      this.flush();
    });
  }

  /** Hands the eager stream to the device thread. */
  flush(): void {
    if (this.encoder.length === 0 || this.closed) return;
    this.native.submit(this.encoder.words, this.encoder.length);
    this.encoder.reset();
    if (exiting) this.native.settle();
  }

  /** Ends what runs, and waits for it. */
  settle(): void {
    if (this.closed) return;
    this.flush();
    this.native.settle();
  }

  upload(handle: number, dtype: DType, shape: readonly number[], data: ArrayBufferView): void {
    this.flush();
    this.native.upload(handle, dtypeCodes[dtype], Int32Array.from(shape), data);
  }

  private request<T>(where: string, start: (id: number) => void): Promise<T> {
    if (this.closed) return Promise.reject(new DisposedError({ where, expected: 'an open device', received: `${this.name}, closed` }));
    this.flush();
    const id = this.nextRequest++;
    // The stack of the caller, so that an error from the device thread points at a line of the program.
    const site: { stack?: string } = {};
    // eslint-disable-next-line @typescript-eslint/unbound-method -- only marks where the stack begins
    Error.captureStackTrace(site, this.request);
    return new Promise<T>((resolve, reject) => {
      this.requests.set(id, {
        resolve: resolve as Request['resolve'],
        reject: (failure) => reject(this.failed(where, failure, site.stack)),
      });
      start(id);
      if (exiting) this.native.settle();
    });
  }

  /** The bytes of a tensor, when all earlier commands are done; in `target` (of that length), where memory is at hand. */
  read(handle: number, dtype: DType, size: number, target = new ArrayBuffer(size * dtypeBytes[dtype])): Promise<ArrayBuffer> {
    return this.request<undefined>('data', (id) => this.native.read(handle, target, id)).then(() => target);
  }

  readSync(handle: number, dtype: DType, size: number): ArrayBuffer {
    this.flush();
    const target = new ArrayBuffer(size * dtypeBytes[dtype]);
    const failure = this.native.readSync(handle, target);
    if (failure) throw this.failed('dataSync', failure);
    return target;
  }

  private failed(where: string, failure: NativeFailure, stack?: string): NodeCudnnError {
    if (failure.code === DEVICE_LOST) this.lost ??= failure.message;
    return failureError(where, failure, stack);
  }

  /** A tensor from one of another device, in the order of both streams. */
  receive(source: Runtime, sourceHandle: number, handle: number, dtype: DType, shape: readonly number[]): void {
    source.flush();
    this.flush();
    this.native.receive(source.native, sourceHandle, handle, dtypeCodes[dtype], Int32Array.from(shape));
  }

  /** Sets what differs from now; waits for the commands before it. */
  setOptions(where: string, options: Readonly<Required<DeviceOptions>>): void {
    for (const name of ['precision', 'deterministic', 'autotune'] as const) {
      if (this.options[name] === options[name]) continue;
      this.flush();
      const failure = this.native.setOption(name, String(options[name]));
      if (failure) throw this.failed(where, failure);
      this.options = { ...this.options, [name]: options[name] };
    }
  }

  /** Resolves when all earlier commands are done; rejects with the first that failed since the last read. */
  sync(): Promise<void> {
    return this.request('sync', (id) => this.native.sync(id));
  }

  createProgram(
    words: Int32Array,
    count: number,
    inputs: Int32Array,
    uniforms: Int32Array,
    outputs: Int32Array,
    fuse: boolean,
  ): { id: number; ready: Promise<NativeProgramStats> } {
    const program = this.nextProgram++;
    const ready = this.request<NativeProgramStats>('capture', (id) =>
      this.native.createProgram(program, words, count, inputs, uniforms, outputs, fuse, id),
    );
    return { id: program, ready };
  }

  runProgram(
    program: number,
    inputs: Int32Array,
    outputs: Int32Array,
    rows: Float64Array,
    count: number,
    target?: ArrayBuffer,
  ): Promise<number> {
    return this.request('run', (id) => this.native.runProgram(program, inputs, outputs, rows, count, target, id));
  }

  destroyProgram(program: number): void {
    if (!this.closed) this.native.destroyProgram(program);
  }

  memory(): NativeMemory {
    return this.native.memory();
  }

  describe(): Record<string, unknown> {
    return JSON.parse(this.native.describe()) as Record<string, unknown>;
  }

  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    if (open.get(this.name) === this) open.delete(this.name);
    this.native.close();
    for (const request of this.requests.values()) {
      request.reject({ code: 6, op: 'close', message: `${this.name} was closed`, operands: '' });
    }
    this.requests.clear();
  }
}

let current: Runtime | undefined;
const open = new Map<string, Runtime>();

/** `process.exit` destroys what device threads use without waiting for them, so nothing may be under way from its event on. */
let exiting = false;
let listens = false;
function settleAtExit(): void {
  if (listens) return;
  listens = true;
  process.on('exit', () => {
    exiting = true;
    for (const runtime of open.values()) runtime.settle();
  });
}

/** Threads of the CPU device: NODE_CUDNN_THREADS, else as many as cores. */
function threadCount(): number {
  const text = process.env['NODE_CUDNN_THREADS'];
  if (text === undefined || text === '') return 0;
  const threads = Number(text);
  if (Number.isInteger(threads) && threads > 0) return threads;
  throw new DeviceError({
    where: 'NODE_CUDNN_THREADS',
    expected: 'a positive whole number',
    received: `'${text}'`,
    hint: 'unset it to use every core',
  });
}

/** The runtime of a device, opened at its first use. */
export function runtimeOf(name: string): Runtime {
  let runtime = open.get(name);
  if (!runtime) {
    const [backend = '', index = '0'] = name.split(':');
    runtime = new Runtime(name, backend, Number(index), threadCount());
    open.set(name, runtime);
    settleAtExit();
  }
  return runtime;
}

export function setCurrentRuntime(runtime: Runtime): void {
  current = runtime;
}

/** The device that new tensors are made on, or undefined while none was chosen. */
export function currentRuntime(): Runtime | undefined {
  return current;
}

/** All devices that were opened. */
export function openRuntimes(): Iterable<Runtime> {
  return open.values();
}
