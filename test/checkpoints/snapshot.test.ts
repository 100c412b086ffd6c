/** Snapshots of devices, and the signal that ends a process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Snapshots } from '../../lib/checkpoints/snapshot.js';
import { tensor, variable } from '../../lib/index.js';

async function bytesOf(snapshots: Snapshots, tensors: Parameters<Snapshots['take']>[0], change: () => void): Promise<Buffer> {
  const snapshot = snapshots.take(tensors);
  change();
  const all: Buffer[] = [];
  for await (const bytes of snapshot.bytes()) all.push(Buffer.from(bytes));
  snapshot.dispose();
  return Buffer.concat(all);
}

describe('snapshots', () => {
  for (const device of ['cpu', 'a GPU']) {
    it(`hold what variables held when they were taken: ${device}`, async () => {
      // More than one piece of 16 MiB, and one that is small.
      const large = variable(tensor(Float32Array.from({ length: 4_500_000 }, (_, i) => i)));
      const small = variable(tensor([1, 2, 3], [3], 'int32'));
      const tensors = [large, small].map((one, i) => ({ name: String(i), tensor: one }));
      // The way of a GPU, on memory that is here.
      if (device !== 'cpu') for (const one of [large, small]) Object.defineProperty(one, 'device', { value: 'cuda:0' });
      const snapshots = new Snapshots();
      snapshots.prepare(tensors);
      for (let round = 1; round <= 2; round++) {
        const wanted = Buffer.concat([new Uint8Array((await large.data()).buffer), new Uint8Array((await small.data()).buffer)]);
        const got = await bytesOf(snapshots, tensors, () => {
          large.fill(round);
          small.fill(round);
        });
        assert.ok(got.equals(wanted));
      }
      for (const one of [large, small]) one.dispose();
    });
  }

  it('SIGTERM ends the process as ever, after a checkpoint', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-term-'));
    const child = path.join(__dirname, '../support/kill-child.ts');
    const training = spawn(process.execPath, ['--require', 'tsx/cjs', child, folder, '2000'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    training.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    training.stdout.once('data', () => setTimeout(() => training.kill('SIGTERM'), 300));
    const ended = await new Promise((resolve) => training.once('close', (code, signal) => resolve(signal ?? code)));
    assert.equal(ended, 'SIGTERM');
    assert.match(stderr, /writing a checkpoint after this batch, then ending/);
    const names = readdirSync(path.join(folder, 'checkpoints'));
    assert.ok(names.length > 0 && names.every((name) => name.endsWith('.safetensors')));
    rmSync(folder, { recursive: true });
  });
});
