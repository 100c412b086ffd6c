/** Devices and memory as a user asks for them. */
import assert from 'node:assert/strict';
import { ArgumentError, device, DeviceError, memory, ops, releaseMemory, setDevice, setMemoryLimit, tensor } from '../../lib/index.js';

describe('device', () => {
  it('tells name, description, memory, threads and why', () => {
    const found = device();
    assert.equal(found.name, 'cpu');
    assert.ok(found.description.length > 3);
    assert.deepEqual(Object.keys(found.memory), ['live', 'peak', 'cached', 'tensors']);
    assert.ok(found.why.length > 3);
    assert.ok((found.details['threads'] as number) >= 1);
  });

  it("'cpu' and 'auto' are chosen; what cannot work is an error and changes nothing", () => {
    setDevice('cpu');
    assert.equal(device().why, "setDevice('cpu')");
    assert.throws(
      () => setDevice('cuda'),
      (error: unknown) => {
        assert.ok(error instanceof DeviceError);
        assert.match(error.message, /^setDevice\('cuda'\): expected a CUDA device that works/);
        return true;
      },
    );
    assert.equal(device().name, 'cpu');
    assert.throws(() => setDevice('tpu' as never), /^ArgumentError: setDevice\('tpu'\): expected/);
    setDevice('auto');
    assert.equal(device().name, 'cpu');
  });
});

describe('memory', () => {
  it('counts tensors and bytes, and what is disposed of', async () => {
    const before = memory();
    const t = tensor(new Float32Array(250_000));
    await t.data();
    const during = memory();
    assert.equal(during.tensors - before.tensors, 1);
    assert.ok(during.live - before.live >= 1_000_000 && during.live - before.live < 1_100_000, `${during.live - before.live}`);
    assert.ok(during.peak >= during.live);
    t.dispose();
    t.dispose();
    await tensor([1]).data();
    const after = memory();
    assert.equal(after.tensors - before.tensors, 1); // the small one
    assert.ok(after.live - before.live < 1000, `${after.live - before.live}`);
    assert.ok(after.cached >= 1_000_000);
  });

  it('a view of the same values takes no more bytes', async () => {
    using t = tensor(new Float32Array(250_000));
    await t.data();
    const before = memory().live;
    using view = ops.reshape(t, [500, 500]);
    await view.data();
    assert.equal(memory().live, before);
  });

  it('releaseMemory gives back what was kept for reuse', async () => {
    const t = tensor(new Float32Array(250_000));
    await t.data();
    t.dispose();
    await tensor([1]).data();
    assert.ok(memory().cached >= 1_000_000);
    releaseMemory();
    await tensor([1]).data();
    assert.ok(memory().cached < 1_000_000, `${memory().cached}`);
  });

  it('is told of a device by its name', () => {
    tensor([1]);
    assert.deepEqual(memory('cpu'), memory());
    assert.throws(
      () => memory('cuda:7'),
      (error: unknown) => {
        assert.ok(error instanceof ArgumentError);
        assert.equal(error.message, "memory: expected a device that was used (cpu), got 'cuda:7'");
        return true;
      },
    );
  });

  it('a limit is a whole number of bytes', () => {
    for (const wrong of [-1, 1.5, NaN, '1'])
      assert.throws(() => setMemoryLimit(wrong as number), /^ArgumentError: setMemoryLimit: expected a whole number of bytes, or 0, got/);
    setMemoryLimit(1 << 30);
    setMemoryLimit(0);
  });
});
