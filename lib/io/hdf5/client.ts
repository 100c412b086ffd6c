/** The threads in which HDF5 files are read and written, seen from outside: requests, answers, and an end to what does not end. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { FormatError, type NodeCudnnError } from '../../errors.js';
import { cannotRead, cannotWrite } from '../files.js';
import { type Answer, CALLS, COUNTERS, type Failure, MEMORY, type RequestName, type Requests } from './types.js';

/** The program is the file beside this one: compiled, or, in a clone, as TypeScript. */
function startWorker(counters: Int32Array): Worker {
  const inClone = __filename.endsWith('.ts');
  const file = path.join(__dirname, inClone ? 'thread.ts' : 'thread.js');
  return new Worker(file, { workerData: { counters }, execArgv: inClone ? ['--require', require.resolve('tsx/cjs')] : [], stderr: false });
}

/** A damaged file may send the library round in circles: it is watched this often, and ended after so many times without progress. */
const LOOK = 100;
const PATIENCE = 3;
/** What a file may ask of the file system for one request: each of its bytes once in small pieces, and some more. */
const callsFor = (length: number): number => 20_000 + length / 8;
/** Unpacking of a large chunk is no progress that can be seen: half as long again for each 25 MB of the file. */
const patienceFor = (length: number): number => PATIENCE + length / (25 << 20);

/** How long a thread without work is kept: starting one takes a quarter of a second. */
const IDLE = 10_000;
/** In kB. A thread whose library has taken more does not give it back, so it is not kept. */
const LARGE = 96 << 10;

/** A failure on its way to the one who asked, who knows what the file is called. */
class Failed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.received);
  }
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Failed) => void;
  /** Calls of the file system before it. */
  readonly calls: number;
}

const ended = (received: string): Failure => ({ kind: 'fatal', expected: 'an HDF5 file that is whole', received });

/** One thread with the library. */
class Thread {
  private readonly counters = new Int32Array(new SharedArrayBuffer(4 * COUNTERS));
  private readonly worker = startWorker(this.counters);
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private ready = false;
  private watch: NodeJS.Timeout | undefined;
  /** Looks without progress, each as far as this process was computing meanwhile. */
  private quiet = 0;
  private seen = 0;
  private used = process.cpuUsage();
  /** Length of the file that is read; undefined where nothing is to be watched. */
  private length: number | undefined;
  /** Why it cannot be used any more. */
  dead: Failure | undefined;

  constructor() {
    this.worker.on('message', ({ id, value, failure }: Answer) => {
      this.quiet = 0;
      if (id === 0) {
        this.ready = true;
        return;
      }
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (this.waiting.size === 0) this.rest();
      if (failure?.kind === 'fatal') this.end(failure);
      if (failure) waiting?.reject(new Failed(failure));
      else waiting?.resolve(value as never);
    });
    this.worker.on('error', (error: Error) => this.end(ended(`a failure inside the library (${error.message})`)));
    this.worker.on('exit', (code) => this.end(ended(`a thread that ended with code ${code}`)));
  }

  get isLarge(): boolean {
    return this.counters[MEMORY]! > LARGE;
  }

  /** Says which file the next requests are about. */
  begin(length: number | undefined): void {
    this.length = length;
  }

  request<N extends RequestName>(name: N, args: Requests[N]['args'], transfer: readonly ArrayBuffer[] = []): Promise<Requests[N]['value']> {
    return new Promise((resolve, reject) => {
      if (this.dead) return reject(new Failed(this.dead));
      const id = this.next++;
      this.waiting.set(id, { resolve, reject, calls: Atomics.load(this.counters, CALLS) });
      if (this.waiting.size === 1) this.work();
      this.worker.postMessage({ id, name, args }, transfer);
    });
  }

  /** A process does not end while an answer is awaited. */
  private work(): void {
    this.worker.ref();
    this.quiet = 0;
    this.used = process.cpuUsage();
    if (this.length !== undefined) this.watch ??= setInterval(() => this.look(), LOOK);
  }

  private rest(): void {
    this.worker.unref();
    clearInterval(this.watch);
    this.watch = undefined;
  }

