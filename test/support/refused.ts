/** Tables of what is refused, with the sentence that says so. */
import assert from 'node:assert/strict';
import { NodeCudnnError } from '../../lib/errors.js';

/** What is refused, the call, the name of the error's class, and the sentence or its beginning. */
export type Refusal = readonly [what: string, call: () => unknown, kind: string, sentence: string];

/** One test for each refusal: the class, and the sentence from its beginning. */
export function refuses(cases: readonly Refusal[]): void {
  for (const [what, call, kind, sentence] of cases) {
    it(`refuses ${what}`, () => {
      assert.throws(call, (error: unknown) => {
        assert.ok(error instanceof NodeCudnnError, String(error));
        assert.equal(error.message.slice(0, sentence.length), sentence);
        assert.equal(error.name, kind);
        return true;
      });
    });
  }
}
