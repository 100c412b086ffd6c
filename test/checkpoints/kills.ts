/**
 * The kill test at full length: `npm run kills -- --kills 200 --data mnist --epochs 4 --seed 1`. Trains the network of examples/first-cnn.ts
 * with a checkpoint each 20 steps, kills it (SIGKILL) at random instants, and compares what comes out with an unbroken training, bit by bit.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { killAgainAndAgain } from '../support/kills.js';

async function main(): Promise<void> {
  const text = { type: 'string' as const };
  const { values } = parseArgs({ options: { kills: text, data: text, epochs: text, seed: text, within: text } });
  const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-kills-'));
  try {
    const counts = await killAgainAndAgain({
      kills: Number(values.kills ?? 200),
      folder,
      epochs: Number(values.epochs ?? 4),
      data: values.data === 'mnist' ? 'mnist' : 'digits',
      seed: Number(values.seed ?? 1),
      ...(values.within !== undefined && { within: Number(values.within) }),
      log: (line) => process.stdout.write(`${line}\n`),
    });
    const { kills, completed, halfWritten, different, failed } = counts;
    for (const error of failed) process.stdout.write(`${error}\n`);
    process.stdout.write(
      `${kills} kills, ${halfWritten} of them while a file was written; ${completed} trainings completed, ${different} of them different from ` +
        `the unbroken one, ${failed.length} failed\n`,
    );
    process.exitCode = different + failed.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
