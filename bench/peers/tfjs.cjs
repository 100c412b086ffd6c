// TensorFlow.js' side of a workload: ready after one epoch of warming up, then one timed epoch for every line on standard input.
//   node tfjs.cjs tfjs-node|tfjs-wasm|tfjs-js FOLDER SPEC        FOLDER is where the packages were installed
const { createRequire } = require('node:module');
const { cpus } = require('node:os');
const { dirname, join, resolve } = require('node:path');
const { createInterface } = require('node:readline');

const [which, folder, description] = process.argv.slice(2);
const load = createRequire(join(resolve(folder), 'package.json'));
// console.log is not used for the answers, because tfjs prints advice with it
const say = (message) => process.stdout.write(`bench ${JSON.stringify(message)}\n`);
const firstLine = (error) =>
  String(error.message ?? error)
    .split('\n')[0]
    .replaceAll(resolve(folder), '.');

async function open() {
  if (which === 'tfjs-node') {
    const tf = load('@tensorflow/tfjs-node');
    await tf.ready();
    return { tf, extra: { tensorflow: tf.version['tensorflow-c'] ?? tf.node?.nodeBackend?.().binding?.TF_Version } };
  }
  const tf = load('@tensorflow/tfjs');
  if (which === 'tfjs-js') {
    await tf.setBackend('cpu');
    return { tf, extra: {} };
  }
  const wasm = load('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(load.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  wasm.setThreadsCount(cpus().length);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  return { tf, extra: { simd, threads: threaded ? wasm.getThreadsCount() : 1 } };
}

function buildModel(tf, spec) {
  const build = {
    conv2d: ({ filters, kernelSize, padding, activation }, input) =>
      tf.layers.conv2d({ filters, kernelSize, padding, activation, ...input }),
    maxPooling2d: ({ poolSize }, input) => tf.layers.maxPooling2d({ poolSize, ...input }),
    dropout: ({ rate }, input) => tf.layers.dropout({ rate, ...input }),
    flatten: (_, input) => tf.layers.flatten({ ...input }),
    dense: ({ units, activation }, input) => tf.layers.dense({ units, activation, ...input }),
    activation: ({ activation }, input) => tf.layers.activation({ activation, ...input }),
  };
  const layers = spec.layers.map((layer, i) => build[layer.kind](layer, i === 0 ? { inputShape: spec.inputShape } : {}));
  const model = tf.sequential({ layers });
  model.compile({ optimizer: spec.optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

async function main() {
  let opened;
  try {
    opened = await open();
  } catch (error) {
    say({ unavailable: firstLine(error) });
    return;
  }
  const { tf, extra } = opened;
  const spec = JSON.parse(description);
  const x = tf.randomUniform([spec.images, ...spec.inputShape], 0, 1, 'float32', 7);
  const labels = tf.randomUniform([spec.images], 0, spec.classes, 'int32', 7);
  const y = tf.cast(tf.oneHot(labels, spec.classes), 'float32');
  const model = buildModel(tf, spec);

  async function epoch() {
    const start = performance.now();
    const history = await model.fit(x, y, { batchSize: spec.batch, epochs: 1, verbose: 0 });
    return { seconds: (performance.now() - start) / 1000, loss: history.history.loss[0] };
  }

  await epoch();
  say({ ready: { node: process.version, tfjs: tf.version_core, backend: tf.getBackend(), ...extra } });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'epoch') break;
    say(await epoch());
  }
  say({ peakMegabytes: process.resourceUsage().maxRSS / 1024 });
}

main().then(
  () => process.exit(0),
  (error) => {
    say({ failed: firstLine(error) });
    process.exit(0);
  },
);
