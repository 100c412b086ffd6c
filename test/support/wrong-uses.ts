/** What beginners do wrong: the code as a page can show it, the same done, and the class of the error. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applications, callbacks, data, datasets, layers, loadModel, type Model, ops, optimizers } from '../../lib/index.js';
import { plot, preprocessing, sequential, setDevice, tensor, utils } from '../../lib/index.js';

/** One wrong use; `act` may need an empty folder. */
export type WrongUse = readonly [what: string, code: string, kind: string, act: (folder: string) => unknown];

const x = [
  [1, 2, 3],
  [4, 5, 6],
];
const y = [[1], [0]];
const quiet = { verbose: 0 } as const;

/** Three numbers in, one out. */
function small(): Model {
  const model = sequential([3], { name: 'model' }).add(layers.dense(1, { name: 'dense' })) as Model;
  return model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
}

/** Three numbers in, the probabilities of four classes out. */
function classifier(loss: string): Model {
  const model = sequential([3]).add(layers.dense(4, { activation: 'softmax', name: 'dense' })) as Model;
  return model.compile({ optimizer: 'sgd', loss: loss as never });
}

/** `fit` as plain JavaScript has it, where no compiler objects. */
const fit = (model: Model, ...given: unknown[]): Promise<unknown> =>
  (model.fit as (...all: unknown[]) => Promise<unknown>).apply(model, given);

function written(folder: string, name: string, bytes: readonly number[] | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, Uint8Array.from(bytes));
  return file;
}

/** The beginning of a JPEG file. */
const jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0];

