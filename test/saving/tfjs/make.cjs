// Writes the models of this folder with TensorFlow.js 4.22, and what it predicts: node make.cjs, where @tensorflow/tfjs is installed.
const fs = require('node:fs');
const path = require('node:path');
const tf = require('@tensorflow/tfjs');

const L = tf.layers;
const init = (seed) => tf.initializers.randomNormal({ stddev: 0.4, seed });
const k = (seed) => ({ kernelInitializer: init(seed), biasInitializer: init(seed + 1) });
const r = (seed) => ({ ...k(seed), recurrentInitializer: init(seed + 2) });
const bn = (seed) => ({
  betaInitializer: init(seed),
  gammaInitializer: init(seed + 1),
  movingMeanInitializer: init(seed + 2),
  movingVarianceInitializer: tf.initializers.randomUniform({ minval: 0.5, maxval: 2, seed }),
});

function images() {
  const x = tf.input({ shape: [8, 8, 3], name: 'image' });
  const a = L.conv2d({ name: 'conv', filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', ...k(1) }).apply(x);
  const b = L.batchNormalization({ name: 'norm', ...bn(3) }).apply(a);
  const c = L.depthwiseConv2d({
    name: 'depthwise',
    kernelSize: 3,
    depthMultiplier: 1,
    depthwiseInitializer: init(7),
    padding: 'same',
  }).apply(b);
  const d = L.separableConv2d({
    name: 'separable',
    filters: 4,
    kernelSize: 3,
    padding: 'same',
    depthwiseInitializer: init(8),
    pointwiseInitializer: init(9),
  }).apply(c);
  const e = L.add({ name: 'sum' }).apply([b, d]);
  const f = L.leakyReLU({ name: 'leaky', alpha: 0.2 }).apply(e);
  const g = L.prelu({ name: 'prelu', alphaInitializer: init(10), sharedAxes: [1, 2] }).apply(f);
  const h = L.maxPooling2d({ name: 'most', poolSize: 2 }).apply(g);
  const i = L.averagePooling2d({ name: 'mean', poolSize: 2, strides: 2, padding: 'same' }).apply(g);
  const j = L.concatenate({ name: 'beside' }).apply([h, i]);
  const l = L.upSampling2d({ name: 'larger', size: [2, 2] }).apply(j);
  const m = L.zeroPadding2d({
    name: 'frame',
    padding: [
      [1, 0],
      [0, 1],
    ],
  }).apply(l);
  const n = L.cropping2D({
    name: 'cut',
    cropping: [
      [1, 0],
      [0, 1],
    ],
  }).apply(m);
  const o = L.conv2dTranspose({ name: 'transposed', filters: 3, kernelSize: 3, strides: 2, padding: 'same', ...k(11) }).apply(n);
  const p = L.reLU({ name: 'six', maxValue: 6 }).apply(o);
  const q = L.thresholdedReLU({ name: 'threshold', theta: 0.1 }).apply(p);
  const s = L.layerNormalization({ name: 'layer_norm', betaInitializer: init(13), gammaInitializer: init(14) }).apply(q);
  const t = L.activation({ name: 'swish', activation: 'swish' }).apply(s);
  const u = L.spatialDropout1d({ name: 'drop', rate: 0.2 }).apply(L.reshape({ name: 'rows', targetShape: [256, 3] }).apply(t));
  const v = L.permute({ name: 'turned', dims: [2, 1] }).apply(u);
  const w = L.globalAveragePooling1d({ name: 'average' }).apply(v);
  const y = L.globalMaxPooling2d({ name: 'highest' }).apply(t);
  const z = L.globalAveragePooling2d({ name: 'average2d' }).apply(t);
  const shared = L.dense({ name: 'shared', units: 3, activation: 'tanh', ...k(15) });
  const inner = tf.sequential({
    name: 'inner',
    layers: [L.dense({ name: 'inner_dense', inputShape: [3], units: 3, activation: 'elu', ...k(17) })],
  });
  const parts = [shared.apply(y), shared.apply(z), inner.apply(z)];
  const all = [
    L.average({ name: 'averaged' }).apply(parts),
    L.maximum({ name: 'maximum' }).apply(parts),
    L.minimum({ name: 'minimum' }).apply(parts),
    L.multiply({ name: 'multiplied' }).apply(parts),
    L.dot({ name: 'dot', axes: 1 }).apply([parts[0], parts[2]]),
    L.gaussianNoise({ name: 'noise', stddev: 0.1 }).apply(L.rescaling({ name: 'scaled', scale: 0.5, offset: 0.1 }).apply(w)),
  ];
  const end = L.concatenate({ name: 'all' }).apply(all);
  const out = L.dense({ name: 'out', units: 4, activation: 'softmax', ...k(19) }).apply(
    L.dropout({ name: 'dropout', rate: 0.5 }).apply(end),
  );
  const side = L.softmax({ name: 'side' }).apply(L.elu({ name: 'elu' }).apply(L.flatten({ name: 'flat' }).apply(j)));
  return tf.model({ name: 'images', inputs: x, outputs: [out, side] });
}

function sequences() {
  const model = tf.sequential({ name: 'sequences' });
  model.add(L.embedding({ name: 'embedding', inputDim: 20, outputDim: 4, inputLength: 6, embeddingsInitializer: init(1) }));
  model.add(L.conv1d({ name: 'conv', filters: 5, kernelSize: 3, padding: 'same', ...k(2) }));
  model.add(L.maxPooling1d({ name: 'most', poolSize: 2, strides: 1 }));
  model.add(L.averagePooling1d({ name: 'mean', poolSize: 2, strides: 1, padding: 'same' }));
  model.add(L.lstm({ name: 'lstm', units: 4, returnSequences: true, ...r(4) }));
  model.add(L.gru({ name: 'gru', units: 4, returnSequences: true, recurrentActivation: 'sigmoid', resetAfter: false, ...r(7) }));
  model.add(L.simpleRNN({ name: 'simple', units: 4, returnSequences: true, ...r(10) }));
  model.add(L.bidirectional({ name: 'both', layer: L.lstm({ name: 'inside', units: 3, returnSequences: true, ...r(13) }) }));
  model.add(L.timeDistributed({ name: 'each', layer: L.dense({ name: 'dense', units: 4, ...k(16) }) }));
  model.add(L.gru({ name: 'last', units: 3, resetAfter: false, goBackwards: true, ...r(19) }));
  model.add(L.repeatVector({ name: 'again', n: 2 }));
  model.add(L.flatten({ name: 'flat' }));
  model.add(
    L.dense({
      name: 'out',
      units: 2,
      activation: 'softsign',
      kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
      kernelConstraint: tf.constraints.maxNorm({ maxValue: 2 }),
      ...k(22),
    }),
  );
  return model;
}

function volumes() {
  const x = tf.input({ shape: [3, 4, 4, 4, 1], name: 'film' });
  const a = L.timeDistributed({
    name: 'each',
    layer: L.conv3d({ name: 'conv', filters: 2, kernelSize: 2, padding: 'same', ...k(1) }),
  }).apply(x);
  const b = L.timeDistributed({ name: 'pooled', layer: L.maxPooling3d({ poolSize: 2 }) }).apply(a);
  const c = L.reshape({ name: 'pictures', targetShape: [3, 4, 4, 1] }).apply(b);
  const d = L.convLstm2d({ name: 'convlstm', filters: 2, kernelSize: 2, recurrentActivation: 'sigmoid', ...r(3) }).apply(c);
  return tf.model({ name: 'volumes', inputs: x, outputs: L.flatten({ name: 'flat' }).apply(d) });
}

const wave = (shape, scale = 1) => {
  const size = shape.reduce((one, two) => one * two, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(1.7 * i + 0.3)),
    shape,
  );
};

async function main() {
  const words = tf.tensor2d(
    Array.from({ length: 12 }, (_, i) => (7 * i + 3) % 20),
    [2, 6],
  );
  for (const [make, x] of [
    [images, wave([2, 8, 8, 3])],
    [sequences, words],
    [volumes, wave([2, 3, 4, 4, 4, 1])],
  ]) {
    const model = make();
    const folder = path.join(process.argv[2] ?? __dirname, model.name);
    fs.mkdirSync(folder, { recursive: true });
    await model.save(
      tf.io.withSaveHandler(async ({ weightSpecs, weightData, ...rest }) => {
        fs.writeFileSync(path.join(folder, 'weights.bin'), Buffer.from(weightData));
        const json = { ...rest, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
        fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const outputs = [model.predict(x)].flat().map((y) => ({ shape: y.shape, data: Array.from(y.dataSync()) }));
    fs.writeFileSync(path.join(folder, 'predicted.json'), JSON.stringify(outputs));
  }
}

main();
