/** `map` on threads: a function of a module, or the source of a function, run by workers of node:worker_threads. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ArgumentError, DataError } from '../errors.js';
import { describe } from '../options/index.js';
import { keyedStream } from '../random/host.js';
import { Tensor } from '../tensor/tensor.js';
import { inOrder, type MapSettings } from './map.js';

/** A function that workers can load: the file of a module and the name of what it exports ('default'). */
export interface WorkerModule {
  readonly module: string | URL;
  readonly name?: string;
}

export type Task = { readonly module: string; readonly name: string } | { readonly source: string };

/** What workers are to run, checked before any is started. */
export function readTask(f: unknown): Task {
  const where = 'map';
  if (typeof f === 'function') {
    const source = f.toString();
    if (!/\{\s*\[native code\]\s*\}\s*$/.test(source)) return { source };
    throw new ArgumentError({ where, expected: 'a function written in JavaScript', received: describe(f), hint: 'wrap it: (x) => ...' });
  }
  const { module, name } = (typeof f === 'object' && f !== null ? f : {}) as { module?: unknown; name?: unknown };
  if (module instanceof URL) return { module: module.href, name: nameOf(name) };
  if (typeof module === 'string' && module !== '') {
    return { module: module.startsWith('file:') ? module : pathToFileURL(path.resolve(module)).href, name: nameOf(name) };
  }
  throw new ArgumentError({
    where,
    expected: 'a function, or { module, name }',
    received: describe(f),
    hint: "for example { module: './decode.mjs', name: 'decode' }",
  });
}

function nameOf(name: unknown): string {
  if (name === undefined) return 'default';
  if (typeof name === 'string' && name !== '') return name;
  throw new ArgumentError({ where: 'map name', expected: 'the name of an export', received: describe(name) });
}

// Compilers that keep the names of functions call __name in what they write.
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const __name = (f) => f;
const keyedStream = ${keyedStream.toString()};
const { task, seed, pass } = workerData;
const buffersOf = (value, found = new Set()) => {
  if (ArrayBuffer.isView(value)) { if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) found.add(value.buffer); }
  else if (value instanceof ArrayBuffer) found.add(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) buffersOf(part, found);
  return found;
};
const load = async () => {
  if (task.source !== undefined) {
    // A method's source is no expression by itself.
    try { return eval('(' + task.source + ')'); }
    catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      try { return Object.values(eval('({' + task.source + '})'))[0]; } catch { throw error; }
    }
  }
  const loaded = await import(task.module);
  const f = loaded[task.name] ?? loaded.default?.[task.name];
  if (typeof f !== 'function') throw new TypeError('the module exports no function ' + task.name + ', but ' + Object.keys(loaded).join(', '));
  return f;
};
const ready = load();
ready.catch(() => undefined);
parentPort.on('message', async ({ id, element, index }) => {
  let stage = 'load';
  try {
    const f = await ready;
    stage = 'run';
    const value = await f(element, { index, pass, random: keyedStream(seed, 2, pass, index) });
    stage = 'send';
    parentPort.postMessage({ id, value }, [...buffersOf(value)]);
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? { stage, name: error.name, message: error.message, stack: error.stack } : { stage, name: 'Error', message: String(error) } });
  }
});
`;

interface Failure {
  /** Where it happened; undefined: the thread itself ended. */
  stage?: 'load' | 'run' | 'send';
  name: string;
  message: string;
  stack?: string;
}

interface Call {
  index: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Whether there is a tensor among the parts of an element: threads would get its shell alone. */
function hasTensor(element: unknown): boolean {
  if (typeof element !== 'object' || element === null || ArrayBuffer.isView(element)) return false;
  return element instanceof Tensor || Object.values(element).some((part) => typeof part === 'object' && hasTensor(part));
}

/** One thread and the calls that wait for it. */
class Thread {
  private readonly worker: Worker;
  private readonly calls = new Map<number, Call>();
  private next = 0;
  private broken: Error | undefined;

  constructor(
    private readonly task: Task,
    settings: MapSettings,
  ) {
    this.worker = new Worker(program, { eval: true, workerData: { task, seed: settings.seed, pass: settings.pass } });
    this.worker.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: Failure }) => {
      const call = this.calls.get(id);
      this.calls.delete(id);
      if (error) call?.reject(this.failed(error, call.index));
      else call?.resolve(value);
    });
    const end = (cause: Error): void => {
      this.broken ??= cause;
      for (const { reject } of this.calls.values()) reject(cause);
      this.calls.clear();
    };
    this.worker.on('error', (error: Error) => end(this.failed(error, -1)));
    this.worker.on('exit', (code) => end(this.failed({ name: 'Error', message: `the worker ended with code ${code}` }, -1)));
  }

  get load(): number {
    return this.calls.size;
  }

  private failed(error: Failure, index: number): DataError {
    const outside = 'source' in this.task && (error.name === 'ReferenceError' || error.name === 'SyntaxError');
    const stages = { load: 'a module with the function', run: 'a result', send: 'a result that can be sent: numbers, texts, typed arrays' };
    const expected = error.stage ? stages[error.stage] : 'a thread that goes on';
    const made = new DataError({
      where: index < 0 ? 'map on workers' : `map on workers, element ${index}`,
      expected: outside ? 'a function that uses nothing from outside itself' : expected,
      received: `${error.name}: ${error.message}`,
      hint: outside ? "put it in a module and pass { module: './file.mjs', name: '...' }" : 'see the cause',
      cause: error,
    });
    return made;
  }

  run(element: unknown, index: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.broken) return reject(this.broken);
      const id = this.next++;
      this.calls.set(id, { index, resolve, reject });
      try {
        if (hasTensor(element)) throw new TypeError('a tensor lives on its device');
        this.worker.postMessage({ id, element, index });
      } catch (error) {
        this.calls.delete(id);
        const { name, message } = error as Error;
        reject(
          new DataError({
            where: `map on workers, element ${index}`,
            expected: 'an element that can be sent to a thread: numbers, texts, typed arrays and plain objects of them',
            received: `${name}: ${message}`,
            hint: 'read tensors with await t.data() first',
            cause: error,
          }),
        );
      }
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

/** The threads live for a pass. Each element goes to the one with the least to do; two at a time keep it busy while a result travels. */
export async function* mapOnWorkers<T, U>(
  source: AsyncIterable<T>,
  task: Task,
  settings: MapSettings & { workers: number },
): AsyncGenerator<U> {
  const threads = Array.from({ length: settings.workers }, () => new Thread(task, settings));
  try {
    yield* inOrder(source, settings.workers * 2, (element, index) => {
      const thread = threads.reduce((least, other) => (other.load < least.load ? other : least));
      return thread.run(element, index) as Promise<U>;
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}
