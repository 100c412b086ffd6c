import assert from 'node:assert/strict';
import * as initializers from '../../lib/initializers/index.js';
import { orthonormalize } from '../../lib/initializers/orthogonal.js';
import { fans } from '../../lib/initializers/random.js';
import * as layers from '../../lib/layers/index.js';
import { serialize } from '../../lib/options/index.js';
import { setRandomSeed } from '../../lib/random/state.js';
import { assertClose, numbers } from '../support/close.js';
import { refuses } from '../support/refused.js';

const { initializer, initializerRegistry } = initializers;

/** The names that options take, with the distribution's bounds for a [50, 30] kernel (null: none). */
const bounds: Record<string, readonly [number, number] | null> = {
  zeros: [0, 0],
  ones: [1, 1],
  constant: [0, 0],
  randomUniform: [-0.05, 0.05],
  randomNormal: null,
  truncatedNormal: [-0.1, 0.1],
  identity: [0, 1],
  varianceScaling: [(-2 * Math.sqrt(1 / 50)) / 0.8796, (2 * Math.sqrt(1 / 50)) / 0.8796],
  glorotUniform: [-Math.sqrt(6 / 80), Math.sqrt(6 / 80)],
  glorotNormal: [(-2 * Math.sqrt(2 / 80)) / 0.8796, (2 * Math.sqrt(2 / 80)) / 0.8796],
  heUniform: [-Math.sqrt(6 / 50), Math.sqrt(6 / 50)],
  heNormal: [(-2 * Math.sqrt(2 / 50)) / 0.8796, (2 * Math.sqrt(2 / 50)) / 0.8796],
  lecunUniform: [-Math.sqrt(3 / 50), Math.sqrt(3 / 50)],
  lecunNormal: [(-2 * Math.sqrt(1 / 50)) / 0.8796, (2 * Math.sqrt(1 / 50)) / 0.8796],
  orthogonal: [-1, 1],
};

