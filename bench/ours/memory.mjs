// Peak memory of a whole training: the tutorial's 20,000 images with 10,000 for validation, held as 32-bit floats, for two epochs.
import { memory } from 'node-cudnn';
import { buildModel, randomData } from './model.mjs';

const spec = JSON.parse(process.argv[2]);
const [trainImages, testImages] = process.argv.slice(3).map(Number);
const train = randomData(spec, trainImages);
const test = randomData(spec, testImages);
const model = buildModel(spec);
const history = await model.fit(train.x, train.y, {
  batchSize: spec.batch,
  epochs: 2,
  verbose: 0,
  validationData: [test.x, test.y],
});
const { peak, live } = memory();
const megabytes = { rss: process.resourceUsage().maxRSS / 1024, nativePeak: peak / 2 ** 20, nativeLive: live / 2 ** 20 };
process.stdout.write(`bench ${JSON.stringify({ megabytes, loss: history.history.loss.at(-1) })}\n`);
