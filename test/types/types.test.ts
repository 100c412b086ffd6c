/** Inference and compile errors, pinned: every file in fixtures/ says in its comments what the compiler must say. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type Compiled, promises } from './compile.js';

const folder = join(__dirname, 'fixtures');
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.ts'));

describe('types', () => {
  let compiled: Compiled;

  before(function () {
    this.timeout(120_000);
    compiled = compile(fixtures);
  });

  for (const name of fixtures) {
    it(`${name}: the compiler says what the comments promise`, function () {
      this.timeout(120_000);
      const { expect, types } = promises(compiled.source(name).text);
      const errors = compiled.errors(name);
      const show = (text: string): string => text.split('\n').join('\n      ');
      const wrong: string[] = [];
      for (const { line, text } of expect) {
        const at = errors.findIndex((error) => error.line === line && error.text.includes(text));
        if (at >= 0) errors.splice(at, 1);
        else wrong.push(`${name}:${line}: expected the error ${text}`);
      }
      for (const { line, text } of errors) wrong.push(`${name}:${line}: unexpected error\n      ${show(text)}`);
      for (const { line, text } of types) {
        const type = compiled.typeOn(name, line);
        if (type !== text) wrong.push(`${name}:${line}: expected the type ${text}, got ${type}`);
      }
      assert.equal(wrong.length, 0, `\n    ${wrong.join('\n    ')}`);
    });
  }
});
