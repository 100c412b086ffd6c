/** A reader with every fault that the fuzzer must notice; for its own test. */
import { readFileSync } from 'node:fs';
import type { FuzzFormat } from '../format.js';

let reads = 0;

/** Keeps the processor busy: what the fuzzer counts is its time, not the clock's. */
function spin(milliseconds: number): void {
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 1000 * milliseconds);
}

export const broken: FuzzFormat = {
  name: 'broken',
  ending: '.broken',
  seeds: () => Promise.resolve([Buffer.from('seed')]),
  read(file) {
    // the first one is the seed itself
    const index = reads++ === 0 ? -1 : Number(process.argv[4]) + reads - 2;
    if (index === 5 || readFileSync(file).includes('crash')) throw new RangeError("of the fuzzer's test");
    if (index === 10) process.abort();
    while (index === 15);
    if (index === 20) Buffer.alloc(200 * 2 ** 20, 1);
    if (index === 25) spin(1200);
    return Promise.resolve();
  },
};
