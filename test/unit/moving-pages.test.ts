/** Names of ours that the pages for newcomers mention exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from '../../lib/index.js';

describe('pages for those who come from elsewhere', () => {
  for (const page of ['from-keras.md', 'from-tfjs.md']) {
    it(page, () => {
      // behind that heading stand Keras' own names (test/keras-surface holds them to what is there)
      const text = readFileSync(join(__dirname, '../../docs', page), 'utf8').split('## What of Keras 3.15 is not here')[0]!;
      const spaces = Object.entries(library).filter(([, value]) => typeof value === 'object' && value !== null);
      let seen = 0;
      for (const [space, members] of spaces) {
        for (const [, name] of text.matchAll(new RegExp(`(?<![\\w.])${space}\\.(?!md\\b)([A-Za-z]\\w*)`, 'g'))) {
          assert.ok(name! in (members as object), `${space}.${name}`);
          seen++;
        }
      }
      assert.ok(seen > 20);
    });
  }
});
