// Where a step's time goes: the native profile of the largest program of a training (native/core/program_profile.cc).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

if (process.env.NODE_CUDNN_PROFILE) {
  const { buildModel, randomData } = await import('./model.mjs');
  const spec = JSON.parse(process.argv[2]);
  const { x, y } = randomData(spec);
  const model = buildModel(spec);
  for (let i = 0; i < 4; i++) await model.fit(x, y, { batchSize: spec.batch, epochs: 1, verbose: 0 });
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'node-cudnn-profile-'));
const file = join(folder, 'profile.jsonl');
const env = { ...process.env, NODE_CUDNN_PROFILE: file };
const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), process.argv[2]], { env, encoding: 'utf8' });
if (status !== 0) {
  process.stdout.write(`bench ${JSON.stringify({ failed: stderr.trim().split('\n').at(-1) })}\n`);
} else {
  const programs = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { replay, submit, kernels } = programs.sort((a, b) => b.kernels.length - a.kernels.length)[0];
  const sum = kernels.reduce((total, { microseconds }) => total + microseconds, 0);
  process.stdout.write(`bench ${JSON.stringify({ step: replay, submit, sum, kernels })}\n`);
}
rmSync(folder, { recursive: true, force: true });
