/** The pages on the examples show the code that the examples have, and pictures that are there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const folder = join(root, 'docs/tutorials');

describe('tutorial pages', () => {
  for (const page of readdirSync(folder).filter((name) => name.endsWith('.md'))) {
    it(page, () => {
      const text = readFileSync(join(folder, page), 'utf8');
      const example = readFileSync(join(root, 'examples', page.replace('.md', '.ts')), 'utf8');
      const pieces = [...text.matchAll(/```ts\n([\s\S]*?)\n```/g)].map((match) => match[1]!);
      assert.ok(pieces.length >= 3);
      for (const piece of pieces) assert.ok(example.includes(piece), `the example has no such lines:\n${piece}`);
      for (const [, target] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) assert.ok(existsSync(join(folder, target!)), `no ${target}`);
    });
  }

  it('the pictures stay small together', () => {
    const sizes = readdirSync(join(folder, 'pictures')).map((name) => statSync(join(folder, 'pictures', name)).size);
    assert.ok(sizes.length > 10);
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1.5e6, `${sizes.length} pictures of ${sizes.reduce((a, b) => a + b, 0)} bytes`);
  });
});
