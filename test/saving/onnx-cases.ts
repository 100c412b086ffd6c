/** Every layer that inference needs, in small models: what is exported to ONNX, run elsewhere, and read back. */
import { input, layers, model, type Model, sequential } from '../../lib/index.js';
import type { Layer } from '../../lib/layers/layer.js';
import type { SymbolicTensor } from '../../lib/layers/symbolic.js';
import type { Given } from '../support/onnx.js';

export interface OnnxCase {
  readonly name: string;
  readonly make: () => Model;
  readonly inputs: readonly Given[];
  /** Of the largest number; 1e-5 where nothing is said. */
  readonly tolerance?: number;
}

const BATCH = 3;

/** One layer on one input. */
function one(name: string, layer: () => Layer, shape: readonly number[], given: Omit<Given, 'shape'> = {}): OnnxCase {
  const make = (): Model => {
    const x = input(shape, { dtype: given.dtype ?? null, name: 'x' });
    return model(x, (layer() as any).apply(x));
  };
  return { name, make, inputs: [{ shape: [BATCH, ...shape], ...given }] };
}

/** One layer on several inputs. */
function many(name: string, layer: () => Layer, shapes: readonly (readonly number[])[], options: object = {}): OnnxCase {
  const make = (): Model => {
    const xs = shapes.map((shape, i) => input(shape, { name: `x${i}` }));
    return model(xs as any, (layer() as any).apply(xs, options)) as Model;
  };
  return { name, make, inputs: shapes.map((shape) => ({ shape: [BATCH, ...shape] })) };
}

function graph(name: string, inputs: readonly Given[], build: (xs: SymbolicTensor[]) => unknown): OnnxCase {
  const make = (): Model => {
    const xs = inputs.map(({ shape, dtype }, i) => input(shape.slice(1), { name: `x${i}`, dtype: dtype ?? null }));
    return model((xs.length === 1 ? xs[0]! : xs) as any, build(xs as SymbolicTensor[]) as never);
  };
  return { name, make, inputs };
}

const L: any = layers;

/** A call whose types the cases do not care for. */
const on = (layer: any, x: unknown): any => layer.apply(x);

const activations = [
  ...['celu', 'elu', 'exponential', 'gelu', 'glu', 'hardShrink', 'hardSigmoid', 'hardSilu', 'hardTanh', 'leakyRelu', 'linear'],
  ...['logSigmoid', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'silu', 'softmax', 'softplus', 'softShrink', 'softsign'],
  ...['sparsemax', 'sparsePlus', 'sparseSigmoid', 'squareplus', 'tanh', 'tanhShrink'],
].map((name) => one(`activation ${name}`, () => L.activation(name), [5, 4]));

const activationLayers = [
  one('relu', () => layers.relu(), [6]),
  one('relu of all options', () => layers.relu({ maxValue: 1, negativeSlope: 0.2, threshold: 0.1 }), [4, 5]),
  one('relu with a maximum', () => layers.relu({ maxValue: 0.5 }), [6]),
  one('relu with a slope', () => layers.relu({ negativeSlope: 0.1 }), [6]),
  one('leakyRelu', () => layers.leakyRelu(0.1), [6]),
  one('elu', () => layers.elu(0.7), [6]),
  one('prelu', () => layers.prelu(), [4, 3]),
  one('prelu sharing axes', () => layers.prelu({ sharedAxes: [1, 2] }), [4, 5, 3]),
  one('softmax along another axis', () => layers.softmax({ axis: 1 }), [4, 3]),
  one('softmax over two axes', () => layers.softmax({ axis: [1, 2] }), [4, 3]),
];

