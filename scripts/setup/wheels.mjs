// Pinned Python packages in a folder of the user's cache, shared by all clones: got once, whole or not at all.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { capture, say, SetupError } from './process.mjs';

export const markerName = '.complete';

/**
 * What to get: `name` is said in messages, `folderName` is one for each set of packages, so that clones of different commits do not take each
 * other's for their own; `options` are pip's, for another Python than the one that runs it.
 *
 * @typedef {{ name: string, version: string, megabytes: number }} Package
 * @typedef {{ name: string, folderName: string, packages: Package[], unpackedMegabytes: number, options: string[] }} WheelSet
 */

const cache = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'node-cudnn');

const requirement = ({ name, version }) => `${name}==${version}`;

/** What the marker of a whole folder says. */
export const markerText = (set) => set.packages.map(requirement).join('\n');

/** Where a set lies once it is there. */
export const wheelFolder = (set) => join(cache(), set.folderName);

/** Whether a set is there, and whole. */
export function wheelsAreThere(set) {
  const marker = join(wheelFolder(set), markerName);
  return existsSync(marker) && readFileSync(marker, 'utf8') === markerText(set);
}

/** pip's last words, without its advice. */
function reasonOf(result) {
  const lines = (result.err || result.out).split('\n').filter((line) => line.trim() !== '' && !/^(\[notice\]|WARNING)/.test(line));
  return (lines.at(-1) ?? `exit code ${result.status ?? result.signal}`).trim();
}

const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir', '--no-deps', '--only-binary=:all:'];

function pip(set, python, verb, args, what) {
  const env = { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' };
  const result = capture(python, ['-m', 'pip', verb, ...quiet, ...set.options, ...args], { env });
  if (!result.ok)
    throw new SetupError(`${set.name}: expected pip to ${what}, got "${reasonOf(result)}"; check the network and pip's set-up`);
}

function checkRoom(set, folder, needed) {
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free >= needed) return;
  throw new SetupError(
    `${set.name}: expected ${needed} MB free in ${folder}, got ${free}; free some, or choose another place with XDG_CACHE_HOME`,
  );
}

/** What a download that was killed left behind. */
function removeLeftovers(folder) {
  const [parent, prefix] = [dirname(folder), `${folder.slice(dirname(folder).length + 1)}.`];
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length).match(/^(\d+)\.tmp$/)?.[1] : undefined;
    if (pid !== undefined && !existsSync(join('/proc', pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** One call of pip for each package that takes long, one for all the small ones together. */
function portions(packages) {
  const small = packages.filter(({ megabytes }) => megabytes < 4);
  const large = packages.filter(({ megabytes }) => megabytes >= 4).map((one) => [one]);
  return small.length > 0 ? [...large, small] : large;
}

const sum = (packages) => packages.reduce((total, { megabytes }) => total + megabytes, 0);

function download(set, python, into) {
  let done = 0;
  for (const portion of portions(set.packages)) {
    const what = portion.length === 1 ? `${portion[0].name} ${portion[0].version}` : `${portion.length} small ones`;
    say(`  ${what}, ${Math.ceil(sum(portion))} MB (${Math.floor(done)} of ${Math.ceil(sum(set.packages))} MB done)`);
    pip(set, python, 'download', ['--retries=2', '--timeout=20', `--dest=${into}`, ...portion.map(requirement)], `download ${what}`);
    done += sum(portion);
  }
}

/**
 * Gets a set with this Python's pip; throws a SetupError that says why it cannot be had. It fills a folder of its own and renames it at the end:
 * what has the final name is whole, also with two clones at work at once.
 */
export function getWheels(set, python) {
  const folder = wheelFolder(set);
  mkdirSync(dirname(folder), { recursive: true });
  removeLeftovers(folder);
  const total = Math.ceil(sum(set.packages));
  checkRoom(set, dirname(folder), total + set.unpackedMegabytes);
  say(`getting the ${set.name} once: ${total} MB to download, ${set.unpackedMegabytes} MB in ${folder}`);
  const own = `${folder}.${process.pid}.tmp`;
  rmSync(own, { recursive: true, force: true });
  try {
    const wheels = join(own, 'wheels');
    download(set, python, wheels);
    say('  unpacking');
    const whole = join(own, 'whole');
    const files = readdirSync(wheels).map((file) => join(wheels, file));
    pip(set, python, 'install', ['--no-index', '--no-compile', `--target=${whole}`, ...files], 'unpack what it downloaded');
    writeFileSync(join(whole, markerName), markerText(set));
    // another clone may have been quicker; what is there but not whole makes room
    if (wheelsAreThere(set)) return;
    if (existsSync(folder)) renameSync(folder, join(own, 'before'));
    renameSync(whole, folder);
  } catch (error) {
    if (!wheelsAreThere(set)) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
