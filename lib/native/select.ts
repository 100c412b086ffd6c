/** Which device is in use: asked for by name, by the environment, or the best that works. */
import { ArgumentError, DeviceError } from '../errors.js';
import { currentRuntime, runtimeOf, setCurrentRuntime, type Runtime } from './runtime.js';

const CUDA_MISSING = 'this version has no CUDA backend';

let reason = '';

/** Why the device in use is that one. */
export function selectionReason(): string {
  return reason;
}

/** Makes the named device the current one; `where` is what asked for it. Only 'auto' falls back. */
export function select(name: string, where: string): Runtime {
  if (/^cuda(:\d+)?$/.test(name)) {
    throw new DeviceError({
      where,
      expected: 'a CUDA device that works',
      received: `none: ${CUDA_MISSING}`,
      hint: "use 'cpu', or 'auto' for the best device that works",
    });
  }
  if (name !== 'auto' && name !== 'cpu') {
    throw new ArgumentError({ where, expected: "'auto', 'cpu', 'cuda' or 'cuda:' with a number", received: `'${name}'` });
  }
  const runtime = runtimeOf('cpu');
  setCurrentRuntime(runtime);
  reason = name === 'auto' ? `${where}: the CPU, since ${CUDA_MISSING}` : where;
  return runtime;
}

/** The device in use; the first to ask has it chosen by NODE_CUDNN_DEVICE, else as 'auto'. */
export function selected(): Runtime {
  const runtime = currentRuntime();
  if (runtime) return runtime;
  const wish = process.env['NODE_CUDNN_DEVICE'] ?? '';
  return wish === '' ? select('auto', 'auto') : select(wish, `NODE_CUDNN_DEVICE=${wish}`);
}