const products = [
  one('dense', () => layers.dense(5, { activation: 'relu' }), [4]),
  one('dense of sequences, without bias', () => layers.dense(5, { useBias: false, activation: 'gelu' }), [6, 4]),
  one('einsumDense', () => layers.einsumDense('abc,cde->abde', [null, 2, 5], { biasAxes: 'de', activation: 'tanh' }), [6, 4]),
  one('einsumDense with dots', () => layers.einsumDense('...x,xy->...y', 5, { biasAxes: 'y' }), [6, 4]),
  one('embedding', () => layers.embedding(7, 4), [6], { dtype: 'int32', below: 7 }),
];

const sides = { 1: [9], 2: [9, 8], 3: [7, 6, 8] } as const;
const convs = ([1, 2, 3] as const).flatMap((n) => {
  const last = [...sides[n], 4];
  const first = [4, ...sides[n]];
  const make = L[`conv${n}d`];
  const back = L[`conv${n}dTranspose`];
  const more = (title: string, options: object, shape: readonly number[] = last): OnnxCase =>
    one(`conv${n}d ${title}`, () => make(6, 3, options), shape);
  const backMore = (title: string, options: object, shape: readonly number[] = last): OnnxCase =>
    one(`conv${n}dTranspose ${title}`, () => back(5, 3, options), shape);
  return [
    more('valid', { activation: 'relu' }),
    more('same, with strides', { padding: 'same', strides: 2 }),
    more('same, dilated', { padding: 'same', dilationRate: 2, useBias: false }),
    more('in groups', { groups: 2, padding: 'same' }),
    more('channels first', { dataFormat: 'channelsFirst', strides: 2, padding: 'same' }, first),
    one(`conv${n}d of an even size`, () => make(3, 2, { padding: 'same' }), last),
    backMore('valid', {}),
    backMore('valid, with strides', { strides: 2 }),
    backMore('same, with strides', { strides: 2, padding: 'same' }),
    backMore('strides above the kernel', { strides: 4, padding: 'same' }),
    backMore('outputPadding', { strides: 3, padding: 'same', outputPadding: 1 }),
    backMore('channels first', { dataFormat: 'channelsFirst', strides: 2 }, first),
    ...(n === 1 ? [more('causal', { padding: 'causal' }), more('causal, dilated', { padding: 'causal', dilationRate: 2 })] : []),
    ...(n < 3
      ? [
          one(`depthwiseConv${n}d`, () => L[`depthwiseConv${n}d`](3, { depthMultiplier: 2, activation: 'tanh' }), last),
          one(`depthwiseConv${n}d same`, () => L[`depthwiseConv${n}d`](3, { padding: 'same', strides: 2 }), last),
          one(`depthwiseConv${n}d channels first`, () => L[`depthwiseConv${n}d`](3, { dataFormat: 'channelsFirst' }), first),
          one(`separableConv${n}d`, () => L[`separableConv${n}d`](5, 3, { depthMultiplier: 2, padding: 'same', activation: 'relu' }), last),
        ]
      : []),
  ];
});

const pools = ([1, 2, 3] as const).flatMap((n) => {
  const last = [...sides[n], 4];
  const first = [4, ...sides[n]];
  return ['max', 'average'].flatMap((kind) => {
    const capital = kind === 'max' ? 'Max' : 'Average';
    const make = L[`${kind}Pooling${n}d`];
    const global = L[`global${capital}Pooling${n}d`];
    const adaptive = L[`adaptive${capital}Pooling${n}d`];
    const size = n === 1 ? 3 : sides[n].map(() => 3);
    return [
      one(`${kind}Pooling${n}d`, () => make(2), last),
      one(`${kind}Pooling${n}d same`, () => make(3, { strides: 2, padding: 'same' }), last),
      one(`${kind}Pooling${n}d channels first`, () => make(2, { dataFormat: 'channelsFirst' }), first),
      one(`global${capital}Pooling${n}d`, () => global(), last),
      one(`global${capital}Pooling${n}d keeping axes`, () => global({ keepdims: true }), last),
      one(`global${capital}Pooling${n}d channels first`, () => global({ dataFormat: 'channelsFirst' }), first),
      one(`adaptive${capital}Pooling${n}d`, () => adaptive(size), last),
      one(
        `adaptive${capital}Pooling${n}d of equal windows`,
        () => adaptive(sides[n].map((side: number) => side / (side % 2 === 0 ? 2 : side))),
        last,
      ),
    ];
  });
});

