// The Python of the tests: any CPython from 3.11 on, with pinned packages of their own in the user's cache (Keras to compare with, and readers of
// files that we write). NODE_CUDNN_PYTHON names an interpreter; NODE_CUDNN_PYTHON=none leaves it out.
//   node scripts/setup/python.mjs     what there is, as JSON: { python, folder } or { skipped }; installs nothing
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { capture, SetupError } from './process.mjs';
import { ensurePip } from './system.mjs';
import { getWheels, markerText, wheelFolder, wheelsAreThere } from './wheels.mjs';

/** Keras with jax, the smallest of its backends that trains; every version has wheels for Python 3.11 and 3.13, those of Debian 12 and 13. */
const packages = [
  { name: 'jaxlib', version: '0.10.2', megabytes: 86 },
  { name: 'scipy', version: '1.17.1', megabytes: 36 },
  { name: 'numpy', version: '2.4.6', megabytes: 17 },
  { name: 'onnx', version: '1.23.2', megabytes: 9 },
  { name: 'tensorboard', version: '2.21.0', megabytes: 6 },
  { name: 'h5py', version: '3.16.0', megabytes: 6 },
  { name: 'jax', version: '0.10.2', megabytes: 3.3 },
  { name: 'keras', version: '3.15.1', megabytes: 2.4 },
  { name: 'Pygments', version: '2.21.0', megabytes: 1.3 },
  { name: 'safetensors', version: '0.8.0', megabytes: 0.6 },
  { name: 'optree', version: '0.20.0', megabytes: 0.5 },
  { name: 'ml_dtypes', version: '0.6.0', megabytes: 0.5 },
  { name: 'protobuf', version: '7.36.2', megabytes: 0.4 },
  { name: 'rich', version: '15.0.0', megabytes: 0.4 },
  { name: 'absl-py', version: '2.5.1', megabytes: 0.2 },
  { name: 'packaging', version: '26.3', megabytes: 0.2 },
  { name: 'markdown-it-py', version: '4.3.0', megabytes: 0.1 },
  { name: 'opt_einsum', version: '3.4.0', megabytes: 0.1 },
  { name: 'typing_extensions', version: '4.16.0', megabytes: 0.1 },
  { name: 'flatbuffers', version: '25.12.19', megabytes: 0.1 },
  { name: 'mdurl', version: '0.1.2', megabytes: 0.1 },
  { name: 'namex', version: '0.1.0', megabytes: 0.1 },
];

/** Compiled packages differ by Python, so each Python has a folder; another list has another name. */
function setFor(tag) {
  const set = { name: "tests' Python packages", packages, unpackedMegabytes: 600, options: [] };
  return { ...set, folderName: `python-${tag}-${createHash('sha256').update(markerText(set)).digest('hex').slice(0, 8)}` };
}

const PROBE = 'import sys; print(sys.implementation.cache_tag + sys.abiflags, *sys.version_info[:2], sys.executable)';

/** What an interpreter is: its tag (cpython-311) and version, or undefined where it does not start. */
function probe(command) {
  const words = capture(command, ['-c', PROBE]).out.match(/^(\S+) (\d+) (\d+) (.+)$/m);
  return words && { command, tag: words[1], version: `${words[2]}.${words[3]}`, python: words[4] };
}

const serves = ({ tag, version }) => tag.startsWith('cpython-') && version.startsWith('3.') && Number(version.slice(2)) >= 11;

/** The interpreters to choose from, in order. */
function interpreters() {
  const wish = process.env.NODE_CUDNN_PYTHON || undefined;
  return (wish === undefined ? ['python3', '/usr/bin/python3'] : [wish]).map(probe).filter((found) => found);
}

const hasPip = ({ command }) => capture(command, ['-m', 'pip', '--version']).ok;
const ready = (found) => found.find((one) => serves(one) && wheelsAreThere(setFor(one.tag)));
const answer = ({ python, tag }) => ({ python, folder: wheelFolder(setFor(tag)) });
const none = { skipped: 'NODE_CUDNN_PYTHON=none' };

/** Why none of these will do. */
function refusal(found) {
  const able = found.find(serves);
  const versions = found.map((one) => one.version).join(' and ') || `${process.env.NODE_CUDNN_PYTHON ?? 'none'}, which does not start`;
  const [expected, received] = able ? ['pip', `${able.python} without it`] : ['CPython 3.11 or newer', versions];
  return new SetupError(`tests' Python: expected ${expected}, got ${received}; name another with NODE_CUDNN_PYTHON`);
}

/** The tests' Python with its packages, got once where they are not there; a SetupError tells why it cannot be had. */
export function ensureTestPython() {
  if (process.env.NODE_CUDNN_PYTHON === 'none') return none;
  const there = ready(interpreters());
  if (there) return answer(there);
  const able = () => interpreters().find((one) => serves(one) && hasPip(one));
  let chosen = able();
  if (!chosen && !process.env.NODE_CUDNN_PYTHON) {
    ensurePip();
    chosen = able();
  }
  if (!chosen) throw refusal(interpreters());
  getWheels(setFor(chosen.tag), chosen.command);
  return answer(chosen);
}

/** The same without installing anything: a Python, or why the tests have none. */
export function testPython() {
  if (process.env.NODE_CUDNN_PYTHON === 'none') return none;
  const there = ready(interpreters());
  return there ? answer(there) : { skipped: 'its packages are not installed; npm test gets them' };
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) process.stdout.write(`${JSON.stringify(testPython())}\n`);
