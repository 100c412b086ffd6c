/** Choosing a device, and what it has in memory. */
import { ArgumentError } from './errors.js';
import type { DeviceOptions } from './native/options.js';
import { openRuntimes, type Runtime } from './native/runtime.js';
import { select, selected, selectionReason } from './native/select.js';

export type { DeviceOptions };

/** 'auto' is the best that works; 'cuda' and 'cuda:1' name GPUs and never fall back. */
export type DeviceName = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;

export interface MemoryInfo {
  /** Bytes in use. */
  live: number;
  /** The most that were in use at once. */
  peak: number;
  /** Bytes kept for reuse. */
  cached: number;
  /** Tensors that JavaScript holds. */
  tensors: number;
}

export interface DeviceInfo {
  name: string;
  description: string;
  memory: MemoryInfo;
  /** Bytes of memory that the device has, and those that nobody uses. */
  totalMemory: number;
  freeMemory: number;
  /** How it computes, as setDevice was told. */
  options: Required<DeviceOptions>;
  /** Why this device is the current one. */
  why: string;
  /** What else the backend tells: threads, or compute capability and driver; versions of the libraries. */
  details: Record<string, unknown>;
}

/**
 * Chooses the device of tensors made from now on; those made before stay where they are. `NODE_CUDNN_DEVICE` says the same before the first
 * use. Options hold for the device from the next command on and are at their defaults where they are not named; a step that was captured
 * before keeps what it was prepared with. Those that the CPU has no use for are refused with 'cpu', and ignored where 'auto' leads there.
 *
 * @throws DeviceError where the device cannot work, with every library and path that was tried in `tried`; only 'auto' falls back, and
 *   `device().why` says to what and why.
 * @example
 * setDevice('auto');
 * setDevice('cuda', { precision: 'tf32' });
 */
export function setDevice(name: DeviceName, options?: DeviceOptions): void {
  select(name, `setDevice('${name}')`, options);
}

/**
 * The device in use.
 *
 * @example
 * device();   // { name: 'cpu', description: 'AMD EPYC', memory: { live, peak, cached, tensors }, why: '...', details: { threads: 2, ... } }
 * device();   // { name: 'cuda:0', description: 'NVIDIA H200', details: { computeCapability: '9.0', libraries: { cudnn: '9.19.0', ... }, ... }, ... }
 */
export function device(): DeviceInfo {
  const runtime = selected();
  const { description, ...details } = runtime.describe();
  return {
    name: runtime.name,
    description: String(description),
    memory: memoryOf(runtime),
    ...sizesOf(runtime),
    why: selectionReason(),
    options: { ...runtime.options },
    details,
  };
}

function sizesOf(runtime: Runtime): { totalMemory: number; freeMemory: number } {
  const { free, total } = runtime.native.memoryInfo();
  return { totalMemory: total, freeMemory: free };
}

function memoryOf(runtime: Runtime): MemoryInfo {
  const { live, peak, cached } = runtime.memory();
  return { live, peak, cached, tensors: runtime.tensors };
}

/**
 * Native memory in bytes, of the device in use or of the one named.
 *
 * @example
 * memory().live;
 */
export function memory(name?: string): MemoryInfo {
  if (name === undefined) return memoryOf(selected());
  for (const runtime of openRuntimes()) if (runtime.name === (name === 'cuda' ? 'cuda:0' : name)) return memoryOf(runtime);
  throw new ArgumentError({
    where: 'memory',
    expected: `a device that was used (${[...openRuntimes()].map((runtime) => runtime.name).join(', ') || 'none yet'})`,
    received: `'${name}'`,
  });
}

/**
 * Limits the memory of the device in use; 0 lifts the limit. What does not fit is a DeviceError that names the largest tensors.
 *
 * @example
 * setMemoryLimit(2 * 1024 ** 3);
 */
export function setMemoryLimit(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new ArgumentError({ where: 'setMemoryLimit', expected: 'a whole number of bytes, or 0', received: String(bytes) });
  }
  selected().native.setLimit(bytes);
}

/**
 * Gives memory that is kept for reuse back to the system.
 *
 * @example
 * releaseMemory();
 */
export function releaseMemory(): void {
  selected().native.releaseCache();
}