const shapes = [
  one('flatten', () => layers.flatten(), [3, 4, 2]),
  one('flatten channels first', () => layers.flatten({ dataFormat: 'channelsFirst' }), [3, 4, 2]),
  one('flatten of numbers', () => layers.flatten(), []),
  one('reshape', () => layers.reshape([2, -1]), [3, 4]),
  one('permute', () => layers.permute([3, 1, 2]), [3, 4, 2]),
  one('repeatVector', () => layers.repeatVector(4), [5]),
  one('cropping1d', () => layers.cropping1d([1, 2]), [8, 3]),
  one(
    'cropping2d',
    () =>
      layers.cropping2d([
        [1, 0],
        [2, 1],
      ]),
    [8, 7, 3],
  ),
  one('cropping3d', () => layers.cropping3d(1), [5, 6, 4, 2]),
  one('cropping2d channels first', () => layers.cropping2d(1, { dataFormat: 'channelsFirst' }), [3, 8, 7]),
  one('zeroPadding1d', () => layers.zeroPadding1d([1, 2]), [4, 3]),
  one(
    'zeroPadding2d',
    () =>
      layers.zeroPadding2d([
        [1, 0],
        [2, 1],
      ]),
    [4, 5, 3],
  ),
  one('zeroPadding3d', () => layers.zeroPadding3d(1), [3, 4, 2, 2]),
  one('upSampling1d', () => layers.upSampling1d(3), [4, 3]),
  one('upSampling2d', () => layers.upSampling2d([2, 3]), [4, 5, 3]),
  one('upSampling2d bilinear', () => layers.upSampling2d(2, { interpolation: 'bilinear' }), [4, 5, 3]),
  one('upSampling2d bicubic', () => layers.upSampling2d(2, { interpolation: 'bicubic' }), [4, 5, 3]),
  one('upSampling2d channels first', () => layers.upSampling2d(2, { dataFormat: 'channelsFirst' }), [3, 4, 5]),
  one('upSampling3d', () => layers.upSampling3d(2), [2, 3, 2, 3]),
  one('masking', () => layers.masking(), [4, 3]),
  ...['dropout', 'spatialDropout1d', 'gaussianNoise', 'gaussianDropout', 'alphaDropout'].map((name) =>
    one(name, () => L[name](0.3), [4, 3]),
  ),
  one('spatialDropout2d', () => layers.spatialDropout2d(0.3), [4, 3, 2]),
  one('spatialDropout3d', () => layers.spatialDropout3d(0.3), [4, 3, 2, 2]),
  one('identity', () => layers.identity(), [4]),
  one('activityRegularization', () => layers.activityRegularization({ l2: 0.1 }), [4]),
];

const norms = [
  one('batchNormalization', () => layers.batchNormalization(), [5, 4, 3]),
  one('batchNormalization of vectors', () => layers.batchNormalization({ scale: false }), [5]),
  one('batchNormalization along the second axis', () => layers.batchNormalization({ axis: 1, center: false }), [5, 4, 3]),
  one('batchNormalization in the middle', () => layers.batchNormalization({ axis: 2 }), [5, 4, 3]),
  one('layerNormalization', () => layers.layerNormalization(), [4, 5]),
  one('layerNormalization over two axes', () => layers.layerNormalization({ axis: [1, 2], center: false }), [4, 5]),
  one('layerNormalization over the first axis', () => layers.layerNormalization({ axis: 1 }), [4, 5]),
  one('layerNormalization plain', () => layers.layerNormalization({ scale: false, center: false }), [4, 5]),
  one('rmsNormalization', () => layers.rmsNormalization(), [4, 5]),
  one('unitNormalization', () => layers.unitNormalization(), [4, 5]),
  one('groupNormalization', () => layers.groupNormalization({ groups: 2 }), [4, 5, 6]),
  one('groupNormalization channels first', () => layers.groupNormalization({ groups: 3, axis: 1 }), [6, 4, 5]),
  one('groupNormalization of instances', () => layers.groupNormalization({ groups: -1, scale: false }), [4, 6]),
  one('spectralNormalization', () => layers.spectralNormalization(layers.conv2d(4, 3)), [6, 6, 3]),
  one('normalization', () => layers.normalization({ axis: -1, mean: [0.1, 0.2, 0.3], variance: [1, 2, 3] }), [4, 3]),
  one('normalization inverted', () => layers.normalization({ axis: null as never, mean: 0.5, variance: 2, invert: true }), [4, 3]),
  one('normalization with weights', () => layers.normalization({ axis: -1 }), [4, 3]),
];

