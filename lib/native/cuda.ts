/** The CUDA backend as it is found on this machine: whether it works, what was looked for, and what to do where it does not. */
import { DeviceError, type TriedLibrary } from '../errors.js';
import { loadAddon } from './addon.js';

/** A library that the backend needs, and where it was found. */
export interface CudaLibrary {
  name: string;
  path: string | null;
  version: string;
  /** What is worth knowing of one that was found. */
  note: string;
  /** Why it is not to be had; empty where it is. */
  trouble: string;
  tried: readonly { path: string; message: string }[];
}

export interface CudaProbe {
  works: boolean;
  count: number;
  reason: string;
  /** The backend's own file. */
  path: string;
  libraries: readonly CudaLibrary[];
  /** What else the backend reports. */
  facts: Readonly<Record<string, unknown>>;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null) : [];
}

/** Reads a report as native/core/abi.h has it. One that cannot be read says so among its facts: it is shown, never relied upon. */
export function readReport(json: string): { libraries: CudaLibrary[]; facts: Record<string, unknown> } {
  if (json === '') return { libraries: [], facts: {} };
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return { libraries: [], facts: { report: json } };
  }
  const [whole] = records([parsed]);
  if (!whole) return { libraries: [], facts: { report: json } };
  const { libraries, ...facts } = whole;
  return {
    libraries: records(libraries).map((library) => ({
      name: text(library['name']),
      path: typeof library['path'] === 'string' && library['path'] !== '' ? library['path'] : null,
      version: text(library['version']),
      note: text(library['note']),
      trouble: text(library['trouble']),
      tried: records(library['tried']).map((place) => ({ path: text(place['path']), message: text(place['message']) })),
    })),
    facts,
  };
}

/** Asks the backend, opening it at the first call. */
export function probeCuda(): CudaProbe {
  const { works, count, reason, path, report } = loadAddon().probe('cuda');
  return { works, count, reason, path, ...readReport(report) };
}

/** Every place of every library that was not found. */
export function triedPlaces({ libraries }: Pick<CudaProbe, 'libraries'>): TriedLibrary[] {
  return libraries
    .filter(({ trouble, path }) => trouble !== '' || path === null)
    .flatMap(({ name, tried }) => tried.map(({ path, message }) => ({ library: name, path, message })));
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/backend's library|interface|no backend of node-cudnn/i, 'build it with npm run build in a clone, or install a package that has it'],
  [/driver|libcuda\b/i, "install NVIDIA's driver, release 580 or newer"],
  [/cudnn/i, 'install cuDNN 9 for CUDA 13 (as a Python package: nvidia-cudnn-cu13), or name its folder in NODE_CUDNN_CUDA_PATH'],
  [/cublas/i, 'install cuBLAS 13 (as a Python package: nvidia-cublas), or name its folder in NODE_CUDNN_CUDA_PATH'],
];

/** A backend's reason in two: what is wrong, and what to do about it, which the backend may have said itself behind the last semicolon. */
export function splitReason(reason: string): { fact: string; remedy: string } {
  const plain = reason.replace(/^cuda: /, '');
  const own = /^(.*); ((?:install|update|load|see|name|build)\b[^;]*)$/s.exec(plain);
  if (own) return { fact: own[1]!, remedy: own[2]! };
  return { fact: plain, remedy: remedies.find(([pattern]) => pattern.test(plain))?.[1] ?? '' };
}

/** The error of a device that cannot be had. `cause` is what opening it threw. */
export function cudaError(where: string, probe: CudaProbe, reason = probe.reason, cause?: unknown): DeviceError {
  const { fact, remedy } = splitReason(reason);
  const more = `"npx node-cudnn doctor" tells what was looked for, and 'auto' takes the CPU where CUDA does not work`;
  return new DeviceError({
    where,
    expected: 'a CUDA device that works',
    received: `none: ${fact}`,
    hint: remedy === '' ? more : `${remedy}; ${more}`,
    tried: triedPlaces(probe),
    cause,
  });
}
