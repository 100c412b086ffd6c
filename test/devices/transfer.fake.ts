/** tensor.to: copies between devices keep their place in the order of both. */
import assert from 'node:assert/strict';
import { capture, DisposedError, grad, ops, setDevice, tensor, type Tensor, valueAndGrad } from '../../lib/index.js';
import { heal, tell, violations } from './fake.js';

describe('tensor.to', () => {
  beforeEach(() => setDevice('cpu'));
  afterEach(() => {
    setDevice('cpu');
    assert.deepEqual(violations(), []);
  });

  it('copies every dtype there and back, scalars and empty tensors as well', () => {
    for (const [dtype, values] of [
      ['float32', [1.5, -2, 0]],
      ['float64', [1e300, -2, 0]],
      ['int32', [7, -8, 2 ** 31 - 1]],
      ['uint8', [7, 8, 255]],
      ['bool', [1, 0, 1]],
    ] as const) {
      const t = tensor(values, [3], dtype);
      const there = t.to('cuda');
      assert.equal(there.device, 'cuda:0');
      assert.equal(there.dtype, dtype);
      assert.deepEqual([...there.to('cpu').dataSync()], values);
    }
    assert.deepEqual(tensor(4).to('cuda:1').shape, []);
    assert.equal(tensor(4).to('cuda:1').to('cuda:0').item(), 4);
    assert.equal(ops.zeros([0, 3]).to('cuda').to('cpu').size, 0);
  });

  it('is a view where the tensor is there already', () => {
    const t = tensor([1, 2]);
    const same = t.to('cpu');
    t.dispose();
    assert.deepEqual([...same.dataSync()], [1, 2]);
  });

  it('waits for nobody: work given before and after it stays in order on both devices', async () => {
    tell('cuda:0', 'hold');
    const x = tensor([1, 2, 3]).to('cuda');
    const doubled = ops.mul(x, 2);
    const back = doubled.to('cpu');
    doubled.dispose();
    x.dispose();
    const result = ops.add(back, 1).data();
    let done = false;
    void result.then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(done, false, 'the CPU cannot know yet what the held device makes');
    tell('cuda:0', 'release');
    assert.deepEqual([...(await result)], [3, 5, 7]);
  });

  it('many copies both ways at once end', async () => {
    let here = tensor(new Float32Array(1000).fill(1));
    for (let i = 0; i < 50; i++) {
      const there = ops.add(here.to(i % 2 === 0 ? 'cuda:0' : 'cuda:1'), 1);
      here = ops.mul(there.to('cpu'), 1);
    }
    assert.deepEqual(new Set(await here.data()), new Set([51]));
  });

  it('gradients flow back to the device of the source', () => {
    const x = tensor([1, 2, 3]);
    const dx = grad((t) => ops.sum(ops.square(t.to('cuda'))))(x);
    assert.equal(dx.device, 'cpu');
    assert.deepEqual([...dx.dataSync()], [2, 4, 6]);
    const { value, gradients } = valueAndGrad(() => ops.sum(ops.mul(ops.square(x.to('cuda')).to('cpu'), x)), [x]);
    assert.equal(value.item(), 36);
    assert.deepEqual([...gradients[0]!.dataSync()], [3, 12, 27]);
  });

  it('is refused inside a captured step, with what to do instead', () => {
    const f = capture((t: Tensor) => ops.add(t.to('cuda'), 1));
    assert.throws(
      () => f(tensor([1])),
      /^CaptureError: to: expected nothing of the kind inside a captured step, got a copy to another device; copy it before the step/,
    );
  });

  it('what failed on the source is what the copy tells, and does not spoil the other device', async () => {
    setDevice('cuda:1');
    const x = tensor([1, 2]);
    tell('cuda:1', 'failKernel', 'exp 1');
    const copy = ops.exp(x).to('cpu');
    await assert.rejects(copy.data(), /^DeviceError: exp: got exp was told to fail/);
    setDevice('cpu');
    assert.deepEqual([...ops.add(tensor([1]), 1).dataSync()], [2]);
    await assert.rejects(ops.exp(x).data(), /told to fail/, 'told once on its own device too');
    assert.deepEqual([...ops.add(x, x).dataSync()], [2, 4]);
  });

  it('a source that was lost does not lose the other device', async () => {
    setDevice('cuda:1');
    const x = tensor([1, 2]);
    await x.data();
    tell('cuda:1', 'lose');
    const copy = x.to('cpu');
    await assert.rejects(copy.data(), /the device that the tensor came from was lost: the fake device is gone/);
    await assert.rejects(ops.add(copy, 1).data(), /was lost: the fake device is gone/);
    setDevice('cpu');
    assert.deepEqual([...ops.add(tensor([1]), 1).dataSync()], [2]);
    x.dispose();
    heal('cuda:1');
  });

  it('a source that is closed meanwhile breaks the copy, and nobody hangs', async () => {
    setDevice('cuda:1');
    const x = tensor([1, 2]);
    await x.data();
    tell('cuda:1', 'hold');
    const copy = ops.add(x, 1).to('cpu');
    const read = copy.data();
    x.dispose();
    tell('cuda:1', 'release');
    heal('cuda:1');
    // what was held is done or dropped; either way the copy has an answer
    const answer = await read.then(
      (values) => [...values].join(),
      (error: Error) => error.message,
    );
    assert.match(answer, /^2,3$|was closed/);
  });

  it('a tensor that was disposed of cannot be copied', () => {
    const t = tensor([1]);
    t.dispose();
    assert.throws(() => t.to('cuda'), DisposedError);
  });
});
