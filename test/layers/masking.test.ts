import assert from 'node:assert/strict';
import { maskOf } from '../../lib/layers/context.js';
import * as layers from '../../lib/layers/index.js';
import type { CallOptions } from '../../lib/layers/layer.js';
import { Mean } from '../../lib/metrics/index.js';
import { input } from '../../lib/models/input.js';
import { model } from '../../lib/models/functional.js';
import { sequential } from '../../lib/models/sequential.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';

conforms('masking', { make: () => layers.masking({ maskValue: 0.5 }), input: [3, 2], output: [3, 2] });

/** Says what mask it was called with: 1 for real steps, -1 without a mask. */
class Seen extends layers.Layer {
  override get supportsMasking(): boolean {
    return true;
  }

  override call(x: Tensor, { mask }: CallOptions): Tensor {
    const given = Array.isArray(mask) ? (mask[0] as Tensor | undefined) : (mask as Tensor | undefined);
    return given ? ops.cast(given, x.dtype) : ops.full(x.shape.slice(0, 2), -1);
  }
}

const steps = () =>
  tensor([
    [
      [1, 2],
      [0, 0],
      [0, 3],
    ],
    [
      [0, 0],
      [4, 0],
      [0, 0],
    ],
  ]);

describe('masks', () => {
  it('leave out the steps that are all one value', () => {
    const y = layers.masking().apply(steps());
    assert.deepEqual(numbers(maskOf(y)!), [1, 0, 1, 0, 1, 0]);
    const other = layers.masking({ maskValue: 3 }).apply(
      tensor([
        [
          [3, 3],
          [3, 1],
        ],
      ]),
    );
    assertClose(other, [0, 0, 3, 1]);
    assert.deepEqual(numbers(maskOf(other)!), [0, 1]);
  });

  it('go through layers that know them, models and models within models', () => {
    const inner = sequential([3, 2]).add(layers.dense(2)).add(layers.activation('relu'));
    const net = sequential([3, 2]).add(layers.masking()).add(layers.dropout(0.5)).add(inner).add(new Seen());
    assertClose(net.call(steps()), [1, 0, 1, 0, 1, 0]);
  });

  it('stop at layers that do not know them', () => {
    const net = sequential([3, 2])
      .add(layers.masking())
      .add(layers.reshape([3, 2]))
      .add(new Seen());
    assertClose(net.call(steps()), [-1, -1, -1, -1, -1, -1]);
  });

  it('may be given to a model, and are kept when its input is cast', () => {
    const x = input([3]);
    const net = model(x, new Seen().apply(layers.embedding(5, 2).apply(x)));
    assertClose(net.call(tensor([[1, 2, 0]])), [-1, -1, -1]);
    const whole = sequential([3, 2]).add(new Seen());
    assertClose(
      whole.call(steps(), {
        mask: tensor([
          [true, true, false],
          [false, false, true],
        ]),
      }),
      [1, 1, 0, 0, 0, 1],
    );
  });

  it('are what a lambda layer says', () => {
    const end = tensor([
      [true, true, false],
      [false, false, true],
    ]);
    const given = sequential([3, 2])
      .add(layers.lambda((x: Tensor, { by }) => ops.multiply(x, by as number), { mask: end, arguments: { by: 3 } }))
      .add(new Seen());
    assertClose(given.call(steps()), [1, 1, 0, 0, 0, 1]);
    const turned = layers.lambda((x: Tensor) => x, { mask: (_, [mask]) => mask && ops.logicalNot(mask) });
    assertClose(sequential([3, 2]).add(layers.masking()).add(turned).add(new Seen()).call(steps()), [0, 1, 0, 1, 0, 1]);
    const none = layers.lambda((x: Tensor) => ops.multiply(x, 2));
    assertClose(sequential([3, 2]).add(layers.masking()).add(none).add(new Seen()).call(steps()), new Array<number>(6).fill(-1));
    assertClose(
      layers.lambda((x: Tensor, { by }) => ops.multiply(x, by as number), { arguments: { by: 2 } }).apply(tensor([[1, 2]])),
      [2, 4],
    );
    assert.throws(
      () => layers.lambda((x: Tensor) => x, { mask: 1 as never }),
      /expected a tensor or a function of inputs and masks, got 1/,
    );
  });

  it('meet where layers merge', () => {
    const [a, b] = [
      layers.masking().apply(steps()),
      layers.masking({ maskValue: 4 }).apply(
        tensor([
          [
            [4, 4],
            [1, 1],
            [1, 4],
          ],
          [
            [1, 1],
            [1, 1],
            [4, 4],
          ],
        ]),
      ),
    ];
    assert.deepEqual(numbers(maskOf(layers.add().apply([a, b]))!), [0, 0, 1, 0, 1, 0]);
    assert.deepEqual(numbers(maskOf(layers.add().apply([a, steps()]))!), [1, 0, 1, 0, 1, 0]);
  });

  it('take steps out of losses and metrics', async () => {
    // Errors: the real steps of the first sample 1 and 9 (of the second 4); what is masked would be 100.
    const target = tensor([
      [[1], [10], [3]],
      [[10], [2], [10]],
    ]);
    const net = sequential([3, 2])
      .add(layers.masking())
      .add(layers.dense(1, { kernelInitializer: 'zeros' }));
    net.compile({ loss: 'meanSquaredError', optimizer: 'sgd', metrics: ['meanSquaredError'] });
    const figures = await net.evaluate(steps(), target, { verbose: 0 });
    const [loss, metric] = Object.values(figures) as [number, number];
    assert.ok(Math.abs(loss - 14 / 3) < 1e-4, `loss ${loss}`);
    // Keras' metric weighs each sample's mean by its mask's: (10 / 3 + 4 / 3) / (2 / 3 + 1 / 3).
    assert.ok(Math.abs(metric - 14 / 3) < 1e-4, `metric ${metric}`);
    const history = await net.fit(steps(), target, { epochs: 1, verbose: 0, batchSize: 2 });
    assert.ok(Math.abs(history.history['loss']![0]! - 14 / 3) < 1e-4);
    assert.equal(new Mean().takesMask, false);
  });
});