const preprocessing = [
  one('rescaling', () => layers.rescaling(1 / 255, { offset: -0.5 }), [4, 4, 3]),
  one('rescaling per channel', () => layers.rescaling([0.1, 0.2, 0.3], { offset: [1, 2, 3] }), [4, 4, 3]),
  one('rescaling of pixels', () => layers.rescaling(1 / 255), [4, 4, 3], { dtype: 'uint8', below: 256 }),
  ...['nearest', 'bilinear', 'bicubic', 'lanczos3'].map((interpolation) =>
    one(`resizing ${interpolation}`, () => L.resizing(5, 9, { interpolation }), [7, 6, 3]),
  ),
  one('resizing antialiased', () => layers.resizing(4, 5, { antialias: true }), [9, 8, 3]),
  one('resizing cropped', () => layers.resizing(4, 8, { cropToAspectRatio: true }), [7, 6, 3]),
  one('resizing padded', () => layers.resizing(4, 8, { padToAspectRatio: true, fillValue: 0.5 }), [7, 6, 3]),
  one('centerCrop', () => layers.centerCrop(4, 3), [7, 6, 3]),
  one('centerCrop of a small image', () => layers.centerCrop(8, 6), [7, 7, 3]),
  ...(['multiHot', 'count', 'oneHot'] as const).map((outputMode) =>
    one(`categoryEncoding ${outputMode}`, () => layers.categoryEncoding(6, { outputMode }), [outputMode === 'oneHot' ? 1 : 4], {
      dtype: 'int32',
      below: 6,
    }),
  ),
  one('discretization', () => layers.discretization([-0.5, 0, 0.5]), [5]),
  one('discretization oneHot', () => layers.discretization([-0.5, 0.5], { outputMode: 'oneHot' }), [1]),
];

const merges = [
  ...['add', 'subtract', 'multiply', 'average', 'maximum', 'minimum'].map((name) =>
    many(name, () => L[name](), [
      [4, 3],
      [4, 3],
    ]),
  ),
  many('add of three, one shorter', () => layers.add(), [[4, 3], [3], [1, 3]]),
  many('concatenate', () => layers.concatenate(), [
    [4, 3],
    [4, 2],
  ]),
  many('concatenate along steps', () => layers.concatenate({ axis: 1 }), [
    [4, 3],
    [2, 3],
  ]),
  many('dot', () => layers.dot(1), [[4], [4]]),
  many('dot of sequences, normalised', () => layers.dot([2, 1], { normalize: true }), [
    [5, 4],
    [4, 3],
  ]),
];