export const wrongUses: readonly WrongUse[] = [
  ['`fit` before `compile`', 'model.fit(x, y)', 'ArgumentError', () => fit(sequential([3]).add(layers.dense(1)) as Model, x, y)],
  ['`x` with another number of features', 'model.fit([[1, 2]], [[1]])', 'ShapeError', () => fit(small(), [[1, 2]], [[1]])],
  [
    'grey images without the channel axis',
    'cnn.fit(images, labels) // [2, 4, 4]',
    'ShapeError',
    () => {
      const cnn = sequential([4, 4, 1]).add(layers.flatten()).add(layers.dense(1)) as Model;
      return fit(cnn.compile({ loss: 'mse' }), tensor(new Float32Array(32), [2, 4, 4]), y);
    },
  ],
  [
    '`predict` with another shape than `fit`',
    'model.predict([[1, 2, 3, 4]])',
    'ShapeError',
    () => small().predict([[1, 2, 3, 4]] as never),
  ],
  ['fewer labels than samples', 'model.fit(x, [[1]])', 'ShapeError', () => fit(small(), x, [[1]])],
  ['no labels', 'model.fit(x)', 'DataError', () => fit(small(), x)],
  ['no samples', 'model.fit(none, none)', 'DataError', () => fit(small(), ops.zeros([0, 3]), ops.zeros([0, 1]))],
  [
    'class numbers where one-hot rows belong',
    "compile({ loss: 'categoricalCrossentropy' }); fit(x, [1, 0])",
    'ShapeError',
    () => fit(classifier('categoricalCrossentropy'), x, [1, 0]),
  ],
  [
    'one-hot rows where class numbers belong',
    "compile({ loss: 'sparseCategoricalCrossentropy' }); fit(x, oneHot)",
    'ShapeError',
    () => fit(classifier('sparseCategoricalCrossentropy'), x, utils.toCategorical([1, 0], 4)),
  ],
  [
    'a class number beyond the outputs',
    "compile({ loss: 'sparseCategoricalCrossentropy' }); fit(x, [1, 4])",
    'DataError',
    () => fit(classifier('sparseCategoricalCrossentropy'), x, [1, 4], quiet),
  ],
  ['more classes than announced', 'utils.toCategorical([0, 5], 3)', 'DataError', () => utils.toCategorical([0, 5], 3)],
  ['strings for numbers', "tensor([['5.1', '3.5']])", 'DTypeError', () => tensor([['5.1', '3.5']] as never)],
  ['rows of different length', 'tensor([[1, 2], [3]])', 'ShapeError', () => tensor([[1, 2], [3]])],
  ['NaN in the data', 'model.fit([[1, NaN, 3], [4, 5, 6]], y)', 'DataError', () => fit(small(), [[1, NaN, 3], x[1]], y, quiet)],
  ['NaN in the labels', 'model.fit(x, [[NaN], [1]])', 'DataError', () => fit(small(), x, [[NaN], [1]])],
  [
    'dense after a convolution, without flatten',
    "sequential([8, 8, 1]).add(conv2d(2, 3)).add(dense(10)).compile({ loss: 'categoricalCrossentropy' })",
    'ShapeError',
    () =>
      (sequential([8, 8, 1]).add(layers.conv2d(2, 3)).add(layers.dense(10)) as Model).compile({ loss: 'categoricalCrossentropy' as never }),
  ],
  [
    'a convolution over flat rows',
    'sequential([784]).add(layers.conv2d(32, 3))',
    'ShapeError',
    () => sequential([784]).add(layers.conv2d(32, 3) as never),
  ],
  [
    'a kernel larger than the image',
    'sequential([4, 4, 1]).add(layers.conv2d(2, 5))',
    'ShapeError',
    () => sequential([4, 4, 1]).add(layers.conv2d(2, 5) as never),
  ],
  [
    'a loss for classes with one output',
    "sequential([3]).add(dense(1)).compile({ loss: 'categoricalCrossentropy' })",
    'ShapeError',
    () => (sequential([3]).add(layers.dense(1)) as Model).compile({ loss: 'categoricalCrossentropy' as never }),
  ],
  ['an unknown optimizer', "compile({ optimizer: 'addam' })", 'ArgumentError', () => small().compile({ optimizer: 'addam' as never })],
  ['an unknown loss', "compile({ loss: 'crossentropy' })", 'ArgumentError', () => small().compile({ loss: 'crossentropy' as never })],
  [
    'an unknown metric',
    "compile({ loss: 'mse', metrics: ['acuracy'] })",
    'ArgumentError',
    () => fit(small().compile({ loss: 'mse', metrics: ['acuracy' as never] }), x, y, quiet),
  ],
  [
    'an unknown activation',
    "layers.dense(2, { activation: 'rellu' })",
    'ArgumentError',
    () => layers.dense(2, { activation: 'rellu' as never }),
  ],
  ['an unknown option', 'model.fit(x, y, { epoch: 3 })', 'ArgumentError', () => fit(small(), x, y, { epoch: 3 })],
  [
    "an option with Keras' spelling",
    'layers.conv2d({ filters: 8, kernel_size: 3 })',
    'ArgumentError',
    () => layers.conv2d({ filters: 8, kernel_size: 3 } as never),
  ],
  ['negative units', 'layers.dense(-10)', 'ArgumentError', () => layers.dense(-10)],
  ['a dropout rate of 1', 'layers.dropout(1)', 'ArgumentError', () => layers.dropout(1)],
  ['a negative learning rate', 'optimizers.sgd(-0.1)', 'ArgumentError', () => optimizers.sgd(-0.1)],
  ['a batch size of 0', 'model.fit(x, y, { batchSize: 0 })', 'ArgumentError', () => fit(small(), x, y, { batchSize: 0 })],
  ['epochs of -1', 'model.fit(x, y, { epochs: -1 })', 'ArgumentError', () => fit(small(), x, y, { epochs: -1 })],
  [
    'everything split off for validation',
    'model.fit(x, y, { validationSplit: 1 })',
    'ArgumentError',
    () => fit(small(), x, y, { validationSplit: 1 }),
  ],
  [
    'watching a figure that is not there',
    'model.fit(x, y, { callbacks: [callbacks.earlyStopping()] })',
    'ArgumentError',
    () => fit(small(), x, y, { verbose: 0, callbacks: [callbacks.earlyStopping()] }),
  ],
  [
    'a generator that yields nothing',
    'model.fit((async function* () {})())',
    'DataError',
    () => fit(small(), (async function* () {})(), quiet),
  ],
  [
    'a generator that yields no pairs',
    'model.fit(generator()) // yield x',
    'DataError',
    () =>
      fit(
        small(),
        (function* () {
          yield 5;
        })(),
        quiet,
      ),
  ],
  [
    'a generator that throws: its own error',
    'model.fit(generator()) // throws',
    'TypeError',
    () =>
      fit(
        small(),
        (function* (): Generator<never> {
          throw new TypeError('row 17 has no label');
        })(),
        quiet,
      ),
  ],
  [
    'training aborted in the middle: the reason of the signal',
    'model.fit(x, y, { signal }) // controller.abort()',
    'AbortError',
    () => {
      const controller = new AbortController();
      const abort = callbacks.lambdaCallback({ onEpochEnd: () => controller.abort() });
      return fit(small(), x, y, { verbose: 0, epochs: 1000, signal: controller.signal, callbacks: [abort] });
    },
  ],
  [
    'weights of wrong shapes',
    'layer.setWeights([ops.zeros([2, 2]), ops.zeros([1])])',
    'ShapeError',
    () => small().layers[0]!.setWeights([ops.zeros([2, 2]), ops.zeros([1])]),
  ],
  ['too few weights', 'layer.setWeights([kernel])', 'ArgumentError', () => small().layers[0]!.setWeights([ops.zeros([3, 1])])],
  [
    "another model's weights",
    "other.loadWeights('weights.safetensors')",
    'FormatError',
    async (folder) => {
      const file = join(folder, 'weights.safetensors');
      await small().saveWeights(file);
      await classifier('mse').loadWeights(file);
    },
  ],
  [
    'weights that are not there',
    "model.loadWeights('weight.safetensors')",
    'DataError',
    (folder) => small().loadWeights(join(folder, 'weight.safetensors')),
  ],
  ['a folder that is not there', "data.imageFolder('photos')", 'DataError', (folder) => data.imageFolder(join(folder, 'photos')).toArray()],
  ['a folder without classes', "data.imageFolder('empty')", 'DataError', (folder) => data.imageFolder(folder).toArray()],
  ['a table that is not there', "data.csv('iris.csv')", 'DataError', (folder) => data.csv(join(folder, 'iris.csv')).toArray()],
  ['a JPEG file without contents', "utils.loadImg('cat.jpg')", 'FormatError', (folder) => utils.loadImg(written(folder, 'cat.jpg', []))],
  ['a JPEG file that was cut off', "utils.loadImg('dog.jpg')", 'FormatError', (folder) => utils.loadImg(written(folder, 'dog.jpg', jpeg))],
  [
    'one class only',
    "data.imageFolder('photos', { labelMode: 'binary' }) // photos/cats",
    'DataError',
    (folder) => {
      mkdirSync(join(folder, 'cats'));
      written(join(folder, 'cats'), 'cat.jpg', jpeg);
      return data.imageFolder(folder, { labelMode: 'binary' }).toArray();
    },
  ],
  [
    'a data set without its files',
    "datasets.mnist({ directory: 'empty' })",
    'DataError',
    (folder) => datasets.mnist({ directory: folder }),
  ],
  ['a device that is not there', "setDevice('cuda')", 'DeviceError', () => setDevice('cuda')],
  ['a device of no kind', "setDevice('gpu')", 'ArgumentError', () => setDevice('gpu' as never)],
  [
    'shapes that do not go together',
    'ops.add(tensor([1, 2, 3]), tensor([1, 2]))',
    'ShapeError',
    () => ops.add(tensor([1, 2, 3]), tensor([1, 2])),
  ],
  ['an index outside of the tensor', 'ops.slice(tensor([1, 2, 3]), [2], [5])', 'ShapeError', () => ops.slice(tensor([1, 2, 3]), [2], [5])],
  [
    'an axis that is not there',
    'ops.sum(tensor([1, 2, 3]), { axis: 1 })',
    'ShapeError',
    () => ops.sum(tensor([1, 2, 3]), { axis: 1 } as never),
  ],
  [
    'a tensor after its `dispose`',
    't.dispose(); ops.add(t, 1)',
    'DisposedError',
    () => {
      const t = tensor([1]);
      t.dispose();
      return ops.add(t, 1);
    },
  ],
  ['a layer that is not there', "model.getLayer('conv')", 'ArgumentError', () => small().getLayer('conv')],
  ['an option without default left out', 'layers.dense()', 'ArgumentError', () => (layers.dense as () => unknown)()],
  [
    'a data set where its arrays belong',
    'model.fit(await datasets.digits())',
    'DataError',
    async () => fit(small(), await datasets.digits(), quiet),
  ],
  ['data that are still a promise', 'model.fit(datasets.digits())', 'DataError', () => fit(small(), datasets.digits(), quiet)],
  ['words for labels', "model.fit(x, ['cat', 'dog'])", 'DTypeError', () => fit(small(), x, ['cat', 'dog'], quiet)],
  ['fractions for class numbers', 'utils.toCategorical([0.5, 1], 2)', 'DataError', () => utils.toCategorical([0.5, 1], 2)],
  [
    'images of another size than the model takes',
    'cnn.fit(images, labels) // [2, 8, 8, 3]',
    'ShapeError',
    () => {
      const cnn = sequential([4, 4, 3]).add(layers.flatten()).add(layers.dense(1)) as Model;
      return fit(cnn.compile({ loss: 'mse' }), tensor(new Float32Array(384), [2, 8, 8, 3]), y);
    },
  ],
  [
    'single samples where batches belong',
    'model.fit(data.fromTensors([x, y]))',
    'ShapeError',
    () => fit(small(), data.fromTensors([tensor(x), tensor(y)]), quiet),
  ],
  [
    'a generator function where its result belongs',
    'model.fit(function* () { ... })',
    'DataError',
    () => fit(small(), function* () {}, quiet),
  ],
  [
    'data without an end',
    'model.fit(data.fromTensors([x, y]).batch(2).repeat())',
    'ArgumentError',
    () =>
      fit(
        small(),
        data
          .fromTensors([tensor(x), tensor(y)])
          .batch(2)
          .repeat(),
        quiet,
      ),
  ],
  [
    'a function for threads that reaches outside',
    'set.map((x) => x * factor, { workers: 1 })',
    'DataError',
    () => {
      const factor = 2;
      return data
        .fromArray([1])
        .map((one) => one * factor, { workers: 1 })
        .toArray();
    },
  ],
  [
    'words where a table is to have numbers',
    "data.csv('iris.csv', { label: 'species' })",
    'DataError',
    (folder) => data.csv(written(folder, 'iris.csv', Buffer.from('length,species\n5.1,setosa\n')), { label: 'species' }).toArray(),
  ],
  [
    'a column that is not there',
    "data.csv('iris.csv', { label: 'class' })",
    'DataError',
    (folder) => data.csv(written(folder, 'iris.csv', Buffer.from('length,species\n5.1,0\n')), { label: 'class' }).toArray(),
  ],
  [
    'a brightness range of one number',
    'imageDataGenerator({ brightnessRange: 0.2 })',
    'ArgumentError',
    () => preprocessing.imageDataGenerator({ brightnessRange: 0.2 as never }),
  ],
  [
    'grey images without the channel axis, to be augmented',
    'images.flow(train.x, train.y) // [2, 4, 4]',
    'ShapeError',
    () => preprocessing.imageDataGenerator().flow(tensor(new Float32Array(32), [2, 4, 4]), y),
  ],
  [
    'a subset without a split',
    "images.flow(x, y, { subset: 'validation' })",
    'ArgumentError',
    () => preprocessing.imageDataGenerator().flow(tensor(new Float32Array(32), [2, 4, 4, 1]), y, { subset: 'validation' }),
  ],
  [
    'an image of a kind that is not written',
    "utils.saveImg('digit.gif', x)",
    'ArgumentError',
    () => utils.saveImg('digit.gif', tensor(new Float32Array(4), [2, 2, 1])),
  ],
  [
    'a drawing of what is still a promise',
    "plot.history(model.fit(x, y), 'history.png')",
    'ArgumentError',
    () => plot.history(Promise.resolve() as never, 'history.png'),
  ],
  ['a picture of another kind', "plot.history(history, 'history.jpg')", 'ArgumentError', () => plot.history({ loss: [1] }, 'history.jpg')],
  ['flat rows for images', "plot.images(x, 'images.png') // [2, 784]", 'ShapeError', () => plot.images(ops.zeros([2, 784]), 'images.png')],
  [
    'probabilities for class numbers',
    "plot.confusionMatrix(labels, probabilities, 'confusion.png')",
    'ArgumentError',
    () => plot.confusionMatrix([0, 1], ops.zeros([2, 10]), 'confusion.png'),
  ],
  [
    'the filters of a dense layer',
    "plot.filters(model.getLayer('dense'), 'filters.png')",
    'ShapeError',
    () => plot.filters(small().getLayer('dense'), 'filters.png'),
  ],
  [
    'weights where a model belongs',
    "loadModel('model.weights.h5')",
    'FormatError',
    async (folder) => {
      const file = join(folder, 'model.weights.h5');
      await small().saveWeights(file);
      await loadModel(file);
    },
  ],
  [
    'a file that is no model',
    "loadModel('model.keras')",
    'FormatError',
    (folder) => loadModel(written(folder, 'model.keras', Buffer.from('hello'))),
  ],
  [
    'weights that Keras would download',
    "applications.vgg16({ weights: 'imagenet' })",
    'ArgumentError',
    () => applications.vgg16({ weights: 'imagenet' }),
  ],
  [
    'one callback where a list belongs',
    'model.fit(x, y, { callbacks: callbacks.terminateOnNaN() })',
    'ArgumentError',
    () => fit(small(), x, y, { verbose: 0, callbacks: callbacks.terminateOnNaN() }),
  ],
  ['a seed that is a text', "utils.setRandomSeed('7')", 'ArgumentError', () => utils.setRandomSeed('7' as never)],
];
