/** Spectral normalization: what it makes of kernels; Keras' values are in test/golden. */
import assert from 'node:assert/strict';
import { ArgumentError, layers, tensor, type Tensor } from '../../lib/index.js';
import { randoms } from '../support/gradcheck.js';

describe('spectralNormalization', () => {
  it('training brings the greatest singular value to one, and nothing else changes the kernel', async () => {
    using layer = layers.spectralNormalization(layers.conv2d(3, 2), { powerIterations: 100 });
    using x = tensor(randoms(2 * 4 * 4 * 2, 5), [2, 4, 4, 2]);
    layer.build([null, 4, 4, 2]);
    assert.deepEqual(
      layer.weights.map(({ name, trainable }) => [name, trainable]),
      [
        ['kernel', true],
        ['vector_u', false],
        ['bias', true],
      ],
    );
    const values = async (): Promise<number[]> => Array.from((await layer.getWeights())[0]!.data, Number);
    const before = await values();
    (layer.apply(x as never) as Tensor).dispose();
    assert.deepEqual(await values(), before);
    (layer.apply(x as never, { training: true }) as Tensor).dispose();
    const after = await values();
    const ratio = before[0]! / after[0]!;
    after.forEach((value, i) => assert.ok(Math.abs(value * ratio - before[i]!) < 1e-5));
    // The norm by a power iteration of our own, on the columns' products.
    let u = [1, 0.5, 0.25];
    let size = 0;
    for (let step = 0; step < 200; step++) {
      const v = Array.from({ length: 8 }, (_, row) => u.reduce((sum, value, i) => sum + value * after[3 * row + i]!, 0));
      const next = u.map((_, i) => v.reduce((sum, value, row) => sum + value * after[3 * row + i]!, 0));
      size = Math.hypot(...next);
      u = next.map((value) => value / size);
    }
    assert.ok(Math.abs(Math.sqrt(size) - 1) < 1e-4, `greatest singular value ${Math.sqrt(size)}`);
  });

  it('is made again from its config', () => {
    const layer = layers.spectralNormalization(layers.dense(2), { powerIterations: 3, name: 'spectral' });
    const again = layers.fromConfig({ className: 'SpectralNormalization', config: layer.getConfig() });
    assert.deepEqual(again.getConfig(), layer.getConfig());
  });

  it('a kernel of zeros stays', async () => {
    using layer = layers.spectralNormalization(layers.dense(2, { kernelInitializer: 'zeros' }));
    using x = tensor([[1, 2]]);
    (layer.apply(x as never, { training: true }) as Tensor).dispose();
    assert.deepEqual(Array.from((await layer.getWeights())[0]!.data), [0, 0, 0, 0]);
  });

  it('a layer without a kernel is refused', () => {
    assert.throws(
      () => layers.spectralNormalization(layers.flatten()).build([null, 2, 2]),
      (error: unknown) => error instanceof ArgumentError && /expected a layer with a kernel or embeddings, got flatten/.test(error.message),
    );
  });
});