const recurrents = ['simpleRnn', 'lstm', 'gru'].flatMap((name) => [
  one(name, () => L[name](5), [6, 4]),
  one(`${name} returnSequences`, () => L[name](5, { returnSequences: true }), [6, 4]),
  one(`${name} goBackwards`, () => L[name](5, { goBackwards: true, returnSequences: true }), [6, 4]),
  one(`${name} goBackwards, the last`, () => L[name](5, { goBackwards: true }), [6, 4]),
  one(`${name} returnState`, () => L[name](5, { returnState: true, returnSequences: true }), [6, 4]),
  one(
    `${name} of other activations`,
    () => L[name](5, { activation: 'relu', ...(name !== 'simpleRnn' && { recurrentActivation: 'hardSigmoid' }) }),
    [6, 4],
  ),
  one(`${name} without bias`, () => L[name](5, { useBias: false }), [6, 4]),
  one(`bidirectional ${name}`, () => layers.bidirectional(L[name](5, { returnSequences: true })), [6, 4]),
  one(`bidirectional ${name}, the last`, () => layers.bidirectional(L[name](5), { mergeMode: 'ave' }), [6, 4]),
  ...[false, true].flatMap((goBackwards) => [
    graph(`${name} with a mask${goBackwards ? ', backwards' : ''}`, [{ shape: [4, 6], dtype: 'int32', below: 3 }], ([x]) =>
      L[name](5, { returnSequences: true, goBackwards }).apply(layers.embedding(3, 4, { maskZero: true }).apply(x!)),
    ),
    graph(`${name} with a mask, the last${goBackwards ? ', backwards' : ''}`, [{ shape: [4, 6], dtype: 'int32', below: 3 }], ([x]) =>
      L[name](5, { goBackwards, returnState: true }).apply(layers.embedding(3, 4, { maskZero: true }).apply(x!)),
    ),
  ]),
  graph(`bidirectional ${name} with a mask`, [{ shape: [4, 6], dtype: 'int32', below: 3 }], ([x]) =>
    layers.bidirectional(L[name](5, { returnSequences: true })).apply(layers.embedding(3, 4, { maskZero: true }).apply(x!) as never),
  ),
]);

const moreRecurrents = [
  one('gru resetting before the product', () => layers.gru(5, { resetAfter: false, returnSequences: true }), [6, 4]),
  one(
    'rnn of stacked cells',
    () => layers.rnn([layers.lstmCell(5), layers.gruCell(4)], { returnSequences: true, returnState: true }),
    [6, 3],
  ),
  many('lstm with initial states', () => layers.lstm(5, { returnState: true }), [[6, 4], [5], [5]]),
  one(
    'bidirectional without merging',
    () => layers.bidirectional(layers.gru(3, { returnSequences: true, returnState: true }), { mergeMode: null }),
    [6, 4],
  ),
  one('timeDistributed', () => layers.timeDistributed(layers.conv2d(4, 3, { padding: 'same' })), [3, 5, 4, 2]),
  one('timeDistributed dense', () => layers.timeDistributed(layers.dense(3)), [5, 4]),
  graph('globalAveragePooling1d with a mask', [{ shape: [4, 6], dtype: 'int32', below: 4 }], ([x]) =>
    layers.globalAveragePooling1d().apply(layers.embedding(4, 3, { maskZero: true }).apply(x!) as never),
  ),
];

