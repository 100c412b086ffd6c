/**
 * The examples of the public API, word for word as the design has them (fixtures/api-*.mts), type-check as they stand. Their functions
 * without types are JavaScript's, so parameters may be any.
 */
import assert from 'node:assert/strict';
import { compile, type Compiled, type Finding } from './compile.js';

describe('examples of the API', () => {
  let compiled: Compiled;

  before(function () {
    this.timeout(120_000);
    compiled = compile(['api-tutorial.mts', 'api-more.mts'], {}, { noImplicitAny: false });
  });

  it('the tutorial type-checks, with the types that its comments say', function () {
    this.timeout(120_000);
    assert.deepEqual(
      compiled.errors('api-tutorial.mts').map(({ text }) => text),
      [] as string[],
    );
    const typeOf = (words: string): string | undefined => {
      const { line } = lineOf(compiled, 'api-tutorial.mts', words);
      return compiled.typeOn('api-tutorial.mts', line);
    };
    assert.equal(typeOf('const model ='), 'Sequential<[28, 28, 1], [10]>');
    assert.equal(typeOf('const probabilities ='), 'Tensor<[number, 10], DType>');
  });

  it('the others type-check too, and the one that is meant to be an error is one', function () {
    this.timeout(120_000);
    const errors = compiled.errors('api-more.mts').map(({ line, text }) => ({ line, text }));
    const loss = lineOf(compiled, 'api-more.mts', ".compile({ loss: 'categoricalCrossentropy', optimizer: 'sgd' });");
    const promised = compiled
      .source('api-more.mts')
      .text.split('\n')
      [loss.line]!.replace(/^\/\/ /, '');
    assert.equal(promised, 'loss categoricalCrossentropy: expected output [classes], got [26, 26, 10]; add flatten() before dense');
    const meant = errors.filter(({ line }) => line === loss.line);
    assert.equal(meant.length, 1);
    assert.ok(meant[0]!.text.includes(`"${promised}"`), meant[0]!.text);
    assert.deepEqual(
      errors.filter(({ line }) => line !== loss.line).map(({ text }) => text),
      [] as string[],
    );
  });
});

function lineOf(compiled: Compiled, name: string, words: string): Finding {
  const lines = compiled.source(name).text.split('\n');
  const at = lines.findIndex((line) => line.includes(words));
  assert.notEqual(at, -1, `${name}: no line with ${words}`);
  return { line: at + 1, text: lines[at]! };
}
