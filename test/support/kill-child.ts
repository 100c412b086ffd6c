/**
 * A training with checkpoints in a process of its own, for tests that kill it: the network of examples/first-cnn.ts on small digits.
 *
 *     node --require tsx/cjs test/support/kill-child.ts FOLDER [epochs] [mnist]
 *
 * Says 'training' when it begins or goes on, and at its end writes result.json: a hash of the weights, the history, and the lines of the log.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { callbacks, datasets, layers, ops, sequential, utils } from '../../lib/index.js';

async function main(): Promise<void> {
  const [folder = '.', epochs = '3', set = 'digits'] = process.argv.slice(2);
  const checkpoints = path.join(folder, 'checkpoints');
  const resumes = existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.safetensors'));
  // Another seed where training goes on: what a checkpoint brings back must not come from here.
  utils.setRandomSeed(resumes ? process.pid : 5);
  const { train } = set === 'mnist' ? await datasets.mnist() : await datasets.digits();
  const count = set === 'mnist' ? 5120 : train.x.shape[0];
  const side = train.x.shape[1];
  const x = ops.expandDims(ops.slice(train.x, [0, 0, 0], [count, side, side]), -1);
  const y = utils.toCategorical(ops.slice(train.y, [0], [count]), 10);
  const model = sequential([side, side, 1])
    .add(layers.rescaling(1 / (set === 'mnist' ? 255 : 16)))
    .add(layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }))
    .add(layers.maxPooling2d({ poolSize: 2 }))
    .add(layers.dropout(0.25))
    .add(layers.flatten())
    .add(layers.dropout(0.5, { seed: 11 }))
    .add(layers.dense({ units: 10, activation: 'softmax' }));
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const log = path.join(folder, 'log.csv');
  const { history } = await model.fit(x, y, {
    batchSize: set === 'mnist' ? 128 : 32,
    epochs: Number(epochs),
    validationSplit: 0.1,
    verbose: 0,
    checkpoint: { directory: checkpoints, everySteps: 20 },
    callbacks: [
      callbacks.lambdaCallback({ onTrainBegin: () => void process.stdout.write('training\n') }),
      callbacks.learningRateScheduler((_, rate) => rate * 0.9),
      callbacks.earlyStopping({ monitor: 'val_loss', patience: 100, restoreBestWeights: true }),
      callbacks.csvLogger(log),
    ],
  });
  const hash = createHash('sha256');
  for (const { data } of await model.getWeights()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const result = { weights: hash.digest('hex'), history, log: readFileSync(log, 'utf8') };
  writeFileSync(path.join(folder, 'result.json'), JSON.stringify(result));
}

void main();
