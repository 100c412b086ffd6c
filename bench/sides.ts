/** Who takes part: this library and its peers, with what each needs to be there. */
import { join } from 'node:path';
import type { Command } from './side.js';
import type { WorkloadSpec } from './workloads.js';

export type BenchDevice = 'cpu' | 'cuda';

export interface Contender {
  /** Its name in `--peers` and in the results. */
  id: string;
  label: string;
  /** How to start it, or undefined with `missing` saying what to do about it. */
  command: ((spec: WorkloadSpec, device: BenchDevice) => Command) | undefined;
  missing: string;
}

export const ours: Contender = {
  id: 'node-cudnn',
  label: 'node-cudnn',
  command: (spec, device) => ({
    program: process.execPath,
    args: [join(__dirname, 'ours', 'serve.mjs'), JSON.stringify(spec)],
    env: { NODE_CUDNN_DEVICE: device },
  }),
  missing: '',
};

const python = process.env['NODE_CUDNN_BENCH_PYTHON'];
const folder = process.env['NODE_CUDNN_BENCH_TFJS'];

/** `args` are those before the description. */
function pythonSide(id: string, label: string, script: string, args: (device: BenchDevice) => string[]): Contender {
  return {
    id,
    label,
    command: python
      ? (spec, device) => ({ program: python, args: [join(__dirname, 'peers', script), ...args(device), JSON.stringify(spec)] })
      : undefined,
    missing: `set NODE_CUDNN_BENCH_PYTHON to a Python that has ${label}`,
  };
}

function tfjs(id: string, label: string): Contender {
  return {
    id,
    label,
    command: folder
      ? (spec) => ({ program: process.execPath, args: [join(__dirname, 'peers', 'tfjs.cjs'), id, folder, JSON.stringify(spec)] })
      : undefined,
    missing: 'set NODE_CUDNN_BENCH_TFJS to the folder where the @tensorflow packages were installed',
  };
}

export const peers: readonly Contender[] = [
  pythonSide('keras', 'Keras', 'keras_side.py', () => []),
  pythonSide('torch', 'PyTorch', 'torch_side.py', (device) => ['eager', device]),
  pythonSide('torch-compile', 'torch.compile', 'torch_side.py', (device) => ['compile', device]),
  pythonSide('jax', 'JAX', 'jax_side.py', (device) => [device]),
  tfjs('tfjs-node', 'tfjs-node'),
  tfjs('tfjs-wasm', 'tfjs wasm'),
  tfjs('tfjs-js', 'tfjs js'),
];
