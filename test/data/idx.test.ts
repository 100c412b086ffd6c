/** The idx format, whole and damaged. */
import assert from 'node:assert/strict';
import { FormatError } from '../../lib/errors.js';
import { readIdx } from '../../lib/datasets/idx.js';
import { idxBytes } from '../support/idx.js';

describe('idx files', () => {
  it('gives shape and bytes', () => {
    const { shape, data } = readIdx('images', idxBytes([2, 2, 3], [...Array(12).keys()]));
    assert.deepEqual(shape, [2, 2, 3]);
    assert.deepEqual(Array.from(data), [...Array(12).keys()]);
    assert.deepEqual(readIdx('labels', idxBytes([0], [])), { shape: [0], data: new Uint8Array(0) });
  });

  const good = idxBytes([2, 3], [1, 2, 3, 4, 5, 6]);
  const cases: [string, Buffer, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /^f: expected at least 4 bytes, got 0; the file is not an idx file/],
    ['a wrong magic number', Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), good]), /expected magic number 0x0000080N, got 0x504b0304/],
    ['another element type', Buffer.concat([Buffer.from([0, 0, 0x0d, 1]), good]), /expected magic number 0x0000080N, got 0x00000d01/],
    ['no dimensions', Buffer.from([0, 0, 8, 0]), /expected magic number/],
    ['a header cut short', good.subarray(0, 9), /expected a header of 12 bytes, got 9/],
    ['values cut short', good.subarray(0, good.length - 1), /expected 6 values for shape \[2, 3\], got 5; .* cut short/],
    ['values too many', Buffer.concat([good, Buffer.from([7])]), /expected 6 values for shape \[2, 3\], got 7/],
  ];
  for (const [what, bytes, message] of cases) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readIdx('f', bytes),
        (error: unknown) => {
          assert.ok(error instanceof FormatError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