  /**
   * Looks are counted, not the clock: a computer that slept has not waited. Nor has one that is so busy that this process gets little of it, or
   * whose disk is slow: circles take the processor, and a look counts by the share of it that was taken.
   */
  private look(): void {
    if (!this.ready) return;
    const calls = Atomics.load(this.counters, CALLS);
    const { user, system } = process.cpuUsage(this.used);
    this.used = process.cpuUsage();
    this.quiet = calls === this.seen ? this.quiet + Math.min((user + system) / 1000 / LOOK, 1) : 0;
    this.seen = calls;
    const [first] = this.waiting.values();
    const length = this.length ?? Infinity;
    const circles = first && calls - first.calls > callsFor(length) * this.waiting.size;
    if (this.quiet > patienceFor(length) || circles) this.end(ended('one that leads the reader in circles'));
  }

  end(failure: Failure): void {
    if (this.dead) return;
    this.dead = failure;
    this.rest();
    for (const { reject } of this.waiting.values()) reject(new Failed(failure));
    this.waiting.clear();
    void this.worker.terminate();
  }
}

const closed = ended('a closed file');
let spare: Thread | undefined;
let spareTimer: NodeJS.Timeout | undefined;

/** Begins to start a thread, so that it is there when a file is opened. */
export function prepareThread(): void {
  if (!spare) giveBack(new Thread());
}

function take(): Thread {
  const thread = spare && !spare.dead ? spare : new Thread();
  spare = undefined;
  clearTimeout(spareTimer);
  return thread;
}

function giveBack(thread: Thread): void {
  if (thread.dead) return;
  if (spare || thread.isLarge) return thread.end(closed);
  spare = thread;
  spareTimer = setTimeout(() => {
    spare = undefined;
    thread.end(closed);
  }, IDLE).unref();
}

/** A file that is open in a thread of its own. */
export class Session {
  private readonly thread = take();
  private handle = 0;
  private failed: NodeCudnnError | undefined;

  private constructor(
    /** What failures to open, read or write begin with. */
    private readonly where: string,
    /** The file, as errors name it. */
    readonly name: string,
    private readonly write: boolean,
  ) {}

  static async open(
    where: string,
    name: string,
    region: { path: string; offset: number; length: number },
    write: boolean,
  ): Promise<Session> {
    const session = new Session(where, name, write);
    session.thread.begin(write ? undefined : region.length);
    try {
      session.handle = await session.ask('open', { region, write });
    } catch (error) {
      giveBack(session.thread);
      throw error;
    }
    return session;
  }

  private errorOf(failure: Failure): NodeCudnnError {
    const { kind, expected, received, code } = failure;
    if (kind === 'system') {
      const cause = Object.assign(new Error(received), { code });
      return this.write ? cannotWrite(this.where, this.name, cause) : cannotRead(this.where, this.name, cause);
    }
    const hint = this.write ? undefined : 'the file is damaged, or not what its name says';
    return new FormatError({ where: this.name, expected, received, hint });
  }

  private async ask<N extends RequestName>(
    name: N,
    args: Requests[N]['args'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<Requests[N]['value']> {
    if (this.failed) throw this.failed;
    try {
      return await this.thread.request(name, args, transfer);
    } catch (cause) {
      const { failure } = cause as Failed;
      const error = this.errorOf(failure);
      // What is left of a thread that was ended, or of a file on a full disk, is not worth another request.
      if (failure.kind !== 'format') this.failed ??= error;
      throw error;
    }
  }

  request<N extends Exclude<RequestName, 'open' | 'close'>>(
    name: N,
    args: Omit<Requests[N]['args'], 'file'>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<Requests[N]['value']> {
    return this.ask(name, { ...args, file: this.handle }, transfer);
  }

  /** Closes the file and lets others have the thread. */
  async close(crc = false): Promise<Requests['close']['value']> {
    try {
      return await this.ask('close', { file: this.handle, crc });
    } catch (error) {
      this.thread.end(closed);
      throw error;
    } finally {
      giveBack(this.thread);
    }
  }

  /** Ends it without another word: after a failure. */
  abandon(): void {
    this.thread.end(closed);
  }
}
