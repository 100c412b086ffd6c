// Builds cuDNN's execution plans for GPUs that are not there, through the backend's own code: npm run plans.
//   --all            also the graphs that NVRTC compiles when the plan is made (pooling, batch normalisation); some minutes
//   --device h200    one of test/plans/devices (may be given several times)
//   --graph TEXT     prints only rows whose graph contains TEXT
//   --summary        prints failures and the closing line, not the table
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildJobs, buildPlans } from './build-native.mjs';
import { ensureToolchain } from './setup/cuda.mjs';
import { main, root, SetupError } from './setup/process.mjs';

const devices = join(root, 'test', 'plans', 'devices');

/** The folders of the libraries that belong to the headers: lib beside include, and where a system has them. */
function libraryFolders({ include, cudnn }) {
  const beside = [include, cudnn].flatMap((folder) => ['lib', 'lib64'].map((name) => join(dirname(folder), name)));
  return [...new Set(beside)].filter((folder) => existsSync(folder));
}

/** Runs the program for one device from the n-th graph on; its lines, the graph at which it stopped, and why. */
function runOnce(program, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child
      .on('error', reject)
      .on('close', (code, signal) => resolve({ lines: out.split('\n').map((line) => line.split('\t')), err, code, signal }));
  });
}

/** All rows of a device. A graph on which the library crashes is a failure, and the next process goes on behind it. */
async function rowsOf(device, { program, env, all }) {
  const rows = [];
  let from = 0;
  for (;;) {
    const args = [join(devices, `${device}.json`), ...(all ? ['--all'] : []), '--from', String(from)];
    const { lines, err, code, signal } = await runOnce(program, args, env);
    for (const [kind, , graph, precision, outcome, engine, notes, workspace, reason] of lines) {
      if (kind === 'row') rows.push({ device, graph, precision, outcome, engine, notes, workspace: Number(workspace), reason });
    }
    if (lines.some(([kind]) => kind === 'end')) return rows;
    const last = lines.filter(([kind]) => kind === 'at').at(-1);
    if (last === undefined || signal === null) throw new SetupError(`plans: ${device}: ${err.trim() || `exit code ${code}`}`);
    const [, n, graph, precision] = last;
    rows.push({
      device,
      graph,
      precision,
      outcome: 'failed',
      engine: '',
      notes: '',
      workspace: 0,
      reason: `the library crashed (${signal})`,
    });
    from = Number(n) + 1;
  }
}

const size = (bytes) => (bytes === 0 ? '0' : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function table(rows) {
  const heads = ['graph', 'device', 'precision', 'engine', 'workspace'];
  const cells = rows.map(({ device, graph, precision, outcome, engine, notes, workspace, reason }) => [
    graph,
    device,
    precision,
    outcome === 'ok' ? `${engine}${notes ? ` [${notes}]` : ''}` : `${outcome}: ${reason}`,
    outcome === 'ok' ? size(workspace) : '',
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => Math.min(row[i].length, 40))));
  return [heads, ...cells].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}

/** Builds all plans: the rows of all devices. */
export async function buildAllPlans({ all = false, chosen } = {}) {
  const names = readdirSync(devices).map((file) => basename(file, '.json'));
  const unknown = chosen?.find((name) => !names.includes(name));
  if (unknown) throw new SetupError(`plans: expected --device ${names.join('|')}, got ${unknown}`);
  const toolchain = ensureToolchain();
  const { program, standIn } = await buildPlans(toolchain);
  const folders = [...(all ? [standIn] : []), ...libraryFolders(toolchain)];
  const env = { ...process.env, LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
  const waiting = [...(chosen ?? names)].sort();
  const rows = new Map(waiting.map((name) => [name, []]));
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) rows.set(name, await rowsOf(name, { program, env, all }));
  };
  await Promise.all(Array.from({ length: Math.min(buildJobs(), waiting.length) }, work));
  return [...rows.values()].flat();
}

/** "plans: N of N", and what is refused by design or left to our own kernels. */
export function closing(rows) {
  const count = (word) => rows.filter(({ outcome }) => outcome === word).length;
  const asked = rows.length - count('refused');
  const graphs = new Set(rows.map(({ graph }) => graph)).size;
  const refused = new Map();
  for (const { outcome, device, reason } of rows) {
    if (outcome === 'refused') refused.set(`${device}: ${reason}`, (refused.get(`${device}: ${reason}`) ?? 0) + 1);
  }
  return [
    ...[...refused].map(([reason, n]) => `${n} not asked for, ${reason}`),
    `${graphs} graphs, ${new Set(rows.map(({ device }) => device)).size} devices, ${rows.length} rows`,
    `plans: ${count('ok')} of ${asked}`,
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const { values } = parseArgs({
      options: {
        all: { type: 'boolean' },
        device: { type: 'string', multiple: true },
        graph: { type: 'string' },
        summary: { type: 'boolean' },
      },
    });
    const rows = await buildAllPlans({ all: values.all, chosen: values.device });
    const shown = rows.filter(({ graph, outcome }) => outcome === 'failed' || (!values.summary && graph.includes(values.graph ?? '')));
    if (shown.length > 0) process.stdout.write(`${table(shown).join('\n')}\n`);
    process.stdout.write(`${closing(rows).join('\n')}\n`);
    if (rows.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
  });
}
