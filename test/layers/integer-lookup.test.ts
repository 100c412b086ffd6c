import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, layers, sequential, tensor, type Tensor } from '../../lib/index.js';
import { tokenBucket } from '../../lib/layers/token-hash.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const vocabulary = [12, 36, 42];
const ints = (values: readonly (readonly number[])[]): Tensor => tensor(values as never, undefined, 'int32');
const sample = ints([
  [12, 7, 0],
  [42, 1000, 12],
]);

conforms('integerLookup', {
  make: () => layers.integerLookup({ vocabulary: [1, 3, 4], maskToken: 0, numOovIndices: 2 }),
  input: [4],
  output: [4],
  dtype: 'int32',
  low: 0,
  high: 6,
});
conforms('integerLookup, weighted counts', {
  make: () =>
    layers.integerLookup({ vocabulary: [1, 3, 4], idfWeights: [0.5, 2, 3], outputMode: 'tfIdf', maxTokens: 6, padToMaxTokens: true }),
  input: [4],
  output: [6],
  dtype: 'int32',
  low: 0,
  high: 6,
});

// The numbers are what Keras 3.15 answers.
describe('integerLookup', () => {
  it('gives masks the first index, and unknown tokens the next ones', () => {
    const layer = layers.integerLookup({ vocabulary, numOovIndices: 3, maskToken: 0 });
    const y = layer.apply(sample);
    assert.equal(y.dtype, 'int32');
    assert.deepEqual(numbers(y), [4, 2, 0, 6, 2, 4]);
    assert.deepEqual(layer.getVocabulary(), [0, -1, -1, -1, 12, 36, 42]);
    assert.deepEqual(layer.getVocabulary({ includeSpecialTokens: false }), vocabulary);
    assert.equal(layer.vocabularySize(), 7);
  });

  it('takes negative tokens, the ends of 32 bits, and the floats of models', () => {
    const layer = layers.integerLookup({ vocabulary: [5, -3, 2 ** 31 - 1, -(2 ** 31)] });
    assert.deepEqual(numbers(layer.apply(ints([[-3, 2 ** 31 - 1, -(2 ** 31), 5, 6, -4]]))), [2, 3, 4, 1, 0, 0]);
    const net = sequential([2]).add(layers.integerLookup({ vocabulary }));
    assert.deepEqual(numbers(net.call(ints([[42, 11]]))), [3, 0]);
    net.dispose();
  });

  it('makes vectors, without what is masked', () => {
    const options = { vocabulary, numOovIndices: 2, maskToken: 0, maxTokens: 8, padToMaxTokens: true } as const;
    const counted = layers.integerLookup({ ...options, outputMode: 'count' }).apply(sample);
    assert.deepEqual(numbers(counted), [[0, 1, 1, 0, 0, 0, 0, 0], [1, 0, 1, 0, 1, 0, 0, 0]].flat()); // prettier-ignore
    const hot = layers.integerLookup({ vocabulary, outputMode: 'oneHot' }).apply(ints([[36], [1]]));
    assert.deepEqual([...hot.shape], [2, 4]);
    assert.deepEqual(numbers(hot), [0, 0, 1, 0, 1, 0, 0, 0]);
  });

  it('weights counts, unknown tokens by the mean where nothing is said', () => {
    const led = layers.integerLookup({ outputMode: 'tfIdf', vocabulary: [-1, ...vocabulary], idfWeights: [0.9, 0.25, 0.75, 0.4] });
    assertClose(led.apply(sample), [1.8, 0.25, 0, 0, 0.9, 0.25, 0, 0.4]);
    const plain = layers.integerLookup({ outputMode: 'tfIdf', vocabulary, idfWeights: [0.25, 0.75, 0.4] });
    assertClose(plain.apply(sample), [1.4 / 1.5, 0.25, 0, 0, 0.7 / 1.5, 0.25, 0, 0.4]);
  });

  it('learns its vocabulary, the most frequent and larger tokens first', () => {
    const layer = layers.integerLookup({ maxTokens: 4 });
    layer.adapt([
      [12, 1138, 42],
      [42, 1000, 36],
    ]);
    assert.deepEqual(layer.getVocabulary(), [-1, 42, 1138, 1000]);
    assert.deepEqual(numbers(layer.apply(ints([[12, 1138, 42]]))), [0, 2, 1]);
    assert.deepEqual(layers.fromConfig({ className: 'IntegerLookup', config: layer.getConfig() }).getConfig(), layer.getConfig());
    layer.adapt([ints([[16_777_217, 5]]), ints([[5, 6]]), ints([[7, 7]])], { steps: 2 });
    assert.deepEqual(layer.getVocabulary(), [-1, 5, 16_777_217, 6]);
    layer.adapt([[16_777_217, 16_777_217]]);
    assert.deepEqual(layer.getVocabulary(), [-1, 16_777_217]);
  });

  it('learns weights of documents, from batches that come later as well', async () => {
    const rows = [[12, 1138, 42], [42, 1000, 36], [0, 42, 12]]; // prettier-ignore
    const layer = layers.integerLookup({ outputMode: 'tfIdf', maskToken: 0 });
    const wanted = [0.80032712, 0, 0.69314718, 0, 0, 0, 0, 0.55961579, 0.69314718, 0, 0.91629076, 0];
    layer.adapt(rows);
    assert.deepEqual(layer.getVocabulary(), [-1, 42, 12, 1138, 1000, 36]);
    assertClose(layer.apply(sample), wanted, { rtol: 1e-6, atol: 1e-7 });
    async function* batches(): AsyncGenerator<number[][]> {
      for (const row of rows) yield await Promise.resolve([row]);
    }
    await layer.adapt(batches());
    const again = layer.apply(sample);
    assertClose(again, wanted, { rtol: 1e-6, atol: 1e-7 });
    again.dispose();
  });

  it('turns indices back into tokens', () => {
    const layer = layers.integerLookup({ vocabulary, maskToken: 0, invert: true, numOovIndices: 2 });
    assert.deepEqual(numbers(layer.apply(ints([[0, 1, 2, 3, 4, 5, 6]]))), [0, -1, -1, 12, 36, 42, -1]);
  });

  it('spreads unknown tokens by the hashes that TensorFlow has', () => {
    const tokens = [7, 42, -1, 1138, 12345, -987654, 12345678, -123456789, -2147483648, 2147483647];
    assert.deepEqual(
      tokens.map((token) => tokenBucket(token, 1000003, null)),
      [929154, 59059, 285648, 919660, 779109, 648047, 470335, 361909, 345099, 745992],
    );
    assert.deepEqual(
      tokens.map((token) => tokenBucket(token, 1000003, [5, -7])),
      [598701, 979055, 724217, 257042, 539857, 951814, 615944, 589831, 390756, 537454],
    );
    const layer = layers.integerLookup({ vocabulary: [10], numOovIndices: 1000003, oovMethod: 'farmhash', salt: [5, -7] });
    assert.deepEqual(numbers(layer.apply(ints([[7, 10, 42]]))), [598701, 1000003, 979055]);
    assert.throws(() => void capture((x: Tensor) => layer.apply(x))(sample), /farmhash/);
  });

  it('has an error from the device for unknown tokens that have no index', async () => {
    const layer = layers.integerLookup({ vocabulary, numOovIndices: 0, maskToken: 9 });
    assert.deepEqual(numbers(layer.apply(ints([[12, 9, 42]]))), [1, 0, 3]);
    await assert.rejects(layer.apply(ints([[12, 7]])).data(), /expected indices/);
  });

  it('reads a vocabulary from a file, which configs cannot make it do', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lookup-'));
    try {
      const file = path.join(folder, 'vocabulary.txt');
      writeFileSync(file, '12\n36\n-42\n');
      assert.deepEqual(layers.integerLookup({ vocabulary: file }).getVocabulary(), [-1, 12, 36, -42]);
      assert.throws(
        () => layers.fromConfig({ className: 'IntegerLookup', config: { vocabulary: file } }),
        /integerLookup vocabulary: expected a list of whole numbers/,
      );
      writeFileSync(file, '12\nsalt\n');
      assert.throws(() => layers.integerLookup({ vocabulary: file }), /integerLookup vocabulary, line 2: .* got 'salt'/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  refuses([
    [
      'to look up without a vocabulary',
      () => layers.integerLookup().apply(sample),
      'ArgumentError',
      'integerLookup: expected a vocabulary, got none; give it one, or call adapt(data) first',
    ],
    [
      'to adapt a layer that has one',
      () => layers.integerLookup({ vocabulary }).adapt([[1]]),
      'ArgumentError',
      'integerLookup.adapt: expected a layer without a vocabulary, got one that was made with one',
    ],
    [
      'a token twice',
      () => layers.integerLookup({ vocabulary: [1, 2, 1] }),
      'ArgumentError',
      'integerLookup vocabulary: expected each token once, got 1 more than once',
    ],
    [
      'a mask among the tokens',
      () => layers.integerLookup({ vocabulary: [1, 2, 0], maskToken: 0 }),
      'ArgumentError',
      'integerLookup vocabulary: expected maskToken 0 at the beginning only',
    ],
    [
      'more tokens than it may have',
      () => layers.integerLookup({ vocabulary, maxTokens: 3 }),
      'ArgumentError',
      'integerLookup vocabulary: expected at most maxTokens, 3, with the special tokens, got 4',
    ],
    [
      'vectors of tokens that are made of indices',
      () => layers.integerLookup({ vocabulary, invert: true, outputMode: 'count' }),
      'ArgumentError',
      "integerLookup invert: expected outputMode 'int' with it, got 'count'",
    ],
    [
      'weights without their mode',
      () => layers.integerLookup({ vocabulary, idfWeights: [1, 2, 3] }),
      'ArgumentError',
      "integerLookup idfWeights: expected outputMode 'tfIdf' with them, got 'int'",
    ],
    [
      'a mode without its weights',
      () => layers.integerLookup({ vocabulary, outputMode: 'tfIdf' }),
      'ArgumentError',
      'integerLookup idfWeights: expected one for each token, got none',
    ],
    [
      'fewer weights than tokens',
      () => layers.integerLookup({ vocabulary, outputMode: 'tfIdf', idfWeights: [1] }),
      'ArgumentError',
      'integerLookup vocabulary idfWeights: expected one for each of 3 tokens, got 1',
    ],
    [
      'a salt without its hash',
      () => layers.integerLookup({ vocabulary, salt: 3 }),
      'ArgumentError',
      "integerLookup salt: expected oovMethod 'farmhash' with it, got 'floormod'",
    ],
    [
      'padding to no length',
      () => layers.integerLookup({ vocabulary, padToMaxTokens: true }),
      'ArgumentError',
      'integerLookup padToMaxTokens: expected maxTokens with it, got none',
    ],
    [
      'a token that is no whole number of 32 bits',
      () => layers.integerLookup({ vocabulary: [2 ** 31] }),
      'ArgumentError',
      'integerLookup vocabulary: expected a whole number of 32 bits, got 2147483648',
    ],
  ]);
});
