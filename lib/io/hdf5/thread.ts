/** The thread in which HDF5 files are read and written: one request after the other, each answered once. */
import { parentPort, workerData } from 'node:worker_threads';
import { crc32 } from '../crc32.js';
import { FileInLibrary, type Library, loadLibrary, SystemFailure } from './library.js';
import { OpenFile, Refusal } from './operations.js';
import type { Failure, Request, RequestName, Requests } from './types.js';

type Handlers = { [N in RequestName]: (args: Requests[N]['args']) => Requests[N]['value'] };

function handlers(library: Library): Handlers {
  const files = new Map<number, OpenFile>();
  let next = 1;
  const use = (file: number): OpenFile => files.get(file)!;
  return {
    open: ({ region, write }) => {
      const file = new FileInLibrary(library, region, write);
      try {
        files.set(next, new OpenFile(library, file));
      } catch (error) {
        file.close();
        throw error;
      }
      return next++;
    },
    tree: ({ file }) => use(file).tree(),
    attribute: ({ file, path, name }) => use(file).attribute(path, name),
    read: ({ file, path, box, bfloat16 = false }) => use(file).read(path, box, bfloat16),
    group: ({ file, path }) => void use(file).group(path),
    setAttribute: ({ file, path, name, value, fixed }) => void use(file).setAttribute(path, name, value, fixed),
    create: ({ file, path, shape, dtype, data }) => void use(file).create(path, shape, dtype, data),
    write: ({ file, path, box, data }) => void use(file).write(path, box, data),
    close: ({ file, crc: wanted }) => {
      const open = use(file);
      files.delete(file);
      const { size, crc } = open.close(wanted ? crc32 : undefined);
      return { size, crc };
    },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return { kind: 'format', expected: error.expected, received: error.received };
  if (error instanceof SystemFailure) return { kind: 'system', expected: '', received: error.message, code: error.cause.code };
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('E')) return { kind: 'system', expected: '', received: message, code };
  return { kind: 'fatal', expected: 'an HDF5 file that is whole', received: `a failure inside the library (${message})` };
}

async function main(): Promise<void> {
  const port = parentPort!;
  const run = handlers(await loadLibrary((workerData as { counters: Int32Array }).counters));
  port.on('message', ({ id, name, args }: Request) => {
    try {
      const value = (run[name] as (args: unknown) => unknown)(args);
      const memory = name === 'read' ? [(value as Requests['read']['value']).data.buffer as ArrayBuffer] : [];
      port.postMessage({ id, value }, memory);
    } catch (error) {
      port.postMessage({ id, failure: failureOf(error) });
    }
  });
  port.postMessage({ id: 0, value: true });
}

void main();
