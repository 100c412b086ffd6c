// Single ops at sizes that fill a device: the time of one, from many in a row, with what it moves and computes.
import { ops, tidy } from 'node-cudnn';

const REPEATS = 20;
const quick = process.argv.includes('--quick');
const scale = quick ? 1 / 64 : 1;
const rows = Math.round(8192 * scale);

const uniform = (shape) => ops.random.uniform(shape);
const bytes = (...tensors) => tensors.reduce((sum, t) => sum + t.size * 4, 0);
const big = uniform([rows, 4096]);
const other = uniform([rows, 4096]);
const row = uniform([4096]);
const square = uniform([Math.round(4096 * Math.sqrt(scale)), Math.round(4096 * Math.sqrt(scale))]);
const images = uniform([Math.max(4, Math.round(256 * scale)), 56, 56, 64]);
const filter = uniform([3, 3, 64, 64]);
const n = square.shape[0];

// name: [the op, bytes read and written, float operations]
const cases = {
  'relu 128 MB': [() => ops.relu(big), 2 * bytes(big), big.size],
  'add 128 MB': [() => ops.add(big, other), 3 * bytes(big), big.size],
  'add a row': [() => ops.add(big, row), 2 * bytes(big), big.size],
  exp: [() => ops.exp(big), 2 * bytes(big), big.size],
  'sum of all': [() => ops.sum(big), bytes(big), big.size],
  'sum over rows': [() => ops.sum(big, 0), bytes(big), big.size],
  'sum over columns': [() => ops.sum(big, 1), bytes(big), big.size],
  softmax: [() => ops.softmax(big), 2 * bytes(big), 4 * big.size],
  transpose: [() => ops.transpose(big), 2 * bytes(big), 0],
  dropout: [() => ops.random.dropout(big, 0.5), 2 * bytes(big), big.size],
  'max pooling 2x2': [() => ops.maxPool2d(images, { poolSize: 2 }), bytes(images) * 1.25, images.size],
  matmul: [() => ops.matmul(square, square), 3 * bytes(square), 2 * n ** 3],
  'conv2d 3x3x64x64': [() => ops.conv2d(images, filter, { padding: 'same' }), 2 * bytes(images), 2 * 9 * 64 * images.size],
};

/** Many in a row, eagerly: at these sizes the device is busy all the time. A Program would leave out those whose result nobody reads. */
async function time(run) {
  const times = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    const last = tidy(() => {
      let y = run();
      for (let k = 1; k < REPEATS; k++) {
        y.dispose();
        y = run();
      }
      return ops.sum(ops.slice(ops.reshape(y, [-1]), [0], [1]));
    });
    await last.data();
    last.dispose();
    if (i > 1) times.push(((performance.now() - start) * 1e3) / REPEATS);
  }
  return times.sort((a, b) => a - b)[3];
}

const results = [];
for (const [op, [run, moved, flops]] of Object.entries(cases)) {
  const microseconds = await time(run);
  results.push({ op, microseconds, gigabytesPerSecond: moved / microseconds / 1e3, gigaflops: flops / microseconds / 1e3 });
}
process.stdout.write(`bench ${JSON.stringify({ ops: results })}\n`);
process.exit(0);
