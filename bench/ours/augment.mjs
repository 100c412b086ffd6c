// The image data generator on images of CIFAR's size: alone, and beside the training of a network. argv: W5's description, images, rounds.
import { preprocessing } from 'node-cudnn';
import { buildModel, randomData } from './model.mjs';

const spec = JSON.parse(process.argv[2]);
const count = Number(process.argv[3]);
const rounds = Number(process.argv[4]);
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const generators = {
  shiftAndFlip: { widthShiftRange: 0.1, heightShiftRange: 0.1, horizontalFlip: true, rescale: 1 / 255 },
  rotationAndZoom: {
    rotationRange: 15,
    zoomRange: 0.1,
    widthShiftRange: 0.1,
    heightShiftRange: 0.1,
    horizontalFlip: true,
    rescale: 1 / 255,
  },
};

const images = { data: Uint8Array.from({ length: count * 3072 }, (_, i) => Math.imul(i, 2654435761) >>> 24), shape: [count, 32, 32, 3] };
const labels = new Float32Array(count * 10);
for (let i = 0; i < count; i++) labels[i * 10 + (i % 10)] = 1;
const y = { data: labels, shape: [count, 10] };

/** Images a second of a generator that nobody trains with. */
async function alone(options, workers) {
  const flow = preprocessing.imageDataGenerator(options).flow(images, y, { batchSize: 32, workers, seed: 1 });
  const pass = async () => {
    const start = performance.now();
    let seen = 0;
    for await (const [x] of flow) seen += x.shape[0];
    if (seen !== count) throw new Error(`augment: expected ${count} images, got ${seen}`);
    return (count * 1000) / (performance.now() - start);
  };
  await pass();
  const figures = [];
  for (let i = 0; i < rounds; i++) figures.push(await pass());
  return median(figures);
}

/** Seconds of an epoch from batches that lie ready, and from batches that are made on the way: the same steps, the same way to the device. */
async function beside(options) {
  const model = buildModel(spec);
  const samples = Math.min(count, spec.images);
  const part = { data: images.data.subarray(0, samples * 3072), shape: [samples, 32, 32, 3] };
  const targets = { data: labels.subarray(0, samples * 10), shape: [samples, 10] };
  const flow = preprocessing.imageDataGenerator(options).flow(part, targets, { batchSize: 32, seed: 1 });
  const ready = [];
  for await (const batch of flow) ready.push(batch);
  const epoch = async (source) => {
    const start = performance.now();
    await model.fit(source, { epochs: 1, verbose: 0 });
    return performance.now() - start;
  };
  await epoch(ready.values());
  const plain = [];
  const augmented = [];
  for (let i = 0; i < rounds; i++) {
    plain.push(await epoch(ready.values()));
    augmented.push(await epoch(flow));
  }
  return { plainMs: median(plain), augmentedMs: median(augmented) };
}

const result = {};
for (const [name, options] of Object.entries(generators)) {
  const { plainMs, augmentedMs } = await beside(options);
  result[name] = { oneWorker: await alone(options, 1), twoWorkers: await alone(options, 2), plainMs, augmentedMs };
}
process.stdout.write(`bench ${JSON.stringify(result)}\n`);
