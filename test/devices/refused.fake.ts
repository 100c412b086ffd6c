/** What a user is told where the CUDA backend cannot work, each case in a process of its own: a backend is opened once a process. */
import assert from 'node:assert/strict';
import { runCli } from '../cli/spawn.js';
import { fakePlugin } from './fake.js';

interface Doctor {
  devices: { name: string; works: boolean; detail: string }[];
  cuda: { works: boolean; libraries: { name: string }[] };
}

async function doctor(env: Record<string, string>): Promise<{ report: Doctor; code: number | null }> {
  const { out, code } = await runCli(['doctor', '--json'], { NODE_CUDNN_CUDA_PLUGIN: fakePlugin, NODE_CUDNN_DEVICE: '', ...env });
  return { report: JSON.parse(out) as Doctor, code };
}

describe('a CUDA backend that cannot work', function () {
  this.timeout(120_000);

  for (const [what, env, message] of [
    [
      'is missing',
      { NODE_CUDNN_CUDA_PLUGIN: '/nowhere/node_cudnn_cuda.so' },
      /got none: expected the backend's library \/nowhere\/node_cudnn_cuda\.so, got "No such file or directory"; build it with npm run build/,
    ],
    [
      'is of another version',
      { NODE_CUDNN_FAKE: 'abi' },
      /got none: expected a backend of interface 2 \(\d+ bytes\), got 3 \(\d+ bytes\) in .*node_cudnn_fake\.so; install or build both of one version; /,
    ],
    [
      'finds no cuDNN',
      { NODE_CUDNN_FAKE: 'refuse' },
      /got none: cuDNN 9\.12 to 9\.28 was not found \(3 places were tried\); install cuDNN 9/,
    ],
    ['finds no GPU', { NODE_CUDNN_FAKE: 'none' }, /got none: no NVIDIA GPU \(the driver counts 0\); /],
  ] as const) {
    it(`and ${what} is told of in one sentence, and the CPU works`, async () => {
      const { report, code } = await doctor(env);
      const [cpu, cuda] = report.devices;
      assert.equal(cpu!.works, true, cpu!.detail);
      assert.equal(cuda!.name, 'cuda:0');
      assert.equal(cuda!.works, false);
      assert.match(cuda!.detail, message);
      assert.equal(cuda!.detail.includes('\n'), false);
      assert.equal(report.cuda.works, false);
      assert.equal(code, 0);
    });
  }

  it('doctor prints every library, path and message in lines', async () => {
    const { out } = await runCli(['doctor'], { NODE_CUDNN_CUDA_PLUGIN: fakePlugin, NODE_CUDNN_FAKE: 'refuse' });
    assert.match(out, /^CUDA backend .*node_cudnn_fake\.so: cuDNN 9\.12 to 9\.28 was not found/m);
    assert.match(out, /^ {2}driver: 580\.95 \/usr\/lib\/libcuda\.so\.1$/m);
    assert.match(out, /^ {2}cuDNN: not found; not found\n {4}tried \/opt\/a\/libcudnn\.so\.9: cannot open shared object file$/m);
  });

  it('doctor trains on every device that works', async () => {
    const { report } = await doctor({});
    assert.deepEqual(
      report.devices.map(({ name, works }) => [name, works]),
      [
        ['cpu', true],
        ['cuda:0', true],
        ['cuda:1', true],
      ],
    );
  });

  it('train --device cuda ends with the sentence and code 1, and NODE_CUDNN_DEVICE does the same', async () => {
    const env = { NODE_CUDNN_CUDA_PLUGIN: fakePlugin, NODE_CUDNN_FAKE: 'none' };
    const [asked, set] = await Promise.all([
      runCli(['train', '--device', 'cuda', '--epochs', '1'], env),
      runCli(['train', '--epochs', '1'], { ...env, NODE_CUDNN_DEVICE: 'cuda:1' }),
    ]);
    assert.match(asked.err, /^node-cudnn: setDevice\('cuda'\): expected a CUDA device that works, got none: no NVIDIA GPU/);
    assert.equal(asked.code, 1);
    assert.match(set.err, /^node-cudnn: NODE_CUDNN_DEVICE=cuda:1: expected a CUDA device that works, got none: no NVIDIA GPU/);
    assert.equal(set.code, 1);
  });

  it('train --device cuda trains where it works', async () => {
    const { out, err, code } = await runCli(['train', '--device', 'cuda', '--model', 'linear', '--epochs', '2', '--json'], {
      NODE_CUDNN_CUDA_PLUGIN: fakePlugin,
    });
    assert.equal(code, 0, err);
    assert.match(out, /"device": ?"cuda:0"/);
  });
});
