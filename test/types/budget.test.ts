/** What inference costs the compiler, so that editors stay fast on deep models. */
import assert from 'node:assert/strict';
import { compile } from './compile.js';

/** A VGG-19 with 20 more convolutions: 45 layers, every shape literal. */
function deepModel(): string {
  const conv = (filters: number): string =>
    `  .add(layers.conv2d({ filters: ${filters}, kernelSize: 3, padding: 'same', activation: 'relu' }))`;
  const blocks = [
    [64, 2],
    [128, 2],
    [256, 4],
    [512, 4],
    [512, 4],
  ] as const;
  const body = blocks.flatMap(([filters, count]) => [
    ...Array.from({ length: count + 4 }, () => conv(filters)),
    '  .add(layers.maxPooling2d())',
  ]);
  const head = ['  .add(layers.flatten())', ...[4096, 4096, 1000].map((units) => `  .add(layers.dense(${units}))`)];
  return [`import { layers, sequential } from 'node-cudnn';`, `const deep = sequential([224, 224, 3])`, ...body, ...head].join('\n');
}

describe('the cost of types', () => {
  it('a 45-layer model takes at most 30,000 instantiations', function () {
    this.timeout(120_000);
    const text = deepModel();
    const layers = text.split('.add(').length - 1;
    assert.equal(layers, 45);
    const compiled = compile([], { 'deep.ts': text });
    assert.deepEqual(compiled.errors('deep.ts'), []);
    assert.equal(compiled.typeOn('deep.ts', 2), 'Sequential<[224, 224, 3], [1000]>');
    const count = compiled.program.getInstantiationCount();
    assert.ok(count <= 30_000, `expected at most 30000 instantiations, got ${count}`);
  });
});
