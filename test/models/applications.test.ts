/** Networks of the literature: as many parameters as Keras', the same names, and answers of the right shape. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { applications, ArgumentError, ops, ShapeError, tensor } from '../../lib/index.js';
import { assertClose } from '../support/close.js';

describe('applications', () => {
  it('vgg16 has 138,357,544 parameters and says so', () => {
    using net = applications.vgg16();
    assert.equal(net.countParams(), 138_357_544);
    let text = '';
    net.summary({ printFn: (line) => (text += line) });
    assert.match(text, /block5_conv3 \(Conv2D\)/);
    assert.match(text, /Total params: 138,357,544 \(527\.79 MB\)/);
  });

  for (const [name, make, count] of [
    ['resnet50', () => applications.resnet50(), 25_636_712],
    ['mobileNetV2', () => applications.mobileNetV2(), 3_538_984],
    ['mobileNetV2 of alpha 0.35', () => applications.mobileNetV2({ alpha: 0.35 }), 1_691_208],
  ] as const) {
    it(`${name} has ${count.toLocaleString('en-US')} parameters`, () => {
      using net = make();
      assert.equal(net.countParams(), count);
      assert.deepEqual(net.outputShape, [null, 1000]);
    });
  }

  for (const [name, make, width] of [
    ['vgg16', applications.vgg16, 512],
    ['resnet50', applications.resnet50, 2048],
    ['mobileNetV2', applications.mobileNetV2, 1280],
  ] as const) {
    it(`${name} without its top describes images of any size`, async () => {
      using net = make({ includeTop: false, pooling: 'avg' });
      using answer = (await net.predict(ops.ones([1, 40, 48, 3]), { verbose: 0 } as never)) as {
        shape: number[];
        data(): Promise<Float32Array>;
      } & Disposable;
      assert.deepEqual([...answer.shape], [1, width]);
      assert.ok((await answer.data()).every(Number.isFinite));
    });
  }

  it('weights come from a file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'));
    try {
      const file = path.join(folder, 'small.safetensors');
      const options = { alpha: 0.35, inputShape: [32, 32, 3], classes: 3 };
      using first = applications.mobileNetV2(options);
      await first.saveWeights(file);
      using second = await applications.mobileNetV2({ ...options, weights: file });
      const [a, b] = [(await first.getWeights())[0]!, (await second.getWeights())[0]!];
      assert.deepEqual(Array.from(a.data), Array.from(b.data));
      await assert.rejects(applications.mobileNetV2({ ...options, weights: path.join(folder, 'none.safetensors') }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('what they cannot be is a sentence', () => {
    assert.throws(
      () => applications.vgg16({ inputShape: [16, 16, 3] }),
      /inputShape: expected \[height, width, channels\], height and width at least 32/,
    );
    assert.throws(() => applications.vgg16({ inputShape: [null, null, 3] }), /or say includeTop: false/);
    assert.throws(() => applications.resnet50({ classes: 0 }), ArgumentError);
    assert.throws(() => applications.mobileNetV2({ alpha: -1 }), ArgumentError);
  });

  it('preprocessInput turns colours round and takes the means away', () => {
    const x = tensor([16, 21, 13, 115, 181, 234], [1, 1, 2, 3]);
    assertClose(applications.preprocessInput(x), [-90.939, -95.779, -107.68, 130.061, 64.221, -8.68]);
    assertClose(
      applications.preprocessInput(x, { mode: 'tf' }),
      [16, 21, 13, 115, 181, 234].map((v) => v / 127.5 - 1),
    );
    const first = ops.transpose(x, [0, 3, 1, 2]);
    assertClose(
      ops.transpose(applications.preprocessInput(first as never, { dataFormat: 'channelsFirst', mode: 'torch' }), [0, 2, 3, 1]),
      applications.preprocessInput(x, { mode: 'torch' }),
    );
    assert.throws(() => applications.preprocessInput(ops.ones([4, 4, 1])), ShapeError);
  });
});
