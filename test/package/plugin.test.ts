/** The CUDA backend's library as the build made it: what it shows, what it needs, and what it says where there is no driver. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadAddon } from '../../lib/native/addon.js';
import { probeCuda } from '../../lib/native/cuda.js';

const plugin = join(__dirname, '..', '..', 'build', 'Release', 'node_cudnn_cuda.so');
const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });

describe('the CUDA backend', function () {
  before(function () {
    // scripts/test.mjs counts a test without it as skipped
    if (!existsSync(plugin)) this.skip();
  });

  it('needs no library of NVIDIA to be loaded', () => {
    const needed = [...run('readelf', '--dynamic', '--wide', plugin).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]!);
    assert.ok(needed.includes('libc.so.6'), needed.join());
    const foreign = needed.filter((name) => !/^(ld-linux-x86-64|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s))\.so/.test(name));
    assert.deepEqual(foreign, []);
  });

  it('is never unloaded and binds to its own symbols', () => {
    const dynamic = run('readelf', '--dynamic', '--wide', plugin);
    assert.match(dynamic, /FLAGS_1\).*NODELETE/);
    assert.match(dynamic, /SYMBOLIC/);
  });

  it('exports its two functions and nothing else', () => {
    const names = run('nm', '--dynamic', '--defined-only', '--format=just-symbols', plugin).trim().split('\n').sort();
    assert.deepEqual(names, ['nn_backend_init', 'nn_backend_report']);
  });

  it('leaves nothing undefined but what the system has', () => {
    const own = run('nm', '--dynamic', '--undefined-only', '--format=just-symbols', '--demangle', plugin)
      .split('\n')
      .filter((name) => /^(nn::|cuda[A-Z]|cu[A-Z]|cudnn|cublas|nvrtc)/.test(name));
    assert.deepEqual(own, []);
  });

  it('has kernels that keep all they need in registers', () => {
    const facts = JSON.parse(readFileSync(`${plugin}.json`, 'utf8')) as {
      architectures: number[];
      kernels: number;
      registers: number;
      spilling: string[];
    };
    assert.ok(facts.kernels > 100 && facts.architectures.length > 0, JSON.stringify(facts));
    assert.ok(facts.registers <= 255);
    assert.deepEqual(facts.spilling, []);
  });

  it('is under 25 MB', () => {
    assert.ok(statSync(plugin).size < 25e6, `${statSync(plugin).size} bytes`);
  });

  it('is opened by the addon and says in a sentence why it cannot work, or that it does', function () {
    if (process.env['NODE_CUDNN_CUDA_PLUGIN']) this.skip();
    const probe = probeCuda();
    assert.equal(probe.path.endsWith('/node_cudnn_cuda.so'), true);
    if (probe.works) assert.ok(probe.count > 0);
    else assert.match(probe.reason, /^cuda: expected [^\n]+, got [^\n]+; [^\n]+$/);
    const names = probe.libraries.map(({ name }) => name);
    for (const name of ['libcuda.so.1', 'libcudnn.so.9', 'libcublasLt.so.13']) assert.ok(names.includes(name), names.join());
    for (const library of probe.libraries) assert.ok((library.path === null) === (library.trouble !== ''), JSON.stringify(library));
    assert.equal(loadAddon().probe('cuda').works, probe.works);
  });
});
