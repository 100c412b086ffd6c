/** Which device is in use: asked for by name, by the environment, or the best that works. */
import { ArgumentError, DeviceError } from '../errors.js';
import { cudaError, probeCuda } from './cuda.js';
import { type DeviceOptions, optionsFor } from './options.js';
import { currentRuntime, runtimeOf, setCurrentRuntime, type Runtime } from './runtime.js';

let reason = '';

/** Why the device in use is that one. */
export function selectionReason(): string {
  return reason;
}

/** The one name of a device: 'cuda' is 'cuda:0'. */
export function canonicalName(name: string, where: string, others = ''): string {
  if (name === 'cpu') return name;
  const index = /^cuda(?::(0|[1-9]\d{0,5}))?$/.exec(name);
  if (index) return `cuda:${index[1] ?? '0'}`;
  throw new ArgumentError({ where, expected: `${others}'cpu', 'cuda' or 'cuda:' with a number`, received: `'${name}'` });
}

/** The runtime of a CUDA device, or a DeviceError that tells why there is none. */
function openCuda(name: string, where: string): Runtime {
  const probe = probeCuda();
  if (!probe.works) throw cudaError(where, probe);
  const index = Number(name.slice('cuda:'.length));
  if (index >= probe.count) {
    throw new DeviceError({
      where,
      expected: probe.count === 1 ? "'cuda:0', the only CUDA device here" : `a CUDA device from 'cuda:0' to 'cuda:${probe.count - 1}'`,
      received: `'${name}'`,
    });
  }
  let runtime: Runtime;
  try {
    runtime = runtimeOf(name);
  } catch (cause) {
    throw cudaError(where, probe, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (runtime.lost === undefined) return runtime;
  throw new DeviceError({
    where,
    expected: 'a CUDA device that works',
    received: `${name}, lost by an earlier error: ${runtime.lost}`,
    hint: "use 'cpu', or start the process again",
  });
}

/** The runtime of a device by its name. */
export function openDevice(name: string, where: string): Runtime {
  const known = canonicalName(name, where);
  return known === 'cpu' ? runtimeOf('cpu') : openCuda(known, where);
}

/** The best device that works, and why it is not a GPU where it is none. */
function openBest(where: string): { runtime: Runtime; why: string } {
  try {
    const runtime = openCuda('cuda:0', where);
    return { runtime, why: `${where}: CUDA works` };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { runtime: runtimeOf('cpu'), why: `${where}: the CPU, since there is no CUDA device that works (${error.received})` };
  }
}

/**
 * Makes the named device the current one; `where` is what asked for it. Only 'auto' falls back. Options that are not named are at their
 * defaults afterwards.
 */
export function select(name: string, where: string, options?: DeviceOptions): Runtime {
  let runtime: Runtime;
  let why = where;
  let settings;
  if (name === 'auto') {
    settings = optionsFor(where, 'cuda', options); // wrong ones are refused wherever it leads
    ({ runtime, why } = openBest(where));
  } else {
    const known = canonicalName(name, where, "'auto', ");
    settings = optionsFor(where, known, options);
    runtime = openDevice(known, where);
  }
  if (runtime.name !== 'cpu') runtime.setOptions(where, settings);
  setCurrentRuntime(runtime);
  reason = why;
  return runtime;
}

let preferred: Runtime | undefined;

/** Runs `fn`, which must not wait, with tensors that have no device of their own made on that of `like`, whose company they are for. */
export function onDeviceOf<T>(like: { readonly runtime: Runtime }, fn: () => T): T {
  const before = preferred;
  preferred = like.runtime;
  try {
    return fn();
  } finally {
    preferred = before;
  }
}

/** The device in use; the first to ask has it chosen by NODE_CUDNN_DEVICE, else as 'auto'. */
export function selected(): Runtime {
  const runtime = preferred ?? currentRuntime();
  if (runtime) return runtime;
  const wish = process.env['NODE_CUDNN_DEVICE'] ?? '';
  return wish === '' ? select('auto', 'auto') : select(wish, `NODE_CUDNN_DEVICE=${wish}`);
}
