/** Devices and memory as a user asks for them. */
import assert from 'node:assert/strict';
import { ArgumentError, device, DeviceError, memory, ops, releaseMemory, setDevice, setMemoryLimit, tensor } from '../../lib/index.js';
import { probeCuda, readReport, splitReason, triedPlaces } from '../../lib/native/cuda.js';

describe('device', () => {
  it('tells name, description, memory, threads and why', () => {
    const found = device();
    assert.equal(found.name, 'cpu');
    assert.ok(found.description.length > 3);
    assert.deepEqual(Object.keys(found.memory), ['live', 'peak', 'cached', 'tensors']);
    assert.ok(found.why.length > 3);
    assert.ok((found.details['threads'] as number) >= 1);
  });

  it("'cpu' is chosen; what is no device is an error and changes nothing", () => {
    setDevice('cpu');
    assert.equal(device().why, "setDevice('cpu')");
    assert.throws(
      () => setDevice('tpu' as never),
      /^ArgumentError: setDevice\('tpu'\): expected 'auto', 'cpu', 'cuda' or 'cuda:' with a number, got 'tpu'$/,
    );
    assert.equal(device().name, 'cpu');
    assert.deepEqual(device().options, { precision: 'float32', deterministic: false, autotune: false });
    assert.ok(device().totalMemory > device().freeMemory && device().freeMemory > 0);
  });

  it("where CUDA cannot work 'cuda' says why in one sentence, with every place that was tried, and 'auto' takes the CPU", function () {
    const probe = probeCuda();
    if (probe.works) this.skip();
    setDevice('cpu');
    assert.throws(
      () => setDevice('cuda'),
      (error: unknown) => {
        assert.ok(error instanceof DeviceError);
        assert.match(
          error.message,
          /^setDevice\('cuda'\): expected a CUDA device that works, got none: [^\n]+; [^\n]*'auto' takes the CPU where CUDA does not work$/,
        );
        assert.ok(error.message.includes(splitReason(probe.reason).fact));
        assert.deepEqual(error.tried, triedPlaces(probe));
        return true;
      },
    );
    assert.equal(device().why, "setDevice('cpu')");
    setDevice('auto');
    assert.equal(device().name, 'cpu');
    assert.equal(
      device().why,
      `setDevice('auto'): the CPU, since there is no CUDA device that works (none: ${splitReason(probe.reason).fact})`,
    );
    assert.throws(() => tensor([1]).to('cuda'), /^DeviceError: to\('cuda'\): expected a CUDA device that works, got none: /);
  });
});

describe("a backend's report", () => {
  const whole = {
    libraries: [
      {
        name: 'driver',
        path: '/usr/lib/libcuda.so.1',
        version: '580.95',
        note: '',
        trouble: '',
        tried: [{ path: '/a/libcuda.so.1', message: 'no such file' }],
      },
      {
        name: 'cuDNN',
        path: null,
        version: '',
        note: '',

        trouble: 'not found',
        tried: [{ path: '/b/libcudnn.so.9', message: 'no such file' }],
      },
    ],
    searched: 'x',
  };

  it('is read, and lists the places of what was not found', () => {
    const report = readReport(JSON.stringify(whole));
    assert.deepEqual(report, { libraries: whole.libraries, facts: { searched: 'x' } });
    assert.deepEqual(triedPlaces(report), [{ library: 'cuDNN', path: '/b/libcudnn.so.9', message: 'no such file' }]);
  });

  it('that is missing, cut off or of another shape is shown and never an error', () => {
    assert.deepEqual(readReport(''), { libraries: [], facts: {} });
    assert.deepEqual(readReport('{"libraries": ['), { libraries: [], facts: { report: '{"libraries": [' } });
    assert.deepEqual(readReport('3'), { libraries: [], facts: { report: '3' } });
    assert.deepEqual(readReport('{"libraries": [{"name": 3, "tried": 4}, 5]}').libraries, [
      { name: '', path: null, version: '', note: '', trouble: '', tried: [] },
    ]);
  });

  it('leads to a remedy, its own where it has one', () => {
    const remedy = (reason: string): string => splitReason(reason).remedy;
    assert.match(remedy('no NVIDIA driver: libcuda.so.1 cannot be opened'), /^install NVIDIA's driver, release 580 or newer$/);
    assert.match(remedy('expected cuDNN 9.12 to 9.28, got 8.9.7'), /^install cuDNN 9 for CUDA 13 .*NODE_CUDNN_CUDA_PATH$/);
    assert.match(remedy('libcublasLt.so.13 was not found'), /^install cuBLAS 13/);
    assert.match(remedy("expected the backend's library /a/b.so, got none"), /^build it with npm run build/);
    assert.equal(remedy('something else'), '');
    assert.deepEqual(splitReason('cuda: expected cuDNN, got none (a: b; c: d); install cuDNN for CUDA 13'), {
      fact: 'expected cuDNN, got none (a: b; c: d)',
      remedy: 'install cuDNN for CUDA 13',
    });
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
        assert.match(error.message, /^memory: expected a device that was used \(cpu(, cuda:0)?\), got 'cuda:7'$/);
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
