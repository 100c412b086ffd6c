/**
 * The fake backend in the place of the CUDA backend, for this whole process: two devices whose work is done late, whose freed memory is
 * poison, and which fail when they are told to. Import it before the first tensor; scripts/test.mjs runs *.fake.ts in a process of their own.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setDevice } from '../../lib/index.js';
import { probeCuda } from '../../lib/native/cuda.js';
import { runtimeOf } from '../../lib/native/runtime.js';

export const fakePlugin = path.resolve(__dirname, '..', '..', 'build', 'test', 'node_cudnn_fake.so');
if (!existsSync(fakePlugin)) throw new Error(`expected ${fakePlugin}, found none; run npm run build`);
process.env['NODE_CUDNN_CUDA_PLUGIN'] = fakePlugin;

type Fault = 'failKernel' | 'failAlloc' | 'lose' | 'hold' | 'release';

/** Tells a fake device how to behave (test/native/plugin/fake_plugin.cc); what was submitted before has it as well, unless it is done. */
export function tell(device: `cuda:${number}`, fault: Fault, value = ''): void {
  runtimeOf(device).flush();
  process.env['NODE_CUDNN_FAKE_TELL'] = `${device.slice('cuda:'.length)} ${fault} ${value}`;
  probeCuda();
  delete process.env['NODE_CUDNN_FAKE_TELL'];
}

/** Closes a device that a test has broken: the next use opens it anew. */
export function heal(device: `cuda:${number}`): void {
  setDevice('cpu');
  runtimeOf(device).close();
}

/** What the fake saw that no device may see: memory used after it was freed, before it was written, by two at once. */
export function violations(): string[] {
  return (probeCuda().facts['violations'] as string[]) ?? ['no report'];
}