describe('initializers', () => {
  // Kernels of stft have three axes; Keras' values and the spectrogram layers test them.
  it('are tested here by all their names', () =>
    assert.deepEqual([...Object.keys(bounds), 'stft'].sort(), initializerRegistry.names.sort()));

  for (const [name, limits] of Object.entries(bounds)) {
    it(`${name} makes values of the shape and dtype, within its bounds, and comes back from its config`, () => {
      const made = initializer(name, name);
      for (const dtype of ['float32', 'float64'] as const) {
        const values = made.call([50, 30], dtype);
        assert.deepEqual([[...values.shape], values.dtype], [[50, 30], dtype]);
        const list = numbers(values);
        if (limits) assert.ok(list.every((value) => value >= limits[0] - 1e-6 && value <= limits[1] + 1e-6));
        assert.ok(list.some((value) => Math.abs(value) > (limits?.[1] === 0 ? -1 : 0.02)));
      }
      const again = initializerRegistry.made(serialize(made), name);
      assert.deepEqual(serialize(again), serialize(made));
    });
  }

  const seeded = [
    'randomUniform',
    'randomNormal',
    'truncatedNormal',
    'varianceScaling',
    'glorotUniform',
    'glorotNormal',
    'heUniform',
    'heNormal',
    'lecunUniform',
    'lecunNormal',
    'orthogonal',
  ] as const;
  for (const name of seeded) {
    it(`${name} repeats itself with a seed, and after setRandomSeed without one`, () => {
      const draw = (options: { seed?: number }) => numbers(initializers[name](options).call([4, 6], 'float32'));
      assert.deepEqual(draw({ seed: 7 }), draw({ seed: 7 }));
      assert.notDeepEqual(draw({ seed: 7 }), draw({ seed: 8 }));
      assert.notDeepEqual(draw({}), draw({}));
      setRandomSeed(3);
      const first = draw({});
      setRandomSeed(3);
      assert.deepEqual(draw({}), first);
    });
  }

  it('count the fans of matrices, convolutions, vectors and chosen axes', () => {
    assert.deepEqual(fans([50, 30], null, null), [50, 30]);
    assert.deepEqual(fans([3, 3, 8, 16], null, null), [72, 144]);
    assert.deepEqual(fans([200], null, null), [200, 200]);
    assert.deepEqual(fans([], null, null), [1, 1]);
    assert.deepEqual(fans([4, 6, 10], [0], [1, 2]), [4, 60]);
    assert.deepEqual(fans([4, 6, 10], [0], [-1]), [24, 60]);
  });

  it('put the given gain and value in', () => {
    assertClose(initializers.identity(2).call([2, 3], 'float32'), [2, 0, 0, 0, 2, 0]);
    assertClose(initializers.constant({ value: -3 }).call([2], 'float32'), [-3, -3]);
    const rows = numbers(initializers.orthogonal({ gain: 2, seed: 1 }).call([2, 5], 'float64'));
    assertClose(
      [0, 1].map((row) => rows.slice(row * 5, row * 5 + 5).reduce((sum, value) => sum + value * value, 0)),
      [4, 4],
      { rtol: 1e-12 },
    );
  });

  it('make vectors orthonormal even where they nearly agree', () => {
    const vectors = [Float64Array.of(1, 1e-9, 0), Float64Array.of(1, 0, 1e-9), Float64Array.of(1, 0, 0)];
    orthonormalize(vectors);
    vectors.forEach((a, i) =>
      vectors.forEach((b, j) => assert.ok(Math.abs(a.reduce((sum, value, k) => sum + value * b[k]!, 0) - Number(i === j)) < 1e-6)),
    );
  });

  it('may be functions of the shape', () => {
    const layer = layers.dense(2, {
      useBias: false,
      kernelInitializer: ([rows, columns]) => Array.from({ length: rows! }, (_, i) => Array<number>(columns!).fill(i)),
    });
    layer.build([null, 3]);
    assertClose(layer.weights[0]!, [0, 0, 1, 1, 2, 2]);
  });

  refuses([
    [
      'an unknown name',
      () => initializer('glorot', 'kernelInitializer'),
      'ArgumentError',
      'kernelInitializer: expected an initializer (zeros, ones,',
    ],
    ['a number', () => initializer(0, 'biasInitializer'), 'ArgumentError', 'biasInitializer: expected an initializer (zeros, ones,'],
    ['an unknown class', () => initializer({ className: 'Glorot', config: {} }, 'x'), 'ArgumentError', 'x: expected an initializer ('],
    [
      'an unknown option',
      () => initializers.randomNormal({ std: 1 } as never),
      'ArgumentError',
      "randomNormal: expected known options only, got 'std'",
    ],
    [
      'a negative deviation',
      () => initializers.randomNormal({ stddev: -1 }),
      'ArgumentError',
      'randomNormal stddev: expected a number of at least 0, got -1',
    ],
    [
      'bounds that are crossed',
      () => initializers.randomUniform({ minval: 1, maxval: 0 }),
      'ArgumentError',
      'randomUniform: expected minval up to maxval, got 1 and 0',
    ],
    [
      'a scale of 0',
      () => initializers.varianceScaling({ scale: 0 }),
      'ArgumentError',
      'varianceScaling scale: expected a number above 0, got 0',
    ],
    [
      'another mode',
      () => initializers.varianceScaling({ mode: 'fan_in' as never }),
      'ArgumentError',
      "varianceScaling mode: expected 'fanIn' or 'fanOut' or 'fanAvg', got 'fan_in'; did you mean 'fanIn'?",
    ],
    [
      'a negative seed',
      () => initializers.heNormal({ seed: -1 }),
      'ArgumentError',
      'heNormal seed: expected a whole number from 0 to 2^53 - 1, got -1',
    ],
    [
      'a vector for identity',
      () => initializers.identity().call([3], 'float32'),
      'ShapeError',
      'identity: expected a matrix to initialize, got [3]',
    ],
    [
      'a vector for orthogonal',
      () => initializers.orthogonal().call([3], 'float32'),
      'ShapeError',
      'orthogonal: expected at least two axes to initialize, got [3]; use another initializer for vectors',
    ],
    [
      'a function that gives another shape',
      () => layers.dense(2, { kernelInitializer: () => [1, 2, 3] }).build([null, 3]),
      'ShapeError',
      'initializer: expected values of shape [3, 2], got [3]',
    ],
  ]);
});
