/** Who takes part: this library and its peers, with what each needs to be there. */
import { join } from 'node:path';
import type { Command } from './side.js';
import type { WorkloadSpec } from './workloads.js';

export interface Contender {
  /** Its name in `--peers` and in the results. */
  id: string;
  label: string;
  /** How to start it, or undefined with `missing` saying what to do about it. */
  command: ((spec: WorkloadSpec) => Command) | undefined;
  missing: string;
}

export const ours: Contender = {
  id: 'node-cudnn',
  label: 'node-cudnn',
  command: (spec) => ({ program: process.execPath, args: [join(__dirname, 'ours', 'serve.mjs'), JSON.stringify(spec)] }),
  missing: '',
};

const python = process.env['NODE_CUDNN_BENCH_PYTHON'];
const folder = process.env['NODE_CUDNN_BENCH_TFJS'];

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
  {
    id: 'keras',
    label: 'Keras',
    command: python ? (spec) => ({ program: python, args: [join(__dirname, 'peers', 'keras_side.py'), JSON.stringify(spec)] }) : undefined,
    missing: 'set NODE_CUDNN_BENCH_PYTHON to a Python that has keras and tensorflow',
  },
  tfjs('tfjs-node', 'tfjs-node'),
  tfjs('tfjs-wasm', 'tfjs wasm'),
  tfjs('tfjs-js', 'tfjs js'),
];
