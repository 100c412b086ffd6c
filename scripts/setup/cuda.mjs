// The CUDA toolchain: a system's toolkit where it has every part, else the pinned Python packages in the user's cache, shared by all clones.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { capture, say, SetupError } from './process.mjs';
import { ensurePip } from './system.mjs';
import { getWheels, markerName, markerText, wheelFolder, wheelsAreThere } from './wheels.mjs';

const packages = [
  { name: 'nvidia-cuda-nvcc', version: '13.0.88', megabytes: 37 },
  { name: 'nvidia-nvvm', version: '13.0.88', megabytes: 62 },
  { name: 'nvidia-cuda-crt', version: '13.0.88', megabytes: 1 },
  { name: 'nvidia-cuda-cccl', version: '13.3.5.0.6', megabytes: 4 },
  { name: 'nvidia-cuda-runtime', version: '13.0.96', megabytes: 2 },
  { name: 'nvidia-cuda-nvrtc', version: '13.0.88', megabytes: 90 },
  { name: 'nvidia-cublas', version: '13.1.0.3', megabytes: 423 },
  { name: 'nvidia-cudnn-cu13', version: '9.19.0.56', megabytes: 366 },
  { name: 'nvidia-cudnn-frontend', version: '1.32.0', megabytes: 12 },
];

/** pip chooses by name of system and Python, not by those of this machine: only headers and programs are used, so any Python 3 will do. */
const platforms = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux_2_12', 'manylinux2010'];

const set = {
  name: 'CUDA toolchain',
  folderName: 'cuda-13.0',
  packages,
  unpackedMegabytes: 1700,
  options: ['--python-version=3.11', '--implementation=cp', ...platforms.map((name) => `--platform=${name}_x86_64`)],
};

/** Where the pinned packages lie once they are there. */
export const toolchainFolder = () => wheelFolder(set);

/** Every file that pip noted in RECORD is there, with its size: then an unpacking by hand or by an older script was finished. */
function unpackedWhole(folder) {
  return packages.every(({ name, version }) => {
    const record = join(folder, `${name.replaceAll('-', '_')}-${version}.dist-info`, 'RECORD');
    if (!existsSync(record)) return false;
    const files = readFileSync(record, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.match(/^"?(.+?)"?,[^,]*,(\d+)$/))
      .filter((match) => match);
    return (
      files.length > 5 && files.every(([, file, size]) => statSync(join(folder, file), { throwIfNoEntry: false })?.size === Number(size))
    );
  });
}

function complete(folder) {
  const marker = join(folder, markerName);
  if (existsSync(marker)) return wheelsAreThere(set);
  if (!existsSync(folder) || !unpackedWhole(folder)) return false;
  writeFileSync(marker, markerText(set));
  return true;
}

const firstWith = (folders, file) => folders.find((folder) => existsSync(join(folder, file)));

function describe(root, places) {
  const { nvcc, includes, libraries } = places;
  return {
    root,
    nvcc,
    include: firstWith(includes, 'cublasLt.h'),
    cudart: libraries.map((folder) => join(folder, 'libcudart_static.a')).find((file) => existsSync(file)),
    cudnn: firstWith(includes, 'cudnn_graph.h'),
    frontend: firstWith(includes, 'cudnn_frontend.h'),
  };
}

function pinnedToolchain(folder) {
  const cuda = join(folder, 'nvidia', 'cu13');
  return describe(folder, {
    nvcc: join(cuda, 'bin', 'nvcc'),
    includes: [join(cuda, 'include'), join(folder, 'nvidia', 'cudnn', 'include'), join(folder, 'include')],
    libraries: [join(cuda, 'lib')],
  });
}

/** A toolkit that somebody installed: its release and, where it cannot serve, what it lacks. */
export function systemToolchain() {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'nvcc'));
  const homes = [process.env.CUDA_HOME, '/usr/local/cuda'].filter(Boolean).map((home) => join(home, 'bin', 'nvcc'));
  const nvcc = [...(process.env.CUDA_HOME ? homes : onPath), ...homes].find((file) => existsSync(file));
  if (nvcc === undefined) return undefined;
  const release = capture(nvcc, ['--version']).out.match(/release (\d+)\.(\d+)/);
  const root = dirname(dirname(nvcc));
  const includes = [join(root, 'include'), '/usr/include/x86_64-linux-gnu', '/usr/include', '/usr/local/include'];
  const libraries = [join(root, 'lib64'), join(root, 'lib')];
  const found = describe(root, { nvcc, includes, libraries });
  const names = {
    include: "cuBLAS' headers",
    cudart: 'libcudart_static.a',
    cudnn: "cuDNN's headers",
    frontend: "cudnn-frontend's headers",
  };
  const missing = Object.keys(names).filter((part) => found[part] === undefined);
  if (release?.[1] !== '13') missing.unshift(`release 13 (it is ${release ? `${release[1]}.${release[2]}` : 'unknown'})`);
  return { ...found, lacks: missing.map((part) => names[part] ?? part) };
}

/** The toolchain to build with, got once where it is not there yet; a SetupError tells why it cannot be had. */
export function ensureToolchain() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`CUDA toolchain: expected Linux on x64, got ${process.platform} on ${process.arch}`);
  }
  const system = systemToolchain();
  if (system?.lacks.length === 0) return system;
  const folder = toolchainFolder();
  if (!complete(folder)) {
    if (system) say(`the CUDA toolkit in ${system.root} lacks ${system.lacks.join(', ')}; using the pinned one`);
    getWheels(set, ensurePip());
  }
  const found = pinnedToolchain(folder);
  const lost = Object.entries(found).find(([, path]) => path === undefined || !existsSync(path));
  if (lost) throw new SetupError(`CUDA toolchain: expected ${lost[0]} in ${folder}, found none; delete that folder and try again`);
  return found;
}

/** Whether this machine has an NVIDIA GPU with its driver. */
export function hasGpu() {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl') || capture('nvidia-smi', ['-L']).ok;
}
