// What an op costs apart from its arithmetic: tensors of one element, so that nothing but the way to the device and back is timed.
import { ops, tensor, tidy } from 'node-cudnn';
import { buildModel, randomData } from './model.mjs';

const repeats = Number(process.argv[2]);
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const one = tensor([1]);

/** `batch` ops in a row: the time until JavaScript is free again, and until the device has done them all. */
async function eager(batch) {
  const start = performance.now();
  const last = tidy(() => {
    let y = one;
    for (let i = 0; i < batch; i++) y = ops.add(y, one);
    return y;
  });
  const encoded = performance.now();
  const [value] = await last.data();
  const done = performance.now();
  last.dispose();
  if (value !== batch + 1) throw new Error(`boundary: expected ${batch + 1}, got ${value}`);
  return { encodeNs: ((encoded - start) * 1e6) / batch, opsPerSecond: (batch * 1e3) / (done - start) };
}

/** One op whose result is read before the next. */
async function roundTrip(read) {
  const start = performance.now();
  const y = ops.add(one, one);
  await read(y);
  const elapsed = performance.now() - start;
  y.dispose();
  return elapsed * 1e3;
}

async function collect(count, measure) {
  for (let i = 0; i < count; i++) await measure();
  const results = [];
  for (let i = 0; i < count; i++) results.push(await measure());
  return results;
}

/** A model with next to no arithmetic: what is left of a step is what the step costs by itself. */
async function fitStep(steps) {
  const spec = { inputShape: [1], classes: 2, optimizer: 'sgd', layers: [{ kind: 'dense', units: 2, activation: 'softmax' }] };
  const { x, y } = randomData(spec, steps);
  const model = buildModel(spec);
  const epoch = async () => {
    const start = performance.now();
    await model.fit(x, y, { batchSize: 1, epochs: 1, verbose: 0 });
    return ((performance.now() - start) * 1e3) / steps;
  };
  return median(await collect(3, epoch));
}

const streams = await collect(5, () => eager(repeats));
const trips = Math.max(10, Math.floor(repeats / 20));
const result = {
  encodeNs: median(streams.map((r) => r.encodeNs)),
  opsPerSecond: median(streams.map((r) => r.opsPerSecond)),
  roundTripUs: median(await collect(trips, () => roundTrip((y) => y.data()))),
  syncRoundTripUs: median(await collect(trips, () => roundTrip((y) => y.dataSync()))),
  fitStepUs: await fitStep(Math.max(10, Math.floor(repeats / 10))),
};
process.stdout.write(`bench ${JSON.stringify(result)}\n`);
