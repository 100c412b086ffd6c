/** Choosing among devices, their options, and what they tell of themselves. */
import assert from 'node:assert/strict';
import { ArgumentError, device, DeviceError, memory, ops, setDevice, tensor } from '../../lib/index.js';
import { select } from '../../lib/native/select.js';
import { heal, tell, violations } from './fake.js';

describe('devices', () => {
  afterEach(() => {
    setDevice('cpu');
    heal('cuda:0'); // also where a test failed half-way, so that it fails alone
    assert.deepEqual(violations(), []);
  });

  it("'cuda' is 'cuda:0' and tells name, compute capability, driver, versions and memory", async () => {
    setDevice('cuda');
    const found = device();
    assert.equal(found.name, 'cuda:0');
    assert.equal(found.description, 'Fake GPU 0');
    assert.equal(found.why, "setDevice('cuda')");
    assert.equal(found.details['computeCapability'], '9.0');
    assert.equal(found.details['driver'], '580.95');
    assert.deepEqual(found.details['libraries'], { cudnn: '9.19.0', cublas: '13.1.0' });
    assert.equal(found.totalMemory, 2 ** 30);
    assert.equal(found.freeMemory, 2 ** 30);
    assert.equal((await tensor([1, 2]).data())[1], 2);
  });

  it("'auto' takes CUDA where it works and says so", () => {
    setDevice('auto');
    assert.equal(device().name, 'cuda:0');
    assert.equal(device().why, "setDevice('auto'): CUDA works");
  });

  it('a device beyond the last is refused with those that there are', () => {
    setDevice('cuda:1');
    assert.equal(device().description, 'Fake GPU 1');
    assert.throws(
      () => setDevice('cuda:2'),
      /^DeviceError: setDevice\('cuda:2'\): expected a CUDA device from 'cuda:0' to 'cuda:1', got 'cuda:2'$/,
    );
    assert.equal(device().name, 'cuda:1');
  });

  it('names that are none are refused', () => {
    for (const name of ['cuda:', 'cuda:-1', 'cuda:01', 'cuda:x', 'gpu', ''])
      assert.throws(
        () => setDevice(name as never),
        /^ArgumentError: setDevice\('.*'\): expected 'auto', 'cpu', 'cuda' or 'cuda:' with a number, got/,
      );
  });

  it('options hold until the next choice, and are at their defaults where they are not named', () => {
    setDevice('cuda', { precision: 'tf32', deterministic: true });
    assert.deepEqual(device().options, { precision: 'tf32', deterministic: true, autotune: false });
    assert.deepEqual(device().details['options'], { deterministic: 'true', precision: 'tf32' });
    setDevice('cuda', { autotune: true });
    assert.deepEqual(device().options, { precision: 'float32', deterministic: false, autotune: true });
    assert.deepEqual(device().details['options'], { autotune: 'true', deterministic: 'false', precision: 'float32' });
    setDevice('cuda');
    assert.equal(device().options.autotune, false);
    assert.throws(
      () => setDevice('cuda', { precision: 'half' as never }),
      /^ArgumentError: setDevice\('cuda'\) precision: expected 'float32' or 'tf32', got/,
    );
    assert.throws(
      () => setDevice('cuda', { tf32: true } as never),
      /^ArgumentError: setDevice\('cuda'\): expected known options only, got 'tf32'/,
    );
  });

  it('options that the CPU has no use for are refused there', () => {
    assert.throws(
      () => setDevice('cpu', { precision: 'tf32' }),
      (error: unknown) => {
        assert.ok(error instanceof ArgumentError);
        assert.equal(
          error.message,
          "setDevice('cpu'): expected options that the CPU has a use for, got precision 'tf32'; leave precision out, or choose 'auto', which ignores it on the CPU",
        );
        return true;
      },
    );
    assert.throws(() => setDevice('cpu', { autotune: true }), /got autotune true; leave autotune out/);
    setDevice('cpu', { precision: 'float32', deterministic: true, autotune: false });
    assert.equal(device().name, 'cpu');
  });

  it('each device has memory of its own', async () => {
    setDevice('cuda:1');
    const before = { gpu: memory('cuda:1').live, cpu: memory('cpu').live };
    using t = tensor(new Float32Array(250_000));
    await t.data();
    assert.ok(memory('cuda:1').live - before.gpu >= 1_000_000);
    assert.equal(memory('cpu').live, before.cpu);
    assert.deepEqual(memory(), memory('cuda:1'));
    setDevice('cuda');
    assert.deepEqual(memory('cuda'), memory('cuda:0'));
  });

  it('an op refuses tensors of two devices and names both', () => {
    setDevice('cpu');
    const a = tensor([1, 2]);
    setDevice('cuda');
    const b = tensor([3, 4]);
    assert.throws(
      () => ops.add(a, b),
      (error: unknown) => {
        assert.ok(error instanceof DeviceError);
        assert.equal(error.message, "add: expected tensors on one device, got cpu and cuda:0; copy one over, with x.to('cpu')");
        return true;
      },
    );
    assert.deepEqual([...ops.add(a.to('cuda'), b).dataSync()], [4, 6]);
  });

  it('a device that was lost is refused, and passed over by auto; the CPU works on', async () => {
    setDevice('cuda:0');
    const t = tensor([1, 2]);
    // at its place before the device goes: which call meets the loss is the question
    await t.data();
    tell('cuda:0', 'lose');
    await assert.rejects(
      ops.add(t, t).data(),
      /^DeviceError: add: got the fake device is gone .*the device cannot be used any more; setDevice\('cpu'\) still works$/,
    );
    assert.throws(
      () => setDevice('cuda'),
      /^DeviceError: setDevice\('cuda'\): expected a CUDA device that works, got cuda:0, lost by an earlier error: the fake device is gone; use 'cpu', or start the process again$/,
    );
    setDevice('auto');
    assert.equal(device().name, 'cpu');
    assert.match(device().why, /^setDevice\('auto'\): the CPU, since there is no CUDA device that works \(cuda:0, lost by/);
    assert.deepEqual([...ops.add(tensor([1]), 1).dataSync()], [2]);
    setDevice('cuda:1');
    assert.deepEqual([...ops.add(tensor([1]), 1).dataSync()], [2]);
    t.dispose();
    heal('cuda:0');
    assert.equal(select('cuda', 'test').lost, undefined);
  });
});
