/** What a beginner does wrong is refused before native code, in one sentence that says what to do. */
import assert from 'node:assert/strict';
import {
  callbacks,
  layers,
  losses,
  type Model,
  ops,
  optimizers,
  scalar,
  sequential,
  setDevice,
  tensor,
  type Tensor,
  utils,
} from '../../lib/index.js';

const x = [
  [1, 2, 3],
  [4, 5, 6],
];
const y = [[1], [0]];

function compiled(): Model {
  const model = sequential([3]).add(layers.dense(1)) as Model;
  return model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
}

/** Each: what is done, the class of the error, the sentence. */
const wrongs: [name: string, act: () => unknown, kind: string, sentence: RegExp][] = [
  [
    'fit without compile',
    () =>
      sequential([3])
        .add(layers.dense(1))
        .fit(x as never, y as never),
    'ArgumentError',
    /^fit: expected a compiled model, got one that was not compiled; call model\.compile/,
  ],
  [
    'x of a wrong shape',
    () => compiled().fit([[1, 2]] as never, [[1]] as never),
    'ShapeError',
    /^fit: expected x of shape \[samples, 3\], got \[1, 2\]/,
  ],
  [
    'x without the channel axis',
    () => {
      const model = sequential([4, 4, 1]).add(layers.flatten()).add(layers.dense(1)) as Model;
      model.compile({ loss: 'mse' });
      return model.fit(tensor(new Float32Array(32), [2, 4, 4]) as never, y as never);
    },
    'ShapeError',
    /got \[2, 4, 4\]; add the channel axis with ops\.expandDims\(x, -1\)/,
  ],
  [
    'fewer labels than samples',
    () => compiled().fit(x as never, [[1]] as never),
    'ShapeError',
    /^fit: expected as many rows in y as in x, 2, got 1/,
  ],
  [
    'labels that are not one-hot',
    () => {
      const model = sequential([3]).add(layers.dense(4, { activation: 'softmax' })) as Model;
      model.compile({ loss: 'categoricalCrossentropy' });
      return model.fit(x as never, [1, 0] as never);
    },
    'ShapeError',
    /use utils\.toCategorical\(y, 4\) or the loss sparseCategoricalCrossentropy/,
  ],
  ['labels of NaN', () => compiled().fit(x as never, [[NaN], [1]] as never), 'DataError', /^fit y: expected finite labels, got NaN/],
  [
    'no data',
    () => compiled().fit(tensor(new Float32Array(0), [0, 3]) as never, tensor(new Float32Array(0), [0, 1]) as never),
    'DataError',
    /^fit: expected at least one sample, got none/,
  ],
  ['no labels', () => (compiled() as never as { fit(x: unknown): unknown }).fit(x), 'DataError', /^fit: expected labels y, got none/],
  ['strings for numbers', () => tensor([['a', 'b']] as never), 'DTypeError', /^tensor: expected numbers or booleans, got string "a"/],
  ['ragged arrays', () => tensor([[1, 2], [3]]), 'ShapeError', /^tensor: expected nested arrays of one shape/],
  [
    'values that do not fill the shape',
    () => tensor([1, 2, 3], [2, 2] as never),
    'ShapeError',
    /^tensor: expected 4 values for shape \[2, 2\], got 3/,
  ],
  [
    'a batch size of 0',
    () => compiled().fit(x as never, y as never, { batchSize: 0 }),
    'ArgumentError',
    /^fit batchSize: expected a whole number of at least 1, got 0; use at least 1/,
  ],
  ['half a unit', () => layers.dense(2.5), 'ArgumentError', /^dense units: expected a whole number of at least 1, got 2\.5/],
  ['a rate of 1', () => layers.dropout(1), 'ArgumentError', /^dropout rate: expected .* got 1/],
  [
    'an unknown option',
    () => compiled().fit(x as never, y as never, { epoch: 3 } as never),
    'ArgumentError',
    /^fit: expected known options only, got 'epoch'; did you mean epochs\?/,
  ],
  ['an unknown activation', () => layers.dense(2, { activation: 'rellu' as never }), 'ArgumentError', /did you mean 'relu'\?/],
  [
    'an unknown loss',
    () => compiled().compile({ loss: 'categoricalCrossEntropy' as never }),
    'ArgumentError',
    /did you mean 'categoricalCrossentropy'\?/,
  ],
  ['an unknown optimizer', () => compiled().compile({ optimizer: 'addam' as never }), 'ArgumentError', /did you mean 'adam'\?/],
  [
    'a loss that cannot fit the output',
    () =>
      sequential([8, 8, 1])
        .add(layers.conv2d(2, 3))
        .add(layers.dense(10))
        .compile({ loss: 'categoricalCrossentropy' as never }),
    'ShapeError',
    /^loss categoricalCrossentropy: expected output \[classes\], got \[6, 6, 10\]; add flatten\(\) before dense$/,
  ],
  [
    'a kernel larger than the image',
    () => sequential([4, 4, 1]).add(layers.conv2d(2, 5) as never),
    'ShapeError',
    /^conv2d: kernel 5x5 does not fit the input \[4, 4, 1\]/,
  ],
  ['a negative learning rate', () => optimizers.sgd(-1), 'ArgumentError', /^sgd learningRate: expected a number of at least 0/],
  [
    'two kinds of clipping',
    () => optimizers.adam({ clipnorm: 1, clipvalue: 1 }),
    'ArgumentError',
    /^adam: expected one of clipnorm, clipvalue and globalClipnorm, got 2/,
  ],
  [
    'a validation split that leaves nothing',
    () => compiled().fit(x as never, y as never, { validationSplit: 0.9 }),
    'DataError',
    /^fit validationSplit: expected samples on both sides/,
  ],
  [
    'a label out of range',
    () => utils.toCategorical([0, 5], 3),
    'DataError',
    /^toCategorical: expected labels from 0 to 2, got labels from 0 to 5; use 6 classes/,
  ],
  [
    'a monitored figure that is not there',
    () => compiled().fit(x as never, y as never, { verbose: 0, callbacks: [callbacks.earlyStopping()] }),
    'ArgumentError',
    /^earlyStopping: expected a figure 'val_loss' to monitor, got loss; give fit validationData/,
  ],
  [
    'a callback that is none',
    () => compiled().fit(x as never, y as never, { callbacks: [{}] as never }),
    'ArgumentError',
    /^fit callbacks: expected a list of callbacks/,
  ],
  [
    'a generator without batches',
    () => compiled().fit((async function* () {})() as never, { verbose: 0 } as never),
    'DataError',
    /^fit: expected at least one batch/,
  ],
  [
    'a batch that is no pair',
    () =>
      compiled().fit(
        (async function* () {
          yield 5;
        })() as never,
        { verbose: 0 } as never,
      ),
    'DataError',
    /^fit: expected batches \[x, y\]/,
  ],
  [
    'a generator that throws',
    () =>
      compiled().fit(
        (async function* () {
          throw new TypeError('broken file');
        })() as never,
        { verbose: 0 } as never,
      ),
    'TypeError',
    /^broken file$/,
  ],
  ['shapes that do not broadcast', () => ops.add(tensor([1, 2, 3]), tensor([1, 2])), 'ShapeError', /^add: .*\[3\].*\[2\]/],
  [
    'a disposed tensor',
    () => {
      const t = tensor([1]) as Tensor;
      t.dispose();
      return ops.add(t, 1);
    },
    'DisposedError',
    /^add: expected a live tensor, got a disposed one of shape \[1\]/,
  ],
  [
    'reading a disposed tensor',
    async () => {
      const t = tensor([1]) as Tensor;
      t.dispose();
      await t.data();
    },
    'DisposedError',
    /^data: expected a live tensor/,
  ],
  [
    'cuda without a CUDA backend',
    () => setDevice('cuda'),
    'DeviceError',
    /^setDevice\('cuda'\): expected a CUDA device that works, got none/,
  ],
  ['a device of no kind', () => setDevice('gpu' as never), 'ArgumentError', /got 'gpu'/],
  [
    'sparse labels of a wrong shape',
    () =>
      losses.sparseCategoricalCrossentropy()(
        tensor([0, 1, 0, 1, 0, 1], [2, 3] as never, 'int32'),
        tensor([
          [0.5, 0.5],
          [0.5, 0.5],
        ]),
      ),
    'ShapeError',
    /^sparseCategoricalCrossentropy: expected class numbers of shape \[2\]/,
  ],
  ['text for a scalar', () => scalar('1' as never), 'ArgumentError', /^scalar: /],
];

describe('errors', () => {
  for (const [name, act, kind, sentence] of wrongs) {
    it(name, async () => {
      let thrown: unknown;
      try {
        await act();
      } catch (error) {
        thrown = error;
      }
      assert.ok(thrown instanceof Error, 'nothing was thrown');
      assert.match(thrown.message, sentence);
      assert.equal(thrown.constructor.name, kind);
    });
  }
});
