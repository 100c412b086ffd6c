// This library's side of a workload: ready after one epoch of warming up, then one timed epoch for every line on standard input.
import { createInterface } from 'node:readline';
import { device } from 'node-cudnn';
import { buildModel, randomData } from './model.mjs';

const say = (message) => process.stdout.write(`bench ${JSON.stringify(message)}\n`);
const spec = JSON.parse(process.argv[2]);
const { x, y } = randomData(spec);
const model = buildModel(spec);

async function epoch() {
  const start = performance.now();
  const history = await model.fit(x, y, { batchSize: spec.batch, epochs: 1, verbose: 0 });
  return { seconds: (performance.now() - start) / 1000, loss: history.history.loss[0] };
}

await epoch();
const { name, details } = device();
say({ ready: { node: process.version, device: name, ...details } });
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'epoch') break;
  say(await epoch());
}
say({ peakMegabytes: process.resourceUsage().maxRSS / 1024 });
process.exit(0);