const attentions = [
  many('attention', () => layers.attention(), [
    [4, 5],
    [6, 5],
  ]),
  many('attention of three, scaled', () => layers.attention({ useScale: true }), [
    [4, 5],
    [6, 3],
    [6, 5],
  ]),
  many('attention by tanh', () => layers.attention({ scoreMode: 'concat', useScale: true }), [
    [4, 5],
    [6, 5],
  ]),
  many(
    'attention, causal, with scores',
    () => layers.attention(),
    [
      [4, 5],
      [4, 5],
    ],
    { useCausalMask: true, returnAttentionScores: true },
  ),
  many('additiveAttention', () => layers.additiveAttention(), [
    [4, 5],
    [6, 5],
  ]),
  many('multiHeadAttention', () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3 }), [
    [4, 5],
    [6, 5],
  ]),
  many(
    'multiHeadAttention, causal, with scores',
    () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 4 }),
    [
      [4, 5],
      [4, 5],
    ],
    {
      useCausalMask: true,
      returnAttentionScores: true,
    },
  ),
  many('multiHeadAttention over two axes', () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, attentionAxes: [1, 2] }), [
    [4, 3, 5],
    [4, 3, 5],
  ]),
  many('multiHeadAttention over one axis of two', () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, attentionAxes: [2] }), [
    [4, 3, 5],
    [4, 6, 5],
  ]),
  many(
    'multiHeadAttention of another output',
    () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, outputShape: [2, 4], useBias: false }),
    [
      [4, 5],
      [6, 5],
    ],
  ),
  many('groupQueryAttention', () => layers.groupQueryAttention({ headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2 }), [
    [4, 5],
    [6, 5],
  ]),
  many(
    'groupQueryAttention in a window, gated',
    () => layers.groupQueryAttention({ headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2, slidingWindow: 2, useGate: true }),
    [
      [5, 5],
      [5, 5],
    ],
  ),
  graph('multiHeadAttention with a mask', [{ shape: [4, 6], dtype: 'int32', below: 3 }], ([x]) => {
    const y = layers.embedding(3, 4, { maskZero: true }).apply(x!);
    return L.multiHeadAttention({ numHeads: 2, keyDim: 3 }).apply([y, y]);
  }),
];

const graphs = [
  graph('nested models and shared layers', [{ shape: [BATCH, 6, 6, 2] }, { shape: [BATCH, 6, 6, 2] }], ([a, b]) => {
    const parts = [layers.conv2d(4, 3), layers.batchNormalization(), layers.relu(), layers.flatten()];
    const inner = sequential([6, 6, 2], parts, { name: 'inner' });
    const shared = layers.dense(3, { name: 'shared' });
    const both = [on(shared, on(inner, a)), on(shared, on(inner, b))];
    return [on(layers.add({ name: 'sum' }), both), on(layers.concatenate({ name: 'both' }), both)];
  }),
  graph('a residual block', [{ shape: [BATCH, 8, 8, 3] }], ([x]) => {
    const y = on(layers.conv2d(4, 3, { padding: 'same' }), x);
    const z = on(layers.relu(), on(layers.batchNormalization(), y));
    const w = on(layers.add(), [on(layers.conv2d(4, 1), z), y]);
    return on(layers.globalAveragePooling2d(), on(layers.concatenate(), [w, z]));
  }),
];

/** A model whose image size is open. */
const open: OnnxCase = {
  name: 'sides that are known at run time',
  make: () => {
    const x = input([null, null, 3], { name: 'x' });
    const y = on(layers.conv2d(4, 3, { padding: 'same', strides: 2, activation: 'relu' }), x);
    const z = on(layers.upSampling2d(2), on(layers.maxPooling2d(2, { padding: 'same' }), y));
    const w = on(layers.conv2dTranspose(3, 3, { strides: 2, padding: 'same' }), z);
    return model(x, on(layers.globalAveragePooling2d(), w));
  },
  inputs: [{ shape: [BATCH, 9, 7, 3] }],
};

const openSteps: OnnxCase = {
  name: 'steps that are known at run time',
  make: () => {
    const x = input([null], { name: 'x', dtype: 'int32' });
    const y: any = layers.embedding(9, 4, { maskZero: true }).apply(x as never);
    const z: any = (layers.multiHeadAttention({ numHeads: 2, keyDim: 3 }) as any).apply([y, y], { useCausalMask: true });
    return model(x, (layers.bidirectional(layers.lstm(3)) as any).apply(layers.timeDistributed(layers.dense(4)).apply(z)));
  },
  inputs: [{ shape: [BATCH, 7], dtype: 'int32', below: 9 }],
};

export const onnxCases: readonly OnnxCase[] = [
  ...activations,
  ...activationLayers,
  ...products,
  ...convs,
  ...pools,
  ...shapes,
  ...norms,
  ...preprocessing,
  ...merges,
  ...recurrents,
  ...moreRecurrents,
  ...attentions,
  ...graphs,
  open,
  openSteps,
];
